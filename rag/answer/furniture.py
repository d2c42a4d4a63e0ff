"""What stands at the top or the bottom of every page ("Annual Report 2025 7"). Pure.

It is made of a document's best words and answers nothing. It is told by a number that goes with the page's, or by
standing unchanged at the edge of several pages.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rag.answer.sentences import is_list_item
from rag.model import Hit, Passage

_MAX_CHARS = 120
_MIN_PAGES = 3  # that have it unchanged
_MIN_WORDS = 2
_NUMBER = re.compile(r"(?<![\d.,$€£(-])\d{1,4}(?![\d,%)]|\.\d)")
Line = tuple[str, int, str]  # document id, page number, the line with single blanks


def furniture(hits: Sequence[Hit]) -> frozenset[Line]:
    """The lines of the hits' passages that are repeated from page to page, with another number or without one."""
    counted: dict[tuple[str, str, int], set[tuple[int, str]]] = defaultdict(set)
    same: dict[tuple[str, str], set[int]] = defaultdict(set)
    found: set[Line] = set()
    for hit in hits:
        passage = hit.passage
        for at, line in _lines(passage.text):
            is_first = at == 0 and passage.start == 0
            for number in _numbers(line):
                rest = f"{line[: number.start()]}\0{line[number.end() :]}"
                shift = int(number.group()) - passage.page
                counted[passage.document_id, rest, shift].add((passage.page, line))
                if is_first and shift == 0:
                    found.add((passage.document_id, passage.page, line))
            if is_first:
                same[passage.document_id, line].add(passage.page)
    found.update(_repeated((document, places) for (document, _, _), places in counted.items()))
    found.update((document, page, line) for (document, line), pages in same.items() if len(pages) >= _MIN_PAGES
                 for page in pages)  # fmt: skip
    return frozenset(found)


def is_furniture(passage: Passage, sentence: str, lines: frozenset[Line]) -> bool:
    return bool(lines) and (passage.document_id, passage.page, " ".join(sentence.split())) in lines


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(place, line) of every one that may be of this kind."""
    for at, line in enumerate(line for line in text.splitlines() if line.strip()):
        if len(line) <= _MAX_CHARS and "|" not in line and not is_list_item(line):
            yield at, " ".join(line.split())


def _numbers(line: str) -> list[re.Match[str]]:
    """The line's first and last number, where they end it or begin it and the rest has words."""
    found = list(_NUMBER.finditer(line))
    if len(re.findall(r"[^\W\d_]{2,}", line)) < _MIN_WORDS:
        return []
    return [each for each in found if not line[: each.start()].strip() or not line[each.end() :].strip()]


def _repeated(groups: Iterable[tuple[str, set[tuple[int, str]]]]) -> Iterator[Line]:
    for document, places in groups:
        if len({page for page, _ in places}) > 1:
            yield from ((document, page, line) for page, line in places)
