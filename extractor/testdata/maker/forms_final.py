"""The forms of final accounts (公开01表 …), with 行次 and 栏次."""
from __future__ import annotations

from dataclasses import dataclass

from .codes import CLASSES, ECONOMIC, FUNCTIONS, chinese
from .finance import FUND, GENERAL, Plan, in_wan, roll_up
from .forms_budget import head
from .model import Cell, Row, Table


@dataclass
class Ledger:
    """A year's accounts. spent: what was spent; budget: 年初预算; before: what was spent the year before.
    Carry-over of the general budget stands on one item, that of the fund on another."""

    spent: Plan
    budget: Plan
    before: Plan
    opening: int
    closing: int
    fund_closing: int
    item: str
    fund_item: str
    fund_opening: int = 0
    before_closing: int = 0

    def income(self, fund: str = "") -> int:
        general = self.spent.total(GENERAL) + self.closing - self.opening
        funds = self.spent.total(FUND) + self.fund_closing - self.fund_opening
        return {"": general + funds, GENERAL: general, FUND: funds}[fund]

    def income_tree(self) -> list[tuple[str, int, int]]:
        """Income by 类 款 项 (code, amount, 0)."""
        leaves = {c: (b + p, 0) for c, (b, p) in self.spent.leaves().items()}
        for item, more in ((self.item, self.closing - self.opening), (self.fund_item, self.fund_closing - self.fund_opening)):
            leaves[item] = (leaves[item][0] + more, 0)
        return roll_up(leaves)

    def start(self) -> int:
        return self.opening + self.fund_opening

    def end(self) -> int:
        return self.closing + self.fund_closing

    def total(self) -> int:
        return self.income() + self.start()


def m(v: int) -> str:
    return in_wan(v) if v else ""


class Accounts:
    """Builds the nine forms."""

    def __init__(self, ledger: Ledger):
        self.l, self.s = ledger, ledger.spent

    def table(self, n: int, title: str, kind: str, header, roles, rows, **kw) -> Table:
        return Table(f"公开{n:02d}表", title, kind, self.s.unit, "万元", header, roles, rows, unit_label="部门", **kw)

    def all(self) -> list[Table]:
        return [self.summary(), self.income(), self.spending(), self.appropriation(), self.general(), self.basic(), self.fund(), self.capital(), self.three()]

    def numbered(self, left, right, right_values: int) -> list[Row]:
        """Two stubs beside each other with their line numbers, which run down the left and on down the right."""
        n, rows = len(right), []
        for i in range(n):
            a, b = left[i], right[i]
            rows.append(Row([Cell(a[0]), Cell(str(i + 1)), Cell(a[1]), Cell(b[0]), Cell(str(n + i + 1))] + [Cell(v) for v in b[1:1 + right_values]]))
        return rows

    def summary(self) -> Table:
        l, s = self.l, self.s
        sources = [("一、一般公共预算财政拨款收入", m(l.income(GENERAL))), ("二、政府性基金预算财政拨款收入", m(l.income(FUND))), ("三、国有资本经营预算财政拨款收入", ""),
                   ("四、上级补助收入", ""), ("五、事业收入", ""), ("六、经营收入", ""), ("七、附属单位上缴收入", ""), ("八、其他收入", "")]
        by = s.by_class()
        right = [(f"{chinese(i)}、{name}", m(by.get(c, 0))) for i, (c, name) in enumerate(CLASSES, 1)]
        left = sources + [("", "")] * (len(right) - len(sources))
        left += [("本年收入合计", m(l.income())), ("使用非财政拨款结余", ""), ("年初结转和结余", m(l.start())), ("总计", m(l.total()))]
        right += [("本年支出合计", m(s.total())), ("结余分配", ""), ("年末结转和结余", m(l.end())), ("总计", m(l.total()))]
        h = [head(("收入", 3), ("支出", 3)), head("项目", ("行次", 1, 2), "决算数", "项目", ("行次", 1, 2), "决算数"), head("栏次", "1", "栏次", "2")]
        return self.table(1, "收入支出决算总表", "revenue_expenditure_summary", h, ["text", "number", "amount", "name", "number", "amount"],
                          self.numbered(left, right, 1), widths=[32, 6, 15, 32, 6, 15])

    def item_head(self, n: int, *columns) -> list[list[Cell]]:
        return [head(("项目", 2), *[(c, 1, 2) for c in columns]), head("科目代码", "科目名称"), head(("栏次", 2), *[str(i) for i in range(n, n + len(columns))])]

    def items(self, tree, values) -> list[Row]:
        total = [sum(t[i] for t in tree if len(t[0]) == 3) for i in (1, 2)]
        rows = [Row([Cell("合计", cols=2, align="center")] + [Cell(v) for v in values(*total)])]
        return rows + [Row([Cell(c), Cell(FUNCTIONS[c], indent=(len(c) - 3) // 2)] + [Cell(v) for v in values(b, p)], c) for c, b, p in tree]

    def income(self) -> Table:
        h = self.item_head(1, "本年收入合计", "财政拨款收入", "上级补助收入", "事业收入", "经营收入", "附属单位上缴收入", "其他收入")
        return self.table(2, "收入决算表", "revenue_summary", h, ["code", "name"] + ["amount"] * 7,
                          self.items(self.l.income_tree(), lambda a, _: [m(a), m(a), "", "", "", "", ""]), widths=[12, 36, 16, 16, 12, 12, 12, 12, 12], wide=True)

    def spending(self) -> Table:
        h = self.item_head(1, "本年支出合计", "基本支出", "项目支出", "上缴上级支出", "经营支出", "对附属单位补助支出")
        return self.table(3, "支出决算表", "expenditure_summary", h, ["code", "name"] + ["amount"] * 6,
                          self.items(self.s.tree(), lambda b, p: [m(b + p), m(b), m(p), "", "", ""]), widths=[12, 36, 16, 16, 16, 12, 12, 14], wide=True)

    def appropriation(self) -> Table:
        l, s = self.l, self.s
        by, gen, fund = s.by_class(), s.by_class(GENERAL), s.by_class(FUND)
        right = [(f"{chinese(i)}、{name}", m(by.get(c, 0)), m(gen.get(c, 0)), m(fund.get(c, 0)), "") for i, (c, name) in enumerate(CLASSES, 1)]
        left = [("一、一般公共预算财政拨款", m(l.income(GENERAL))), ("二、政府性基金预算财政拨款", m(l.income(FUND))), ("三、国有资本经营预算财政拨款", "")]
        left += [("", "")] * (len(right) - 3)
        left += [("本年收入合计", m(l.income())), ("年初财政拨款结转和结余", m(l.start())), ("一般公共预算财政拨款", m(l.opening)),
                 ("政府性基金预算财政拨款", m(l.fund_opening)), ("总计", m(l.total()))]
        right += [("本年支出合计", m(s.total()), m(s.total(GENERAL)), m(s.total(FUND)), ""), ("年末财政拨款结转和结余", m(l.end()), m(l.closing), m(l.fund_closing), ""),
                  ("", "", "", "", ""), ("", "", "", "", ""),
                  ("总计", m(l.total()), m(s.total(GENERAL) + l.closing), m(s.total(FUND) + l.fund_closing), "")]
        h = [head(("收入", 3), ("支出", 6)),
             head("项目", ("行次", 1, 2), "金额", "项目", ("行次", 1, 2), "合计", "一般公共预算财政拨款", "政府性基金预算财政拨款", "国有资本经营预算财政拨款"),
             head("栏次", "1", "栏次", "2", "3", "4", "5")]
        return self.table(4, "财政拨款收入支出决算总表", "fiscal_appropriation_summary", h, ["text", "number", "amount", "name", "number"] + ["amount"] * 4,
                          self.numbered(left, right, 4), widths=[28, 5, 14, 30, 5, 14, 14, 14, 12])

    def general(self) -> Table:
        h = [head(("项目", 2), ("本年支出", 3)), head("科目代码", "科目名称", "小计", "基本支出", "项目支出"), head(("栏次", 2), "1", "2", "3")]
        return self.table(5, "一般公共预算财政拨款支出决算表", "general_public_expenditure", h, ["code", "name"] + ["amount"] * 3,
                          self.items(self.s.tree(GENERAL), lambda b, p: [m(b + p), m(b), m(p)]), widths=[14, 40, 17, 17, 17])

    def basic(self) -> Table:
        s = self.s
        staff = [(c, ECONOMIC[c], m(a + b)) for c, a, b in s.econ_tree() if c[:3] in ("301", "303")]
        run = [(c, ECONOMIC[c], m(a + b)) for c, a, b in s.econ_tree() if c[:3] not in ("301", "303")]
        cut = max(len(staff), (len(run) + 1) // 2)
        columns = [staff, run[:cut], run[cut:]]
        rows = []
        for i in range(cut):
            rows.append(Row([Cell(x) for col in columns for x in (col[i] if i < len(col) else ("", "", ""))]))
        rows.append(Row([Cell("人员经费合计", cols=2, align="center"), Cell(m(s.staff())), Cell("公用经费合计", cols=5, align="center"), Cell(m(s.running()))]))
        h = [head(("人员经费", 3), ("公用经费", 6)), head(*["科目代码", "科目名称", "决算数"] * 3)]
        return self.table(6, "一般公共预算财政拨款基本支出决算明细表", "general_public_basic_expenditure", h, ["code", "name", "amount"] * 3, rows,
                          widths=[14, 30, 15, 14, 26, 13, 14, 20, 12])

    def fund(self) -> Table:
        l, s = self.l, self.s
        tree = s.tree(FUND)

        def values(b, p):
            return [m(l.fund_opening), m(b + p + l.fund_closing - l.fund_opening), m(b + p), m(b), m(p), m(l.fund_closing)]
        h = [head(("项目", 2), ("年初结转和结余", 1, 2), ("本年收入", 1, 2), ("本年支出", 3), ("年末结转和结余", 1, 2)),
             head("科目代码", "科目名称", "小计", "基本支出", "项目支出"), head(("栏次", 2), *"123456")]
        return self.table(7, "政府性基金预算财政拨款收入支出决算表", "government_fund_expenditure", h, ["code", "name"] + ["amount"] * 6,
                          self.items(tree, values), widths=[12, 32, 13, 13, 13, 13, 13, 13])

    def capital(self) -> Table:
        h = [head(("项目", 2), ("本年支出", 3)), head("科目代码", "科目名称", "合计", "基本支出", "项目支出"), head(("栏次", 2), "1", "2", "3")]
        rows = [Row([Cell("合计", cols=2, align="center")] + [Cell("")] * 3)] + [Row([Cell("")] * 5) for _ in range(2)]
        note = f"注：本部门{self.s.year}年度没有国有资本经营预算财政拨款支出，本表无数据。"
        return self.table(8, "国有资本经营预算财政拨款支出决算表", "state_capital_expenditure", h, ["code", "name"] + ["amount"] * 3, rows,
                          widths=[14, 40, 17, 17, 17], notes=[note], empty=True)

    def three(self) -> Table:
        h = [head(("预算数", 6), ("决算数", 6)),
             head(*[("合计", 1, 2), ("因公出国（境）费", 1, 2), ("公务用车购置及运行维护费", 3), ("公务接待费", 1, 2)] * 2),
             head(*["小计", "公务用车购置费", "公务用车运行维护费"] * 2), head(*[str(i) for i in range(1, 13)])]
        vals = [m(v) for q in (self.l.budget, self.s) for v in (q.three(), q.abroad, q.cars(), q.car_purchase(), q.car_running(), q.hosting())]
        return self.table(9, "财政拨款“三公”经费支出决算表", "three_public_expenses", h, ["amount"] * 12, [Row([Cell(v) for v in vals])], widths=[10] * 12)
