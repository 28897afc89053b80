"""Renders documents, reads the page numbers back, writes PDF and truth, and checks both."""
from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import locate, model, render_html, render_reportlab
from .render_html import Look


@dataclass
class Job:
    """One PDF: the document and how it is drawn."""

    doc: model.Document
    draw: Callable[[model.Document, Path], None]
    twice: bool = False  # a contents page needs the page numbers of a first pass


def html_job(doc, engine, look: Look, twice: bool = False) -> Job:
    return Job(doc, lambda d, out: engine(render_html.document_html(d, look), out), twice)


def reportlab_job(doc, look: render_reportlab.Look, twice: bool = False) -> Job:
    return Job(doc, lambda d, out: render_reportlab.draw(d, out, look), twice)


def demo_jobs() -> list[Job]:
    from . import units_social, units_water, units_yunling

    social, water = units_social.documents(), units_water.budgets()
    return [html_job(social["qinghe-shebao-2023-budget"], render_html.chromium, Look(), True),
            html_job(social["qinghe-shebao-2024-budget"], render_html.weasyprint, Look(lines="open")),
            reportlab_job(water["qinghe-shuili-2023-budget"], render_reportlab.Look("WQY", body_size=10), True),
            reportlab_job(water["qinghe-shuili-2024-budget"], render_reportlab.Look("STSong-Light", body_size=10)),
            html_job(units_water.accounts(), render_html.chromium, Look(footer='"第" counter(page) "页"'), True),
            html_job(units_yunling.document(), render_html.weasyprint, Look(lines="rules"))]


def write(job: Job, folder: Path, schema: dict) -> None:
    import jsonschema
    import pymupdf

    doc, out = job.doc, folder / f"{job.doc.name}.pdf"
    job.draw(doc, out)
    missing = locate.locate(out, doc)
    if job.twice:
        job.draw(doc, out)
        missing = locate.locate(out, doc)
    data = out.read_bytes()
    with pymupdf.open(out) as pdf:
        pages = len(pdf)
    truth = model.truth(doc, {"sha256": hashlib.sha256(data).hexdigest(), "file_name": out.name, "bytes": len(data), "pages": pages, "text_source": "text"})
    jsonschema.validate(truth, schema)
    (folder / f"{doc.name}.truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{out.name}: {pages} pages, {len(data)} bytes, {len(doc.tables())} tables, not found again: {len(missing)}")
    for m in missing[:6]:
        print("   ", m[:100], file=sys.stderr)


def main(args: list[str], hard: Path, demo: Path, schema_path: Path) -> None:
    schema = json.loads(schema_path.read_text(encoding="utf-8"))
    what, names = args[:1] or ["all"], args[1:]
    if what[0] in ("demo", "all"):
        for job in demo_jobs():
            if not names or job.doc.name in names:
                write(job, demo, schema)
