"""Text -> its sentences, as exact spans: text[span.start:span.end] is the sentence. Pure.

Knows abbreviations, initials, decimals, numbered items, the full stops of Chinese, Japanese, Hindi, Arabic and Urdu,
lines that were wrapped by a page's width, and tables: a table's sentence is its row. A label whose figures stand on the
lines below it (as page text often has them) is one row with them. Spans never overlap and come in reading order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.terms import word_set

MAX_SENTENCE_CHARS = 600
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|\Z)|[。！？｡؟।॥۔]+[」』”’）)]*")
_LINE = re.compile(r"[^\n]*\n?")
_ITEM = re.compile(r"\s*(?:[-*+•·▪◦‣–]\s+|#{1,6}\s+|>\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+)")
_TRIM = re.compile(r"\s*(?:(?:[-*+•·▪◦‣]|#{1,6}|>)\s+)*")
_FIGURE = re.compile(r"[($€£¥+\-–—−]*\d[\d.,]*[%)x]*\Z|[$€£¥—–-]\Z|[($]+\Z|[)%]+\Z")
_BULLETS = frozenset("-–*•+")
_RULE = re.compile(r"[\s|:+=_-]*\Z")
_DAY_OF_MONTH = re.compile(r"\A(?:[a-z]{3,5}\.?|january|february|august|september|october|november|december) \d", re.I)
_DATED_WORDS = 8  # a longer line is not the head of a table
_ORDINAL = re.compile(  # "am 1. Juli", "im 19. Jahrhundert": the full stop of a number that counts, not of a sentence
    r"(?<![\w.,])\d{1,2}\.\s+(?:jan|feb|mär|apr|mai|juni|juli|aug|sep|okt|nov|dez|quartal|halbjahr|jahrhundert"
    r"|jahrestag|geburtstag|lebensjahr|auflage|stock|etage|klasse|werktag|tag|monat|woche|platz|lesung|ausgabe|ssw)",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(r"([^\W\d_](?:[\w.'’]*\w)?)\.\Z")
_NEXT_WORD = re.compile(r"\s*[\"'“‘«(\[]*([^\W_]+)")
_TITLES = word_set("mr mrs ms dr prof st hr fr gen col sen rep gov lt sgt rev hon fig figs eq sec ch vol pp cf vs nr")
_SHORT = word_set(
    "inc ltd co corp bros jr sr etc no nos p al approx est dept div ca bzw usw vgl abs ggf inkl evtl sog "
    "str mio mrd tsd jan feb mar apr jun jul aug sep sept oct nov dec e.g i.e u.s u.k u.n a.m p.m z.b d.h u.a s.a n.v "
    "b.v ph.d"
)
_STARTERS = word_set(
    "the a an in on at as it its this that these those he she they we i you our their his her for from "
    "with by if when while after before however although but and or so such there to der die das ein eine "
    "im in am es er sie wir ich diese dieser dieses für von mit bei nach vor aber und le la les un une il "
    "elle nous"
)

Kind = Literal["blank", "row", "item", "prose"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's place. `is_row`: a row of a table (or a label with its figures)."""

    start: int
    end: int
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    kind: Kind


def split_sentences(text: str) -> list[Sentence]:
    """Every sentence that holds a letter or a digit, in reading order."""
    found: list[Sentence] = []
    for start, end, is_row in _blocks(_lines(text)):
        spans = [(start, end)] if is_row else _within(text, start, end)
        for span in spans:
            trimmed = _trimmed(text, *span)
            if trimmed is not None:
                found.append(Sentence(*trimmed, is_row))
    return found


def is_list_item(line: str) -> bool:
    """Whether a line begins with the mark of a list's item or of a heading."""
    return _ITEM.match(line) is not None


def _lines(text: str) -> list[_Line]:
    lines = [
        _Line(match.start(), match.end(), match.group(), _kind(match.group()))
        for match in _LINE.finditer(text)
        if match.group()
    ]
    # One figure after a short label is a row only beside other rows; alone it is the end of a wrapped line.
    for at, line in enumerate(lines):
        if line.kind == "prose" and _is_short_row(line.text):
            beside = [lines[place].kind for place in (at - 1, at + 1) if 0 <= place < len(lines)]
            if "row" in beside:
                lines[at] = _Line(line.start, line.end, line.text, "row")
    return lines


def _kind(line: str) -> Kind:
    if not line.strip():
        return "blank"
    if line.count("|") >= 2 or line.strip().count("\t") >= 1:
        return "row"
    words = line.split()
    if len(words) > 1 and words[0] in _BULLETS:  # which is no figure that is missing
        words = words[1:]
    figures = sum(1 for word in words if _FIGURE.match(word))
    if figures >= 2 and figures >= 0.4 * len(words):
        return "row"
    if figures == len(words) or (all(_FIGURE.match(word) for word in words[-2:]) and not _is_dated(words)):
        return "row"
    return "item" if _ITEM.match(line) else "prose"


def _is_dated(words: Sequence[str]) -> bool:
    """Whether a line of prose ends with a date ("... as of December 31, 2022."): two figures, but no amounts."""
    return len(words) > _DATED_WORDS and _DAY_OF_MONTH.search(" ".join(words[-3:])) is not None


def _is_short_row(line: str) -> bool:
    words = line.split()
    return 1 < len(words) <= 8 and _FIGURE.match(words[-1]) is not None


def _is_figures(line: str) -> bool:
    return "|" not in line and all(_FIGURE.match(word) for word in line.split())


def _blocks(lines: list[_Line]) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is_row): paragraphs with their wrapped lines joined, items, and rows."""
    widest = max((len(line.text) for line in lines if line.kind == "prose"), default=0)
    at = 0
    while at < len(lines):
        line = lines[at]
        last = at
        if line.kind == "prose" and _takes_figures(lines, at):
            while last + 1 < len(lines) and lines[last + 1].kind == "row" and _is_figures(lines[last + 1].text):
                last += 1
            yield line.start, lines[last].end, True
        elif line.kind == "row":
            yield line.start, line.end, True
        elif line.kind != "blank":
            while last + 1 < len(lines) and _goes_on(lines, last, widest):
                last += 1
            yield line.start, lines[last].end, False
        at = last + 1


def _takes_figures(lines: list[_Line], at: int) -> bool:
    """Whether this line is a label whose figures stand below it, one or more to a line."""
    label = lines[at].text.strip()
    follows = at + 1 < len(lines) and lines[at + 1].kind == "row" and _is_figures(lines[at + 1].text)
    return follows and len(label) <= 80 and label[-1] not in ".!?;" and any(char.isalpha() for char in label)


def _goes_on(lines: list[_Line], at: int, widest: int) -> bool:
    """Whether the next line belongs to the same paragraph as lines[at]."""
    following = lines[at + 1]
    if following.kind != "prose" or _takes_figures(lines, at + 1):
        return False
    text = lines[at].text.strip()
    is_heading = lines[at].text.lstrip().startswith("#")
    is_short = len(text) < 0.6 * widest and text[-1] not in ",;:-–"
    return not is_heading and not (is_short and not following.text.lstrip()[0].islower())


def _within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for stop in _END.finditer(text, start, end):
        if stop.group()[0] == "." and not _is_full_stop(text, at, stop.start(), stop.end()):
            continue
        if stop.group()[0] in "!?…." and _next_is_lower(text, stop.end(), end):
            continue
        yield from _at_most(text, at, stop.end())
        at = stop.end()
    if at < end:
        yield from _at_most(text, at, end)


def _next_is_lower(text: str, at: int, end: int) -> bool:
    following = _NEXT_WORD.match(text, at, end)
    return following is not None and following[1][0].islower()


def _is_full_stop(text: str, start: int, dot: int, after: int) -> bool:
    head = text[start : dot + 1]
    if re.fullmatch(r"\s*(?:#{1,6}\s+)?\(?(?:\d{1,3}\.)+", head):
        return False  # the number of an item or a heading
    if text[dot - 1 : dot].isdigit() and any(_ORDINAL.match(text, dot - digits) for digits in (1, 2)):
        return False
    word = _LAST_WORD.search(head)
    if word is None:
        return True
    name = word[1].lower()
    following = _NEXT_WORD.match(text, after)
    if name in _TITLES:
        return following is None
    if name in _SHORT or len(name) == 1 or re.fullmatch(r"(?:\w\.)+\w", name):
        return following is None or following[1].lower() in _STARTERS
    return True


def _at_most(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run without full stops (a list, a form) is cut at its line ends."""
    while end - start > MAX_SENTENCE_CHARS:
        cut = text.rfind("\n", start + 1, start + MAX_SENTENCE_CHARS)
        if cut <= start:
            cut = text.find("\n", start + 1, end)
        if cut <= start:
            break
        yield start, cut
        start = cut
    yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Without blanks and list marks at its ends; None when nothing is left."""
    if _RULE.match(text, start, end):
        return None
    mark = _TRIM.match(text, start, end)
    start = mark.end() if mark else start
    end = start + len(text[start:end].rstrip())
    return (start, end) if any(char.isalnum() for char in text[start:end]) else None
