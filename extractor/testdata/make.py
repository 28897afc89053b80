#!/usr/bin/env python3
"""Makes the disclosures that the demo embeds and that the extractor's tests read.

  python3 make.py demo [NAME …]     cmd/yusuan/demo/*.pdf
  python3 make.py hard [NAME …]     extractor/testdata/*.pdf, one hard thing each
  python3 make.py bad               extractor/testdata/bad/
  python3 make.py                   all of them

Everything in them is invented: counties, units, figures, reasons. Each PDF comes with NAME.truth.json in the form of
schemas/disclosure.schema.json, made from the same model as the pages (maker/model.py); page numbers are read back from the PDF.

Needs (Debian 12): chromium fonts-wqy-zenhei qpdf; (PyPI): reportlab weasyprint pymupdf fonttools jsonschema. With the same
versions of these the output is the same byte for byte, except the two files with AES-256, whose keys are drawn by chance.
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

from maker import write  # noqa: E402

if __name__ == "__main__":
    write.main(sys.argv[1:], HERE, HERE.parent.parent / "cmd" / "yusuan" / "demo", HERE.parent.parent / "schemas" / "disclosure.schema.json")
