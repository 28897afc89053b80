"""Small disclosures of invented units, each with one thing that is hard to read."""
from __future__ import annotations

import subprocess
from pathlib import Path

from . import render_html
from .codes import chinese
from .finance import GENERAL, Basic, Plan, Project, basics, in_wan, scaled, wan
from .forms_budget import Budget, Style, head
from .forms_final import Accounts, Ledger
from .model import Cell, Cover, Document, Heading, Hidden, Numbered, PageBreak, Para, Row, Signature, Table
from .narrative_budget import Narrative, Words, overview, terms
from .render_html import Look as HtmlLook
from .render_reportlab import Look as LabLook
from .jobs import Job, html_job, reportlab_job

BASE = {
    "main": {"30101": "61.20", "30102": "32.64", "30107": "42.84", "30112": "2.38", "30201": "4.10", "30205": "0.62", "30206": "3.35", "30207": "1.90",
             "30211": "2.75", "30213": "1.80", "30217": "0.64", "30228": "2.30", "30231": "1.80", "30299": "1.05"},
    "2080502": {"30302": "5.76"}, "2080505": {"30108": "21.87"}, "2080506": {"30109": "10.94"},
    "2101102": {"30110": "9.57"}, "2101103": {"30111": "2.73"}, "2210201": {"30113": "16.40"}}

REASON = "+人员和工作任务增加|-压减一般性支出|=与上年安排一致"
TITLES = ["单位收支总表", "单位收入总表", "单位支出总表", "财政拨款收支总表", "一般公共预算支出表", "一般公共预算基本支出表", "项目支出表",
          "政府性基金预算支出表", "一般公共预算“三公”经费支出表"]


class AnyReason(dict):
    def __missing__(self, key):
        return REASON


def plan(unit: str, main: str, rate: int, projects: list[tuple[str, str]], year: int = 2024) -> Plan:
    """A plan from the common pattern: rate in thousandths, projects as (name, 万元)."""
    whole = basics({(main if k == "main" else k): v for k, v in BASE.items()})
    jobs = [Project(n, main, wan(a), "302", fields={"立项依据": "年度重点工作任务。", "项目承担单位": unit, "资金用途": f"{n}所需支出{a}万元。"}) for n, a in projects]
    return scaled(Plan(unit, "501001", year, whole, []), year, {"": rate}, jobs)


def last_year(p: Plan, rate: int = 960) -> Plan:
    return scaled(p, p.year - 1, {"": rate, "30217": 1150, "30231": 1000, "30211": 1080, "30302": 1000},
                  [Project(q.name, q.func, q.amount * 9 // 10, q.econ) for q in p.projects])


def words(duties: list[str], staff: tuple[int, int, int], **kw) -> Words:
    authorised, active, retired = staff
    return Words(duties, ["办公室", "业务股", "财务股"], {"authorised": authorised, "actual": active + retired, "in_service": active, "retired": retired,
                                                  "retired_veterans": 0}, AnyReason(), terms("财政拨款", "基本支出", "项目支出"), (wan("2.40"), 0, wan("5.10")),
                 ["房屋860平方米，价值214.30万元。", "车辆1辆，价值16.80万元。", "其他资产价值52.75万元。"], (2024, 1, 26), **kw)


LIBRARY = plan("澄湖县图书馆", "2070104", 1000, [("公共图书馆免费开放经费", "18.00"), ("数字资源采购经费", "26.40")])
# The same once more with one project's amount corrected: code-columns is published again as revised.
REVISED = plan("澄湖县图书馆", "2070104", 1000, [("公共图书馆免费开放经费", "18.00"), ("数字资源采购经费", "31.40")])
SCHOOL = plan("苍岭县第二小学", "2050202", 2360, [("校舍维修改造项目", "64.00"), ("学生营养改善计划补助", "38.70"), ("教学设备更新项目", "21.50")])
CENTRE = plan("禾丰县文化馆", "2070109", 870, [("群众文化活动经费", "15.60"), ("非物质文化遗产展示项目", "9.80")])
LIBRARY_WORDS = words(["收集、整理和保存图书文献，为公众提供借阅和参考咨询服务。", "组织开展全民阅读推广活动，指导乡镇（街道）图书室业务工作。",
                       "承担数字图书馆资源建设和读者培训工作。"], (16, 14, 4))
SCHOOL_WORDS = words(["贯彻国家的教育方针，实施小学义务教育，促进学生全面发展。", "组织教育教学和教研活动，加强教师队伍建设。", "管理学校资产和经费，保障校园安全。"], (36, 33, 9))
CENTRE_WORDS = words(["组织开展群众文化艺术活动，辅导基层文艺骨干。", "承担非物质文化遗产的调查、记录和展示工作。"], (14, 12, 3))
PLACE = {"澄湖县图书馆": "澄湖县", "苍岭县第二小学": "苍岭县", "禾丰县文化馆": "禾丰县"}
WORDS = {"澄湖县图书馆": LIBRARY_WORDS, "苍岭县第二小学": SCHOOL_WORDS, "禾丰县文化馆": CENTRE_WORDS}


def style(**kw) -> Style:
    return Style("单位", kw.pop("number", lambda i: f"表{i}"), kw.pop("titles", TITLES), **kw)


def small(name: str, p: Plan, tables: list[Table], parts: tuple[str, ...] = ("total", "spending"), blocks: list | None = None) -> Document:
    """A short disclosure: cover, overview, the tables, some of the text, the end."""
    w = WORDS[p.unit]
    y, m, d = w.published
    body: list = [Cover([p.unit, f"{p.year}年单位预算公开"])] + overview(p, w) + [PageBreak(), Heading(1, "第二部分", f"{p.year}年单位预算表")] + tables
    body += [PageBreak(), Heading(1, "第三部分", f"{p.year}年单位预算情况说明")] + (blocks or Narrative(p, last_year(p), w).build(*parts))
    body += [Heading(1, "第四部分", "名词解释")] + [Numbered(2, f"{chinese(i)}、", f"{t}：{x}") for i, (t, x) in enumerate(w.glossary, 1)]
    body.append(Signature([p.unit, f"{y}年{m}月{d}日"]))
    return Document(name, f"{p.unit}{p.year}年单位预算公开", p.unit, PLACE[p.unit], p.year, "budget", "unit", f"{y}-{m:02d}-{d:02d}", body, w.staffing)


def forms(p: Plan, s: Style | None = None) -> Budget:
    return Budget(p, last_year(p), s or style())


# -- tables ------------------------------------------------------------------
def three_levels(p: Plan) -> Table:
    """收入总表 with spanning header cells in three levels."""
    b = forms(p)
    m = b.money
    h = [head(("科目", 4), ("总计", 1, 3), ("本年收入", 5), ("上年结转结余", 1, 3)),
         head(("科目编码", 3), ("科目名称", 1, 2), ("小计", 1, 2), ("财政拨款收入", 3), ("单位资金", 1, 2)),
         head("类", "款", "项", "一般公共预算", "上级转移支付", "政府性基金预算")]
    rows = b.coded(p.tree(), lambda c, x, y: [m(x + y), m(x + y), m(x + y), "", "", "", ""])
    return b.table(2, "revenue_summary", h, ["code"] * 3 + ["name"] + ["amount"] * 7, rows, widths=[6, 5, 5, 30, 12, 12, 12, 12, 12, 10, 10])


def row_cut(p: Plan) -> Table:
    """项目支出表 with a text so long that the page cuts its row."""
    tasks = ["完成教学楼屋面防水和外墙修补", "更换老化供电线路和照明灯具", "改造学生卫生间给排水管道", "修缮运动场地面和围栏", "加固图书室地面并更换门窗", "增设无障碍坡道和安全护栏",
             "更新消防栓、应急照明和疏散标识", "粉刷教室和走廊内墙", "维修食堂操作间排烟设施", "平整硬化校门口通道"]
    texts = ["；".join(f"{i}期{t}" for i in "一二三四" for t in tasks) + "。", "为在校学生提供营养餐补助，按月与供餐单位结算。", "更新多媒体教学一体机和实验器材。"]
    m = forms(p).money
    rows = [Row([Cell(str(i)), Cell(q.name), Cell(t), Cell(m(q.amount))], cut=i == 1) for i, (q, t) in enumerate(zip(p.projects, texts), 1)]
    rows.append(Row([Cell("合计", cols=3, align="center"), Cell(m(p.project()))]))
    return Table("表7", "项目支出表", "general_public_project_expenditure", p.unit, "万元", [head("序号", "项目名称", "主要内容", "预算金额")],
                 ["number", "name", "text", "amount"], rows, widths=[7, 16, 15, 12])


def performance(p: Plan) -> Table:
    """项目支出绩效目标表: the truth is its grid."""
    q = p.projects[0]
    goal = f"目标1：全年免费开放不少于300天；目标2：开展阅读推广活动不少于24场；目标3：项目资金{in_wan(q.amount)}万元按规定使用。"

    def line(*cells) -> Row:
        return Row([Cell(c) if isinstance(c, str) else Cell(*c) for c in cells])
    rows = [line("预算单位", (p.unit, 5)), line("项目名称", (q.name, 2), ("年度", 1), (f"{p.year}年", 2)),
            line("项目资金（万元）", "年度资金总额：", in_wan(q.amount), "其中：财政拨款", (in_wan(q.amount), 2)), line("年度总体目标", (goal, 5)),
            line("一级指标", "二级指标", ("三级指标", 2), "指标值", "分值权重"),
            line(("产出指标", 1, 3), ("数量指标", 1, 2), ("免费开放天数", 2), "≥300天", "20"), line(("阅读推广活动场次", 2), "≥24场", "15"),
            line("质量指标", ("设施设备完好率", 2), "≥98%", "15"), line("效益指标", "社会效益指标", ("年接待读者人次", 2), "≥6万人次", "30"),
            line("满意度指标", "服务对象满意度指标", ("读者满意度", 2), "≥95%", "20")]
    return Table("", "项目支出绩效目标表", "project_performance", "", "", [], ["text"] * 6, rows, widths=[16, 20, 18, 16, 16, 12], form=True)


# -- documents ---------------------------------------------------------------
def brackets() -> Document:
    """All six levels, with full-width, half-width and mixed brackets and dots."""
    p, w = CENTRE, CENTRE_WORDS
    b = [Heading(2, "一、", "收支预算情况"), Para(f"{p.year}年收支总预算{in_wan(p.total())}万元。"),
         Heading(3, "（一）", "收入预算"), Para(f"一般公共预算拨款{in_wan(p.total())}万元。"), Heading(3, "(二)", "支出预算"),
         Heading(4, "1.", "基本支出"), Para(f"基本支出{in_wan(p.basic())}万元，其中："),
         Numbered(5, "（1）", f"人员经费{in_wan(p.staff())}万元；"), Numbered(5, "(2)", f"公用经费{in_wan(p.running())}万元，用于："),
         Numbered(6, "①", "办公费、水费、电费、邮电费等日常支出；"), Numbered(6, "②", "差旅费、维修(护)费和公务用车运行维护费。"),
         Heading(4, "2．", "项目支出"), Para(f"项目支出{in_wan(p.project())}万元（占{in_wan(p.project() * 10000 // p.total())}%左右），其中："),
         Numbered(5, "（1)", f"{p.projects[0].name}{in_wan(p.projects[0].amount)}万元;"), Numbered(5, "(2）", f"{p.projects[1].name}{in_wan(p.projects[1].amount)}万元。"),
         Heading(2, "二、", "“三公”经费预算情况(财政拨款)"),
         Para(f"{p.year}年“三公”经费预算{in_wan(p.three())}万元,其中:公务用车运行费{in_wan(p.car_running())}万元,公务接待费{in_wan(p.hosting())}万元。"),
         Heading(3, "(一)", "因公出国（境)费"), Para("未安排。"), Heading(3, "（二）", "公务用车购置费"), Para("未安排。")]
    f = forms(p)
    return small("brackets", p, [f.basic(6), f.three(9)], blocks=b)


def page_break_text() -> Document:
    """A text over several pages whose paragraphs run through the page numbers."""
    p = SCHOOL
    blocks = Narrative(p, last_year(p), SCHOOL_WORDS).build()
    return small("text-over-pages", p, [forms(p).three(9)], blocks=blocks)


def wrong() -> Document:
    """Three deliberate errors, named in the findings."""
    p = LIBRARY
    odd = Plan(p.unit, p.code, p.year, [Basic(b.econ, b.func, b.amount + (50 if b.econ == "30201" else 0)) for b in p.basics], p.projects)
    f, g = forms(p), forms(odd)
    spending, basic, three = f.spending(3), g.basic(6), f.three(9)
    at = next(i for i, r in enumerate(spending.rows) if r.code == "2070104")
    right = p.of("2070104")
    spending.rows[at].cells[4] = Cell(in_wan(right + 1000))
    blocks = Narrative(p, last_year(p), LIBRARY_WORDS).build("total", "spending", "three")
    i = next(i for i, b in enumerate(blocks) if isinstance(b, Para) and "“三公”经费预算" in b.text)
    said = f"“三公”经费预算{in_wan(p.three())}万元"
    blocks[i] = Para(blocks[i].text.replace(said, f"“三公”经费预算{in_wan(p.three() + 90)}万元"))
    doc = small("three-errors", p, [f.summary(1), spending, basic, three], blocks=blocks)
    total = len(basic.rows) - 1

    def place(t: int, row: int | None = None, **more) -> dict:
        return {"page": 0, "table": t, **({} if row is None else {"row": row}), **more}

    def section(ident: str) -> dict:
        return {"page": 0, "section": ident}
    doc.findings = [
        {"rule": "row-total", "rules_also": ["column-total", "hierarchy-total"], "severity": "error",
         "message": f"表3 2070104图书馆 合计{in_wan(right + 1000)}不等于基本支出与项目支出之和{in_wan(right)}", "expected": in_wan(right), "actual": in_wan(right + 1000),
         "at": [place(1, at, column=4)]},
        {"rule": "table-agrees", "severity": "error",
         "message": f"表6 基本支出合计{in_wan(odd.basic())}与表3 基本支出合计{in_wan(p.basic())}不一致", "expected": in_wan(p.basic()), "actual": in_wan(odd.basic()),
         "at": [place(2, total), place(1, len(spending.rows) - 1)]},
        {"rule": "narrative-agrees", "rules_also": ["narrative-total"], "severity": "error",
         "message": f"文字说明“三公”经费{in_wan(p.three() + 90)}万元与表9 合计{in_wan(p.three())}不一致", "expected": in_wan(p.three()), "actual": in_wan(p.three() + 90),
         "at": [place(3), section("3.3")]}]
    doc.findings += [{"rule": "any", "severity": "info", "message": "由上面的错误引起", "optional": True, "at": [x]}
                     for x in (place(1), place(2), place(3), section("3.2"), section("3.3"))]
    return doc


def settle(doc: Document) -> None:
    """Fills in the pages of the findings once the PDF is there."""
    tables = doc.tables()
    third = [b for b in doc.blocks if isinstance(b, Heading) and b.level == 2][-3:]
    for f in doc.findings:
        for x in f["at"]:
            if "section" in x:
                x["page"] = third[int(x["section"].split(".")[1]) - 1].page
            else:
                x["page"] = tables[x["table"]].pages[0]


def accounts() -> Document:
    """Final accounts in small: 行次 and 栏次."""
    spent = plan("禾丰县文化馆", "2070109", 845, [("群众文化活动经费", "14.92"), ("非物质文化遗产展示项目", "9.55")], 2023)
    budget = plan("禾丰县文化馆", "2070109", 850, [("群众文化活动经费", "15.10"), ("非物质文化遗产展示项目", "9.60")], 2023)
    a = Accounts(Ledger(spent, budget, last_year(spent), wan("1.20"), wan("2.05"), 0, "2070109", "2070109"))
    w = CENTRE_WORDS
    tables = [a.summary(), a.spending(), a.general(), a.three()]
    blocks: list = [Cover([spent.unit, "2023年度单位决算公开"])] + overview(spent, w) + [PageBreak(), Heading(1, "第二部分", "2023年度单位决算表")] + tables
    blocks += [PageBreak(), Heading(1, "第三部分", "2023年度单位决算情况说明"), Heading(2, "一、", "收入支出决算总体情况"),
               Para(f"2023年度收入总计{in_wan(a.l.total())}万元，其中：本年收入合计{in_wan(a.l.income())}万元，年初结转和结余{in_wan(a.l.start())}万元。"),
               Para(f"支出总计{in_wan(a.l.total())}万元，其中：本年支出合计{in_wan(spent.total())}万元，年末结转和结余{in_wan(a.l.end())}万元。"),
               Heading(2, "二、", "“三公”经费支出决算情况"),
               Para(f"“三公”经费支出预算{in_wan(budget.three())}万元，支出决算{in_wan(spent.three())}万元。"), Signature([spent.unit, "2024年9月12日"])]
    return Document("line-numbers", "禾丰县文化馆2023年度单位决算公开", spent.unit, "禾丰县", 2023, "final_accounts", "unit", "2024-09-12", blocks, w.staffing)


def qpdf(*args: str):
    """A step behind the drawing: rewrites the file with qpdf."""
    def run(path: Path) -> None:
        tmp = path.with_suffix(".tmp")
        subprocess.run(["qpdf", *args, str(path), str(tmp)], check=True)
        tmp.replace(path)
    return run


def encrypted(name: str, *how: str) -> Job:
    f = forms(LIBRARY)
    job = reportlab_job(small(name, LIBRARY, [f.spending(3), f.three(9)]), LabLook())
    job.after = qpdf("--static-id", "--static-aes-iv", "--allow-weak-crypto", "--encrypt", "", "owner", *how, "--")
    return job


def hidden() -> Document:
    """Each page of text begins with the clipped last line of the page before."""
    p = CENTRE
    blocks = Narrative(p, last_year(p), CENTRE_WORDS).build("total", "spending", "three")
    out = []
    for b in blocks:
        if isinstance(b, Heading) and out:
            out += [PageBreak(), Hidden(out[-1].text[-24:])]
        out.append(b)
    return small("clipped-text", p, [forms(p).three(9)], blocks=out)


def no_tounicode(path: Path) -> None:
    """Takes the ToUnicode maps away; the embedded font's own cmap still tells the characters."""
    import pymupdf

    with pymupdf.open(path) as pdf:
        for x in range(1, pdf.xref_length()):
            if pdf.xref_get_key(x, "ToUnicode")[0] != "null":
                pdf.xref_set_key(x, "ToUnicode", "null")
        data = pdf.tobytes(garbage=3, deflate=True, no_new_id=True)
    path.write_bytes(data)


def narrow(p: Plan) -> Table:
    """Amounts of 元 in columns so narrow that the figures wrap."""
    t = forms(p, style(measure="元", split_codes=False, prior=True, total_first=True)).general(5)
    t.widths, t.wide = [13, 36, 8, 8, 8, 8, 8, 6], False
    return t


def job_after(job: Job, after) -> Job:
    job.after = after
    return job


def jobs() -> list[Job]:
    lib, school, centre = forms(LIBRARY), forms(SCHOOL), forms(CENTRE)
    one = forms(LIBRARY, style(split_codes=False, prior=True, total_first=True))
    wide_gap = style(spaced="　", titles=["单位收支总表"] + TITLES[1:])
    spread = forms(CENTRE, wide_gap).summary(1)
    spread.shown_title = "　".join(spread.title)
    loss = forms(SCHOOL, style(split_codes=False, prior=True, brackets=True))
    loss.last = last_year(SCHOOL, 1035)
    rotated = forms(SCHOOL, style(measure="元", split_codes=False, prior=True, total_first=True))
    weasy, chromium = render_html.weasyprint, render_html.chromium
    wrong_job = reportlab_job(wrong(), LabLook("WQY"))
    wrong_job.settle = settle
    return [
        html_job(small("table-two-pages", SCHOOL, [school.summary(1), school.basic(6), school.spending(3)]), weasy, HtmlLook(repeat_header=False)),
        html_job(small("row-cut", SCHOOL, [school.three(9), row_cut(SCHOOL)]), chromium, HtmlLook(extra="tr, .keep { break-inside: auto } .form { margin-top: 40mm }")),
        reportlab_job(small("rotate-90", SCHOOL, [rotated.general(5), rotated.basic(6)]), LabLook("WQY", rotate=True), bottom=0),
        html_job(small("header-three-levels", LIBRARY, [three_levels(LIBRARY), lib.fund(8)]), weasy, HtmlLook(lines="open")),
        reportlab_job(accounts(), LabLook()),
        reportlab_job(small("code-columns", LIBRARY, [lib.spending(3), one.general(5)]), LabLook("WQY")),
        reportlab_job(small("revised", REVISED, [forms(REVISED).spending(3),
                                                 forms(REVISED, style(split_codes=False, prior=True, total_first=True)).general(5)]), LabLook("WQY")),
        reportlab_job(brackets(), LabLook()),
        html_job(page_break_text(), weasy, HtmlLook(footer='"— " counter(page) " —"', extra="p { orphans: 1; widows: 1; line-height: 2 }")),
        reportlab_job(small("watermark", CENTRE, [centre.summary(1), centre.general(5)]), LabLook("WQY", watermark="政务公开 仅供查阅"), noise="政务公开 仅供查阅"),
        reportlab_job(small("three-line", CENTRE, [centre.appropriation(4), centre.basic(6)]), LabLook(lines="three")),
        html_job(small("borderless", LIBRARY, [lib.summary(1), lib.spending(3), lib.three(9)]), weasy, HtmlLook(lines="bare")),
        reportlab_job(small("negative-brackets", SCHOOL, [loss.general(5)]), LabLook("WQY")),
        reportlab_job(small("form-xobject", CENTRE, [centre.spending(3), centre.three(9)]), LabLook("WQY", in_form=True)),
        reportlab_job(small("spaced-titles", CENTRE, [spread, forms(CENTRE, wide_gap).spending(3)]), LabLook()),
        html_job(small("two-tables-one-page", LIBRARY, [lib.fund(8), lib.three(9), lib.project(7)]), weasy, HtmlLook()),
        html_job(small("performance-form", LIBRARY, [lib.three(9), performance(LIBRARY)]), weasy, HtmlLook()),
        reportlab_job(small("gbk-euc", SCHOOL, [school.summary(1), school.three(9)]), LabLook("GBK")),
        reportlab_job(small("open-top", SCHOOL, [school.summary(1), school.basic(6), school.spending(3)]), LabLook(lines="word", repeat_header=False)),
        reportlab_job(hidden(), LabLook("WQY")),
        html_job(small("numbers-wrapped", SCHOOL, [narrow(SCHOOL)]), weasy, HtmlLook()),
        job_after(html_job(small("no-tounicode", CENTRE, [centre.three(9), centre.spending(3)]), weasy, HtmlLook()), no_tounicode),
        job_after(reportlab_job(small("linearized", LIBRARY, [lib.spending(3), lib.three(9)]), LabLook()),
                  qpdf("--linearize", "--object-streams=generate", "--deterministic-id")),
        wrong_job,
        encrypted("encrypted-rc4-128", "128", "--use-aes=n"), encrypted("encrypted-aes-128", "128", "--use-aes=y"), encrypted("encrypted-aes-256", "256"),
    ]
