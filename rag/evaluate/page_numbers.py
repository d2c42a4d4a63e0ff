"""The pages that an analyst names in a cell, in any of the usual ways. Pure.

7, 12.0, "3-5", "p. 12", "3, 4", "pages 3 to 5", "S. 3 und 7", "3f.", "7 of 20", "[3, 4]"; "n/a" and "-" are no page.
"""

from __future__ import annotations

import re
from typing import Any

MAX_PAGES = 50
MAX_PAGE = 10**6
_NONE = frozenset(
    {"", "-", "–", "—", "?", "/", "n/a", "na", "none", "null", "nan", "k.a.", "k. a.", "unknown", "unbekannt"}
)
_LABEL = re.compile(r"(?<![a-z])(?:pages?|pp?|pg|seiten?|s)(?:\.|(?![a-z]))|#")
_ASIDE = re.compile(r"\([^)]*\)")
_OF = re.compile(r"(\d+)\s*(?:of|von)\s*\d+\Z")
_TO = re.compile(r"\s*(?:-|–|—|\bto\b|\bbis\b)\s*")
_FOLLOWING = re.compile(r"(?<=\d)\s+(?=ff?\b)")
_AND = re.compile(r"\s*(?:[,;/&+]|\band\b|\bund\b|\s)\s*")
_NUMBER = re.compile(r"(\d+)(?:[.,]0*)?(f{1,2}\.?)?\Z")
_DECIMAL_ZERO = re.compile(r"(\d)[.,]0+(?!\d)")


def pages_of(value: Any) -> tuple[int, ...] | None:
    """Page numbers from 1, in order, without doubles; () where none is named, None for what is no page number."""
    parts = value if isinstance(value, list | tuple) else [value]
    found: set[int] = set()
    for part in parts:
        pages = _read(part)
        if pages is None:
            return None
        found.update(pages)
    return tuple(sorted(found)[:MAX_PAGES])


def _read(value: Any) -> set[int] | None:
    text = "" if value is None else str(value).replace("\x00", "").strip().casefold()
    if text in _NONE:
        return set()
    plain = _ASIDE.sub(" ", text).strip().strip("[]").strip()
    of = _OF.fullmatch(_LABEL.sub(" ", plain).strip())
    if of is not None:
        plain = of[1]
    plain = _DECIMAL_ZERO.sub(r"\1", _LABEL.sub(" ", plain)).strip().rstrip(".")
    found: set[int] = set()
    for piece in filter(None, _AND.split(_TO.sub("-", _FOLLOWING.sub("", plain)))):
        pages = _stretch(piece)
        if pages is None:
            return None
        found.update(pages)
    return found or None


def _stretch(piece: str) -> range | None:
    """ "3", "3-5", "3f" (and the next page), "3ff" (and the next two)."""
    first, dash, last = piece.partition("-")
    begin, end = _NUMBER.fullmatch(first), _NUMBER.fullmatch(last if dash else first)
    if begin is None or end is None or (dash and (begin[2] or end[2])):
        return None
    start = int(begin[1][:9])
    stop = int(end[1][:9]) + len((end[2] or "").rstrip("."))
    return range(start, stop + 1) if 0 < start <= stop < start + MAX_PAGES and stop <= MAX_PAGE else None
