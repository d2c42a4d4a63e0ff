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
    for box in boxes:
        _mark(image, box)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _mark(image: Any, box: Box) -> None:
    """Colour a box as a marker pen does: what is dark stays dark."""
    from PIL import Image, ImageChops  # noqa: PLC0415 -- only parser processes need it

    pad = max(1, round(_PADDING * image.width))
    left = max(0, math.floor(box[0] * image.width) - pad)
    top = max(0, math.floor(box[1] * image.height) - pad)
    right = min(image.width, math.ceil(box[2] * image.width) + pad)
    bottom = min(image.height, math.ceil(box[3] * image.height) + pad)
    if left >= right or top >= bottom:
        return
    area = (left, top, right, bottom)
    ink = Image.new("RGB", (right - left, bottom - top), MARK)
    image.paste(ImageChops.multiply(image.crop(area), ink), area)
