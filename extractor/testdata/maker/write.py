"""Renders documents, reads the page numbers back, writes PDF and truth, and checks both."""
from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from . import bad, hard, locate, model, render_html, render_reportlab, units_social, units_water, units_yunling
from .jobs import Job, html_job, reportlab_job
from .render_html import Look


def demo_jobs() -> list[Job]:
    social, water = units_social.documents(), units_water.budgets()
    chromium, weasy, lab = render_html.chromium, render_html.weasyprint, render_reportlab.Look
    return [html_job(social["qinghe-shebao-2023-budget"], chromium, Look()),
            html_job(social["qinghe-shebao-2024-budget"], weasy, Look(lines="open")),
            reportlab_job(water["qinghe-shuili-2023-budget"], lab("WQY", body_size=10), twice=True),
            reportlab_job(water["qinghe-shuili-2024-budget"], lab("STSong-Light", body_size=10)),
            html_job(units_water.accounts(), chromium, Look(footer='"第" counter(page) "页"'), twice=True),
            html_job(units_yunling.document(), weasy, Look(lines="rules"))]


def write(job: Job, folder: Path, schema: dict) -> None:
    """Draws one document and writes its truth; says what of the model was not found in the PDF again."""
    import jsonschema
    import pymupdf

    doc, out = job.doc, folder / f"{job.doc.name}.pdf"
    for _ in range(2 if job.twice else 1):
        job.draw(doc, out)
        missing = locate.locate(out, doc, job.bottom, job.noise)
    if job.settle:
        job.settle(doc)
    if job.after:
        job.after(out)
    data = out.read_bytes()
    with pymupdf.open(out) as pdf:
        pages = len(pdf)
    truth = model.truth(doc, {"sha256": hashlib.sha256(data).hexdigest(), "file_name": out.name, "bytes": len(data), "pages": pages, "text_source": "text"})
    jsonschema.validate(truth, schema)
    (folder / f"{doc.name}.truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{out.name}: {pages} pages, {len(data)} bytes, {len(doc.tables())} tables, not found again: {len(missing)}", flush=True)
    for m in missing[:6]:
        print("   ", m[:100], file=sys.stderr)


def main(args: list[str], folder: Path, demo: Path, schema_path: Path) -> None:
    schema = json.loads(schema_path.read_text(encoding="utf-8"))
    what, names = (args[0] if args else "all"), args[1:]
    for key, make, where in (("demo", demo_jobs, demo), ("hard", hard.jobs, folder)):
        if what in (key, "all"):
            for job in make():
                if not names or job.doc.name in names:
                    write(job, where, schema)
    if what in ("bad", "all"):
        bad.write(folder / "bad")
