"""Figures: leaf items and what rolls up from them.

Amounts are integers of 百元 (0.01 万元), so that every figure is exact both in 万元 with two decimals and in 元.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .codes import FUNCTIONS

FUND, GENERAL = "政府性基金", "一般公共预算"


def wan(text: str) -> int:
    """'1,320.50' 万元 to 百元."""
    return int(Decimal(text.replace(",", "")) * 100)


def in_wan(v: int) -> str:
    return f"{v // 100}.{v % 100:02d}" if v >= 0 else "-" + in_wan(-v)


def in_yuan(v: int) -> str:
    return f"{v * 100:,}.00"


def percent(part: int, whole: int) -> str:
    q = Decimal(part) * 100 / Decimal(whole)
    return f"{q.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)}%"


def half_up(v: int, num: int, den: int) -> int:
    return int((Decimal(v) * num / den).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass
class Basic:
    """One economic item of basic expenditure, and the functional item that it is booked to."""

    econ: str
    func: str
    amount: int

    @property
    def staff(self) -> bool:
        return self.econ[:3] in ("301", "303")


@dataclass
class Project:
    name: str
    func: str
    amount: int
    econ: str  # 3 digits
    upper: bool = False  # paid from a transfer of the level above
    fund: str = GENERAL
    fields: dict = field(default_factory=dict)


@dataclass
class Plan:
    """What one unit spends in one year. Income equals it, all of it appropriated."""

    unit: str
    code: str
    year: int
    basics: list[Basic]
    projects: list[Project]
    abroad: int = 0

    # -- sums
    def basic(self) -> int:
        return sum(b.amount for b in self.basics)

    def staff(self) -> int:
        return sum(b.amount for b in self.basics if b.staff)

    def running(self) -> int:
        return self.basic() - self.staff()

    def project(self, fund: str = "") -> int:
        return sum(p.amount for p in self.projects if fund in ("", p.fund))

    def total(self, fund: str = "") -> int:
        return self.project(fund) + (0 if fund == FUND else self.basic())

    def upper(self, fund: str = "") -> int:
        return sum(p.amount for p in self.projects if p.upper and fund in ("", p.fund))

    def own(self, fund: str = "") -> int:
        return self.total(fund) - self.upper(fund)

    # -- by functional code
    def leaves(self, fund: str = "") -> dict[str, tuple[int, int]]:
        """7-digit code to (basic, project)."""
        out: dict[str, list[int]] = {}
        if fund != FUND:
            for b in self.basics:
                out.setdefault(b.func, [0, 0])[0] += b.amount
        for p in self.projects:
            if fund in ("", p.fund):
                out.setdefault(p.func, [0, 0])[1] += p.amount
        return {k: tuple(v) for k, v in sorted(out.items())}

    def tree(self, fund: str = "") -> list[tuple[str, int, int]]:
        """类, 款 and 项 in printing order: code, basic, project."""
        return roll_up(self.leaves(fund))

    def by_class(self, fund: str = "") -> dict[str, int]:
        return {c: b + p for c, b, p in self.tree(fund) if len(c) == 3}

    def of(self, code: str, fund: str = "") -> int:
        return sum(b + p for c, (b, p) in self.leaves(fund).items() if c.startswith(code))

    def of_upper(self, code: str) -> int:
        return sum(p.amount for p in self.projects if p.upper and p.func.startswith(code))

    # -- by economic code
    def econ(self, code: str) -> int:
        return sum(b.amount for b in self.basics if b.econ.startswith(code))

    def econ_tree(self) -> list[tuple[str, int, int]]:
        """类 and 款: code, staff, running."""
        leaves: dict[str, list[int]] = {}
        for b in self.basics:
            leaves.setdefault(b.econ, [0, 0])[0 if b.staff else 1] += b.amount
        out = []
        for c3 in sorted({c[:3] for c in leaves}):
            sub = [(c, *v) for c, v in sorted(leaves.items()) if c.startswith(c3)]
            out.append((c3, sum(s[1] for s in sub), sum(s[2] for s in sub)))
            out += sub
        return out

    # -- 三公
    def hosting(self) -> int:
        return self.econ("30217")

    def car_running(self) -> int:
        return self.econ("30231")

    def car_purchase(self) -> int:
        return self.econ("31013")

    def cars(self) -> int:
        return self.car_purchase() + self.car_running()

    def three(self) -> int:
        return self.abroad + self.cars() + self.hosting()


def roll_up(leaves: dict[str, tuple[int, int]]) -> list[tuple[str, int, int]]:
    out = []
    for c3 in sorted({c[:3] for c in leaves}):
        out.append((c3, *_sum(leaves, c3)))
        for c5 in sorted({c[:5] for c in leaves if c.startswith(c3)}):
            out.append((c5, *_sum(leaves, c5)))
            out += [(c, *v) for c, v in sorted(leaves.items()) if c.startswith(c5)]
    return out


def _sum(leaves, prefix):
    hit = [v for c, v in leaves.items() if c.startswith(prefix)]
    return sum(v[0] for v in hit), sum(v[1] for v in hit)


def united(unit: str, code: str, plans: list[Plan]) -> Plan:
    """A department: its units' plans together."""
    return Plan(unit, code, plans[0].year, [b for p in plans for b in p.basics], [q for p in plans for q in p.projects],
                sum(p.abroad for p in plans))


def scaled(plan: Plan, year: int, per_mille: dict[str, int], projects: list[Project]) -> Plan:
    """The plan of another year: each economic item by its own rate in thousandths (key '' for the rest), other projects."""
    basics = [Basic(b.econ, b.func, half_up(b.amount, per_mille.get(b.econ, per_mille[""]), 1000)) for b in plan.basics]
    basics = [b for b in basics if b.amount]
    return Plan(plan.unit, plan.code, year, basics, projects)


def basics(spec: dict[str, dict[str, str]]) -> list[Basic]:
    """{'2080109': {'30101': '88.20'}} to leaf items, in 万元."""
    return [Basic(e, f, wan(v)) for f, items in spec.items() for e, v in items.items()]


def change(now: int, was: int, reason: str, than: str = "比上年预算") -> str:
    """'比上年预算增加…万元，增长…%，主要原因是：…。' The reason opens with + - or = and must fit the direction;
    or it is three of them with | between, for more, less and as much."""
    if "|" in reason:
        reason = next(r for r in reason.split("|") if r[0] == ("+" if now > was else "-" if now < was else "="))
    sign = "+" if now > was else "-" if now < was else "="
    if reason[0] != sign:
        raise ValueError(f"reason {reason!r} does not fit {was} -> {now}")
    if now == was:
        return f"{than}增加0.00万元，增长0.00%，主要原因是：{reason[1:]}"
    verb, pct = ("增加", "增长") if now > was else ("减少", "下降")
    rate = f"，{pct}{percent(abs(now - was), was)}" if was else ""
    return f"{than}{verb}{in_wan(abs(now - was))}万元{rate}，主要原因是：{reason[1:]}"


def item_name(code: str) -> str:
    """社会保障和就业支出（类）…（款）…（项）."""
    return f"{FUNCTIONS[code[:3]]}（类）{FUNCTIONS[code[:5]]}（款）{FUNCTIONS[code]}（项）"
