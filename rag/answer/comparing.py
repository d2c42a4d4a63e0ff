"""Questions that compare what several documents say ("how did the limit change between the 2022 and the 2024 policy?").
Pure.

One sentence cannot answer them: each document is asked for its own, by what the question asks without its periods.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.extractive import Extract, extract
from rag.answer.picks import PageText, Pick
from rag.model import Hit
from rag.search.focus import core
from rag.search.lines import lines_of
from rag.search.texts import readable_name

MAX_DOCUMENTS = 3
_LOOKED_AT = 5  # documents, the best first
_NEAR_BEST = 0.75  # of the best document's coverage
_EACH = 2  # sentences of a document
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MONTH = re.compile(
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december|may(?= (?:and|or|19|20))"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:compar\w+|versus|vs|differ\w*|distinguish\w*|contrast\w*|between|changed?|changes|develop\w*|evolv\w*"
    r"|(?:high|low|larg|small|long|short|old|new|cheap|bigg|fast)(?:er|est)|more|less|fewer"
    r"|vergleich\w*|unterschied\w*|unterscheide\w*|gegenüber|zwischen|(?:ge|ver)änder\w*|entwickel\w*"
    r"|höher|niedriger|größer|kleiner|länger|kürzer|mehr|weniger)\b",
    re.IGNORECASE,
)
_PERIODS = re.compile(
    r",?\s?\b(?:(?:from|in|of|and|or|to|between|versus|vs|the|than|bis|und|oder|zwischen|von|im)\s+)*"
    rf"(?:{_YEAR.pattern}|{_MONTH.pattern})",
    re.IGNORECASE,
)


def compares(question: str) -> bool:
    """Whether it asks of more than one thing what it asks: of two periods, or in words that compare."""
    return len(_periods(question)) > 1 or _COMPARES.search(question) is not None


def sides(question: str, hits: Sequence[Hit], page_text: PageText | None) -> tuple[Pick, ...]:
    """What each of several documents says; none where fewer than two say anything.

    Questions for lines of statements are left to those: one statement has several years.
    """
    by_document: dict[str, list[Hit]] = {}
    for hit in hits:
        by_document.setdefault(hit.passage.document_id, []).append(hit)
    names = dict.fromkeys(hit.passage.document for hit in hits)
    if len(by_document) < 2 or not compares(question) or lines_of(question, names):
        return ()
    asked = _COMPARES.sub(" ", _PERIODS.sub(" ", core(question)))
    found = [
        (each, extract(asked, _numbered(each), _EACH, page_text))
        for each in _meant(question, list(by_document.values()))[:_LOOKED_AT]
    ]
    least = _NEAR_BEST * max(one.coverage for _, one in found)
    said = [(each, one) for each, one in found if one.picks and one.coverage >= least][:MAX_DOCUMENTS]
    return tuple(pick for each, one in said for pick in _renumbered(each, one)) if len(said) > 1 else ()


def _periods(question: str) -> frozenset[str]:
    return frozenset(map(str.lower, _YEAR.findall(question))) | frozenset(map(str.lower, _MONTH.findall(question)))


def _meant(question: str, documents: Sequence[list[Hit]]) -> Sequence[list[Hit]]:
    """The documents of the years asked about, where two of them say their year in their names; else all."""
    years = frozenset(_YEAR.findall(question))
    dated = [each for each in documents if years & set(_YEAR.findall(readable_name(each[0].passage.document)))]
    return dated if len(dated) > 1 else documents


def _numbered(hits: Sequence[Hit]) -> list[Hit]:
    return [replace(hit, number=number) for number, hit in enumerate(hits, start=1)]


def _renumbered(hits: Sequence[Hit], found: Extract) -> list[Pick]:
    """The picks with the numbers that their hits have among all."""
    return [replace(pick, number=hits[pick.number - 1].number) for pick in found.picks]
