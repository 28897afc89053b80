"""The forms of a budget disclosure, built from a Plan and last year's Plan."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from .codes import CLASSES, ECONOMIC, FUNCTIONS, chinese
from .finance import FUND, GENERAL, Plan, in_wan, in_yuan, percent, roll_up
from .model import Cell, Row, Table


@dataclass
class Style:
    """How one publisher prints the forms."""

    subject: str  # 单位, 部门
    number: Callable[[int], str]
    titles: list[str]
    measure: str = "万元"
    split_codes: bool = True  # 类 款 项 in columns of their own
    prior: bool = False  # 上年预算数 beside this year's
    total_first: bool = False
    spaced: str = ""  # between the letters of 合 计
    brackets: bool = False  # negative amounts as (1.00)
    unit_label: str = "编制单位"
    three_wide: bool = False  # 三公 in columns instead of rows


def head(*cells) -> list[Cell]:
    """Header cells from text or (text, columns, rows)."""
    return [Cell(c) if isinstance(c, str) else Cell(*c) for c in cells]


def row(*texts, code="", indent=None) -> Row:
    cells = [t if isinstance(t, Cell) else Cell(t) for t in texts]
    if indent:
        cells[indent[0]].indent = indent[1]
    return Row(cells, code)


class Budget:
    """Builds the nine forms. plan: what the document budgets; last: the year before; units: a department's parts."""

    def __init__(self, plan: Plan, last: Plan, style: Style, units: list[Plan] | None = None):
        self.plan, self.last, self.style, self.units = plan, last, style, units or []

    def money(self, v: int) -> str:
        if v == 0:
            return ""
        return in_yuan(v) if self.style.measure == "元" else in_wan(v)

    def word(self, text: str) -> str:
        """合计 or 合 计."""
        return self.style.spaced.join(text)

    def minus(self, text: str) -> str:
        return f"({text})" if self.style.brackets else "-" + text

    def table(self, n: int, kind: str, header, roles, rows, **kw) -> Table:
        s = self.style
        return Table(s.number(n), s.titles[n - 1], kind, self.plan.unit, s.measure, header, roles, rows, unit_label=s.unit_label, **kw)

    def all(self) -> list[Table]:
        return [self.summary(1), self.income(2), self.spending(3), self.appropriation(4), self.general(5), self.basic(6), self.project(7),
                self.fund(8), self.three(9)]

    # 收支总表
    def summary(self, n: int) -> Table:
        p, m = self.plan, self.money
        left = [("一、本年收入", p.total()), ("（一）一般公共预算拨款", p.total(GENERAL)), ("其中：本级财力安排", p.own(GENERAL)),
                ("上级提前下达转移支付", p.upper(GENERAL)), ("（二）政府性基金预算拨款", p.total(FUND)), ("（三）国有资本经营预算拨款", 0),
                ("（四）财政专户管理资金", 0), ("（五）单位资金", 0), ("二、上年结转结余", 0)]
        right = [(f"{chinese(i)}、{name}", p.by_class().get(code, 0)) for i, (code, name) in enumerate(CLASSES, 1)]
        rows = self.side_by_side(left, right)
        rows.append(row(self.word("收入总计"), m(p.total()), self.word("支出总计"), m(p.total())))
        header = [head(("收  入", 2), ("支  出", 2)), head("项目", "预算数", "功能分类", "预算数")]
        return self.table(n, "revenue_expenditure_summary", header, ["text", "amount", "name", "amount"], rows, widths=[30, 17, 32, 17])

    def side_by_side(self, left, right) -> list[Row]:
        """Two lists of (name, amount) beside each other; the shorter one is filled with blanks."""
        out = []
        for i in range(max(len(left), len(right))):
            a, b = (x[i] if i < len(x) else ("", 0) for x in (left, right))
            first = Cell(a[0], indent=1 if a[0].startswith("（") else 2 if a[0][:2] in ("其中", "上级") else 0)
            out.append(row(first, self.money(a[1]), b[0], self.money(b[1])))
        return out

    # -- functional tables
    def code_head(self, depth: int, what: str = "功能分类科目") -> list[list[Cell]]:
        """The left header over depth rows (2 or 3)."""
        if self.style.split_codes:
            return [head((f"{what}编码", 3, depth - 1), (f"{what}名称", 1, depth))] + [[] for _ in range(depth - 2)] + [head("类", "款", "项")]
        return [head((what, 2))] + [[] for _ in range(depth - 2)] + [head("科目编码", "科目名称")]

    def code_cells(self, code: str) -> list[Cell]:
        name = Cell(FUNCTIONS[code], indent={3: 0, 5: 1, 7: 2}[len(code)])
        if self.style.split_codes:
            return [Cell(code[:3]), Cell(code[3:5]), Cell(code[5:]), name]
        return [Cell(code), name]

    def code_roles(self) -> tuple[list[str], list[float]]:
        return (["code"] * 3 + ["name"], [6, 5, 5, 34]) if self.style.split_codes else (["code", "name"], [13, 36])

    def coded(self, tree, values) -> list[Row]:
        """A row for each code and the total; values gives the amounts of (code or '', basic, project)."""
        body = [Row(self.code_cells(c) + [Cell(v) for v in values(c, b, p)], c) for c, b, p in tree]
        tb, tp = (sum(t[i] for t in tree if len(t[0]) == 3) for i in (1, 2))
        blank = [Cell("")] * (3 if self.style.split_codes else 1)
        total = Row(blank + [Cell(self.word("合计"), align="center")] + [Cell(v) for v in values("", tb, tp)])
        return [total] + body if self.style.total_first else body + [total]

    # 收入总表
    def income(self, n: int) -> Table:
        p, m = self.plan, self.money
        if self.units:
            return self.income_by_unit(n)

        def values(code, b, q):
            gen = p.of(code, GENERAL)
            up = p.of_upper(code)
            return [m(b + q), m(b + q), m(gen - up), m(up), m(p.of(code, FUND)), "", ""]
        roles, widths = self.code_roles()
        h = self.code_head(2)
        h[0] += head(("总计", 1, 2), ("财政拨款（补助）", 4), ("单位资金", 1, 2), ("上年结转", 1, 2))
        h[1] += head("小计", "一般公共预算", "上级转移支付", "政府性基金预算")
        return self.table(n, "revenue_summary", h, roles + ["amount"] * 7, self.coded(p.tree(), values),
                          widths=widths + [13, 13, 13, 13, 13, 9, 9], wide=True)

    def income_by_unit(self, n: int) -> Table:
        m = self.money

        def line(code, name, p):
            return row(code, name, m(p.total()), m(p.total()), m(p.total(GENERAL)), m(p.total(FUND)), "", "", "", "")
        rows = [line("", Cell(self.word("合计"), align="center"), self.plan)] + [line(u.code, u.unit, u) for u in self.units]
        h = [head(("单位代码", 1, 2), ("单位名称", 1, 2), (self.word("合计"), 1, 2), ("本年收入", 6), ("上年结转结余", 1, 2)),
             head("小计", "一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "事业收入")]
        return self.table(n, "revenue_summary", h, ["code", "name"] + ["amount"] * 8, rows,
                          widths=[13, 19, 19, 19, 19, 18, 8, 8, 7, 7])

    # 支出总表
    def spending(self, n: int) -> Table:
        m = self.money
        roles, widths = self.code_roles()
        if self.style.split_codes:
            h = self.code_head(2)
            h[0] += head(("支出预算", 3))
            h[1] += head(self.word("合计"), "基本支出", "项目支出")
            return self.table(n, "expenditure_summary", h, roles + ["amount"] * 3,
                              self.coded(self.plan.tree(), lambda c, b, p: [m(b + p), m(b), m(p)]), widths=widths + [16, 16, 16])
        h = [head("科目编码", "科目名称", self.word("合计"), "基本支出", "项目支出", "上缴上级支出", "对附属单位补助支出")]
        return self.table(n, "expenditure_summary", h, roles + ["amount"] * 5,
                          self.coded(self.plan.tree(), lambda c, b, p: [m(b + p), m(b), m(p), "", ""]), widths=widths + [18, 18, 18, 10, 12])

    # 财政拨款收支总表
    def appropriation(self, n: int) -> Table:
        p, m, total = self.plan, self.money, self.plan.total()
        left = [("一、本年收入", total), ("（一）一般公共预算拨款", p.total(GENERAL)), ("（二）政府性基金预算拨款", p.total(FUND)),
                ("（三）国有资本经营预算拨款", 0), ("二、上年结转", 0), ("（一）一般公共预算拨款", 0), ("（二）政府性基金预算拨款", 0),
                ("（三）国有资本经营预算拨款", 0)]
        right = [("一、本年支出", total, p.total(GENERAL), p.total(FUND))]
        for i, (code, name) in enumerate(CLASSES, 1):
            right.append((f"（{chinese(i)}）{name}", p.of(code), p.of(code, GENERAL), p.of(code, FUND)))
        right.append(("二、年终结转结余", 0, 0, 0))
        rows = []
        for i, r in enumerate(right):
            a = left[i] if i < len(left) else ("", 0)
            rows.append(row(Cell(a[0], indent=a[0].startswith("（") + 0), m(a[1]), Cell(r[0], indent=r[0].startswith("（") + 0),
                            m(r[1]), m(r[2]), m(r[3]), ""))
        rows.append(row(self.word("收入总计"), m(total), self.word("支出总计"), m(total), m(p.total(GENERAL)), m(p.total(FUND)), ""))
        h = [head(("收  入", 2), ("支  出", 5)),
             head("项目", "预算数", "项目", self.word("合计"), "一般公共预算", "政府性基金预算", "国有资本经营预算")]
        return self.table(n, "fiscal_appropriation_summary", h, ["text", "amount", "name"] + ["amount"] * 4, rows,
                          widths=[25, 19, 26, 19, 19, 19, 11] if self.style.measure == "元" else [32, 14, 38, 14, 14, 14, 13])

    # 一般公共预算支出表
    def general(self, n: int) -> Table:
        m, last = self.money, self.last
        roles, widths = self.code_roles()
        if not self.style.prior:
            h = self.code_head(2)
            h[0] += head(("一般公共预算支出", 3))
            h[1] += head(self.word("合计"), "基本支出", "项目支出")
            return self.table(n, "general_public_expenditure", h, roles + ["amount"] * 3,
                              self.coded(self.plan.tree(GENERAL), lambda c, b, p: [m(b + p), m(b), m(p)]), widths=widths + [16, 16, 16])
        leaves = {c: (0, 0) for c in last.leaves(GENERAL)} | self.plan.leaves(GENERAL)

        def values(code, b, p):
            was = last.of(code, GENERAL)
            diff = b + p - was
            rate = percent(abs(diff), was) if was else ""
            return [m(was), m(b + p), m(b), m(p), m(diff) if diff >= 0 else self.minus(m(-diff)), self.minus(rate) if diff < 0 else rate]
        h = self.code_head(2)
        h[0] += head(("上年预算数", 1, 2), ("本年预算数", 3), ("本年比上年增减", 2))
        h[1] += head(self.word("合计"), "基本支出", "项目支出", "增减额", "增减%")
        return self.table(n, "general_public_expenditure", h, roles + ["amount"] * 6, self.coded(roll_up(dict(sorted(leaves.items()))), values),
                          widths=widths + [18, 18, 18, 18, 17, 12], wide=True)

    # 一般公共预算基本支出表
    def basic(self, n: int) -> Table:
        m, p = self.money, self.plan
        split = self.style.split_codes

        def codes(c):
            name = Cell(ECONOMIC[c], indent=0 if len(c) == 3 else 1)
            return [Cell(c[:3]), Cell(c[3:]), name] if split else [Cell(c), name]
        body = [Row(codes(c) + [Cell(m(s + r)), Cell(m(s)), Cell(m(r))], c) for c, s, r in p.econ_tree()]
        total = Row([Cell("")] * (2 if split else 1) + [Cell(self.word("合计"), align="center"), Cell(m(p.basic())), Cell(m(p.staff())), Cell(m(p.running()))])
        if split:
            h = [head(("经济分类科目编码", 2), ("经济分类科目名称", 1, 2), ("一般公共预算基本支出", 3)),
                 head("类", "款", self.word("合计"), "人员经费", "公用经费")]
            roles, widths = ["code", "code", "name"], [7, 7, 36]
        else:
            h = [head(("部门预算支出经济分类科目", 2), ("本年一般公共预算基本支出", 3)), head("科目编码", "科目名称", self.word("合计"), "人员经费", "公用经费")]
            roles, widths = ["code", "name"], [14, 36]
        rows = [total] + body if self.style.total_first else body + [total]
        return self.table(n, "general_public_basic_expenditure", h, roles + ["amount"] * 3, rows, widths=widths + [16, 16, 16])

    # 项目支出表
    def project(self, n: int) -> Table:
        m, p = self.money, self.plan
        general = [q for q in p.projects if q.fund == GENERAL]
        kinds = ["302", "310", "313"] if any(q.econ == "313" for q in general) else ["302", "303", "310"]
        if self.style.split_codes:
            rows = [Row(self.code_cells(q.func) + [Cell(q.name), Cell(m(q.amount))] + [Cell(m(q.amount) if q.econ == k else "") for k in kinds], q.func)
                    for q in sorted(general, key=lambda q: q.func)]
            sums = [sum(q.amount for q in general if q.econ == k) for k in kinds]
            rows.append(Row([Cell("")] * 3 + [Cell(self.word("合计"), align="center"), Cell("")] + [Cell(m(v)) for v in [sum(sums)] + sums]))
            h = [head(("功能分类科目编码", 3), ("功能分类科目名称", 1, 2), ("项目名称", 1, 2), ("项目支出合计", 1, 2), ("其中", 3)),
                 head("类", "款", "项", *[ECONOMIC[k] for k in kinds])]
            return self.table(n, "general_public_project_expenditure", h, ["code"] * 3 + ["name", "text"] + ["amount"] * 4, rows,
                              widths=[6, 5, 5, 26, 34, 14, 14, 12, 14], wide=True)
        rows, units = [], self.units or [p]
        for u in units:
            for i, q in enumerate(u.projects):
                name = [Cell(u.unit, rows=len(u.projects))] if i == 0 else []
                rows.append(Row(name + [Cell(q.name), Cell(m(q.amount)), Cell(m(q.amount) if q.fund == GENERAL else ""),
                                        Cell(m(q.amount) if q.fund == FUND else ""), Cell("")]))
        rows.append(Row([Cell(self.word("合计"), cols=2, align="center"), Cell(m(p.project())), Cell(m(p.project(GENERAL))), Cell(m(p.project(FUND))), Cell("")]))
        h = [head(("项目单位", 1, 2), ("项目名称", 1, 2), (self.word("合计"), 1, 2), ("财政拨款", 3)),
             head("一般公共预算", "政府性基金预算", "国有资本经营预算")]
        return self.table(n, "general_public_project_expenditure", h, ["text", "name"] + ["amount"] * 4, rows, widths=[22, 34, 18, 18, 16, 12])

    # 政府性基金预算支出表
    def fund(self, n: int) -> Table:
        m, p = self.money, self.plan
        roles, widths = self.code_roles()
        h = self.code_head(2)
        h[0] += head(("政府性基金预算支出", 3))
        h[1] += head(self.word("合计"), "基本支出", "项目支出")
        if p.total(FUND):
            return self.table(n, "government_fund_expenditure", h, roles + ["amount"] * 3,
                              self.coded(p.tree(FUND), lambda c, b, q: [m(b + q), m(b), m(q)]), widths=widths + [16, 16, 16])
        blank = [Row([Cell("")] * (len(roles) + 3)) for _ in range(3)]
        note = f"备注：{p.unit}{p.year}年没有政府性基金预算拨款安排的支出，本表为空表。"
        return self.table(n, "government_fund_expenditure", h, roles + ["amount"] * 3, blank, widths=widths + [16, 16, 16], notes=[note], empty=True)

    # 三公经费表
    def three(self, n: int) -> Table:
        m, p, last = self.money, self.plan, self.last
        if not self.style.three_wide:
            lines = [(self.word("合计"), p.three(), last.three()), ("一、因公出国（境）费", p.abroad, last.abroad), ("二、公务接待费", p.hosting(), last.hosting()),
                     ("三、公务用车购置及运行费", p.cars(), last.cars()), ("其中：公务用车购置费", p.car_purchase(), last.car_purchase()),
                     ("公务用车运行费", p.car_running(), last.car_running())]
            rows = [row(Cell(a, indent=0 if a[1:2] == "、" or a == self.word("合计") else 2), m(was), m(now)) for a, now, was in lines]
            h = [head("“三公”经费项目", "上年预算数", "本年预算数")]
            return self.table(n, "three_public_expenses", h, ["name", "amount", "amount"], rows, widths=[40, 25, 25])
        sub = ["小计", "公务用车购置费", "公务用车运行费"]
        h = [head(("上年预算数", 6), ("本年预算数", 6)),
             head(*[(self.word("合计"), 1, 2), ("因公出国（境）费", 1, 2), ("公务用车购置及运行费", 3), ("公务接待费", 1, 2)] * 2), head(*sub, *sub)]
        vals = [m(v) for q in (last, p) for v in (q.three(), q.abroad, q.cars(), q.car_purchase(), q.car_running(), q.hosting())]
        return self.table(n, "three_public_expenses", h, ["amount"] * 12, [row(*vals)], widths=[10] * 12, wide=True)
