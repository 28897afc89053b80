"""The text of final accounts, from the same figures as their forms."""
from __future__ import annotations

from .codes import ECONOMIC, FUNCTIONS, chinese
from .finance import FUND, GENERAL, change, in_wan, item_name, percent
from .forms_final import Accounts, Ledger
from .model import Contents, Cover, Document, Heading, Numbered, PageBreak, Para, Signature

THAN = "比上年决算"


def against_budget(spent: int, planned: int, reason: str) -> str:
    """'年初预算…万元，支出决算…万元，完成年初预算的…%，…原因是：…。'"""
    out = f"年初预算为{in_wan(planned)}万元，支出决算为{in_wan(spent)}万元，完成年初预算的{percent(spent, planned)}"
    if spent == planned:
        return out + "，决算数与年初预算数一致。"
    return out + f"，决算数{'大于' if spent > planned else '小于'}年初预算数的主要原因是：{reason}。"


def narrative(l: Ledger, reasons: dict[str, str], purchases: tuple[int, int, int]) -> list:
    s, b, year = l.spent, l.budget, l.spent.year
    total, before = l.total(), l.before.total() + l.before_closing
    gen = s.total(GENERAL)
    out: list = [
        Heading(2, "一、", "收入支出决算总体情况说明"),
        Para(f"{year}年度收入总计{in_wan(total)}万元，其中：本年收入合计{in_wan(l.income())}万元，年初结转和结余{in_wan(l.start())}万元。"),
        Para(f"{year}年度支出总计{in_wan(total)}万元，其中：本年支出合计{in_wan(s.total())}万元，年末结转和结余{in_wan(l.end())}万元。"),
        Para(f"收入、支出总计{change(total, before, reasons['总'], THAN)}。"),
        Heading(2, "二、", "收入决算情况说明"),
        Para(f"本年收入合计{in_wan(l.income())}万元，全部为财政拨款收入，占{percent(1, 1)}。"),
        Heading(2, "三、", "支出决算情况说明"),
        Para(f"本年支出合计{in_wan(s.total())}万元，其中：基本支出{in_wan(s.basic())}万元，占{percent(s.basic(), s.total())}；"
             f"项目支出{in_wan(s.project())}万元，占{percent(s.project(), s.total())}。"),
        Heading(2, "四、", "财政拨款收入支出决算总体情况说明"),
        Para(f"{year}年度财政拨款收入、支出总计{in_wan(total)}万元，其中：本年财政拨款收入{in_wan(l.income())}万元，年初财政拨款结转和结余{in_wan(l.start())}万元。"),
        Heading(2, "五、", "一般公共预算财政拨款支出决算情况说明"),
        Heading(3, "（一）", "支出决算总体情况"),
        Para(f"{year}年度一般公共预算财政拨款支出{in_wan(gen)}万元，占本年支出合计的{percent(gen, s.total())}，{change(gen, l.before.total(GENERAL), reasons['一般'], THAN)}。"),
        Heading(3, "（二）", "支出决算结构情况")]
    out += [Numbered(4, f"{i}.", f"{FUNCTIONS[c]}（类）{in_wan(v)}万元，占{percent(v, gen)}。") for i, (c, v) in enumerate(s.by_class(GENERAL).items(), 1)]
    out.append(Heading(3, "（三）", "支出决算具体情况"))
    for i, (c, (x, y)) in enumerate(s.leaves(GENERAL).items(), 1):
        out.append(Numbered(4, f"{i}.", f"{item_name(c)}。{against_budget(x + y, b.of(c, GENERAL), reasons.get(c, reasons['']))}"))
    return out + basics(l) + rest(l, reasons, purchases)


def basics(l: Ledger) -> list:
    s = l.spent
    staff = "、".join(ECONOMIC[c] for c, a, r in s.econ_tree() if len(c) == 5 and a)
    run = "、".join(ECONOMIC[c] for c, a, r in s.econ_tree() if len(c) == 5 and r)
    return [Heading(2, "六、", "一般公共预算财政拨款基本支出决算情况说明"),
            Para(f"{s.year}年度一般公共预算财政拨款基本支出{in_wan(s.basic())}万元，其中："),
            Para(f"人员经费{in_wan(s.staff())}万元，主要包括：{staff}。"), Para(f"公用经费{in_wan(s.running())}万元，主要包括：{run}。")]


def rest(l: Ledger, reasons: dict[str, str], purchases: tuple[int, int, int]) -> list:
    s, b, before = l.spent, l.budget, l.before
    goods, works, services = purchases
    return [
        Heading(2, "七、", "财政拨款“三公”经费支出决算情况说明"),
        Heading(3, "（一）", "“三公”经费支出总体情况"),
        Para(f"{s.year}年度财政拨款“三公”经费支出预算为{in_wan(b.three())}万元，支出决算为{in_wan(s.three())}万元，完成预算的{percent(s.three(), b.three())}，"
             f"{change(s.three(), before.three(), reasons['三公'], THAN)}。"),
        Heading(3, "（二）", "“三公”经费支出具体情况"),
        Numbered(4, "1.", f"因公出国（境）费支出{in_wan(s.abroad)}万元，全年没有组织因公出国（境）团组。"),
        Numbered(4, "2.", f"公务用车购置及运行维护费支出{in_wan(s.cars())}万元，其中：公务用车购置费{in_wan(s.car_purchase())}万元，公务用车运行维护费{in_wan(s.car_running())}万元。"),
        Numbered(4, "3.", f"公务接待费支出{in_wan(s.hosting())}万元，主要用于上级部门检查指导和工程验收的接待。"),
        Heading(2, "八、", "政府性基金预算财政拨款收入支出决算情况说明"),
        Para(f"{s.year}年度政府性基金预算财政拨款年初结转和结余{in_wan(l.fund_opening)}万元，本年收入{in_wan(l.income(FUND))}万元，本年支出{in_wan(s.total(FUND))}万元，"
             f"年末结转和结余{in_wan(l.fund_closing)}万元。"),
        Heading(2, "九、", "国有资本经营预算财政拨款支出决算情况说明"),
        Para(f"本部门{s.year}年度没有国有资本经营预算财政拨款支出，对应的表为空表。"),
        Heading(2, "十、", "其他重要事项的情况说明"),
        Heading(3, "（一）", "机关运行经费支出情况"),
        Para(f"{s.year}年度机关运行经费支出{in_wan(s.running())}万元，{change(s.running(), before.running(), reasons['运行'], THAN)}。"),
        Heading(3, "（二）", "政府采购支出情况"),
        Para(f"{s.year}年度政府采购支出总额{in_wan(goods + works + services)}万元，其中：货物支出{in_wan(goods)}万元、工程支出{in_wan(works)}万元、服务支出{in_wan(services)}万元。"),
        Heading(3, "（三）", "国有资产占用情况"),
        Para(f"截至{s.year}年12月31日，{s.unit}共有车辆4辆；单价100万元以上设备（不含车辆）0台（套）。")]


def accounts_document(name: str, region: str, l: Ledger, duties: list[str], offices: list[str], staffing: dict, reasons: dict[str, str],
                      glossary: list[tuple[str, str]], published: tuple[int, int, int], purchases: tuple[int, int, int]) -> Document:
    s, (y, mo, d) = l.spent, published
    blocks: list = [Cover([s.unit, f"{s.year}年度部门决算公开"], f"{y}年{mo}月"), Contents(), PageBreak(),
                    Heading(1, "第一部分", "部门概况"), Heading(2, "一、", "主要职能")]
    blocks += [Numbered(3, f"（{chinese(i)}）", t) for i, t in enumerate(duties, 1)]
    blocks += [Heading(2, "二、", "机构设置及人员情况"), Para(f"{s.unit}内设机构{len(offices)}个，分别为：{'、'.join(offices)}。纳入本部门决算编制范围的单位共2个。"),
               Para(f"年末编制数{staffing['authorised']}人，实有人数{staffing['actual']}人，其中：在职人员{staffing['in_service']}人，"
                    f"退休人员{staffing['retired']}人，离休人员{staffing['retired_veterans']}人。"),
               PageBreak(), Heading(1, "第二部分", f"{s.year}年度部门决算表")]
    blocks += Accounts(l).all() + [PageBreak(), Heading(1, "第三部分", f"{s.year}年度部门决算情况说明")] + narrative(l, reasons, purchases)
    blocks.append(Heading(1, "第四部分", "名词解释"))
    blocks += [Numbered(2, f"{chinese(i)}、", f"{t}：{x}") for i, (t, x) in enumerate(glossary, 1)]
    blocks.append(Signature([s.unit, f"{y}年{mo}月{d}日"]))
    return Document(name, f"{s.unit}{s.year}年度部门决算公开", s.unit, region, s.year, "final_accounts", "department", f"{y}-{mo:02d}-{d:02d}", blocks, staffing)
