"""Makes the PDFs that parity_test.go reads, one for each kind of producer.

usage: python3 make.py OUTDIR      (needs chromium, qpdf, weasyprint, reportlab, and the font WenQuanYi Zen Hei)

All names and figures are invented.
"""
import pathlib
import subprocess
import sys
import tempfile

ROWS = [
    ("201", "一般公共服务支出", "1,204.50", "830.20", "374.30"),
    ("20103", "政府办公厅（室）及相关机构事务", "980.00", "700.00", "280.00"),
    ("2010301", "行政运行", "700.00", "700.00", "—"),
    ("208", "社会保障和就业支出", "96.71", "96.71", ""),
    ("", "合计", "1,301.21", "926.91", "374.30"),
]

HTML = """<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><style>
@page {{ size: A4; margin: 20mm }}
@page wide {{ size: A4 landscape }}
body {{ font: 10.5pt "WenQuanYi Zen Hei" }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border: .75pt solid #000; padding: 3pt }}
th {{ background: #1f4e79; color: #fff }}
.wide {{ page: wide; break-before: page }}
.turned {{ transform: rotate(90deg); width: 8em; margin: 6em 0 }}
.mark {{ position: absolute; top: 90mm; left: 40mm; transform: rotate(-45deg); color: #ddd; font-size: 40pt }}
.ghost {{ color: #fff }}
</style>
<h1>青岚县云麓镇人民政府 2024 年部门预算</h1>
<p>本表金额单位：万元。“三公”经费合计 12.30 万元，比上年减少 1.20 万元，下降 8.9%。</p>
<p class="ghost">看不见的字</p>
<table><tr><th rowspan="2">科目编码</th><th rowspan="2">科目名称</th><th rowspan="2">合计</th><th colspan="2">其中</th></tr>
<tr><th>基本支出</th><th>项目支出</th></tr>{rows}</table>
<div class="turned">横排标题 office</div><div class="mark">样本</div>
<div class="wide"><h2>二、支出说明</h2><table>{rows}</table></div></html>"""


def html():
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in r) + "</tr>" for r in ROWS)
    return HTML.format(rows=rows)


def chromium(out, tmp):
    page = tmp / "page.html"
    page.write_text(html(), encoding="utf-8")
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                    f"--print-to-pdf={out}", page.as_uri()], check=True, capture_output=True)


def weasy(out):
    import weasyprint
    weasyprint.HTML(string=html()).write_pdf(str(out))


def reportlab(out):
    """A font that is not embedded, pages turned by /Rotate, clips and hidden text."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    c = canvas.Canvas(str(out), pagesize=A4, invariant=1)
    for turn in (0, 90, 180, 270):
        c.setPageRotation(turn)
        c.setFont("STSong-Light", 12)
        c.drawString(72, 770, "青岚县财政局 2023 年度决算")
        for i, row in enumerate(ROWS):
            y = 700 - 24 * i
            for j, cell in enumerate(row):
                c.rect(60 + 95 * j, y - 8, 95, 24)
                c.drawString(64 + 95 * j, y, cell[:7])
        c.saveState()
        c.translate(300, 300)
        c.rotate(90)
        c.setFont("Helvetica-Oblique", 9)
        c.drawString(0, 0, "turned Wij 1,204.50")
        c.restoreState()
        c.saveState()
        path = c.beginPath()
        path.rect(100, 200, 40, 20)
        c.clipPath(path, stroke=0)
        c.drawString(102, 204, "露")
        c.drawString(300, 204, "藏")
        c.line(90, 210, 300, 210)
        c.restoreState()
        text = c.beginText(72, 150)
        text.setTextRenderMode(3)
        text.textLine("隐 hidden")
        c.drawText(text)
        c.setFillColorRGB(1, 1, 1)
        c.drawString(72, 130, "白")
        c.setFillColorRGB(0, 0, 0)
        c.setFont("Times-Roman", 11)
        c.drawString(72, 110, "well-")
        c.drawString(72, 96, "known office, char space")
        c.setLineWidth(0)
        c.line(72, 80, 500, 80)
        c.rect(72, 60, 428, 1, stroke=0, fill=1)
        c.showPage()
    c.save()


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as t:
        chromium(out / "chromium.pdf", pathlib.Path(t))
    weasy(out / "weasyprint.pdf")
    reportlab(out / "reportlab.pdf")
    qpdf = lambda *a: subprocess.run(["qpdf", *map(str, a)], check=True)
    qpdf("--deterministic-id", "--object-streams=generate", "--linearize", out / "weasyprint.pdf", out / "packed.pdf")
    qpdf("--deterministic-id", "--stream-data=uncompress", "--qdf", out / "reportlab.pdf", out / "plain.pdf")
    qpdf("--encrypt", "", "owner", "128", "--use-aes=y", "--", out / "chromium.pdf", out / "aes128.pdf")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
