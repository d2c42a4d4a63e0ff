"""The rows of statements that hold the lines a question needs. Pure.

Of all rows with such a label, the best is the one whose label says nothing else, whose columns name the year asked
for, which stands in a statement rather than in a note, and whose document the question names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.candidates import Candidate
from rag.answer.terms import terms
from rag.search.lines import BALANCE, CASH, STATEMENTS, Line
from rag.search.texts import readable_name

_VALUE = re.compile(r"[($€£¥+\-–—−.…]*(?:\d[\d.,]*)?[%)x]*")
_FIGURE = re.compile(r"(?<![\w.,])[($€£¥ ]*\d[\d.,]*\)?(?!\w)")
_REFERENCE = re.compile(r"\s*\((?:(?:see )?notes?(?: [^)]*\))?|\w\)|[\d, ]{1,8}\))\Z", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:parent company|condensed financial information|schedule|quarterly|pro forma|segment)\b", re.I
)
_NOTE = re.compile(r"(?:\A|> )(?:note )?\d{1,2}[.:–-]? ?(?=[A-Z])|\bnotes? to\b", re.I)  # "14. Hedging activities"
_HEAD_CHARS = 200  # a statement's title stands in the heading or at the passage's beginning
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MIN_FIT = 0.5
_LAST = 0.2
_LONGER_LABEL = 0.12  # for each word that a label has beyond the line's own


def row_for(line: Line, years: frozenset[str], asked: frozenset[str], found: Sequence[Candidate]) -> Candidate | None:
    """The best row for a line; None when no row has its label. `asked`: the question's terms.

    A question that names no year is for the last one that there is.
    """
    scored = [(_fit(line, years, asked, each), -at, each) for at, each in enumerate(found) if each.sentence.is_row]
    if not years:
        last = max((_last_year(each) for fit, _, each in scored if fit >= _MIN_FIT), default="")
        scored = [(fit + _LAST * (_last_year(each) == last), at, each) for fit, at, each in scored]
    best = max(scored, default=None, key=lambda each: each[:2])
    return best[2] if best is not None and best[0] >= _MIN_FIT else None


def _last_year(candidate: Candidate) -> str:
    return max(_YEAR.findall(candidate.header), default="")


def _fit(line: Line, years: frozenset[str], asked: frozenset[str], candidate: Candidate) -> float:
    label = label_of(candidate.text)
    match = line.label.match(label)
    if match is None or not _FIGURE.search(candidate.text[len(label) :]):
        return 0.0
    extra = len(label[match.end() :].split())
    if extra > 6:
        return 0.0
    fit = 1.0 - _LONGER_LABEL * extra
    shown = years & set(re.findall(r"\d{4}", candidate.header))
    named = _YEAR.findall(candidate.header)
    if years and named:
        if min(abs(int(year) - int(other)) for year in years for other in named) > 1:
            return 0.0  # a fiscal year may be called by the year before its end, but no other
        fit += 0.4 * len(shown) / len(years) if shown else -0.4
    passage = candidate.hit.passage
    place = f"{passage.heading}\n{passage.text[:_HEAD_CHARS]}"
    titles = [statement for statement in STATEMENTS if statement.title.search(place)]
    if line.statement is BALANCE and CASH in titles and BALANCE not in titles:
        return 0.0  # there it is by how much the line changed
    if line.statement is not None:
        fit += 0.3 if line.statement in titles else -0.3 if titles else 0.0
    fit -= 0.3 if _ASIDE.search(place) else 0.0
    fit -= 0.15 if _NOTE.search(passage.heading) else 0.0
    fit -= 0.2 if "%" in candidate.text[len(label) :] else 0.0
    name = set(terms(readable_name(passage.document)))
    fit += 0.3 * len(name & asked) / max(1, len(name))
    return fit + 0.1 / candidate.hit.number


def label_of(row: str) -> str:
    """What stands before a row's figures, without leaders and references to notes; a table's first cell."""
    if "|" in row:
        return _REFERENCE.sub("", next((cell.strip() for cell in row.split("|") if cell.strip()), ""))
    words = list(re.finditer(r"\S+", row))
    last = len(words)
    while last and _VALUE.fullmatch(words[last - 1].group()):
        last -= 1
    if last == len(words):  # words behind the figures, too
        last = next((at for at, word in enumerate(words) if at and _VALUE.fullmatch(word.group())), len(words))
    label = row[: words[last - 1].end()] if last else ""
    return _REFERENCE.sub("", label.strip(" :.…\t\n"))
