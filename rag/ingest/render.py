"""A page of a PDF or of an image file as a picture: to be shown with boxes marked on it, or to be recognised.

Runs in a parser process: pdfium is not thread-safe.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.errors import RequestError
from rag.ingest import images, ocr_sizes, recognition
from rag.ingest.kinds import PDF
from rag.ingest.pdf import opened
from rag.model import Box

MAX_PIXELS = 8_000_000
MARK = (255, 226, 92)  # the yellow of a marker pen
OCR_DPI = 200.0  # print that turns out to be small is enlarged
_PADDING = 0.0015  # of the page's width, round each box
_MAX_IMAGE_PIXELS = 1_000_000_000  # whoever lets a picture in decides how large it may be; this is for the decoder


def page_png(
    path: Path,
    number: int,
    boxes: Sequence[Box],
    width_px: int = 1_000,
    *,
    media_type: str = PDF,
    turned: int = 0,
) -> bytes:
    """Page `number` (from 1) as PNG, `width_px` wide where its shape allows; `boxes` are in fractions of the page.

    `turned` by so many degrees clockwise. Raises RequestError(not_found) for a page that is not there, DocumentError
    as `pdf.read` or `images.read`.
    """
    if media_type == PDF:
        image = _drawn(path, number, width_px, is_on_side=turned % 180 != 0).convert("RGB")
        image = recognition.turn(image, turned)
    else:
        image = recognition.turn(_decoded(path, media_type, number), turned)
        image = _fitted(image, width_px).convert("RGB")
    if boxes:
        image = _marked(image, boxes)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def picture(path: Path, media_type: str, number: int, max_pixels: int) -> Any:
    """Page `number` (from 1) as it is to be recognised (PIL). Raises DocumentError as `pdf.read`, `images.read`."""
    if media_type != PDF:
        return images.picture(path, media_type, number, max_pixels)
    with opened(path) as document:
        document.init_forms()
        with closing(document[number - 1]) as page:
            width, height = page.get_size()
            scale = min(OCR_DPI / 72, math.sqrt(ocr_sizes.MAX_PIXELS / max(width * height, 1.0)))
            with closing(page.render(scale=scale, grayscale=True, draw_annots=True)) as bitmap:
                return bitmap.to_pil().copy()


def _drawn(path: Path, number: int, width_px: int, *, is_on_side: bool) -> Any:
    """A page of a PDF; one that stands on its side gets the width as its height."""
    with opened(path) as document:
        if not 1 <= number <= len(document):
            raise _not_there(number, len(document))
        document.init_forms()
        with closing(document[number - 1]) as page:
            width, height = page.get_size()
            across = height if is_on_side else width
            scale = min(width_px / max(across, 1.0), math.sqrt(MAX_PIXELS / max(width * height, 1.0)))
            with closing(page.render(scale=scale, draw_annots=True)) as bitmap:
                return bitmap.to_pil().copy()


def _decoded(path: Path, media_type: str, number: int) -> Any:
    if number < 1:
        raise _not_there(number)
    try:
        return images.picture(path, media_type, number, _MAX_IMAGE_PIXELS)
    except EOFError as error:
        raise _not_there(number) from error


def _fitted(image: Any, width_px: int) -> Any:
    """As wide as wanted, but not larger than it is and not too long."""
    scale = min(1.0, width_px / image.width, math.sqrt(MAX_PIXELS / (image.width * image.height)))
    if scale == 1.0:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), reducing_gap=3.0)


def _not_there(number: int, pages: int | None = None) -> RequestError:
    has = "does not have so many pages" if pages is None else f"has {pages} pages"
    return RequestError("not_found", f"This document {has}; there is no page {number}.")


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
