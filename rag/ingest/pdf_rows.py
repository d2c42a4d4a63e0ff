"""The rows that a page's words stand on, from pdfium's lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.model import Box

Row = tuple[list[tuple[int, int]], list[Box]]  # the words of a line: where they are in pdfium's text, and on the page


def split_rows(spans: list[tuple[int, int]], boxes: list[Box]) -> Iterator[Row]:
    """The words of one of pdfium's lines, as many rows as they really stand on."""
    begin = 0
    for index in range(1, len(spans)):
        before, box = boxes[index - 1], boxes[index]
        if (box[1] > before[3] or box[3] < before[1]) and _breaks(before, box):
            yield spans[begin:index], boxes[begin:index]
            begin = index
    if spans:
        yield spans[begin:], boxes[begin:]


def is_sideways(boxes: Sequence[Box]) -> bool:
    """Whether a line's words stand above each other. Boxes are fractions of a page that is not far from square."""
    return abs(boxes[-1][1] - boxes[0][1]) > abs(boxes[-1][0] - boxes[0][0])


def in_order(rows: list[Row]) -> list[Row]:
    """pdfium gives sideways lines by their height on the page; a reader goes from the first line to the last."""
    sideways = [boxes for _, boxes in rows if len(boxes) > 1 and is_sideways(boxes)]
    if 2 * len(sideways) <= len(rows):
        return rows
    goes_down = 2 * sum(boxes[-1][1] > boxes[0][1] for boxes in sideways) > len(sideways)
    return sorted(rows, key=lambda row: -row[1][0][0] if goes_down else row[1][0][0])


def _breaks(box: Box, following: Box) -> bool:
    """Whether the next word, above or below, stands on another line although pdfium put only a space between.

    Words of sideways text stand above each other with less than their own height between them: no break.
    """
    below = following[1] - box[3]
    height = box[3] - box[1]
    return below > height or (following[0] < box[0] and abs(below) < 3 * height and following[2] <= box[0])
