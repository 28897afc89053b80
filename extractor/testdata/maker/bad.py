"""Inputs that are no good, each as small as it can be, and manifest.tsv that says what a user should get for each.

expect: reject (with the code), reject-or-partial (or some pages and the code as a warning), accept-with-warning (the code), accept-or-reject-fast.
"""
from __future__ import annotations

import io
import re
import subprocess
import zipfile
import zlib
from pathlib import Path

from . import hard, render_html, render_reportlab

MANIFEST = [
    ("empty.pdf", "reject", "empty-file", "no bytes"),
    ("html-as-pdf.pdf", "reject", "not-a-pdf", "an error page of a web server, saved as .pdf"),
    ("docx-as-pdf.pdf", "reject", "not-a-pdf", "a word processor's file renamed"),
    ("truncated.pdf", "reject-or-partial", "damaged", "the first 60 % of a file; must not pass for whole"),
    ("broken-xref.pdf", "accept-with-warning", "repaired", "every offset of the cross-reference table is wrong; the content is whole"),
    ("no-xref.pdf", "accept-with-warning", "repaired", "cross-reference table and trailer cut off; the content is whole"),
    ("zero-pages.pdf", "reject", "no-pages", "a page tree without pages"),
    ("blank-pages.pdf", "accept-with-warning", "no-text", "two pages with nothing on them"),
    ("scan.pdf", "reject", "needs-ocr", "one page that is only an image of text"),
    ("password-needed.pdf", "reject", "password-needed", "AES-256 with a user password"),
    ("no-tounicode.pdf", "accept-with-warning", "undecodable-text", "Identity-H, no ToUnicode, and no cmap in the font: nothing tells the characters"),
    ("page-tree-loop.pdf", "reject-or-partial", "damaged", "a page tree that contains itself"),
    ("parent-loop.pdf", "accept-with-warning", "no-structure", "the pages' Parent goes round in a circle; the attributes inherited from it never end"),
    ("stream-length-loop.pdf", "accept-with-warning", "no-structure", "a stream whose Length is the stream itself"),
    ("form-loop.pdf", "reject-or-partial", "damaged", "a form XObject that draws itself"),
    ("bomb.pdf", "reject", "too-large", "a content stream of 2 GiB behind two Flate filters"),
    ("deep-nesting.pdf", "reject-or-partial", "damaged", "arrays nested 100,000 deep in a content stream"),
    ("huge-mediabox.pdf", "accept-with-warning", "page-size", "a page of two thousand million points each way"),
    ("not-a-budget.pdf", "accept-with-warning", "no-structure", "a readable letter that is no disclosure"),
]


def assemble(objects: list[bytes], version: str = "1.5") -> bytes:
    """A PDF from its objects 1, 2, …; the first is the catalogue."""
    out = io.BytesIO()
    out.write(f"%PDF-{version}\n%\xe2\xe3\xcf\xd3\n".encode("latin-1"))
    offsets = []
    for i, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (i, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for o in offsets:
        out.write(b"%010d 00000 n \n" % o)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s>>\nstream\n%s\nendstream" % (len(data), more, data)


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def page(more: bytes = b"/Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R", box: bytes = b"[0 0 595 842]", parent: int = 2) -> bytes:
    return b"<< /Type /Page /Parent %d 0 R /MediaBox %s %s >>" % (parent, box, more)


def text(*lines: str) -> bytes:
    return stream("".join(f"BT /F1 12 Tf 72 {700 - 20 * i} Td ({s}) Tj ET\n" for i, s in enumerate(lines)).encode())


ONE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
WORDS = text("Budget 2024")


def structures() -> dict[str, bytes]:
    """What can be written down object by object."""
    nested = zlib.compress(b"[" * 100_000 + b"]" * 100_000, 9)
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >> "
    flate = b"/Filter /FlateDecode "
    return {
        "empty.pdf": b"",
        "html-as-pdf.pdf": "<!DOCTYPE html>\n<html><head><title>502</title></head><body><p>服务暂时不可用，请稍后再试。</p></body></html>\n".encode(),
        "zero-pages.pdf": assemble([CATALOGUE, b"<< /Type /Pages /Kids [] /Count 0 >>"]),
        "blank-pages.pdf": assemble([CATALOGUE, b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>", page(b"/Resources << >>"), page(b"/Resources << >>")]),
        "page-tree-loop.pdf": assemble([CATALOGUE, b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 3 >>", page(), FONT, WORDS,
                                        b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 6 0 R] /Count 2 >>"]),
        "parent-loop.pdf": assemble([CATALOGUE, b"<< /Type /Pages /Parent 6 0 R /Kids [3 0 R] /Count 1 >>",
                                     b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>", FONT, WORDS,
                                     b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>"]),
        "stream-length-loop.pdf": assemble([CATALOGUE, ONE, page(), FONT, WORDS.replace(b"/Length %d" % _length(WORDS), b"/Length 5 0 R")]),
        "form-loop.pdf": assemble([CATALOGUE, ONE, page(b"/Resources << /XObject << /X 5 0 R >> >> /Contents 4 0 R"), stream(b"/X Do"), stream(b"/X Do /X Do", form)]),
        "bomb.pdf": assemble([CATALOGUE, ONE, page(), FONT, stream(bomb(), b"/Filter [/FlateDecode /FlateDecode] ")]),
        "deep-nesting.pdf": assemble([CATALOGUE, ONE, page(), FONT, stream(nested, flate)]),
        "huge-mediabox.pdf": assemble([CATALOGUE, ONE, page(box=b"[0 0 2000000000 2000000000]"), FONT, WORDS]),
        "not-a-budget.pdf": assemble([CATALOGUE, ONE, page(), FONT, text("Dear reader,", "the library is closed on Monday.", "Please come on Tuesday instead.")]),
    }


def _length(s: bytes) -> int:
    return int(re.search(rb"/Length (\d+)", s)[1])


def bomb(size: int = 1 << 31) -> bytes:
    """size blanks, deflated twice."""
    inner, outer, out = zlib.compressobj(9), zlib.compressobj(9), io.BytesIO()
    block = b" " * (1 << 22)
    for _ in range(size // len(block)):
        out.write(outer.compress(inner.compress(block)))
    out.write(outer.compress(inner.flush()) + outer.flush())
    return out.getvalue()


def docx() -> bytes:
    """A minimal word-processing file; its dates are fixed."""
    out = io.BytesIO()
    types = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
             'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
             'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
    rels = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')
    body = ('<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
            '<w:t>禾丰县文化馆2024年单位预算公开</w:t></w:r></w:p></w:body></w:document>')
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in (("[Content_Types].xml", types), ("_rels/.rels", rels), ("word/document.xml", body)):
            z.writestr(zipfile.ZipInfo(name, (2024, 1, 15, 8, 0, 0)), data)
    return out.getvalue()


def wrong_offsets(data: bytes) -> bytes:
    """Each offset in the cross-reference table and after startxref moved by 37 bytes."""
    data = re.sub(rb"(\d{10}) (\d{5}) n", lambda m: b"%010d %s n" % (int(m[1]) + 37, m[2]), data)
    return re.sub(rb"startxref\s+(\d+)", lambda m: b"startxref\n%d" % (int(m[1]) + 37), data)


def without_cmap(path: Path) -> None:
    """Takes the fonts' own cmap tables away as well."""
    import pymupdf
    from fontTools.ttLib import TTFont

    hard.no_tounicode(path)
    with pymupdf.open(path) as pdf:
        for x in range(1, pdf.xref_length()):
            kind, ref = pdf.xref_get_key(x, "FontFile2")
            if kind != "xref":
                continue
            number = int(ref.split()[0])
            font, out = TTFont(io.BytesIO(pdf.xref_stream(number)), recalcTimestamp=False), io.BytesIO()
            for table in ("cmap", "post"):
                del font[table]
            font.save(out)
            pdf.update_stream(number, out.getvalue())
        data = pdf.tobytes(garbage=3, deflate=True, no_new_id=True)
    path.write_bytes(data)


def scan(source: Path) -> bytes:
    """The source's third page as a picture in black and white."""
    import pymupdf

    with pymupdf.open(source) as pdf:
        pix = pdf[2].get_pixmap(dpi=100, colorspace=pymupdf.csGRAY)
    width, height, samples = pix.width, pix.height, pix.samples
    packed = bytearray()
    for y in range(height):
        row = samples[y * pix.stride:y * pix.stride + width]
        bits = "".join("1" if v > 150 else "0" for v in row).ljust(-(-width // 8) * 8, "1")
        packed += int(bits, 2).to_bytes(len(bits) // 8, "big")
    image = stream(zlib.compress(bytes(packed), 9), b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 "
                   b"/Filter /FlateDecode " % (width, height))
    return assemble([CATALOGUE, ONE, page(b"/Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R"), image, stream(b"q 595 0 0 842 0 0 cm /I Do Q")])


def write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in structures().items():
        (folder / name).write_bytes(data)
    (folder / "docx-as-pdf.pdf").write_bytes(docx())
    f = hard.forms(hard.CENTRE)
    doc = hard.small("whole", hard.CENTRE, [f.three(9), f.spending(3)])
    whole, tmp = folder / "whole.tmp", folder / "no-tounicode.pdf"
    render_reportlab.draw(doc, whole, render_reportlab.Look())
    data = whole.read_bytes()
    (folder / "truncated.pdf").write_bytes(data[:len(data) * 6 // 10])
    (folder / "broken-xref.pdf").write_bytes(wrong_offsets(data))
    (folder / "no-xref.pdf").write_bytes(data[:data.rindex(b"xref\n0 ")])
    (folder / "scan.pdf").write_bytes(scan(whole))
    subprocess.run(["qpdf", "--static-id", "--static-aes-iv", "--encrypt", "reader", "owner", "256", "--", str(whole), str(folder / "password-needed.pdf")], check=True)
    whole.unlink()
    render_html.weasyprint(render_html.document_html(doc, render_html.Look()), tmp)
    without_cmap(tmp)
    lines = ["\t".join(("file", "expect", "code", "what"))] + ["\t".join(m) for m in MANIFEST]
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, *_ in MANIFEST:
        print(f"bad/{name}: {(folder / name).stat().st_size} bytes", flush=True)
