"""Blocks to HTML, and HTML to PDF with Chromium or WeasyPrint."""
from __future__ import annotations

import html
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .model import Contents, Cover, Document, Heading, Numbered, PageBreak, Para, Signature, Table

CSS = """
@page { size: A4; margin: 20mm 20mm 20mm 22mm; @bottom-center { content: %(foot)s; font: 10pt 'WenQuanYi Zen Hei' } }
@page wide { size: A4 landscape; margin: 20mm 16mm 18mm 16mm }
@page tall { size: A4 }
@page cover { @bottom-center { content: none } }
body { font: 10.5pt/1.55 'WenQuanYi Zen Hei'; margin: 0; page: tall }
.cover { page: cover; padding-top: 62mm; text-align: center; font-size: 22pt; line-height: 2; break-after: page }
.cover .date { font-size: 15pt; padding-top: 60mm }
.wide { page: wide }
.break { break-before: page; height: 0 }
h1 { font-size: 17pt; text-align: center; font-weight: normal; margin: 3mm 0 5mm; break-after: avoid }
h2 { font-size: 12pt; font-weight: normal; margin: 3mm 0 0; text-indent: 2em; break-after: avoid }
h3, h4 { font-size: 10.5pt; font-weight: normal; margin: 0; text-indent: 2em; break-after: avoid }
p { margin: 0; text-indent: 2em; text-align: justify; orphans: 2; widows: 2 }
.sign { text-align: right; margin-top: 12mm; padding-right: 8mm; break-inside: avoid }
.sign p { text-align: right }
.toc p { text-indent: 0; display: flex; text-align: left }
.toc p.l2 { padding-left: 2em }
.toc i { flex: 1; overflow: hidden; white-space: nowrap; font-style: normal; direction: rtl; height: 1.8em }
.form { margin: 0 0 7mm }
.form .no { font-size: 10pt; text-indent: 0 }
.form .title { font-size: 15pt; text-align: center; text-indent: 0 }
.form .over { font-size: 9.5pt; display: flex; justify-content: space-between; line-height: 1.6 }
.form .note { font-size: 9.5pt; text-indent: 0 }
.keep { break-inside: avoid }
.caption { break-inside: avoid; break-after: avoid }
table { width: 100%%; border-collapse: collapse; table-layout: fixed; font-size: 8.5pt; line-height: 1.25 }
td, th { font-weight: normal; padding: 1.2pt 3pt; vertical-align: middle; overflow-wrap: anywhere }
th { text-align: center }
tr { break-inside: avoid; height: 14pt }
.grid td, .grid th { border: 0.6pt solid #000 }
.rules td, .rules th { border-top: 0.6pt solid #000; border-bottom: 0.6pt solid #000 }
.three { border-top: 1.2pt solid #000; border-bottom: 1.2pt solid #000 }
.three thead { border-bottom: 0.6pt solid #000 }
.open td, .open th { border: 0.6pt solid #000 }
.open tr > .first { border-left: none } .open tr > .last { border-right: none }
.once thead { display: table-row-group }
%(extra)s
"""


@dataclass
class Look:
    """How the pages look. lines: grid, rules (horizontal only), three, open (no outer sides) or bare."""

    lines: str = "grid"
    repeat_header: bool = True
    footer: str = "counter(page)"
    extra: str = ""  # more CSS


def esc(s: str) -> str:
    return html.escape(s, quote=False)


def cell_html(c, tag: str, role: str, first: bool, last: bool) -> str:
    align = c.align or ("center" if tag == "th" else {"amount": "right", "code": "left", "number": "center"}.get(role, "left"))
    if tag == "td" and not c.align and re.fullmatch(r"(.\s)+.", c.text):
        align = "center"
    attr = f' style="text-align:{align}' + (f";padding-left:{c.indent + 0.3:.1f}em" if c.indent else "") + '"'
    attr += f' colspan="{c.cols}"' if c.cols > 1 else ""
    attr += f' rowspan="{c.rows}"' if c.rows > 1 else ""
    cls = " ".join(n for n, on in (("first", first), ("last", last)) if on)
    attr += f' class="{cls}"' if cls else ""
    text = "<br>".join(esc(x) for x in c.lines) if c.lines else esc(c.text)
    return f"<{tag}{attr}>{text}</{tag}>"


def rows_html(rows, tag: str, roles) -> str:
    """Table rows; keeps count of the columns that cells from above cover."""
    out, covered = [], {}
    for i, cells in enumerate(rows):
        j, tds = 0, []
        for c in cells:
            while (i, j) in covered:
                j += 1
            tds.append(cell_html(c, tag, roles[j], j == 0, j + c.cols == len(roles)))
            for di in range(1, c.rows):
                for dj in range(c.cols):
                    covered[(i + di, j + dj)] = True
            j += c.cols
        out.append("<tr>" + "".join(tds) + "</tr>")
    return "".join(out)


def table_html(t: Table, look: Look) -> str:
    total = sum(t.widths) or len(t.roles)
    widths = t.widths or [1] * len(t.roles)
    cols = "".join(f'<col style="width:{w * 100 / total:.2f}%">' for w in widths)
    over = "" if t.form else (f'<div class="over"><span>{esc(t.unit_label)}：{esc(t.reporting_unit)}</span>' if t.reporting_unit else '<div class="over"><span></span>') + \
        (f"<span>单位：{t.measure}</span></div>" if t.measure else "</div>")
    number = f'<p class="no">{esc(t.number)}</p>' if t.number else ""
    head = f"<thead>{rows_html(t.header, 'th', t.roles)}</thead>" if t.header else ""
    cls = look.lines + ("" if look.repeat_header else " once")
    notes = "".join(f'<p class="note">{esc(n)}</p>' for n in t.notes)
    return (f'<div class="form{" wide" if t.wide else ""}{" keep" if len(t.rows) < 9 else ""}"><div class="caption">{number}<p class="title">{esc(t.shown_title or t.title)}</p>{over}</div>'
            f'<table class="{cls}"><colgroup>{cols}</colgroup>{head}<tbody>{rows_html([r.cells for r in t.rows], "td", t.roles)}</tbody></table>{notes}</div>')


def contents_html(b: Contents, doc: Document) -> str:
    out = [f"<h1>{esc(b.title)}</h1>"]
    for x in doc.blocks:
        if isinstance(x, Heading) and x.level <= 2:
            page, cls = x.page, f"l{x.level}"
            text = x.number + (" " if x.level == 1 else "") + x.title
        elif isinstance(x, Table) and x.number:
            page, cls, text = (x.pages or [0])[0], "l2", f"{x.number} {x.title}"
        else:
            continue
        out.append(f'<p class="{cls}">{esc(text)}<i>{"." * 160}</i>{page}</p>')
    return '<div class="toc">' + "".join(out) + "</div>"


def document_html(doc: Document, look: Look) -> str:
    body = []
    for b in doc.blocks:
        if isinstance(b, Cover):
            date = f'<div class="date">{esc(b.date)}</div>' if b.date else ""
            body.append('<div class="cover">' + "".join(f"<div>{esc(x)}</div>" for x in b.lines) + date + "</div>")
        elif isinstance(b, Contents):
            body.append(contents_html(b, doc))
        elif isinstance(b, PageBreak):
            body.append('<div class="break"></div>')
        elif isinstance(b, Heading):
            gap = " " if b.level == 1 else ""
            body.append(f"<h{min(b.level, 4)}>{esc(b.number + gap + b.title)}</h{min(b.level, 4)}>")
        elif isinstance(b, Numbered):
            body.append("".join(f"<p>{esc(x)}</p>" for x in (b.number + b.text).split("\n")))
        elif isinstance(b, Para):
            body.append(f"<p>{esc(b.text)}</p>")
        elif isinstance(b, Signature):
            body.append('<div class="sign">' + "".join(f"<p>{esc(x)}</p>" for x in b.lines) + "</div>")
        elif isinstance(b, Table):
            body.append(table_html(b, look))
    return (f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{esc(doc.title)}</title>'
            f'<style>{CSS % {"foot": look.footer, "extra": look.extra}}</style></head><body>{"".join(body)}</body></html>')


def chromium(text: str, out: Path) -> None:
    """Chromium's own PDF, with its two dates set to a fixed one of the same length."""
    with tempfile.TemporaryDirectory() as tmp:
        src = Path(tmp) / "in.html"
        src.write_text(text, encoding="utf-8")
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp}/profile", "--no-pdf-header-footer",
                        f"--print-to-pdf={tmp}/out.pdf", src.as_uri()], check=True, capture_output=True, timeout=180)
        data = (Path(tmp) / "out.pdf").read_bytes()
    data = re.sub(rb"D:\d{14}", b"D:20240115080000", data)
    out.write_bytes(data)


def weasyprint(text: str, out: Path) -> None:
    os.environ["SOURCE_DATE_EPOCH"] = "1705305600"
    from weasyprint import HTML

    HTML(string=text).write_pdf(out, pdf_identifier=b"made-up disclosure")
