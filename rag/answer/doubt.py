"""Reasons to doubt that sentences which hold much of a question answer it. Pure.

Each takes a share of what is covered. Measured on questions with and without the passages that answer them
(bench/RESULTS.md): a reason is kept where it refuses what cannot be answered and hardly anything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rag.answer.candidates import Candidate
from rag.answer.language import guess_language
from rag.answer.likeness import says_nothing_of_it
from rag.answer.terms import is_number, terms, tokens
from rag.search.lines import years_of

ANOTHER_ROW = 0.3  # rows are alike in all but what they are about, and this one is about something else
ANOTHER_YEAR = 0.85  # nothing where the sentence stands says the year
ANOTHER_CODE = 0.3  # a code is asked for by which things are told apart, and this has another one or none
HALF = 0.78  # of two things asked for, its passage knows one
SAYS_ANOTHER_YEAR = 0.6  # and the sentence is of another one
ANOTHER_SUBJECT = 0.5  # what is named by a code or by its document is there, and nothing of what is asked of it
_YEAR_DIGITS = 4
_CODE = re.compile(r"(?<![\w.-])[A-Z]{1,6}[-_/]?\d[^\W_]*(?:[-_/][^\W_]+)*(?![\w%])")
_PERIOD = re.compile(  # periods and amounts are none; "E7" and "A4" are too short
    r"(?:(?:FY|CY|Q|H|GJ|WS|SS)[-_/]?\d{1,4}[-_/]?)+(?:\d{1,4})?|(?:US|USD|EUR|GBP|CHF|NOK|SEK|DKK|JPY)\d\w*|[A-Z]\d"
)
_JOINTS = re.compile(r"[-_/\u2010\u2011\s]+")


def trust(question: str, asked: frozenset[str], best: Candidate, found: Sequence[Candidate]) -> float:
    """1.0 without a doubt about the best sentence, else a share of it. `asked`: the question's terms."""
    around = asked & frozenset(_around(best))
    share = 1.0
    years = frozenset(term for term in asked if is_number(term) and len(term) == _YEAR_DIGITS)
    if years and not years & around:
        share *= ANOTHER_YEAR
        if years_of(f"{best.text} {best.header}"):
            share *= SAYS_ANOTHER_YEAR
    if codes_of(question) and not holds_code(question, _words_around(best)):
        share *= ANOTHER_CODE
    coded = frozenset(terms(" ".join(_CODE.findall(question)))) if codes_of(question) else frozenset()
    is_unheard = bool(coded) and coded < asked and not any((asked - coded) & one.held for one in found)
    if is_unheard or says_nothing_of_it(asked, best.hit.passage.document_id, found):
        share *= ANOTHER_SUBJECT
    if guess_language(question) == "en":
        names = _names(question) & asked
        if best.sentence.is_row and names and names - _terms_of(best.hit.passage.document_id, found):
            share *= ANOTHER_ROW
        if len(asked) == 2 and len(around) == 1:
            share *= HALF
    return share


def codes_of(question: str) -> frozenset[str]:
    """What is written as a code ("INV-2024-0017", "E07", "ISO 9001" is none), without its hyphens, in small letters."""
    found = (match.group() for match in _CODE.finditer(question))
    return frozenset(_squashed(code) for code in found if not _PERIOD.fullmatch(code))


def holds_code(question: str, text: str) -> bool:
    """Whether a code of the question stands in the text."""
    squashed = _squashed(text)
    return any(code in squashed for code in codes_of(question))


def of_its_code(question: str, chosen: list[Candidate]) -> list[Candidate]:
    """Those that stand with a code of the question, where some do; where it begins one, what is said of it is that."""
    codes = tuple(codes_of(question))
    if own := [each for each in chosen if codes and _squashed(each.text).startswith(codes)]:
        return own
    return [each for each in chosen if holds_code(question, _words_around(each))] or chosen


def _squashed(text: str) -> str:
    return _JOINTS.sub("", unicodedata.normalize("NFKC", text)).lower()


def _words_around(candidate: Candidate) -> str:
    passage = candidate.hit.passage
    return f"{passage.text} {passage.heading} {passage.document} {candidate.header}"


def _around(candidate: Candidate) -> list[str]:
    return terms(_words_around(candidate))


def _names(question: str) -> frozenset[str]:
    """The terms of words in capitals, but for the first. Not of German, which writes all nouns so."""
    return frozenset(
        term for at, (word, term) in enumerate(tokens(question)) if at and word[0].isupper() and not is_number(term)
    )


def _terms_of(document_id: str, found: Sequence[Candidate]) -> frozenset[str]:
    """What stands in and around all that was found in a document."""
    own = (candidate for candidate in found if candidate.hit.passage.document_id == document_id)
    return frozenset().union(*(candidate.held | candidate.near for candidate in own))
