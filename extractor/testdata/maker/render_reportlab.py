"""Blocks to PDF with reportlab: an embedded TrueType subset, or the CID font STSong-Light that is not embedded."""
from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.rl_accel import escapePDF
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase._cidfontdata import CIDFontInfo
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, KeepTogether, NextPageTemplate, PageTemplate, Paragraph, Spacer
from reportlab.platypus import PageBreak as Break
from reportlab.platypus import Table as Grid

from .model import Contents, Cover, Document, Heading, Hidden, Numbered, PageBreak, Para, Signature, Table

WQY = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"
ALIGN = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}


@dataclass
class Look:
    """font: STSong-Light (not embedded), GBK (the same in GBK-EUC-H) or WQY (subset). lines: grid, rules, three, open, bare,
    or word (a table that goes on over a page has no rule at its top there)."""

    font: str = "STSong-Light"
    lines: str = "grid"
    repeat_header: bool = True
    rotate: bool = False  # landscape pages as portrait paper turned by /Rotate 90
    footer: str = "- {} -"
    watermark: str = ""  # drawn over the text, grey and turned
    in_form: bool = False  # each table in a form XObject
    body_size: float = 10.5
    cell_size: float = 8.5
    split_rows: bool = False


class GbkFont(UnicodeCIDFont):
    """STSong-Light with the encoding GBK-EUC-H: two bytes a Han character, one byte a half-width one."""

    def __init__(self):
        super().__init__("STSong-Light")
        self.encodingName = "GBK-EUC-H"
        self.name = self.fontName = "GBK"

    def formatForPdf(self, text):
        return escapePDF(text.encode("gbk"))

    def addObjects(self, doc):
        descendant = CIDFontInfo[self.face.name]["DescendantFonts"][0]
        before, descendant["W"] = descendant["W"], [1, 95, 500, 814, 939, 500, 7716, 7716, 500]  # half-width forms
        super().addObjects(doc)
        descendant["W"] = before

    def stringWidth(self, text, size, encoding=None):
        return sum(500 if ord(c) < 128 else 1000 for c in text) * size * 0.001


def register(name: str) -> str:
    if name not in pdfmetrics.getRegisteredFontNames():
        font = GbkFont() if name == "GBK" else UnicodeCIDFont(name) if name.startswith("ST") else TTFont(name, WQY, subfontIndex=0)
        pdfmetrics.registerFont(font)
    return name


class InForm(Flowable):
    """A flowable drawn as a form XObject."""

    def __init__(self, inner: Flowable, name: str):
        super().__init__()
        self.inner, self.name = inner, name

    def wrap(self, width, height):
        self.size = self.inner.wrap(width, height)
        return self.size

    def draw(self):
        canvas = self.canv
        canvas.beginForm(self.name, 0, 0, *self.size)
        self.inner.drawOn(canvas, 0, 0)
        canvas.endForm()
        canvas.doForm(self.name)


class Clipped(Flowable):
    """A line of text outside its own clipping path."""

    def __init__(self, text: str, font: str, size: float):
        super().__init__()
        self.text, self.font, self.size = text, font, size

    def wrap(self, width, height):
        return width, 0

    def draw(self):
        self.canv.saveState()
        path = self.canv.beginPath()
        path.rect(0, 0, 400, 4)
        self.canv.clipPath(path, stroke=0, fill=0)
        self.canv.setFont(self.font, self.size)
        self.canv.drawString(21, -14, self.text)
        self.canv.restoreState()


class Painter:
    """Turns blocks into flowables in one look."""

    def __init__(self, look: Look):
        self.look, self.font, self.names = look, register(look.font), []
        self.width = A4[0] - 42 * mm
        self.wide_width = A4[1] - 36 * mm

    def style(self, size: float, align: int = TA_LEFT, indent: float = 0, lead: float = 1.48, **kw) -> ParagraphStyle:
        return ParagraphStyle("s", fontName=self.font, fontSize=size, leading=size * lead, alignment=align, firstLineIndent=indent * size,
                              wordWrap="CJK", **kw)

    def text(self, s: str, *a, **kw) -> Paragraph:
        return Paragraph(escape(s, quote=False), self.style(*a, **kw))

    def story(self, doc: Document) -> list:
        out: list = []
        wide, size = False, self.look.body_size
        for i, b in enumerate(doc.blocks):
            if isinstance(b, Table) and b.wide != wide or wide and isinstance(b, (Heading, Para, Numbered)):
                wide = isinstance(b, Table) and b.wide
                out += [NextPageTemplate("wide" if wide else "tall"), Break()]
            if isinstance(b, Cover):
                out.append(Spacer(1, 62 * mm))
                out += [self.text(x, 21, TA_CENTER, lead=2) for x in b.lines]
                if b.date:
                    out += [Spacer(1, 60 * mm), self.text(b.date, 15, TA_CENTER)]
                out += [NextPageTemplate("tall"), Break()]
            elif isinstance(b, Contents):
                out += self.contents(b, doc)
            elif isinstance(b, PageBreak):
                if not (wide and isinstance(doc.blocks[i + 1], Heading)):
                    out.append(Break())
            elif isinstance(b, Heading) and b.level == 1:
                out += [CondPageBreak(40 * mm), self.text(f"{b.number}  {b.title}", 16, TA_CENTER, spaceAfter=4 * mm, spaceBefore=3 * mm)]
            elif isinstance(b, Heading):
                out += [CondPageBreak(20 * mm), self.text(b.number + b.title, size + (1 if b.level == 2 else 0), indent=2, spaceBefore=2 * mm if b.level == 2 else 0)]
            elif isinstance(b, Numbered):
                out += [self.text(x, size, indent=2) for x in (b.number + b.text).split("\n")]
            elif isinstance(b, Hidden):
                out.append(Clipped(b.text, self.font, size))
            elif isinstance(b, Para):
                out.append(self.text(b.text, size, indent=2))
            elif isinstance(b, Signature):
                out += [Spacer(1, 10 * mm)] + [self.text(x, size, TA_RIGHT, rightIndent=10 * mm) for x in b.lines]
            elif isinstance(b, Table):
                out += self.form(b, self.wide_width if wide else self.width)
        return out

    def contents(self, b: Contents, doc: Document) -> list:
        out = [self.text(b.title, 16, TA_CENTER, spaceAfter=5 * mm)]
        dot = pdfmetrics.stringWidth(".", self.font, 10.5)
        for x in doc.blocks:
            if isinstance(x, Heading) and x.level <= 2:
                text, page, left = x.number + (" " if x.level == 1 else "") + x.title, x.page, 21.0 * (x.level - 1)
            elif isinstance(x, Table) and x.number:
                text, page, left = f"{x.number} {x.title}", (x.pages or [0])[0], 21.0
            else:
                continue
            room = self.width - 14 - left - pdfmetrics.stringWidth(text, self.font, 10.5) - pdfmetrics.stringWidth(str(page), self.font, 10.5)
            out.append(self.text(text + "." * int(room / dot) + str(page), 10.5, leftIndent=left))
        return out

    def form(self, t: Table, width: float) -> list:
        above = [self.text(t.number, 9.5)] if t.number else []
        above.append(self.text(t.shown_title or t.title, 14, TA_CENTER, lead=1.5))
        if not t.form and (t.reporting_unit or t.measure):
            left = f"{t.unit_label}：{t.reporting_unit}" if t.reporting_unit else ""
            right = f"单位：{t.measure}" if t.measure else ""
            above.append(Grid([[self.text(left, 9), self.text(right, 9, TA_RIGHT)]], colWidths=[width * 0.7, width * 0.3],
                              style=[("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 0),
                                     ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]))
        notes = [self.text(n, 9) for n in t.notes]
        grid = self.grid(t, width)
        if self.look.in_form:
            grid = InForm(grid, f"form{len(self.names)}")
            self.names.append(t.title)
        if len(t.rows) < 9:
            return [KeepTogether(above + [grid] + notes), Spacer(1, 6 * mm)]
        return [CondPageBreak(45 * mm)] + above + [grid] + notes + [Spacer(1, 6 * mm)]

    def grid(self, t: Table, width: float) -> Grid:
        rows = t.header + [r.cells for r in t.rows]
        cols, heads = len(t.roles), len(t.header)
        data = [[""] * cols for _ in rows]
        taken, spans = set(), []
        for i, cells in enumerate(rows):
            j = 0
            for c in cells:
                while (i, j) in taken:
                    j += 1
                data[i][j] = self.cell(c, t.roles[j], i < heads)
                taken |= {(i + a, j + b) for a in range(c.rows) for b in range(c.cols)}
                if c.rows > 1 or c.cols > 1:
                    spans.append(("SPAN", (j, i), (j + c.cols - 1, i + c.rows - 1)))
                j += c.cols
        total = sum(t.widths) or cols
        widths = [w * width / total for w in (t.widths or [1] * cols)]
        return Grid(data, colWidths=widths, repeatRows=heads if self.look.repeat_header else 0, style=spans + self.rules(heads, t),
                    splitInRow=1 if self.look.split_rows else 0)

    def cell(self, c, role: str, header: bool) -> Paragraph:
        align = c.align or ("center" if header or re.fullmatch(r"(.\s)+.", c.text) else
                            {"amount": "right", "number": "center"}.get(role, "left"))
        text = "<br/>".join(escape(x, quote=False) for x in c.lines) if c.lines else escape(c.text, quote=False)
        size = self.look.cell_size
        return Paragraph(text, self.style(size, ALIGN[align], lead=1.2, leftIndent=c.indent * size))

    def rules(self, heads: int, t: Table) -> list:
        look = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 1.2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]
        line, black = self.look.lines, colors.black
        if line in ("grid", "open"):
            look.append(("INNERGRID" if line == "open" else "GRID", (0, 0), (-1, -1), 0.5, black))
        if line in ("rules", "open"):
            look += [("LINEABOVE", (0, 0), (-1, -1), 0.5, black), ("LINEBELOW", (0, 0), (-1, -1), 0.5, black)]
        if line == "word":
            look += [("LINEABOVE", (0, 0), (-1, 0), 0.5, black)] + [(n, (0, 0), (-1, -1), 0.5, black) for n in ("LINEBELOW", "LINEBEFORE", "LINEAFTER")]
        if line == "three":
            look += [("LINEABOVE", (0, 0), (-1, 0), 1.2, black), ("LINEBELOW", (0, -1), (-1, -1), 1.2, black)]
            if heads:
                look.append(("LINEBELOW", (0, heads - 1), (-1, heads - 1), 0.5, black))
        return look


def draw(doc: Document, out: Path, look: Look) -> None:
    """Writes the PDF; the same input gives the same bytes."""
    painter = Painter(look)

    def page(kind: str):
        def paint(canvas, template):
            canvas.saveState()
            if kind == "wide" and look.rotate:
                canvas.transform(0, 1, -1, 0, A4[0], 0)
            width = A4[1] if kind == "wide" else A4[0]
            if kind != "cover":
                canvas.setFont(painter.font, 9)
                canvas.drawCentredString(width / 2, 11 * mm, look.footer.format(canvas.getPageNumber()))
            canvas.restoreState()
            if kind == "wide" and look.rotate:
                canvas.transform(0, 1, -1, 0, A4[0], 0)
        return paint

    def stamp(canvas, template):
        if look.watermark:
            canvas.saveState()
            canvas.setFillGray(0.8)
            canvas.setFont(painter.font, 50)
            canvas.translate(A4[0] / 2, A4[1] / 2)
            canvas.rotate(50)
            canvas.drawCentredString(0, 0, look.watermark)
            canvas.restoreState()

    tall = Frame(22 * mm, 18 * mm, A4[0] - 42 * mm, A4[1] - 38 * mm, 0, 0, 0, 0)
    wide = Frame(18 * mm, 18 * mm, A4[1] - 36 * mm, A4[0] - 36 * mm, 0, 0, 0, 0)
    pdf = BaseDocTemplate(str(out), pagesize=A4, title=doc.title, author=doc.unit, invariant=1)
    sheets = [PageTemplate("cover", [tall], onPage=page("cover"), onPageEnd=stamp),
              PageTemplate("tall", [tall], onPage=page("tall"), onPageEnd=stamp, pagesize=A4),
              PageTemplate("wide", [wide], onPage=page("wide"), onPageEnd=stamp, pagesize=landscape(A4))]  # reportlab turns the box with the page
    sheets[2].rotation = 90 if look.rotate else 0
    pdf.addPageTemplates(sheets)
    pdf.build(painter.story(doc))
