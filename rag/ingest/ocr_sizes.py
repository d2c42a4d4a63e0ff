"""How large a picture is read: as large as it serves, and no larger."""

from __future__ import annotations

from typing import Any

MAX_PIXELS = 20_000_000  # of a picture that is read; A4 at 450 dpi
_QUICK_DPI = 200.0
_PAGE_PIXELS = 3_900_000  # A4 at that; a small picture is not made smaller by what its file says
_SMALL_PRINT_PX = 36.0  # height of a line's words below which a picture is enlarged
_ENLARGEMENT = 1.5


def enlargement(height_px: float, size: tuple[int, int]) -> float:
    """How many times as large a picture is read whose lines are so high; 1 when that is enough."""
    if not 0 < height_px < _SMALL_PRINT_PX:
        return 1.0
    room = float((MAX_PIXELS / (size[0] * size[1])) ** 0.5)
    return max(1.0, min(_ENLARGEMENT, room))


def quick_pixels(size: tuple[int, int], dpi: float) -> float:
    """What a picture has at 200 dpi: finer print is read no better and a sixth slower, as long as it is a page."""
    pixels = float(size[0] * size[1])
    return min(MAX_PIXELS, max(_PAGE_PIXELS, pixels * (_QUICK_DPI / dpi) ** 2) if dpi > _QUICK_DPI else pixels)


def reduced(picture: Any, pixels: float) -> tuple[Any, float]:
    """A picture of at most so many pixels, and how many times as large it is."""
    factor = min(1.0, (pixels / (picture.width * picture.height)) ** 0.5)
    return resized(picture, factor), factor


def resized(picture: Any, factor: float) -> Any:
    if factor == 1.0:
        return picture
    return picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))))
