"""Reads page numbers back from a finished PDF, and so proves that its text is the model's."""
from __future__ import annotations

import re
import unicodedata

from .model import Contents, Document, Heading, Numbered, Para, Table


def squeeze(s: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", s))


class Finder:
    """Looks for the document's strings one after the other in the pages' text."""

    def __init__(self, path, bottom: float = 50, noise: str = ""):
        """bottom: the height in points of the strip at the foot of a page that holds only its number. noise: text to leave out."""
        import pymupdf

        self.text, self.starts = "", []
        with pymupdf.open(path) as pdf:
            if pdf.needs_pass:
                pdf.authenticate("")
            for page in pdf:
                self.starts.append(len(self.text))
                clip = page.cropbox + (0, 0, 0, -bottom) if bottom else None
                words = squeeze(page.get_text("text", clip=clip))
                self.text += words.replace(squeeze(noise), "") if noise else words
        self.at = 0

    def page(self, pos: int) -> int:
        return sum(1 for s in self.starts if s <= pos)

    def find(self, s: str, within: int = 600) -> int:
        """The page where s begins, and moves behind it; 0 when it is not there within so many characters."""
        pos = self.text.find(squeeze(s), self.at, self.at + within + len(s))
        if pos < 0:
            return 0
        self.at = pos + len(squeeze(s))
        return self.page(pos)


def locate(path, doc: Document, bottom: float = 50, noise: str = "") -> list[str]:
    """Sets the page numbers in the document's blocks. Returns what was not found."""
    f, missing = Finder(path, bottom, noise), []
    if any(isinstance(b, Contents) for b in doc.blocks):
        page = f.find("目录")
        f.at = f.starts[page] if page else 0  # the contents have a page of their own
    for b in doc.blocks:
        if isinstance(b, (Heading, Numbered)):
            text = b.title if isinstance(b, Heading) else b.text.split("\n")[0]
            b.page = f.find(b.number + text) or f.find(b.number + text[:8])
            if not b.page:
                missing.append(b.number + text)
            for line in b.text.split("\n")[1:] if isinstance(b, Numbered) else []:
                if not f.find(line):
                    missing.append(line)
        elif isinstance(b, Para):
            if not f.find(b.text):
                missing.append(b.text)
        elif isinstance(b, Table):
            missing += locate_table(f, b)
    return missing


def locate_table(f: Finder, t: Table) -> list[str]:
    start = f.find(t.title)
    pages, missing = {start}, [] if start else [t.title]
    for r in t.rows:
        text = "".join("".join(c.lines) if c.lines else c.text for c in r.cells)
        if not text:
            continue
        page = f.find(text)
        if not page and r.cut:
            pages |= {f.find(c.text[:4]) for c in r.cells if c.text}
        elif not page:
            missing.append(f"{t.title}: {text}")
        else:
            pages |= {page, f.page(f.at - 1)}
    pages.discard(0)
    t.pages = list(range(min(pages), max(pages) + 1)) if pages else []
    for n in t.notes:
        if not f.find(n):
            missing.append(n)
    return missing
