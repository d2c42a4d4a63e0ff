"""Rows of tables as the built-in answer shows them: Markdown tables, each value under its column's name. Pure.

A row that is written with cells keeps them. One from a page's text ("Revenue 5,854 4,796" below "2016 2015") gets them
where its header has as many years as the row has figures; any other row stands behind its header as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from rag.answer.picks import Pick

_CURRENCY = r"(?:[$€£¥]\s*)?"
_FIGURE = r"[+\-–—−]?\d[\d.,]*\s?%?"
_VALUE = rf"\s+{_CURRENCY}(?:\(\s?{_CURRENCY}{_FIGURE}\s?\)?\s?%?|{_FIGURE}|[—–-])(?=\s|\Z)"
_ENDS_IN_FIGURE = re.compile(r"(?:\d[\d.,]*%?|\([\d.,\s]+\))\Z")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR_CHARS = 4
_CORNER = re.compile(r"(\([^)]*\)) ")
_RULE = re.compile(r"[\s|:+=_-]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the answer: text up to the marker, the sentence that it cites, text behind it."""

    before: str
    pick: Pick
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    heads: tuple[str, ...]
    cells: tuple[str, ...]


def pieces(picks: Sequence[Pick]) -> Iterator[Piece]:
    """The picks as paragraphs, rows of the same table as one table, the items of a list close together."""
    heads: tuple[str, ...] = ()
    for at, pick in enumerate(picks):
        row = _row(pick)
        gap = "" if not at else "\n" if _goes_on(picks[at - 1], pick) else "\n\n"
        if row is None:
            yield Piece(f"{gap}{_plain(pick)} ", pick)
        else:
            top = "\n" if row.heads == heads else f"{gap}{_line(row.heads)}\n{'|---' * len(row.heads)}|\n"
            yield Piece(f"{top}| {' | '.join(row.cells)} ", pick, " |")
        heads = row.heads if row is not None else ()


def _goes_on(before: Pick, pick: Pick) -> bool:
    """Whether an item follows another one, or what introduces it."""
    return pick.is_item and (before.is_item or before.quote.rstrip().endswith((":", "：")))


def _plain(pick: Pick) -> str:
    quote, header = _on_one_line(pick.quote), _on_one_line(pick.header)
    if pick.is_item and not quote[:1].isdigit():
        return f"- {quote}"
    return f"{header}:\n\n{quote}" if header else quote


def _row(pick: Pick) -> _Row | None:
    if not pick.header:
        return None
    row = _written(pick) if "|" in pick.quote else _read(pick)
    return row if row is not None and len(row.cells) > 1 and any(row.heads) else None


def _written(pick: Pick) -> _Row | None:
    cells = _cells(pick.quote)
    above = [_cells(line) for line in pick.header.splitlines() if not _RULE.fullmatch(line)]
    if any(len(each) != len(cells) for each in above):
        return None
    heads = (" ".join(filter(None, dict.fromkeys(column))) for column in zip_longest(*above, fillvalue=""))
    return _Row(tuple(heads), cells)


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(" ".join(cell.split()) for cell in re.split(r"(?<!\\)\|", inner))


def _read(pick: Pick) -> _Row | None:
    """Label and figures of a line of text under a line of years."""
    quote, header = _on_one_line(pick.quote), _on_one_line(pick.header)
    corner = _CORNER.match(header)
    rest = header[corner.end() :] if corner else header
    ends = [match.end() for match in _YEAR.finditer(rest)]
    if ends[-1:] != [len(rest)]:
        return None
    row = re.fullmatch(rf"(.*?[^\W\d_].*?)((?:{_VALUE}){{{len(ends)}}})[\s$€£¥]*", quote)
    if row is None or _ENDS_IN_FIGURE.search(row[1]):
        return None
    heads = [rest[start:end].strip(" ,;|") for start, end in pairwise((0, *ends))]
    said = corner[1] if corner else ""
    if len(heads) > 1 and all(map(_YEAR.fullmatch, heads[1:])):  # "Thousand crowns 2025 2024": of all columns
        said, heads[0] = f"{said} {heads[0][:-_YEAR_CHARS].strip()}".strip(), heads[0][-_YEAR_CHARS:]
    values = (" ".join(match.group().split()) for match in re.finditer(_VALUE, row[2]))
    return _Row((said, *heads), (row[1].strip(" .…:"), *values))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _on_one_line(text: str) -> str:
    text = " ".join(text.split())
    return " · ".join(cell.strip() for cell in text.strip("|").split("|") if cell.strip()) if "|" in text else text
