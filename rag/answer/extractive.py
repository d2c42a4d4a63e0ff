"""The built-in answerer: the sentences of the found passages that answer a question, verbatim. Pure; no model.

A sentence scores by the question's terms it holds, each weighing as much as it is rare among the candidate sentences
(IDF), numbers and names more; by what stands round it (its heading, its neighbours, its table's header); by holding
the kind of answer asked for (a date for "when"); and a little by its passage's rank. At most three are shown, in
reading order. When they and their passages cover too little of the question, the answer is that there is none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

from rag.answer.kinds import AnswerKind, holds, kind_of
from rag.answer.language import Language, guess_language
from rag.answer.sentences import Sentence, split_sentences
from rag.answer.terms import is_number, is_stop_word, tokens
from rag.model import Hit

MAX_SENTENCES = 3
# How much of the question must be covered, by weight of its terms. Compounds, inflections and pairs of characters match
# less often than English words do: measured on the same questions in five languages, with and without their passage,
# and on conversations with questions that their documents do not answer (error rates: bench/RESULTS.md).
MIN_COVERAGE: dict[Language, float] = {"en": 0.42, "de": 0.30, "other": 0.28, "unspaced": 0.24}
MAX_SHOWN_CHARS = 600
_NUMBER_WEIGHT = 1.5
_NAME_WEIGHT = 1.3
_NEAR_WEIGHT = 0.35  # of a term that stands beside the sentence, not in it
_MIN_TERMS = 3
_ALSO_SHARE = 0.65  # of the best score, to be shown as well


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence of the answer. `quote` stands verbatim in hit `number`'s passage at [start, end); `header` too."""

    number: int
    quote: str
    start: int
    end: int
    header: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """`picks` in reading order, empty when the passages do not answer. `coverage` 0..1: how much of the question."""

    picks: tuple[Pick, ...]
    coverage: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    sentence: Sentence
    text: str
    order: tuple[str, ...]
    held: frozenset[str]
    near: frozenset[str]
    header: str


@dataclass(frozen=True, slots=True)
class _Question:
    kind: AnswerKind
    terms: tuple[str, ...]
    asked: frozenset[str]
    weights: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.weights[term] for term in self.asked)


def extract(question: str, hits: Sequence[Hit], limit: int = MAX_SENTENCES) -> Extract:
    """At most `limit` sentences of the hits' passages that answer the question."""
    candidates = _candidates(hits)
    asked = _read(question, candidates)
    if not candidates or not asked.asked:
        return Extract((), 0.0)
    scored = sorted(
        ((_score(asked, candidate), -at, candidate) for at, candidate in enumerate(candidates)), reverse=True
    )[: 4 * limit]
    coverage = _support(asked, [candidate for _, _, candidate in scored[:limit]], candidates)
    if coverage < MIN_COVERAGE[guess_language(question)]:
        return Extract((), coverage)
    chosen = _choose([(score, candidate) for score, _, candidate in scored], limit)
    chosen.sort(key=lambda candidate: (_place(candidate.hit), candidate.sentence.start))
    return Extract(tuple(_pick(candidate) for candidate in chosen), coverage)


def _place(hit: Hit) -> tuple[int, str, int, int]:
    """Reading order: documents as they were found (by rank), then page and place."""
    passage = hit.passage
    return hit.number, passage.document_id, passage.page, passage.start


def _candidates(hits: Sequence[Hit]) -> list[_Candidate]:
    found: list[_Candidate] = []
    seen: set[tuple[str, int, str]] = set()  # passages may overlap
    for hit in hits:
        text = hit.passage.text
        sentences = split_sentences(text)
        held = [_ordered(text[s.start : s.end]) for s in sentences]
        above = frozenset(_ordered(f"{hit.passage.heading} {PurePath(hit.passage.document).stem.replace('_', ' ')}"))
        for at, sentence in enumerate(sentences):
            own = text[sentence.start : sentence.end]
            key = (hit.passage.document_id, hit.passage.page, " ".join(own.split()))
            if key in seen:
                continue
            seen.add(key)
            header = _header(text, sentences, at)
            near = above.union(*held[max(0, at - 1) : at], *held[at + 1 : at + 2], _ordered(header))
            found.append(_Candidate(hit, sentence, own, held[at], frozenset(held[at]), near, header))
    return found


def _ordered(text: str) -> tuple[str, ...]:
    return tuple(term for word, term in tokens(text) if not is_stop_word(word))


def _header(text: str, sentences: Sequence[Sentence], at: int) -> str:
    """The row that names a table row's columns: the table's first row, when it has no label of figures of its own."""
    if not sentences[at].is_row:
        return ""
    first = at
    while first > 0 and sentences[first - 1].is_row:
        first -= 1
    for place in (first, first - 1):
        if place < 0 or place == at:
            continue
        row = text[sentences[place].start : sentences[place].end]
        if _names_columns(row):
            return row
    return ""


def _names_columns(row: str) -> bool:
    """Years, or cells without figures."""
    figures = [term for _, term in tokens(row) if is_number(term)]
    years = [figure for figure in figures if len(figure) == 4 and figure[:2] in {"19", "20"}]
    return (bool(years) and len(figures) - len(years) <= 2) or ("|" in row and not figures)


def _read(question: str, candidates: Sequence[_Candidate]) -> _Question:
    counts = Counter(term for candidate in candidates for term in candidate.held)
    weights: dict[str, float] = {}
    order: list[str] = []
    for at, (word, term) in enumerate(tokens(question)):
        if is_stop_word(word):
            continue
        order.append(term)
        idf = math.log(1 + len(candidates) / (counts[term] + 0.5))
        is_name = word[0].isupper() and at > 0
        weights[term] = idf * (_NUMBER_WEIGHT if is_number(term) else _NAME_WEIGHT if is_name else 1.0)
    return _Question(kind_of(question), tuple(order), frozenset(order), weights)


def _coverage(asked: _Question, candidate: _Candidate) -> float:
    held = asked.asked & (candidate.held | candidate.near)
    return sum(asked.weights[term] for term in held) / asked.total


def _support(asked: _Question, best: Sequence[_Candidate], candidates: Sequence[_Candidate]) -> float:
    """How much of the question is covered: the mean of what the best sentence holds itself, of what the best ones hold
    with what stands round them, and of what any one passage holds.

    Alone, each is fooled more often: a heading covers much, a pronoun little.
    """
    alone = sum(asked.weights[term] for term in asked.asked & best[0].held) / asked.total
    held: dict[int, set[str]] = {}
    for candidate in candidates:
        held.setdefault(candidate.hit.number, set()).update(asked.asked & (candidate.held | candidate.near))
    whole = max(sum(asked.weights[term] for term in terms) for terms in held.values()) / asked.total
    return (alone + max(_coverage(asked, candidate) for candidate in best) + whole) / 3


def _score(asked: _Question, candidate: _Candidate) -> float:
    own = asked.asked & candidate.held
    beside = (asked.asked & candidate.near) - own
    score = sum(asked.weights[term] for term in own) + _NEAR_WEIGHT * sum(asked.weights[term] for term in beside)
    share = score / asked.total
    if not own:
        return 0.1 * share
    share += 0.1 * _pairs(asked.terms, candidate.order)
    if asked.kind != "any" and holds(asked.kind, candidate.text, asked.asked):
        share += 0.15
    new = [term for term in candidate.held - asked.asked if not is_number(term)]
    if not candidate.held - asked.asked or (candidate.sentence.is_row and not new and not own - _numbers(own)):
        share -= 0.3  # it only repeats the question, or it is figures without a name
    elif len(candidate.order) < _MIN_TERMS and not candidate.sentence.is_row:
        share -= 0.15  # a heading, a label
    if candidate.text.rstrip().endswith(("?", "？", "؟")):
        share -= 0.2
    length = len(candidate.order)
    return share - 0.002 * max(0, length - 40) + 0.12 / candidate.hit.number


def _numbers(found: frozenset[str]) -> frozenset[str]:
    return frozenset(term for term in found if is_number(term))


def _pairs(asked: Sequence[str], order: Sequence[str]) -> float:
    """The share of the question's neighbouring terms that are neighbours in the sentence, too."""
    wanted = set(pairwise(asked))
    return len(wanted & set(pairwise(order))) / len(wanted) if wanted else 0.0


def _choose(scored: list[tuple[float, _Candidate]], limit: int) -> list[_Candidate]:
    best = scored[0][0]
    return [candidate for score, candidate in scored[:limit] if score >= _ALSO_SHARE * best]


def _pick(candidate: _Candidate) -> Pick:
    sentence = candidate.sentence
    return Pick(candidate.hit.number, candidate.text, sentence.start, sentence.end, candidate.header)
