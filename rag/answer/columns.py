"""Which year a figure belongs to: by its table's column, or by how a sentence pairs figures with years. Pure.

A row holds a figure for every year, so that the right row proves a wrong year as well as the right one. Only what the
text settles is said: columns that cannot be told apart, and sentences that leave it open, say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answer.amounts import readings, written
from rag.answer.candidates import Candidate, candidates
from rag.answer.language import guess_language
from rag.answer.rows import label_of
from rag.answer.terms import is_number, terms
from rag.model import Hit, Passage

Figure = frozenset[str]  # the readings of a number
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d%]|[.,]\d)")
_DAY = re.compile(
    r"\b(?:jan|feb|mar|mär|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.?\s+\d{1,2}(?!\d)"
    r"|(?<!\d)\d{1,2}\.?\s+(?:jan|feb|mar|mär|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\b",
    re.IGNORECASE,
)
_CELL_VALUE = re.compile(r"[($€£¥ ]*[-−]?\d[\d.,]*[%)]*|[—–-]")
_KEY_VALUE = re.compile(r"(?:\A|·|\|)\s*([^:·|]+):([^·|]*)")


@dataclass(frozen=True, slots=True)
class Dated:
    """A figure, and the years that a text gives it for."""

    figure: Figure
    years: frozenset[str]


def columns_of(row: Candidate) -> list[Dated]:
    """The figures of a table's row with the years of their columns; none where the columns cannot be told."""
    keyed = [Dated(each, frozenset(years)) for name, value in _KEY_VALUE.findall(row.text)
             if (years := _YEAR.findall(name)) for each in _figures(value)]  # fmt: skip
    if keyed:
        return keyed
    if row.text.lstrip().startswith("|"):
        return list(_by_cell(row.text, row.header))
    years = _YEAR.findall(row.header)
    values = _CELL_VALUE.findall(row.text[len(label_of(row.text)) :])
    if not years or len(values) < len(years):
        return []
    if len(values) > len(years):
        after = row.header[row.header.rfind(years[-1]) + 4 :].strip(" .:|")
        before = _DAY.sub("", row.header[: row.header.find(years[0])]).strip(" .:|,")
        if after and before:
            return []
        values = values[: len(years)] if after else values[-len(years) :]
    return [Dated(figure, frozenset({year})) for value, year in zip(values, years, strict=True)
            for figure in _figures(value)]  # fmt: skip


def _by_cell(row: str, header: str) -> Iterator[Dated]:
    """Cells under cells; an empty one of the header goes with the year before it, as one cell over several does."""
    heads = [line for line in header.splitlines() if _YEAR.search(line)]
    if not heads:
        return
    names, cells = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in (heads[-1], row))
    if len(names) != len(cells):
        return
    for name, cell in zip(names[1:], cells[1:], strict=True):
        if years := _YEAR.findall(name):
            yield from (Dated(figure, frozenset(years)) for figure in _figures(cell))


def paired(text: str) -> list[Dated]:
    """The figures of a sentence with their years where its form settles it: as many of one as of the other, in turns
    ("41 in 2024 and 38 in 2023"), or first all of one and then all of the other ("in 2024 and 2023: 41 and 38").
    """
    found = _in_order(text)
    years = [value for is_year, value in found if is_year]
    figures = [value for is_year, value in found if not is_year]
    kinds = [is_year for is_year, _ in found]
    in_turns = all(one is not other for one, other in pairwise(kinds))
    in_two = kinds in (sorted(kinds), sorted(kinds, reverse=True))
    if len(years) != len(figures) or not (in_turns or in_two):
        return []
    return [Dated(figure, year) for figure, year in zip(figures, years, strict=True)]


def misdated(said: str, sources: Sequence[Candidate]) -> bool:
    """Whether a sentence gives a figure for a year, and the sources, rows and sentences, know it for others only."""
    years = frozenset(_YEAR.findall(said))
    known = [dated for source in sources for dated in (columns_of(source) if source.sentence.is_row else
                                                       paired(source.text))]  # fmt: skip
    if not years or not known:
        return False
    pairs = paired(said)
    if pairs:
        return any(_differs(each, known) for each in pairs)
    others = [Dated(figure, years) for figure in _figures(said)]
    told = [_differs(each, known) for each in others if any(each.figure & one.figure for one in known)]
    return bool(told) and (all(told) if len(years) == 1 else any(told))


def sources_of(said: str, quotes: Sequence[str], text: str, heading: str = "") -> list[Candidate]:
    """The rows and sentences of a passage that a sentence goes back to: those that its quotes stand in; where these
    have none of its figures, those that share a word with it; all for a row of nothing but figures.
    """
    found = parts_of(text, heading)
    plain = [" ".join(quote.split()) for quote in quotes]
    quoted = [
        each for each in found for own in [" ".join(each.text.split())]
        if any(quote in own or own in quote for quote in plain if quote)
    ]  # fmt: skip
    figures = _figures(said)
    if any(figure & other for each in quoted for other in _figures(each.text) for figure in figures):
        return quoted
    words = _words(said)
    return [each for each in found if not words or words & each.held]


def as_sentence(row: str, answer: str) -> str:
    """A row of an answer's own table as a sentence that says its years ("Income 41 in 2024, 38 in 2023"); any other
    text as it is. `answer`: the whole of it, as the row has it without markers.
    """
    plain = " ".join(row.split())
    for each in parts_of(answer, "") if plain.startswith("|") else ():
        if each.sentence.is_row and " ".join(each.text.split()) == plain and (columns := columns_of(each)):
            said = ", ".join(f"{max(one.figure)} in {max(one.years)}" for one in columns)
            return f"{label_of(each.text)} {said}"
    return row


def mislabelled(said: str, text: str, heading: str = "") -> bool:
    """Whether a sentence gives a row's figure to another row: no row with the figure has a word of the sentence, while
    one has nothing in its label that the sentence lacks, and another figure.
    """
    words = _words(said)
    rows = [each for each in parts_of(text, heading) if each.sentence.is_row and not each.is_head]
    for figure in _figures(said):
        holding = [_label(row) for row in rows if any(figure & other for other in _figures(row.text))]
        if not holding or any(words & label or not label for label in holding):
            continue
        others = [_label(row) for row in rows if not any(figure & one for one in _figures(row.text))]
        if any(label and label <= words for label in others):
            return True
    return False


def _label(row: Candidate) -> frozenset[str]:
    """The words of a row's label without its unit: "Income (thousand crowns)"."""
    return _words(re.sub(r"\([^)]*\)", " ", label_of(row.text)))


def _words(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if not is_number(term))


@lru_cache(maxsize=128)
def parts_of(text: str, heading: str) -> tuple[Candidate, ...]:
    """The sentences and rows of a passage."""
    passage = Passage("", "", "", 1, 1, 0, len(text), heading, text)
    return tuple(candidates([Hit(1, passage, 0.0)]))


def _differs(said: Dated, known: Sequence[Dated]) -> bool:
    """Whether the figure is known for other years only."""
    same = [each for each in known if each.figure & said.figure]
    return bool(same) and not any(each.years & said.years for each in same)


def _in_order(text: str) -> list[tuple[bool, Figure]]:
    """(is it a year, its readings) of every number, days of months left out."""
    plain = _DAY.sub(lambda match: " " * len(match.group()), text)
    is_english = guess_language(text) == "en"
    return [
        (_YEAR.fullmatch(number) is not None, readings(number, is_english=is_english)) for _, number in written(plain)
    ]


def _figures(text: str) -> list[Figure]:
    """A number in brackets is a negative one in tables, and rarely so in sentences: both are read."""
    found = [figure for is_year, figure in _in_order(text) if not is_year]
    return [figure | frozenset(reading.removeprefix("-") for reading in figure) for figure in found]
