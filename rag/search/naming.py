"""Which documents a question names: "in Adobe's 2016 filing", "laut Jahresbericht der Musterwerke". Pure.

A document is named by the words of its file name or title, as people write them: in capitals ("Pfizer"), apart where
the name runs them together ("General Mills" for GENERALMILLS_2020.pdf), by the beginning of a run-together name ("MGM"
for MGMRESORTS) or by initials ("JnJ", "J&J" for Johnson_Johnson). Words that most names share, and words for kinds of
documents, name nothing. Of the documents so named, those with a year of the question are meant first.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.search.texts import readable_name

_WORD = re.compile(r"[^\W_]+(?:&[^\W\d_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORT_YEAR = re.compile(r"(?<![^\W\d_])(?:FY|CY|Q[1-4]|[1-4]Q|H[12]|')\s?['’]?(\d\d)(?!\d)")
_POSSESSIVE = re.compile(r"['’]s?\b")
_INITIALS = re.compile(r"[A-Z](?:[n&]?[A-Z]){1,5}")


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GENERIC = _word_set(
    "report reports annual quarterly interim earnings results release filing form document documents doc docs file "
    "final draft copy version scan page pages sheet book paper letter notes dated presentation summary overview manual "
    "guide handbook policy contract agreement invoice statement statements financial data table list test sample "
    "example the and for from with about introduction chapter part volume vol rev new old company corp corporation inc "
    "ltd llc plc group holdings gmbh question answer january february march april may june july august september "
    "october november december bericht jahresbericht geschäftsbericht quartalsbericht dokument datei entwurf kopie "
    "fassung seite seiten handbuch vertrag rechnung anleitung und der die das von für mit januar februar märz mai juni "
    "juli oktober dezember"
)
_MIN_WORD = 3  # letters
_MIN_PREFIX = 3
_MIN_UNCAPITALISED = 5
_LONGEST_RUN = 4  # words of the question that a name may run together
_NEAR_BEST = 0.5


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document as its owner knows it: the file's name, and what it calls itself, or ""."""

    id: str
    name: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """`words`: all that a question may name it by; `names`: the words of its file name and of its title."""

    words: frozenset[str]
    years: frozenset[str]
    initials: str
    names: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A question's words: `runs` neighbours run together, `prefixes` words in capitals, `initials` abbreviations."""

    runs: frozenset[str]
    prefixes: frozenset[str]
    initials: frozenset[str]
    years: frozenset[str]


def named(question: str, documents: Sequence[NamedDocument]) -> tuple[tuple[str, ...], ...]:
    """The ids of the documents that the question names, the narrowest choice first: each choice holds the one before.

    Empty when it names none, or cannot tell them apart from the rest.
    """
    if len(documents) < 2:
        return ()
    spoken = _spoken(question)
    known = [_words(document) for document in documents]
    counts = Counter(word for words in known for word in words.words)
    scores = [_score(words, spoken, counts, len(documents)) for words in known]
    best = max(scores)
    meant = [at for at, score in enumerate(scores) if score and score >= _NEAR_BEST * best]
    of_the_year = [at for at in meant or range(len(documents)) if known[at].years & spoken.years]
    choices = [tuple(documents[at].id for at in chosen) for chosen in (of_the_year, meant)]
    proper = [choice for choice in choices if 0 < len(choice) < len(documents)]
    return tuple(dict.fromkeys(proper))


def in_full(question: str, document: NamedDocument) -> bool:
    """Whether the question says every distinctive word of the document's file name or of its title, or its initials.

    A part of a longer name may be chance: "the Union" is not yet state_of_the_union.md.
    """
    spoken, words = _spoken(question), _words(document)
    if words.initials in spoken.initials:
        return True
    return any(name and all(_says(spoken, word) for word in name) for name in words.names)


def _says(spoken: _Spoken, word: str) -> bool:
    return word in spoken.runs or any(word.startswith(prefix) for prefix in spoken.prefixes)


def _score(words: _Words, spoken: _Spoken, counts: Counter[str], total: int) -> float:
    score = 0.0
    for word in words.words:
        if 2 * counts[word] > total:
            continue
        if _says(spoken, word):
            score += math.log(1 + total / counts[word])
    return score or float(words.initials in spoken.initials)


@lru_cache(maxsize=20_000)  # each question looks at the same names
def _words(document: NamedDocument) -> _Words:
    words: set[str] = set()
    years: set[str] = set()
    initials = ""
    names = []
    for text in (readable_name(document.name), document.title):
        own = [part for part in _parts(text) if _is_distinctive(part)]
        words.update(own)
        years.update(_YEAR.findall(text))
        initials = initials or "".join(part[0] for part in own)
        names.append(frozenset(word for word in map(str.lower, _WORD.findall(text)) if _is_distinctive(word)))
    return _Words(frozenset(words), frozenset(years), initials, tuple(names))


def _parts(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        yield word.lower()
        parts = _PART.findall(word)
        if len(parts) > 1:
            yield from (part.lower() for part in parts)


def _is_distinctive(word: str) -> bool:
    return len(word) >= _MIN_WORD and word not in _GENERIC and not any(map(str.isdigit, word))


@lru_cache(maxsize=64)  # asked again for each document that may be meant
def _spoken(question: str) -> _Spoken:
    plain = _POSSESSIVE.sub(" ", question)
    found = _WORD.findall(plain)
    speaks_small = not any(char.isupper() for char in question[1:])
    return _Spoken(
        frozenset(_runs(found, _MIN_UNCAPITALISED if speaks_small else None)),
        frozenset(word.lower() for word in found if word.isupper() and word.isalpha() and len(word) >= _MIN_PREFIX),
        frozenset(_initials(found)),
        frozenset({*_YEAR.findall(question), *(f"20{year}" for year in _SHORT_YEAR.findall(question))}),
    )


def _runs(found: Sequence[str], least_small: int | None) -> Iterator[str]:
    """Words that may be names, and neighbours run together; in small letters only where the question has no others."""
    for first in range(len(found)):
        for last in range(first + 1, min(len(found), first + _LONGEST_RUN) + 1):
            run = found[first:last]
            joined = "".join(run).lower()
            if run[0][0].isupper() or not run[0].isascii() or (least_small and len(joined) >= least_small):
                yield joined


def _initials(found: Collection[str]) -> Iterator[str]:
    for word in found:
        if _INITIALS.fullmatch(word):
            letters = "".join(char for char in word if char.isupper())
            if len(letters) >= _MIN_PREFIX or len(letters) < len(word):
                yield letters.lower()
