"""The built-in answerer: the sentences of the found passages that answer a question, verbatim. Pure; no model.

A sentence scores by the question's terms it holds, each weighing as much as it is rare among the candidate sentences
(IDF), numbers and names more; by what stands round it (its heading, its neighbours, its table's header); by holding
the kind of answer asked for (a date for "when"); and a little by its passage's rank. At most three are shown, in
reading order. When they and their passages cover too little of the question, the answer is that there is none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum

from rag.answer import labels
from rag.answer.candidates import Candidate, candidates
from rag.answer.doubt import holds_code, of_its_code, trust
from rag.answer.kinds import AnswerKind, holds, kind_of
from rag.answer.language import Language, guess_language
from rag.answer.likeness import figures, is_elsewhere, naming
from rag.answer.listing import asks_for_list, introduces
from rag.answer.picks import PageText, Pick, pick, with_lists
from rag.answer.putting import ALWAYS, PUTTING, compared_with
from rag.answer.rows import row_for
from rag.answer.terms import is_number, is_stop_word, terms, tokens
from rag.model import Hit
from rag.search.focus import core
from rag.search.lines import Line, lines_of, years_of

MAX_SENTENCES = 3
# How much of the question must be covered, by weight of its terms. Compounds, inflections and pairs of characters match
# less often than English words do: measured on the same questions in five languages, with and without their passage,
# and on conversations with questions that their documents do not answer (error rates: bench/RESULTS.md).
MIN_COVERAGE: dict[Language, float] = {"en": 0.435, "de": 0.30, "other": 0.28, "unspaced": 0.24}
_MAX_PAGE_CHARS = 20_000  # a page of print has a quarter of it; a text file may be one page altogether
_NUMBER_WEIGHT = 1.5
_NAME_WEIGHT = 1.3
_NEAR_WEIGHT = 0.35  # of a term that stands beside the sentence, not in it
_MIN_TERMS = 3
_ALSO_SHARE = 0.65  # of the best score, to be shown as well
_SAME_SHARE = 0.75  # of their terms, to be the same sentence once more


@dataclass(frozen=True, slots=True)
class Extract:
    """`picks` in reading order, empty when the passages do not answer. `coverage` 0..1: how much of the question."""

    picks: tuple[Pick, ...]
    coverage: float


@dataclass(frozen=True, slots=True)
class _Question:
    kind: AnswerKind
    terms: tuple[str, ...]
    asked: frozenset[str]
    weights: dict[str, float]
    naming: Mapping[str, frozenset[str]]  # see likeness.naming
    wants_list: bool = False

    def named(self, candidate: Candidate) -> frozenset[str]:
        return self.naming.get(candidate.hit.passage.document_id, frozenset())

    @property
    def total(self) -> float:
        return fsum(self.weights[term] for term in self.asked)


def extract(
    question: str, hits: Sequence[Hit], limit: int = MAX_SENTENCES, page_text: PageText | None = None
) -> Extract:
    """At most `limit` sentences of the hits' passages that answer the question.

    A question that needs lines of financial statements gets their rows, one for each line that is found and in the
    order in which they make up the answer; a statement goes on past its passage, so `page_text`(document id, page
    number) is looked at, too, where it is given. Without a row, a sentence with figures that speaks of a line will do.
    """
    lines = lines_of(question, dict.fromkeys(hit.passage.document for hit in hits))
    if rows := _rows(question, lines, widened(hits, page_text) if lines else (), limit):
        return rows
    found = candidates(hits)
    if lines:
        spoken = [said for one in found if (said := _speaking_of(lines, question, one)) is not None]
        may_be_other = not years_of(question) and all(line.statement for line in lines)  # "sales" is a word, too
        found = spoken or [one for one in found if may_be_other and not one.sentence.is_row]
    return _sentences(question, found, limit, page_text)


def _sentences(question: str, found: Sequence[Candidate], limit: int, page_text: PageText | None) -> Extract:
    asked = _read(core(question), found)
    if not asked.asked or all(candidate.is_head for candidate in found):
        return Extract((), 0.0)
    scored = sorted(
        ((_score(asked, candidate), -at, candidate) for at, candidate in enumerate(found) if not candidate.is_head),
        reverse=True,
    )[: 4 * limit]
    best = [candidate for _, _, candidate in scored[:limit]]
    coverage = _support(asked, best, found) * trust(question, asked.asked, best[0], found)
    if coverage < MIN_COVERAGE[guess_language(question)]:
        return Extract((), coverage)
    chosen = _choose([(score, candidate) for score, _, candidate in scored], asked.asked, limit)
    chosen.sort(key=lambda candidate: (_place(candidate.hit), candidate.sentence.start))
    chosen = of_its_code(question, chosen)
    is_one = any(holds_code(question, each.text) for each in chosen)  # of a list, this thing is asked for
    return Extract(tuple(with_lists(chosen, page_text, wants_list=asked.wants_list and not is_one)), coverage)


def _rows(question: str, lines: Sequence[Line], hits: Sequence[Hit], limit: int) -> Extract | None:
    """The rows of the lines; None when there is not one."""
    found = candidates(hits)
    years, asked = years_of(question), frozenset(terms(question))
    best = [row_for(line, years, asked, found) for line in lines]
    rows = list(dict.fromkeys(row for row in best if row is not None))
    return Extract(tuple(map(pick, rows[:limit])), len(rows) / len(lines)) if rows else None


def _speaking_of(lines: Sequence[Line], question: str, candidate: Candidate) -> Candidate | None:
    """A sentence that says a figure in words of a line, which are as good as the question's own; None for others.

    Beside a statement's row, that is all that can answer.
    """
    said = [line for line in lines if line.asked.search(candidate.text) or line.label.search(candidate.text)]
    if not said or not holds("figure", candidate.text, frozenset(terms(question))):
        return None
    asked = " ".join(match.group() for line in said if (match := line.asked.search(question)))
    return replace(candidate, held=candidate.held.union(terms(asked)))


def widened(hits: Sequence[Hit], page_text: PageText | None) -> list[Hit]:
    """The hits with their whole pages for passages, each page once."""
    if page_text is None:
        return list(hits)
    found: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        passage = hit.passage
        place = (passage.document_id, passage.page)
        text = page_text(*place) if place not in found else None
        if text is not None and len(text) <= _MAX_PAGE_CHARS:
            found[place] = replace(hit, passage=replace(passage, text=text, start=0, end=len(text)))
        else:
            found.setdefault(place, hit)
    return list(found.values())


def _place(hit: Hit) -> tuple[int, str, int, int]:
    """Reading order: documents as they were found (by rank), then page and place."""
    passage = hit.passage
    return hit.number, passage.document_id, passage.page, passage.start


def _read(question: str, candidates: Sequence[Candidate]) -> _Question:
    counts = Counter(term for candidate in candidates for term in candidate.held)
    weights: dict[str, float] = {}
    order: list[str] = []
    compared = compared_with(question)
    for at, (word, term) in enumerate(tokens(question)):
        if is_stop_word(word) or (not counts[term] and (term in PUTTING or term in compared)) or term in ALWAYS:
            continue
        order.append(term)
        idf = math.log(1 + len(candidates) / (counts[term] + 0.5))
        is_name = word[0].isupper() and at > 0
        weights[term] = idf * (_NUMBER_WEIGHT if is_number(term) else _NAME_WEIGHT if is_name else 1.0)
    asked = frozenset(order)
    return _Question(
        kind_of(question), tuple(order), asked, weights, naming(asked, candidates), asks_for_list(question)
    )


def _coverage(asked: _Question, candidate: Candidate) -> float:
    held = asked.asked & (candidate.held | candidate.near)
    return fsum(asked.weights[term] for term in held) / asked.total


def _support(asked: _Question, best: Sequence[Candidate], candidates: Sequence[Candidate]) -> float:
    """How much of the question is covered: the mean of what the best sentence holds itself, of what the best ones hold
    with what stands round them, and of what any one passage holds.

    Alone, each is fooled more often: a heading covers much, a pronoun little.
    """
    alone = fsum(asked.weights[term] for term in asked.asked & (best[0].held | asked.named(best[0]))) / asked.total
    held: dict[int, set[str]] = {}
    for candidate in candidates:
        held.setdefault(candidate.hit.number, set()).update(asked.asked & (candidate.held | candidate.near))
    whole = max(fsum(asked.weights[term] for term in terms) for terms in held.values()) / asked.total
    return (alone + max(_coverage(asked, candidate) for candidate in best) + whole) / 3


def _score(asked: _Question, candidate: Candidate) -> float:
    named = asked.named(candidate)
    own = asked.asked & candidate.held.union(_years_of_columns(candidate))
    beside = (asked.asked & candidate.near) - own - named
    score = fsum(asked.weights[term] for term in own | named)
    share = (score + _NEAR_WEIGHT * fsum(asked.weights[term] for term in beside)) / asked.total
    if not own - named:
        return 0.1 * share
    share += 0.1 * _pairs(asked.terms, candidate.order)
    if asked.kind != "any" and holds(asked.kind, candidate.text, asked.asked):
        share += 0.15
    if asked.wants_list and introduces(candidate.hit.passage.text, candidate.sentence):
        return share + 0.12 / candidate.hit.number  # what it lacks stands in the list below it
    new = [term for term in candidate.held - asked.asked if not is_number(term)]
    if not candidate.held - asked.asked or (candidate.sentence.is_row and not new and not own - _numbers(own)):
        share -= 0.3  # it only repeats the question, or it is figures without a name
    elif len(candidate.order) < _MIN_TERMS and not candidate.sentence.is_row:
        share -= 0.15  # a heading, a label
    if candidate.text.rstrip().endswith(("?", "？", "؟")):
        share -= 0.2
    share -= labels.cost(candidate.hit.passage, candidate.sentence)
    length = len(candidate.order)
    return share - 0.002 * max(0, length - 40) + 0.12 / candidate.hit.number


def _years_of_columns(candidate: Candidate) -> frozenset[str]:
    """A row's figures are of the years above them, as much as if it said so."""
    return _numbers(frozenset(terms(candidate.header))) if candidate.sentence.is_row else frozenset()


def _numbers(found: frozenset[str]) -> frozenset[str]:
    return frozenset(term for term in found if is_number(term))


def _pairs(asked: Sequence[str], order: Sequence[str]) -> float:
    """The share of the question's neighbouring terms that are neighbours in the sentence, too."""
    wanted = set(pairwise(asked))
    return len(wanted & set(pairwise(order))) / len(wanted) if wanted else 0.0


def _choose(scored: list[tuple[float, Candidate]], asked: frozenset[str], limit: int) -> list[Candidate]:
    """The best and whatever comes near it; of other rows only those that hold as much of the question as the best row.

    A heading is shown only where nothing else answers. Rows of a table are alike in all but what they are about: a row
    that lacks the name asked for is about another one.
    """
    best = scored[0][0]
    near: list[Candidate] = []
    for score, candidate in scored:
        if len(near) < limit and score >= _ALSO_SHARE * best and not any(_repeats(candidate, one) for one in near):
            near.append(candidate)
    near = [one for one in near if not _adds_nothing(one, near[0], asked)]
    near = [one for one in near if not _is_label(one)] or near
    row = next((candidate for candidate in near if candidate.sentence.is_row), None)
    return [one for one in near if row is None or not one.sentence.is_row or not asked & one.held < asked & row.held]


def _adds_nothing(candidate: Candidate, best: Candidate, asked: frozenset[str]) -> bool:
    """Whether a sentence of another document holds less of the question than the best one, and nothing else of it."""
    return is_elsewhere(candidate, best) and asked & (candidate.held | candidate.near) < asked & (best.held | best.near)


def _is_label(candidate: Candidate) -> bool:
    text = candidate.hit.passage.text
    return labels.cost(candidate.hit.passage, candidate.sentence) > 0 and not introduces(text, candidate.sentence)


def _repeats(candidate: Candidate, chosen: Candidate) -> bool:
    """Whether two sentences say the same in nearly the same words: the text says it twice, or two documents do."""
    if candidate.sentence.is_row or chosen.sentence.is_row:
        return False
    if figures(candidate.text) != figures(chosen.text) and is_elsewhere(candidate, chosen):
        return False  # two versions of it, and they differ
    return len(candidate.held & chosen.held) >= _SAME_SHARE * len(candidate.held | chosen.held)
