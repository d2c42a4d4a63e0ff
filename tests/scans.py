"""Pictures of writing, made on the fly: what a scanner or a camera gives. With Pillow's own TrueType font."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4

from tests import material

SIZE = (1240, 1754)  # A4 at 150 dpi
LEFT, TOP, LEADING = 110, 150, 1.6
LINES = (
    "The lighthouse on Tern Rock was built in spring.",
    "Its keeper was paid 94 crowns a year.",
    "The lamp burned whale oil until 1903,",
    "when the harbour office sent paraffin.",
)
OIL = "What did the lamp burn until 1903?"
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


GERMAN = (
    "Die Verwaltung veröffentlichte im Frühjahr einen Bericht",
    "über die Küstenfischerei. Außerdem wird geprüft, ob die",
    "Zuschüsse für kleinere Häfen erhöht werden können.",
)
FRAKTUR = (
    "Die Verwaltung gab im Sommer einen Bericht von der Lage",
    "der Fischerei am Meer heraus. Nach der Meinung der Leute",
    "sollen die Orte selbst das Eis bezahlen, und auch das",
    "Salz. Man rechnet damit, dass es im Winter teurer wird.",
)
RUSSIAN = (
    "Весной управление опубликовало отчёт о положении",
    "прибрежного рыболовства. По мнению ведомства,",
    "крупные порты должны сами оплачивать охлаждение",
)
EUROPEAN = (
    "The harbour office published its yearly report in spring.",
    "Für die Häfen der Küste wurden größere Zuschüsse geprüft.",
    "Les pêcheurs réclamaient un délai supplémentaire à l'été.",
    "El año pasado los puertos pequeños también pidieron más.",
)
_FONTS = {  # fonts that packages of ours bring along; Pillow's own has no letters beyond ASCII
    GERMAN: ("reportlab", "fonts/Vera.ttf"),
    EUROPEAN: ("reportlab", "fonts/Vera.ttf"),
    FRAKTUR: ("gradio", "templates/**/KaTeX_Fraktur-Regular*.ttf"),
    RUSSIAN: ("gradio", "templates/**/IBMPlexSans-Regular.woff2"),
}


def _font(lines: Sequence[str], px: int) -> Any:
    if tuple(lines) not in _FONTS:
        return ImageFont.load_default(px)
    package, pattern = _FONTS[tuple(lines)]
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent
    return ImageFont.truetype(str(min(folder.glob(pattern))), px)


def written(lines: Sequence[str] = LINES, *, px: int = 34, size: tuple[int, int] = SIZE, turned: int = 0) -> Any:
    """White paper with black lines, in grey; as if it lay `turned` clockwise on the glass."""
    paper = Image.new("L", size, 255)
    pen, font = ImageDraw.Draw(paper), _font(lines, px)
    for row, line in enumerate(lines):
        pen.text((LEFT, TOP + row * round(px * LEADING)), line, fill=0, font=font)
    return paper.transpose(TURNS[turned]) if turned else paper


def noise(size: tuple[int, int] = (900, 700)) -> Any:
    """Something like a photo without writing: blurred random spots, the same each time."""
    small = (size[0] // 6, size[1] // 6)
    return Image.frombytes("L", small, random.Random(7).randbytes(small[0] * small[1])).resize(size)


def image_file(image: Any, kind: str = "PNG", **options: Any) -> bytes:
    """An image as a file of some kind, as Pillow names it."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scan_pdf(pages: Sequence[Any], *, stamp: str = "") -> bytes:
    """A PDF: a picture fills its page, a text stands on it as text. `stamp` is written on pictures as text."""
    out = io.BytesIO()
    canvas = material._canvas(out)
    for page in pages:
        if isinstance(page, str):
            material._write_lines(canvas, page)
        else:
            canvas.setPageSize(A4 if page.height >= page.width else (A4[1], A4[0]))
            width, height = A4 if page.height >= page.width else (A4[1], A4[0])
            canvas.drawInlineImage(page, 0, 0, width, height)
            if stamp:
                canvas.drawString(20, 20, stamp)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def program(tmp_path: Path, body: str, languages: Sequence[str] = ("eng", "osd")) -> str:
    """A program in tesseract's place: tells these languages, and does `body` (shell) for a picture. -> its path."""
    listed = "\\n".join(("List of available languages:", *languages))
    path = tmp_path / "tesseract-double"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --list-langs ]; then printf "{listed}\\n"; exit 0; fi\n{body}\n')
    path.chmod(0o755)
    return str(path)


def running(argument: str) -> list[int]:
    """Processes of this machine with exactly this argument on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it has ended meanwhile
            if argument.encode() in arguments:
                found.append(int(entry.name))
    return found
