"""Passages -> the sentences and table rows that may answer, each with what stands round it. Pure.

A table's row keeps the rows that name its columns: the table's first ones, or, for a row whose passage begins within
the table, those of an earlier passage of the page, or else the last step of its passage's heading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.furniture import furniture, is_furniture
from rag.answer.labels import is_heading
from rag.answer.sentences import Sentence, split_sentences
from rag.answer.terms import is_number, is_stop_word, tokens
from rag.model import Hit
from rag.search.texts import readable_name

_YEAR = re.compile(r"(?:19|20)\d\d")
_PERIOD = re.compile(
    r"(?:(?:as )?(?:at|of) |for (?:the )?|(?:fiscal )?years? |(?:three|six|nine|twelve) months |quarter |in )?"
    r"(?:ended |ending )?"
    r"(?:fiscal|january|february|march|april|may|june|july|august|september|october|november|december)?"
    r"(?: \d{1,2})?,?\s*\Z",
    re.IGNORECASE,
)
_MAX_HEADER_ROWS = 3
_MAX_HEADER_CHARS = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence; its terms in order and as a set (`held`), those beside it (`near`), its table's `header`.

    `is_head`: it is a row that only names the columns of those below it.
    """

    hit: Hit
    sentence: Sentence
    text: str
    order: tuple[str, ...]
    held: frozenset[str]
    near: frozenset[str]
    header: str
    is_head: bool = False


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Every sentence of the hits, each once: passages may overlap. What stands on every page is none."""
    found: list[Candidate] = []
    seen: set[tuple[str, int, str]] = set()
    earlier = _headers_of_pages(hits)
    repeated = furniture(hits)
    for hit in hits:
        text = hit.passage.text
        sentences = [
            each for each in split_sentences(text) if not is_furniture(hit.passage, _text_of(text, each), repeated)
        ]
        years = [_is_year_row(text, sentence) for sentence in sentences]
        held = [_ordered(text[s.start : s.end]) for s in sentences]
        above = frozenset(_ordered(f"{hit.passage.heading} {readable_name(hit.passage.document)}"))
        section: tuple[str, ...] = ()
        for at, sentence in enumerate(sentences):
            own = text[sentence.start : sentence.end]
            section = held[at] if is_heading(text, sentence) else section
            key = (hit.passage.document_id, hit.passage.page, " ".join(own.split()))
            if key in seen:
                continue
            seen.add(key)
            header = _header(text, sentences, years, at) or (_header_before(hit, earlier) if sentence.is_row else "")
            near = above.union(section, *held[max(0, at - 1) : at], *held[at + 1 : at + 2], _ordered(header))
            is_head = _is_head(text, sentences, years, at)
            found.append(Candidate(hit, sentence, own, held[at], frozenset(held[at]), near, header, is_head))
    return found


def _is_head(text: str, sentences: Sequence[Sentence], years: Sequence[bool], at: int) -> bool:
    """Whether a row only names the columns of the rows below it."""
    following = sentences[at + 1 : at + 2]
    if not sentences[at].is_row or not following or not following[0].is_row:
        return False
    own = _text_of(text, sentences[at])
    if years[at]:
        return True
    is_first = at == 0 or not sentences[at - 1].is_row
    return is_first and "|" in own and _names_columns(own) and not _names_columns(_text_of(text, following[0]))


def _ordered(text: str) -> tuple[str, ...]:
    return tuple(term for word, term in tokens(text) if not is_stop_word(word))


def _header(text: str, sentences: Sequence[Sentence], years: Sequence[bool], at: int) -> str:
    """The rows that name a table row's columns: the table's first, as long as they have no figures of their own."""
    if not sentences[at].is_row:
        return ""
    first = at
    while first > 0 and sentences[first - 1].is_row:
        first -= 1
    for place in (first, first - 1):
        if place < 0 or place == at or not _names_columns(_text_of(text, sentences[place])):
            continue
        last = place
        while last + 1 < at and last - place + 1 < _MAX_HEADER_ROWS and _goes_on(text, sentences[last + 1]):
            last += 1
        if text[sentences[last].start] == "|" or not years[last]:
            return text[sentences[place].start : sentences[last].end]
        return _years_above(text, sentences, years, last + 1)
    return _years_above(text, sentences, years, at)


def _text_of(text: str, sentence: Sentence) -> str:
    return text[sentence.start : sentence.end]


def _goes_on(text: str, row: Sentence) -> bool:
    own = _text_of(text, row)
    return row.is_row and own.startswith("|") and _names_columns(own)


def _years_above(text: str, sentences: Sequence[Sentence], years: Sequence[bool], at: int) -> str:
    """The next lines of years above a row, in a statement whose rows are parted by captions and blank lines."""
    last = next((place for place in range(at - 1, -1, -1) if years[place]), None)
    if last is None:
        return ""
    first = last
    while first > 0 and sentences[last].end - sentences[first - 1].start <= _MAX_HEADER_CHARS:
        above = _text_of(text, sentences[first - 1])
        if not years[first - 1] and not _PERIOD.match(above):
            break
        first -= 1
    return text[sentences[first].start : sentences[last].end]


def _is_year_row(text: str, sentence: Sentence) -> bool:
    own = _text_of(text, sentence)
    return len(own) <= _MAX_HEADER_CHARS and (sentence.is_row or own.strip().isdigit()) and _is_years(own)


def _headers_of_pages(hits: Sequence[Hit]) -> dict[tuple[str, int], list[tuple[int, str]]]:
    """(document, page) -> (where it ends on the page, the row of years) of every passage that has one."""
    found: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for hit in hits:
        passage = hit.passage
        for sentence in split_sentences(passage.text):
            own = _text_of(passage.text, sentence)
            if _is_year_row(passage.text, sentence):
                found.setdefault((passage.document_id, passage.page), []).append((passage.start + sentence.end, own))
    return found


def _header_before(hit: Hit, earlier: dict[tuple[str, int], list[tuple[int, str]]]) -> str:
    passage = hit.passage
    above = [each for each in earlier.get((passage.document_id, passage.page), ()) if each[0] <= passage.start]
    if above:
        return max(above)[1]
    last = passage.heading.rsplit(" > ", 1)[-1]
    return last if len(last) <= _MAX_HEADER_CHARS and ("|" in last or _is_years(last)) and _names_columns(last) else ""


def _figures(row: str) -> tuple[list[str], list[str]]:
    figures = [word for word, term in tokens(row) if is_number(term)]
    return figures, [figure for figure in figures if _YEAR.fullmatch(figure)]


def _is_years(row: str) -> bool:
    """A line of years: nothing else of figures but days of months, and no amounts."""
    figures, years = _figures(row)
    others = [figure for figure in figures if figure not in years]
    return bool(years) and len(others) <= len(years) and all(len(figure) <= 2 for figure in others) and "$" not in row


def _names_columns(row: str) -> bool:
    """Years, or cells without figures."""
    figures, years = _figures(row)
    return (bool(years) and len(figures) - len(years) <= 2) or ("|" in row and not figures)
