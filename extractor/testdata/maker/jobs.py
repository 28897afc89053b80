"""A job: one document, how it is drawn, and what is done behind it."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import render_html, render_reportlab
from .model import Document


@dataclass
class Job:
    doc: Document
    draw: Callable[[Document, Path], None]
    twice: bool = False  # a contents page needs the page numbers of a first pass
    bottom: float = 50  # points at the foot of a page that hold only its number
    noise: str = ""  # a watermark
    after: Callable[[Path], None] | None = None
    settle: Callable[[Document], None] | None = None  # once the page numbers are known


def html_job(doc: Document, engine, look: render_html.Look, **kw) -> Job:
    return Job(doc, lambda d, out: engine(render_html.document_html(d, look), out), **kw)


def reportlab_job(doc: Document, look: render_reportlab.Look, **kw) -> Job:
    return Job(doc, lambda d, out: render_reportlab.draw(d, out, look), **kw)
