"""Image files -> pages to be recognised: PNG, JPEG, TIFF (each picture a page), WEBP, BMP, GIF.

The header is read before any pixel: a picture larger than it may be is refused without being decoded.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.ingest import kinds
from rag.ingest.parts import Part
from rag.model import Page

MAX_FRAMES = 10  # of an animation
_FORMATS = {  # the media type -> what Pillow may open it as
    kinds.PNG: ("PNG",),
    kinds.JPEG: ("JPEG", "MPO"),
    kinds.TIFF: ("TIFF",),
    kinds.WEBP: ("WEBP",),
    kinds.BMP: ("BMP",),
    kinds.GIF: ("GIF",),
}
_ONE_PICTURE = frozenset({"PNG", "JPEG", "MPO", "BMP"})  # what else is in the file is the same once more
_ORIENTATION = 0x0112  # of EXIF
_ROWS_ARE_COLUMNS = frozenset({5, 6, 7, 8})
_LOOKED_AT_PX = 512  # of a side
_DPI = 96.0  # of a picture that does not say
_DPI_RANGE = (50.0, 1_200.0)


def read(path: Path, media_type: str, first: int, count: int, max_pixels: int) -> Part:
    """Pages `first` .. `first + count - 1`, without text: all of them wait to be recognised.

    Raises DocumentError: too_large for more than `max_pixels`; what Pillow raises on a broken file passes through.
    """
    with _opened(path, media_type, max_pixels) as image:
        total, told = _pages_of(image)
        pages = []
        for number in range(first, min(first + count, total + 1)):
            _seek(image, number, max_pixels)
            pages.append(_page(image, number))
    return Part(tuple(pages), total, warnings=told if first == 1 else (), pictures=tuple(page.number for page in pages))


def picture(path: Path, media_type: str, number: int, max_pixels: int) -> Any:
    """Page `number` (from 1) as it is to be seen (PIL, RGB or grey): upright by its EXIF, on white where transparent.

    Raises DocumentError as `read`; EOFError for a page that is not there.
    """
    from PIL import ImageOps  # noqa: PLC0415 -- only parser processes need it

    with _opened(path, media_type, max_pixels) as image:
        _seek(image, number, max_pixels)
        upright = ImageOps.exif_transpose(image)
        return _on_white(upright)


def _pages_of(image: Any) -> tuple[int, tuple[str, ...]]:
    """How many pages, and what is to be said about that."""
    frames = 1 if image.format in _ONE_PICTURE else int(getattr(image, "n_frames", 1))
    if image.format != "TIFF" and frames > MAX_FRAMES:
        return MAX_FRAMES, (f"This animation has {frames:,} pictures; the first {MAX_FRAMES} are read.",)
    return max(1, frames), ()


@contextmanager
def _opened(path: Path, media_type: str, max_pixels: int) -> Iterator[Any]:
    from PIL import Image  # noqa: PLC0415 -- only parser processes need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow says of odd files; sizes are checked here
        try:
            image = Image.open(path, formats=_FORMATS[media_type])
        except Image.DecompressionBombError as error:
            raise _too_large(max_pixels) from error
        with image:
            _check(image.size, max_pixels)
            yield image


def _seek(image: Any, number: int, max_pixels: int) -> None:
    from PIL import Image  # noqa: PLC0415

    try:
        image.seek(number - 1)
    except Image.DecompressionBombError as error:
        raise _too_large(max_pixels) from error
    _check(image.size, max_pixels)


def _check(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise _too_large(max_pixels, size)


def _too_large(max_pixels: int, size: tuple[int, int] | None = None) -> DocumentError:
    what = f"{size[0]:,} x {size[1]:,} pixels" if size else "too many pixels"
    return DocumentError(
        "too_large",
        f"This image has {what}; at most {max_pixels / 1e6:g} megapixels are read (FOLIO_MAX_IMAGE_MEGAPIXELS).",
        {"max_pixels": max_pixels},
    )


def _page(image: Any, number: int) -> Page:
    """Its size in points, by the resolution it names where that is likely."""
    width, height = image.size
    named = image.format != "PNG" or "exif" in image.info  # to find none, Pillow would decode a PNG
    if named and image.getexif().get(_ORIENTATION) in _ROWS_ARE_COLUMNS:
        width, height = height, width
    dpi = _dpi(image)
    return Page(number, "", width=72 * width / dpi, height=72 * height / dpi)


def _dpi(image: Any) -> float:
    named = image.info.get("dpi")
    try:
        dpi = float(named[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return _DPI
    return dpi if _DPI_RANGE[0] <= dpi <= _DPI_RANGE[1] else _DPI


def _on_white(image: Any) -> Any:
    from PIL import Image  # noqa: PLC0415

    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        return _eight_bits(image)
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _finite(deep: Any) -> tuple[float, float]:
    """The darkest and the brightest of what a picture holds, but for what is no number or has no end."""
    from PIL import Image  # noqa: PLC0415

    looked_at = deep.resize((min(deep.width, _LOOKED_AT_PX), min(deep.height, _LOOKED_AT_PX)), Image.Resampling.NEAREST)
    values = [
        value
        for value in struct.unpack(f"={looked_at.width * looked_at.height}f", looked_at.tobytes())
        if math.isfinite(value)
    ]
    return min(values, default=0.0), max(values, default=0.0)


def _eight_bits(image: Any) -> Any:
    """Deep grey stretched over what eight bits hold; Pillow itself would cut off what is above them."""
    deep = image.convert("F")
    low, high = deep.getextrema()
    if not math.isfinite(high - low):
        low, high = _finite(deep)
    scale = 255.0 / (high - low) if high > low else 0.0
    return deep.point(lambda value: value * scale - low * scale).convert("L")
