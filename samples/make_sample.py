"""Makes samples/tern-rock-annual-report-2025.pdf: the annual report of a trust that does not exist.

    python samples/make_sample.py

Text and figures were written for this project (Apache-2.0, like the rest). The same script makes the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sample_text as text
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

TARGET = Path(__file__).parent / "tern-rock-annual-report-2025.pdf"
INK, MUTED, ACCENT, PALE = (colors.HexColor(code) for code in ("#1e1d1b", "#6b6a66", "#0c6a62", "#eef5f4"))
WIDTH, HEIGHT = A4
MARGIN = 26 * mm

BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=11.2, leading=16.4, textColor=INK, spaceAfter=8)
LEAD = ParagraphStyle("lead", BODY, fontName="Times-Italic", fontSize=13.5, leading=19.5, spaceAfter=12)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=23, leading=28, textColor=INK, spaceAfter=14)
HEADING = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=12.5, leading=16, textColor=ACCENT, spaceBefore=10, spaceAfter=5
)
RULE = ParagraphStyle("rule", BODY, leftIndent=16, bulletIndent=0, bulletFontName="Helvetica-Bold", bulletFontSize=9)
CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=9.6, leading=12.5, textColor=INK)
NUMBER = ParagraphStyle("number", CELL, alignment=TA_RIGHT)
NOTE = ParagraphStyle("note", CELL, fontSize=8.6, leading=11.5, textColor=MUTED, spaceBefore=4, spaceAfter=10)


class Sheet(BaseDocTemplate):
    """A4 with a cover, then numbered pages; first-level headings become the outline."""

    def __init__(self, target: Path) -> None:
        super().__init__(
            str(target), pagesize=A4, title=text.TITLE, author=text.NAME, subject="Annual report", invariant=1
        )
        frame = Frame(MARGIN, 24 * mm, WIDTH - 2 * MARGIN, HEIGHT - 50 * mm, 0, 0, 0, 0)
        self.addPageTemplates(
            [
                PageTemplate("cover", [Frame(MARGIN, 0, WIDTH - 2 * MARGIN, HEIGHT, 0, 0, 0, 0)], onPage=_cover),
                PageTemplate("page", [frame], onPage=_page),
            ]
        )

    def afterFlowable(self, flowable: Flowable) -> None:
        if isinstance(flowable, Paragraph) and flowable.style is TITLE:
            key = f"section-{self.page}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, 0)


def _cover(canvas: Canvas, _: Any) -> None:
    canvas.setFillColor(ACCENT)
    canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
    _tower(canvas)
    canvas.setFillColor(colors.white)
    canvas.setFont("Helvetica-Bold", 38)
    canvas.drawString(MARGIN, HEIGHT - 78 * mm, "Annual Report")
    canvas.drawString(MARGIN, HEIGHT - 94 * mm, "2025")
    canvas.setFont("Helvetica", 14)
    canvas.drawString(MARGIN, HEIGHT - 40 * mm, text.NAME)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(MARGIN, 30 * mm, "Six lights, one small coast. Founded 1911.")


def _tower(canvas: Canvas) -> None:
    """A lighthouse and its beam, in two tints of the cover's colour."""
    x, base = WIDTH - 62 * mm, 46 * mm
    canvas.setFillColor(colors.HexColor("#1d7a72"))
    beam = canvas.beginPath()
    beam.moveTo(x, base + 92 * mm)
    beam.lineTo(0, base + 128 * mm)
    beam.lineTo(0, base + 70 * mm)
    beam.close()
    canvas.drawPath(beam, stroke=0, fill=1)
    canvas.setFillColor(colors.HexColor("#dfefec"))
    tower = canvas.beginPath()
    for corner in ((-13, 0), (13, 0), (7.5, 84), (-7.5, 84)):
        (tower.lineTo if tower.getCode() else tower.moveTo)(x + corner[0] * mm, base + corner[1] * mm)
    tower.close()
    canvas.drawPath(tower, stroke=0, fill=1)
    for left, bottom, width, height in ((-10, 84, 20, 3), (-5.5, 87, 11, 10), (-7.5, 97, 15, 2.4)):
        canvas.rect(x + left * mm, base + bottom * mm, width * mm, height * mm, stroke=0, fill=1)
    canvas.setFillColor(colors.HexColor("#0a5a53"))
    canvas.rect(0, 0, WIDTH, base, stroke=0, fill=1)


def _page(canvas: Canvas, document: Any) -> None:
    canvas.setFont("Helvetica", 8.5)
    canvas.setFillColor(MUTED)
    canvas.drawString(MARGIN, 14 * mm, text.TITLE)
    canvas.drawRightString(WIDTH - MARGIN, 14 * mm, str(document.page))


def _table(rows: list[tuple[str, ...]], widths: list[float], bold: frozenset[int]) -> Table:
    """The first row is the head; the first column is words, the rest figures. `bold`: rows that are sums."""
    cells = [
        [
            Paragraph(f"<b>{cell}</b>" if number == 0 or number in bold else cell, NUMBER if column else CELL)
            for column, cell in enumerate(row)
        ]
        for number, row in enumerate(rows)
    ]
    style: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.HexColor("#d9dcd8")),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 4.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
        ("LEFTPADDING", (0, 0), (0, -1), 5),
        *(("BACKGROUND", (0, number), (-1, number), PALE) for number in bold),
    ]
    return Table(cells, [width * mm for width in widths], style=TableStyle(style), hAlign="LEFT")


def _flow(block: text.Block) -> list[Flowable]:
    kind, content = block
    match kind:
        case "title":
            return [PageBreak(), Paragraph(str(content), TITLE)]
        case "rules":
            return [Paragraph(rule, RULE, bulletText=f"{number}.") for number, rule in enumerate(content, 1)]
        case "table":
            rows, widths, bold = content
            return [Spacer(1, 4), _table(list(rows), list(widths), frozenset(bold))]
        case _:
            style = {"lead": LEAD, "heading": HEADING, "note": NOTE}.get(kind, BODY)
            return [Paragraph(str(content), style)]


def main() -> None:
    """Writes the PDF beside this script."""
    story: list[Flowable] = [NextPageTemplate("page")]
    for block in text.BLOCKS:
        story += _flow(block)
    Sheet(TARGET).build(story)


if __name__ == "__main__":
    main()
