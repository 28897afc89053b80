"""Writes stub.ttf, the one font that PDFium sees in its sandbox.

Without a CJK font on its file system PDFium drops, silently, the characters of fonts that a file does not embed. The
shapes do not matter for reading text, so every code of the CJK ranges maps to one box (cmap format 13, which keeps the
file under 1 kB). The family name is one that PDFium looks for on Linux.

usage: python3 stubfont.py stub.ttf      (needs fonttools)
"""
import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

FAMILY = "WenQuanYi Micro Hei"
# first code, last code, glyph
RANGES = [
    (0x20, 0x7E, "half"),
    (0xA1, 0x2FFF, "full"),
    (0x3000, 0x9FFF, "full"),
    (0xE000, 0xFFEF, "full"),
]


def mark():
    pen = TTGlyphPen(None)
    left, right, bottom, top = 20, 120, 0, 600
    pen.moveTo((left, bottom))
    for corner in ((left, top), (right, top), (right, bottom)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def many_to_one():
    table = CmapSubtable.newSubtable(13)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.format, table.reserved, table.length, table.nGroups = 13, 0, 0, 0
    table.cmap = {code: glyph for first, last, glyph in RANGES for code in range(first, last + 1)}
    return table


def build(path):
    fb = FontBuilder(1000, isTTF=True)
    fb.setupGlyphOrder([".notdef", "full", "half"])
    fb.setupCharacterMap({0x4E00: "full"})
    fb.setupGlyf({".notdef": mark(), "full": mark(), "half": mark()})
    fb.setupHorizontalMetrics({".notdef": (500, 20), "full": (1000, 20), "half": (500, 20)})
    fb.setupHorizontalHeader(ascent=880, descent=-120)
    fb.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "fullName": FAMILY, "psName": FAMILY.replace(" ", "")})
    # Latin 1, simplified and traditional Chinese
    fb.setupOS2(ulCodePageRange1=1 << 0 | 1 << 18 | 1 << 20, ulUnicodeRange2=1 << 27,
                sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    fb.setupPost()
    unicode_bmp = fb.font["cmap"].tables[0]
    fb.font["cmap"].tables = [unicode_bmp, many_to_one()]
    fb.save(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build(sys.argv[1])
