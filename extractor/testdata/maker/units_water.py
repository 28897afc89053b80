"""Invented: 青禾县水利局, a department of two units: budgets of 2023 and 2024 (元), final accounts of 2023 (万元)."""
from __future__ import annotations

from .finance import FUND, Plan, Project, basics, half_up, scaled, united, wan
from .forms_budget import Budget, Style
from .forms_final import Ledger
from .model import Document
from .narrative_budget import Words, budget_document, terms
from .narrative_final import accounts_document

UNIT, REGION, STATION = "青禾县水利局", "青禾县", "青禾县水利工程服务站"

BUREAU_2023 = basics({
    "2130301": {"30101": "118.44", "30102": "103.26", "30103": "41.52", "30112": "1.88", "30201": "8.40", "30202": "1.60", "30205": "0.72", "30206": "3.90",
                "30207": "4.25", "30211": "7.80", "30213": "3.20", "30215": "1.10", "30216": "1.30", "30217": "1.45", "30228": "5.26", "30231": "7.20",
                "30239": "14.82", "30299": "2.06"},
    "2080501": {"30302": "12.48"}, "2080505": {"30108": "42.12"}, "2080506": {"30109": "21.06"},
    "2101101": {"30110": "18.43"}, "2101103": {"30111": "5.27"}, "2210201": {"30113": "31.59"}})
STATION_2023 = basics({
    "2130306": {"30101": "96.30", "30102": "28.08", "30107": "67.41", "30112": "3.64", "30201": "4.20", "30206": "5.85", "30207": "1.92", "30211": "3.60",
                "30213": "4.40", "30228": "3.83", "30231": "2.40", "30299": "1.15"},
    "2080502": {"30302": "8.16"}, "2080505": {"30108": "31.46"}, "2080506": {"30109": "15.73"},
    "2101102": {"30110": "13.76"}, "2101103": {"30111": "3.93"}, "2210201": {"30113": "23.60"}})


def project(unit, name, func, amount, econ, basis, use, year, upper=False, fund="一般公共预算") -> Project:
    return Project(name, func, wan(amount), econ, upper, fund,
                   {"立项依据": basis, "承担单位": unit, "主要内容": f"{use}，安排{amount}万元。", "实施期限": f"{year}年1月至{year}年12月"})


def bureau(year: int, dike: str, flood: str, rural: str, dike_upper: str) -> list[Project]:
    plan = "《青禾县水安全保障规划（2021—2025年）》。"
    return [project(UNIT, "苍河县城段堤防加固工程", "2130305", dike, "310", plan, "加固堤防4.6公里，改造穿堤涵闸3座", year),
            project(UNIT, f"{year}年中小河流治理补助资金", "2130305", dike_upper, "310", f"《关于提前下达{year}年水利发展资金预算的通知》（青财农〔{year - 1}〕117号）。",
                    "治理东沟、柳树沟河道", year, upper=True),
            project(UNIT, "防汛物资储备和山洪灾害监测预警", "2130314", flood, "302", "《青禾县防汛抗旱应急预案》。", "补充防汛物资，维护雨水情自动监测站点", year),
            project(UNIT, "农村饮水管网改造工程", "2120804", rural, "310", plan, "改造供水主管网和入户管道", year, fund=FUND)]


def station(year: int, repair: str, canal: str) -> list[Project]:
    return [project(STATION, "小型水库维修养护经费", "2130306", repair, "302", "《青禾县小型水库运行管理办法》。", "7座小型水库日常巡查、白蚁防治和设施维修", year),
            project(STATION, "灌区渠道清淤工程", "2130306", canal, "302", "《青禾县水安全保障规划（2021—2025年）》。", "清淤支渠、斗渠，更换破损闸门", year)]


B2023 = Plan(UNIT, "338001", 2023, BUREAU_2023, bureau(2023, "620.00", "84.60", "260.00", "415.00"))
S2023 = Plan(STATION, "338002", 2023, STATION_2023, station(2023, "68.40", "132.50"))
B2022 = scaled(B2023, 2022, {"": 958, "30302": 1000, "30217": 1241, "30231": 1083, "30239": 1000, "30211": 1026},
               bureau(2022, "710.00", "76.20", "180.00", "388.00"))
S2022 = scaled(S2023, 2022, {"": 961, "30302": 1000, "30231": 1000}, station(2022, "61.20", "118.00"))
B2024 = scaled(B2023, 2024, {"": 1035, "30302": 1083, "30217": 690, "30231": 833, "30239": 1000, "30211": 872, "30215": 727, "30201": 940},
               bureau(2024, "480.00", "92.30", "215.00", "536.00"))
S2024 = scaled(S2023, 2024, {"": 978, "30302": 1125, "30231": 1000, "30211": 944}, station(2024, "74.80", "96.00"))


def both(b: Plan, s: Plan) -> Plan:
    return united(UNIT, "338", [b, s])


P2022, P2023, P2024 = both(B2022, S2022), both(B2023, S2023), both(B2024, S2024)


def spent(plan: Plan, of_projects: int, of_basics: int) -> Plan:
    """What was spent of a budget, in thousandths; 三公 items less than the rest."""
    rates = {"": of_basics, "30217": of_basics - 180, "30231": of_basics - 60}
    return scaled(plan, plan.year, rates, [Project(p.name, p.func, half_up(p.amount, of_projects - 7 * i, 1000), p.econ, p.upper, p.fund, p.fields)
                                           for i, p in enumerate(plan.projects)])


SPENT_2023 = both(spent(B2023, 968, 1012), spent(S2023, 947, 1006))
SPENT_2022 = both(spent(B2022, 981, 1009), spent(S2022, 972, 1004))

DUTIES = ["贯彻执行国家水利工作的法律法规和方针政策，起草全县水利发展规划、年度计划并组织实施。",
          "统筹生活、生产和生态用水，组织实施最严格的水资源管理制度，负责取水许可和水资源论证。",
          "组织指导水利设施、水域及其岸线的管理和保护，负责河湖长制的日常工作。",
          "指导水利工程建设与运行管理，负责重点水利工程的前期工作、质量监督和竣工验收。",
          "负责水旱灾害防御的日常工作，组织编制洪水防御方案和抗旱预案。",
          "指导农村饮水安全、农田灌溉排水和节约用水工作，负责水土保持监督管理。"]
OFFICES = ["办公室", "规划财务股", "水资源管理股", "建设与运行管理股", "水旱灾害防御股", "农村水利股"]
TERMS = ("财政拨款", "一般公共预算", "政府性基金预算", "基本支出", "项目支出", "“三公”经费", "机关运行经费", "绩效目标")


def words_2023() -> Words:
    reasons = {
        "总": "+农村饮水管网改造等民生水利项目增加", "本级": "-堤防加固工程按进度分年安排，本年所需资金减少", "上级": "+中小河流治理补助资金增加",
        "基金": "+农村饮水管网改造工程扩大实施范围", "基本": "+人员工资正常晋升，缴费基数调整", "项目": "+中小河流治理和农村饮水项目增加",
        "公用": "+水利工程设施维修和水电费定额提高", "2130301": "+人员工资正常晋升", "2130305": "-堤防加固工程按进度分年安排",
        "2130306": "+小型水库维修养护和渠道清淤任务增加", "2130314": "+增加雨水情监测站点维护费", "2080501": "=退休人员人数没有变化",
        "2080502": "=退休人员人数没有变化", "2080505": "+缴费基数调整", "2080506": "+缴费基数调整", "2101101": "+缴费基数调整",
        "2101102": "+缴费基数调整", "2101103": "+缴费基数调整", "2210201": "+缴存基数调整",
        "三公": "-公务用车统一调度，公务接待从简", "用车": "-实行公务用车统一调度，车辆出勤次数减少", "接待": "-公务接待一律在职工食堂安排"}
    return Words(DUTIES, OFFICES, {"authorised": 52, "actual": 63, "in_service": 49, "retired": 14, "retired_veterans": 0}, reasons, terms(*TERMS),
                 (wan("46.00"), wan("1180.00"), wan("62.30")),
                 ["房屋3180平方米，价值742.60万元。", "车辆5辆，价值88.75万元。", "专用设备价值213.40万元。", "其他资产价值156.92万元。"], (2023, 2, 6),
                 contents=True, subject="部门", full_width=False)


def words_2024() -> Words:
    reasons = {
        "总": "-苍河县城段堤防加固工程进入收尾阶段，所需资金减少", "本级": "-苍河县城段堤防加固工程进入收尾阶段", "上级": "+新增两条中小河流纳入治理范围",
        "基金": "-农村饮水管网改造工程主体已经完工", "基本": "+调入人员，工资和社会保险缴费增加", "项目": "-堤防加固和渠道清淤工程量减少",
        "公用": "-压减差旅、会议和公务用车运行等一般性支出", "2130301": "+调入2名工作人员，人员经费增加", "2130305": "-堤防加固工程进入收尾阶段，资金需求减少",
        "2130306": "-灌区渠道清淤工程量减少", "2130314": "+补充防汛物资，更新山洪灾害预警设备", "2080501": "+提高退休人员补贴标准",
        "2080502": "+新增退休人员1人", "2080505": "+缴费基数调整", "2080506": "+缴费基数调整", "2101101": "+缴费基数调整",
        "2101102": "-在职人员退休，缴费人数减少", "2101103": "+缴费基数调整", "2210201": "+缴存基数调整",
        "三公": "-带头过紧日子，从严控制公务接待和用车", "用车": "-处置老旧公务用车一辆，运行维护费减少", "接待": "-从严控制接待范围和标准，接待批次减少"}
    return Words(DUTIES, OFFICES, {"authorised": 52, "actual": 66, "in_service": 51, "retired": 15, "retired_veterans": 0}, reasons, terms(*TERMS),
                 (wan("38.50"), wan("1056.00"), wan("57.80")),
                 ["房屋3180平方米，价值742.60万元。", "车辆4辆，价值71.30万元。", "专用设备价值226.15万元。", "其他资产价值160.44万元。"], (2024, 2, 2),
                 subject="部门", full_width=False, staff_delta=(2, 1))


TITLES = ["部门收支总表", "部门收入总表", "部门支出总表", "财政拨款收支总表", "一般公共预算支出表", "一般公共预算基本支出表", "项目支出表",
          "政府性基金预算支出表", "一般公共预算“三公”经费支出表"]


def budgets() -> dict[str, Document]:
    style = Style("部门", lambda i: f"公开表{i}", TITLES, measure="元", split_codes=False, prior=True, total_first=True, unit_label="部门名称")
    out = {}
    for name, p, q, w, units in (("qinghe-shuili-2023-budget", P2023, P2022, words_2023(), [B2023, S2023]),
                                 ("qinghe-shuili-2024-budget", P2024, P2023, words_2024(), [B2024, S2024])):
        style.three_wide = name.endswith("2024-budget")
        out[name] = budget_document(name, REGION, p, q, Budget(p, q, style, units).all(), w)
    return out


def accounts() -> Document:
    """Final accounts of 2023: the budget of 2023 is their 年初预算."""
    opening, closing = wan("38.60"), wan("52.36")
    ledger = Ledger(SPENT_2023, P2023, SPENT_2022, opening, closing, wan("6.10"), "2130305", "2120804", wan("0.00"), opening)
    reasons = {
        "总": "+上级追加中小河流治理资金，支出增加", "一般": "-堤防加固工程部分款项按合同约定结转下年支付", "运行": "+办公用房水电费和设施维修费增加",
        "2130301": "工作人员正常晋升工资", "2130305": "部分工程尚未竣工结算，款项结转下年支付", "2130306": "灌区渠道清淤工程招标形成结余",
        "2130314": "防汛物资集中采购节约资金", "三公": "-公务用车统一调度，公务接待从简", "": "按实际发生数支付"}
    staffing = {"authorised": 52, "actual": 63, "in_service": 49, "retired": 14, "retired_veterans": 0}
    return accounts_document("qinghe-shuili-2023-accounts", REGION, ledger, DUTIES, OFFICES, staffing, reasons,
                             terms("财政拨款", "基本支出", "项目支出", "“三公”经费", "机关运行经费", "上年结转"), (2024, 9, 20),
                             (wan("41.27"), wan("1093.58"), wan("59.06")))
