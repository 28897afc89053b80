"""The document model: blocks in reading order, and the truth that follows from them.

A document is a list of blocks. The renderers draw the same blocks that the truth is made of, so that the two cannot
drift apart; only page numbers are read back from the finished PDF (locate.py).
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

HAN = r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef“”]"


def joined(text: str) -> str:
    """Text with the white space between Han characters removed, as the contract wants cells."""
    return re.sub(rf"(?<={HAN})\s+(?={HAN})", "", text).strip()


@dataclass
class Cell:
    """A cell: text as drawn, and how many columns and rows it covers."""

    text: str = ""
    cols: int = 1
    rows: int = 1
    align: str = ""  # left, center, right; empty: by the column's role
    indent: int = 0  # ems
    lines: list[str] | None = None  # drawn on these lines, when the line breaks are part of the matter


@dataclass
class Row:
    """A body row. Cells that cover several columns or rows count once."""

    cells: list[Cell]
    code: str = ""
    cut: bool = False  # drawn so high that a page break goes through it


@dataclass
class Table:
    """One form."""

    number: str
    title: str
    kind: str
    reporting_unit: str
    measure: str
    header: list[list[Cell]]
    roles: list[str]
    rows: list[Row]
    widths: list[float] = field(default_factory=list)  # relative
    notes: list[str] = field(default_factory=list)
    empty: bool = False
    wide: bool = False  # on a landscape page
    form: bool = False  # a performance form: the truth is its grid
    unit_label: str = "编制单位"
    pages: list[int] = field(default_factory=list)
    shown_title: str = ""  # the title as drawn, if other than title


@dataclass
class Cover:
    lines: list[str]
    date: str = ""


@dataclass
class Contents:
    title: str = "目  录"


@dataclass
class Heading:
    """A numbered line with a title. Level: 1 第一部分, 2 一、, 3 （一）, 4 1., 5 （1）, 6 ①."""

    level: int
    number: str
    title: str
    page: int = 0


@dataclass
class Numbered:
    """A numbered paragraph that has no title of its own."""

    level: int
    number: str
    text: str
    page: int = 0


@dataclass
class Para:
    text: str


@dataclass
class PageBreak:
    pass


@dataclass
class Hidden:
    """Text that is drawn but clipped away, as some word processors leave it behind; in no section."""

    text: str


@dataclass
class Signature:
    """The unit and the date under the text; in no section."""

    lines: list[str]


@dataclass
class Document:
    name: str
    title: str
    unit: str
    region: str
    year: int
    kind: str  # budget, final_accounts
    scope: str  # unit, department
    published_on: str | None
    blocks: list
    staffing: dict = field(default_factory=dict)
    findings: list = field(default_factory=list)  # the document's own, deliberate errors

    def tables(self) -> list[Table]:
        return [b for b in self.blocks if isinstance(b, Table)]


def occupied(rows: list[list[Cell]], width: int) -> list[list[tuple[Cell, bool, bool]]]:
    """The grid: for each row and column the cell there, whether it starts in that row, and in that column."""
    out = [[None] * width for _ in rows]
    for i, row in enumerate(rows):
        j = 0
        for cell in row:
            while j < width and out[i][j] is not None:
                j += 1
            for di in range(cell.rows):
                for dj in range(cell.cols):
                    if i + di >= len(rows) or j + dj >= width or out[i + di][j + dj] is not None:
                        raise ValueError(f"cell {cell.text!r} of row {i} does not fit")
                    out[i + di][j + dj] = (cell, di == 0, dj == 0)
            j += cell.cols
        if any(x is None for x in out[i]):
            raise ValueError(f"row {i} is not full: {[c.text for c in row]}")
    return out


def table_truth(t: Table) -> dict:
    """One table in the contract's form."""
    d = {"number": t.number, "title": t.title, "kind": t.kind, "reporting_unit": t.reporting_unit, "unit_of_measure": t.measure,
         "empty": t.empty, "notes": t.notes, "columns": [], "rows": []}
    width = len(t.roles)
    if t.form:
        d["grid"] = [[joined(c.text) for c, _, _ in row] for row in occupied([r.cells for r in t.rows], width)]
        d["pages"] = t.pages
        return d
    head = occupied(t.header, width)
    for j, role in enumerate(t.roles):
        path = [re.sub(r"\s+", "", row[j][0].text) for row in head if row[j][1]]
        d["columns"].append({"path": path, "role": role})
    for r, row in zip(t.rows, occupied([r.cells for r in t.rows], width)):
        out = {"cells": [joined(c.text) if first else "" for c, _, first in row]}
        if r.code:
            out["code"] = r.code
        spans = []
        for j, (c, _, first) in enumerate(row):
            if first and c.cols > 1:
                spans.append([j, c.cols])
        if spans:
            out["spans"] = spans
        d["rows"].append(out)
    d["pages"] = t.pages
    return d


def section_tree(blocks: list) -> list[dict]:
    """The sections of the printed numbering, with the paragraphs that stand under them."""
    root: list[dict] = []
    stack: list[dict] = []
    for b in blocks:
        if isinstance(b, (Heading, Numbered)):
            while stack and stack[-1]["level"] >= b.level:
                stack.pop()
            siblings = stack[-1].setdefault("children", []) if stack else root
            ident = (stack[-1]["id"] + "." if stack else "") + str(len(siblings) + 1)
            is_heading = isinstance(b, Heading)
            sec = {"id": ident, "level": b.level, "number": b.number, "title": b.title if is_heading else "",
                   "text": "" if is_heading else b.text}
            if b.page:
                sec["at"] = {"page": b.page}
            siblings.append(sec)
            stack.append(sec)
        elif isinstance(b, Para) and stack:
            stack[-1]["text"] += ("\n" if stack[-1]["text"] else "") + b.text
    return root


def flat(sections: list[dict]):
    for s in sections:
        yield s
        yield from flat(s.get("children", []))


def projects(sections: list[dict]) -> list[dict]:
    """Records of 键：值 paragraphs that open with 项目名称."""
    out = []
    for s in flat(sections):
        lines = s["text"].split("\n")
        if s["title"] or not lines[0].startswith("项目名称："):
            continue
        rec = {"name": lines[0].split("：", 1)[1], "fields": dict(x.split("：", 1) for x in lines[1:])}
        if "at" in s:
            rec["page"] = s["at"]["page"]
        out.append(rec)
    return out


def glossary(sections: list[dict]) -> list[dict]:
    out = []
    for part in sections:
        if part["title"].endswith("名词解释"):
            for s in flat(part.get("children", [])):
                term, definition = s["text"].split("：", 1)
                out.append({"term": term, "definition": definition})
    return out


def truth(doc: Document, source: dict) -> dict:
    """The whole truth in the contract's form. source: sha256, file_name, bytes, pages."""
    secs = section_tree(doc.blocks)
    return {"schema_version": "1", "source": source, "title": doc.title, "unit": doc.unit, "region": doc.region, "fiscal_year": doc.year,
            "document_kind": doc.kind, "scope": doc.scope, "published_on": doc.published_on, "staffing": doc.staffing, "sections": secs,
            "tables": [table_truth(t) for t in doc.tables()], "projects": projects(secs), "glossary": glossary(secs),
            "findings": doc.findings, "warnings": []}
