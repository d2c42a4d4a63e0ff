"""A page of a PDF as a picture, with boxes marked on it. Runs in a parser process: pdfium is not thread-safe."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.errors import RequestError
from rag.ingest.pdf import opened
from rag.model import Box

MAX_PIXELS = 8_000_000
MARK = (255, 226, 92)  # the yellow of a marker pen
_PADDING = 0.0015  # of the page's width, round each box


def page_png(path: Path, number: int, boxes: Sequence[Box], width_px: int = 1_000) -> bytes:
    """Page `number` (from 1) as PNG, `width_px` wide where its shape allows; `boxes` are in fractions of the page.

    Raises RequestError(not_found) for a page that is not there, DocumentError as `pdf.read`.
    """
    with opened(path) as document:
        if not 1 <= number <= len(document):
            raise RequestError("not_found", f"This document has {len(document)} pages; there is no page {number}.")
        document.init_forms()
        with closing(document[number - 1]) as page:
            width, height = page.get_size()
            scale = min(width_px / max(width, 1.0), math.sqrt(MAX_PIXELS / max(width * height, 1.0)))
            with closing(page.render(scale=scale, draw_annots=True)) as bitmap:
                image = bitmap.to_pil().convert("RGB")
    if boxes:
        image = _marked(image, boxes)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _marked(image: Any, boxes: Sequence[Box]) -> Any:
    """The picture coloured as by a marker pen: what is dark stays dark; going over a place twice changes nothing."""
    from PIL import Image, ImageChops, ImageDraw  # noqa: PLC0415 -- only parser processes need it

    ink = Image.new("RGB", image.size, "white")
    pen = ImageDraw.Draw(ink)
    pad = max(1, round(_PADDING * image.width))
    for x0, y0, x1, y1 in boxes:
        left, top = math.floor(x0 * image.width) - pad, math.floor(y0 * image.height) - pad
        right, bottom = math.ceil(x1 * image.width) + pad, math.ceil(y1 * image.height) + pad
        if left <= right and top <= bottom:
            pen.rectangle((left, top, right, bottom), fill=MARK)
    return ImageChops.multiply(image, ink)
