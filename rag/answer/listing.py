"""Lists: which items belong to the sentence or heading that introduces them, and to each other. Pure.

"Every employee receives:" answers nothing; the items below it do. A question for a list gets all of it, each item as a
sentence of its own, so that each can be cited where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.sentences import Sentence

MAX_ITEMS = 15
Span = tuple[int, int]
_MARK = re.compile(r"[ \t]*(?:[-*+•·▪◦‣●○■–][ \t]+|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)][ \t]+)")
_CODED = re.compile(  # "404 - the resource was not found", "E07 Temperature above range"
    r"[ \t]*(?:\d{3}[ \t]+[-–—:][ \t]+(?=\w)|(?!FY|CY)[A-Z]{1,4}-?\d{2,5}[A-Z]?[ \t]+(?=\w))"
)
_NUMBER_MARK = re.compile(r"[ \t]*\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]")
_LINE = re.compile(r"[^\n]*\n?")
_ENDS = tuple(".!?;:。！？।؟")
_WIDE = 0.7  # of the widest line: it may have been wrapped
_ASKS = re.compile(
    r"\b(?:list|enumerate|name (?:the|all|every)|(?:what|which|who) are|which (?:\w+ ){0,3}\w+s\b"
    r"|what (?:\w+ ){0,4}(?:must|should|can|may|do|does)|how (?:do|can|should|must) (?:i|we|you|one)"
    r"|(?:what|which) (?:\w+ ){0,2}(?:steps|items|points|conditions|requirements|reasons|options|kinds|types)"
    r"|nenne\w*|liste\w*|aufzähl\w*|zähle?|was (?:sind|muss|müssen|soll\w*|darf|dürfen)|wer sind|welche)\b",
    re.IGNORECASE,
)


def asks_for_list(question: str) -> bool:
    """Whether more than one thing may answer a question, by its form."""
    return _ASKS.search(question) is not None


def lists_of(text: str) -> list[list[Span]]:
    """The lists of a text, each as the places of its items without bullets, numbers kept. Headings are no items."""
    found: list[list[Span]] = []
    is_open = False  # the last item may go on
    widest = max(map(len, text.splitlines()), default=0)
    for match in _LINE.finditer(text):
        line = match.group().rstrip()
        if not line.strip():
            is_open = False
            continue
        start, end = match.start(), match.start() + len(line)
        if mark := _MARK.match(line) or _CODED.match(line):
            start += len(line) - len(line.lstrip()) if _keeps_mark(line) else mark.end()
            if not found or not _follows(text, found[-1], match.start()):
                found.append([])
            found[-1].append((start, end))
            is_open = True
        elif is_open and _goes_on(text[slice(*found[-1][-1])], line, widest):
            found[-1][-1] = (found[-1][-1][0], end)
        else:
            is_open = False
    return [[span for span in each if span[0] < span[1]] for each in found]


def _keeps_mark(line: str) -> bool:
    return _NUMBER_MARK.match(line) is not None or _CODED.match(line) is not None


def _follows(text: str, items: Sequence[Span], start: int) -> bool:
    """Whether an item at `start` continues a list: nothing but blanks stands in between."""
    return not text[items[-1][1] : start].strip()


def _goes_on(item: str, line: str, widest: int) -> bool:
    """Whether a line without a mark is the rest of an item."""
    begins_small = line.lstrip()[0].islower()
    last = item.rsplit("\n", 1)[-1]
    return begins_small or (not item.rstrip().endswith(_ENDS) and len(last) >= _WIDE * widest)


def items_below(text: str, sentence: Sentence, lists: Sequence[Sequence[Span]]) -> Sequence[Span]:
    """The items of the list that stands right below a sentence of `text`; empty where there is none."""
    for items in lists:
        if items and items[0][0] >= sentence.end and not _said(text[sentence.end : items[0][0]]):
            return items[:MAX_ITEMS]
    return ()


def list_with(sentence: Sentence, lists: Sequence[Sequence[Span]]) -> Sequence[Span]:
    """The list that a sentence is an item of, or in one; empty where it is in none."""
    for items in lists:
        if any(start <= sentence.start + 1 and sentence.end - 1 <= end for start, end in items) and len(items) > 1:
            return items[:MAX_ITEMS]
    return ()


def _said(between: str) -> bool:
    """Whether anything but a list's mark and line ends stands between two places."""
    return any(char.isalpha() for char in between)


def introduces(text: str, sentence: Sentence) -> bool:
    """Whether a list stands right below a sentence that ends with a colon or heads it."""
    rest = text[sentence.end :]
    body = rest.lstrip(" \t:*_")
    if not body.startswith(("\n", "\r")):
        return False
    below = body.lstrip()
    line = below.split("\n", 1)[0]
    return _MARK.match(line) is not None or _CODED.match(line) is not None
