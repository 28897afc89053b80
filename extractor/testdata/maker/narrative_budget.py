"""The text of a budget disclosure, from the same figures as its forms."""
from __future__ import annotations

from dataclasses import dataclass, field

from .codes import ECONOMIC, FUNCTIONS, chinese
from .finance import FUND, GENERAL, Plan, change, in_wan, item_name, percent
from .model import Contents, Cover, Document, Heading, Numbered, PageBreak, Para, Signature


@dataclass
class Words:
    """What a publisher says that is not in the figures. reasons: by 总 本级 上级 基本 项目 公用 接待 用车 基金 and item code,
    each with + - or = before it."""

    duties: list[str]
    offices: list[str]
    staffing: dict
    reasons: dict[str, str]
    glossary: list[tuple[str, str]]
    purchases: tuple[int, int, int]  # 货物, 工程, 服务
    assets: list[str]
    published: tuple[int, int, int]
    contents: bool = False
    subject: str = "单位"
    full_width: bool = True  # （一） or (一)
    than: str = "比上年预算"
    staff_delta: tuple[int, int] = (0, 0)  # in service, retired


GLOSSARY = {
    "财政拨款": "县级财政当年安排给预算单位使用的资金，按预算类别分为一般公共预算拨款、政府性基金预算拨款和国有资本经营预算拨款。",
    "一般公共预算": "以税收为主体的财政收入，用来保障和改善民生、维持机构正常运转的收支预算。",
    "政府性基金预算": "依照法律、行政法规的规定，在一定期限内向特定对象征收或以其他方式筹集的资金，专项用于特定公共事业的收支预算。",
    "基本支出": "为保障机构正常运转、完成日常工作任务而发生的支出，由人员经费和公用经费两部分组成。",
    "项目支出": "在基本支出以外，为完成特定的工作任务或事业发展目标而发生的支出。",
    "人员经费": "用于工资福利支出和对个人和家庭的补助的那部分基本支出。",
    "“三公”经费": "用财政拨款安排的因公出国（境）费、公务用车购置及运行费和公务接待费。",
    "机关运行经费": "为保障单位运行，用一般公共预算安排的购买货物和服务的各项公用经费。",
    "上级转移支付": "上级财政提前下达到本县、列入本年预算的专项补助资金。",
    "上年结转": "以前年度预算安排、因条件发生变化未能执行完毕，需要在本年继续使用的资金。",
    "绩效目标": "使用预算资金计划在一定期限内达到的产出和效果。"}


def bracket(words: Words, n: int) -> str:
    return f"（{chinese(n)}）" if words.full_width else f"({chinese(n)})"


def overview(plan: Plan, w: Words) -> list:
    """第一部分."""
    s, (d_in, d_out) = w.staffing, w.staff_delta
    out = [Heading(1, "第一部分", f"{w.subject}概况"), Heading(2, "一、", "主要职能")]
    out += [Numbered(4, f"{i}.", t) for i, t in enumerate(w.duties, 1)]
    out += [Heading(2, "二、", "机构设置及人员情况"), Para(f"{plan.unit}内设{len(w.offices)}个股室，即：{'、'.join(w.offices)}。")]

    def delta(n):
        return f"，比上年增加{n}人" if n > 0 else f"，比上年减少{-n}人" if n < 0 else "，与上年相同"
    out.append(Para(f"{plan.unit}编制数{s['authorised']}人，实有人数{s['actual']}人，其中：在职{s['in_service']}人{delta(d_in)}；"
                    f"退休{s['retired']}人{delta(d_out)}；离休{s['retired_veterans']}人。"))
    return out


class Narrative:
    """第三部分 of a budget."""

    def __init__(self, plan: Plan, last: Plan, words: Words):
        self.p, self.last, self.w, self.n = plan, last, words, 0
        self.out: list = []

    def head(self, title: str) -> None:
        self.n += 1
        self.out.append(Heading(2, f"{chinese(self.n)}、", title))

    def say(self, text: str) -> None:
        self.out.append(Para(text))

    def sub(self, i: int, title: str) -> None:
        self.out.append(Heading(3, bracket(self.w, i), title))

    def diff(self, now: int, was: int, key: str) -> str:
        return change(now, was, self.w.reasons[key], self.w.than)

    def build(self, *parts: str) -> list:
        """The named parts, or all."""
        for p in parts or ("total", "income", "spending", "general", "basic", "projects", "fund", "three", "other"):
            getattr(self, p)()
        return self.out

    def total(self) -> None:
        p = self.p
        names = "、".join(FUNCTIONS[c] for c in p.by_class())
        self.head(f"{p.year}年收支预算总体情况")
        self.say(f"{p.unit}的全部收入和支出都纳入{self.w.subject}预算管理。{p.year}年收支总预算{in_wan(p.total())}万元，{self.diff(p.total(), self.last.total(), '总')}。")
        self.say(f"支出按功能分类包括：{names}。")

    def income(self) -> None:
        p, q = self.p, self.last
        self.head(f"{p.year}年收入预算情况")
        self.say(f"{p.year}年收入预算{in_wan(p.total())}万元，其中：")
        self.say(f"一般公共预算本级财力安排{in_wan(p.own(GENERAL))}万元，占{percent(p.own(GENERAL), p.total())}，{self.diff(p.own(GENERAL), q.own(GENERAL), '本级')}。")
        if p.upper(GENERAL):
            self.say(f"上级提前下达转移支付{in_wan(p.upper(GENERAL))}万元，占{percent(p.upper(GENERAL), p.total())}，{self.diff(p.upper(GENERAL), q.upper(GENERAL), '上级')}。")
        if p.total(FUND):
            self.say(f"政府性基金预算拨款{in_wan(p.total(FUND))}万元，占{percent(p.total(FUND), p.total())}，{self.diff(p.total(FUND), q.total(FUND), '基金')}。")
        self.say("单位资金、上年结转结余未安排。" if p.total(FUND) else "政府性基金预算、单位资金、上年结转结余未安排。")

    def spending(self) -> None:
        p, q = self.p, self.last
        self.head(f"{p.year}年支出预算情况")
        self.say(f"{p.year}年支出预算{in_wan(p.total())}万元，其中：")
        self.say(f"基本支出{in_wan(p.basic())}万元，占{percent(p.basic(), p.total())}，{self.diff(p.basic(), q.basic(), '基本')}。")
        self.say(f"项目支出{in_wan(p.project())}万元，占{percent(p.project(), p.total())}，{self.diff(p.project(), q.project(), '项目')}。")

    def general(self) -> None:
        p, q = self.p, self.last
        self.head(f"{p.year}年一般公共预算拨款情况")
        self.sub(1, "拨款规模")
        self.say(f"{p.year}年一般公共预算拨款{in_wan(p.total(GENERAL))}万元，其中：基本支出{in_wan(p.basic())}万元，项目支出{in_wan(p.project(GENERAL))}万元。")
        self.sub(2, "拨款结构")
        for i, (c, v) in enumerate(p.by_class(GENERAL).items(), 1):
            self.out.append(Numbered(4, f"{i}.", f"{FUNCTIONS[c]}（类）{in_wan(v)}万元，占{percent(v, p.total(GENERAL))}。"))
        self.sub(3, "具体使用情况")
        for i, (c, (b, j)) in enumerate(p.leaves(GENERAL).items(), 1):
            self.out.append(Numbered(4, f"{i}.", f"{item_name(c)}：{p.year}年预算数为{in_wan(b + j)}万元，{self.diff(b + j, q.of(c, GENERAL), c)}。"))

    def basic(self) -> None:
        p = self.p
        staff = "、".join(ECONOMIC[c] for c, s, r in p.econ_tree() if len(c) == 5 and s)
        run = "、".join(ECONOMIC[c] for c, s, r in p.econ_tree() if len(c) == 5 and r)
        self.head(f"{p.year}年一般公共预算基本支出情况")
        self.say(f"{p.year}年一般公共预算基本支出{in_wan(p.basic())}万元，其中：")
        self.say(f"人员经费{in_wan(p.staff())}万元，主要包括：{staff}。")
        self.say(f"公用经费{in_wan(p.running())}万元，主要包括：{run}。")

    def projects(self) -> None:
        p = self.p
        self.head(f"{p.year}年项目支出情况")
        self.say(f"{p.year}年安排项目{len(p.projects)}个，预算{in_wan(p.project())}万元，具体如下：")
        for i, q in enumerate(p.projects, 1):
            lines = [f"项目名称：{q.name}"] + [f"{k}：{v}" for k, v in q.fields.items()]
            lines.insert(3, f"预算安排规模：{in_wan(q.amount)}万元")
            self.out.append(Numbered(4, f"{i}.", "\n".join(lines)))

    def fund(self) -> None:
        p, q = self.p, self.last
        self.head(f"{p.year}年政府性基金预算拨款情况")
        if p.total(FUND):
            self.say(f"{p.year}年政府性基金预算拨款{in_wan(p.total(FUND))}万元，全部用于项目支出，{self.diff(p.total(FUND), q.total(FUND), '基金')}。")
        else:
            self.say(f"{p.unit}{p.year}年没有使用政府性基金预算拨款安排的支出，对应的表为空表。")

    def three(self) -> None:
        p, q = self.p, self.last
        self.head(f"{p.year}年“三公”经费预算情况")
        self.say(f"{p.year}年财政拨款“三公”经费预算{in_wan(p.three())}万元，其中：因公出国（境）费{in_wan(p.abroad)}万元，公务用车购置费{in_wan(p.car_purchase())}万元，"
                 f"公务用车运行费{in_wan(p.car_running())}万元，公务接待费{in_wan(p.hosting())}万元。")
        bought = p.car_purchase() or q.car_purchase()
        purchase = f"公务用车购置费{self.diff(p.car_purchase(), q.car_purchase(), '购置')}；" if bought else ""
        self.say(f"“三公”经费{self.diff(p.three(), q.three(), '三公')}。其中：{purchase}公务用车运行费{self.diff(p.car_running(), q.car_running(), '用车')}；"
                 f"公务接待费{self.diff(p.hosting(), q.hosting(), '接待')}；因公出国（境）费{'' if bought else '、公务用车购置费'}两年均未安排。")

    def other(self) -> None:
        p, q, w = self.p, self.last, self.w
        goods, works, services = w.purchases
        self.head("其他重要事项的情况说明")
        self.sub(1, "机关运行经费")
        self.say(f"{p.year}年机关运行经费预算{in_wan(p.running())}万元，{self.diff(p.running(), q.running(), '公用')}。")
        self.sub(2, "政府采购情况")
        self.say(f"{p.year}年政府采购预算{in_wan(goods + works + services)}万元，其中：货物{in_wan(goods)}万元，工程{in_wan(works)}万元，服务{in_wan(services)}万元。")
        self.sub(3, "国有资产占用使用情况")
        self.say(f"截至{p.year - 1}年12月31日，{p.unit}占用使用的国有资产主要有：")
        self.out += [Numbered(4, f"{i}.", t) for i, t in enumerate(w.assets, 1)]
        self.sub(4, "预算绩效情况")
        self.say(f"{p.year}年实行绩效目标管理的项目{len(p.projects)}个，涉及预算金额{in_wan(p.project())}万元。")


def budget_document(name: str, region: str, plan: Plan, last: Plan, tables: list, words: Words) -> Document:
    """The whole disclosure in four parts."""
    w, kind = words, "部门" if words.subject == "部门" else "单位"
    y, m, d = w.published
    title = f"{plan.unit}{plan.year}年{kind}预算公开"
    blocks: list = [Cover([plan.unit, f"{plan.year}年{kind}预算公开"], f"{y}年{m}月")]
    if w.contents:
        blocks += [Contents(), PageBreak()]
    blocks += overview(plan, w) + [PageBreak(), Heading(1, "第二部分", f"{plan.year}年{kind}预算表")] + tables
    blocks += [PageBreak(), Heading(1, "第三部分", f"{plan.year}年{kind}预算情况说明")] + Narrative(plan, last, w).build()
    blocks += [Heading(1, "第四部分", "名词解释")]
    blocks += [Numbered(2, f"{chinese(i)}、", f"{t}：{d}") for i, (t, d) in enumerate(w.glossary, 1)]
    blocks.append(Signature([plan.unit, f"{y}年{m}月{d}日"]))
    return Document(name, title, plan.unit, region, plan.year, "budget", "department" if kind == "部门" else "unit", f"{y}-{m:02d}-{d:02d}", blocks, w.staffing)


def terms(*names: str) -> list[tuple[str, str]]:
    return [(n, GLOSSARY[n]) for n in names]
