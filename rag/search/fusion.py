"""Several ranked lists -> one. Pure.

`fuse` joins what two retrievers found in one scope. Ranks alone would say that the tenth of a sure list is worth the
tenth of a guessing one; a score as a share of the list's best keeps how far behind a passage is. Words that do not
occur count nothing, but every passage is more or less near a question: what keyword search found counts by meaning with
its own nearness even where that is far down the list, and nearness counts from the farthest passage of both lists on,
as models differ in how near anything is to anything. Chosen on six sets together: bench/RESULTS.md.

`merge` joins the lists of several scopes, narrow ones first, whose scores cannot be compared: by ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rag.model import RankScore
from rag.search.index import DENSE, KEYWORD, Candidate

_WIDER = 0.5  # what a scope twice as far from the one that was named counts
_RANK_K = 10


def fuse(
    keyword: Mapping[str, RankScore],
    semantic: Mapping[str, RankScore],
    weights: tuple[float, float],
    limit: int,
    nearness: Mapping[str, float] = MappingProxyType({}),
) -> list[Candidate]:
    """The best `limit` passages of both lists (passage id -> place and score), best first.

    `nearness`: the semantic scores of passages that only the keyword list has, as far as they have one.
    """
    words = {passage_id: place.score for passage_id, place in keyword.items()}
    meaning = {**nearness, **{passage_id: place.score for passage_id, place in semantic.items()}}
    farthest = max(0.0, min(meaning.values(), default=0.0))
    scores = dict.fromkeys((*words, *meaning), 0.0)
    for found, least, weight in ((words, 0.0, weights[0]), (meaning, farthest, weights[1])):
        for passage_id, share in _shares(found, least).items():
            scores[passage_id] += weight * share
    order = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
    return [
        Candidate(passage_id, scores[passage_id], keyword.get(passage_id), semantic.get(passage_id))
        for passage_id in order[:limit]
    ]


def _shares(found: Mapping[str, float], least: float) -> dict[str, float]:
    """Where each score stands between `least` (0) and the best one (1); 1 for all when nothing is better than that."""
    best = max(found.values(), default=0.0)
    if best <= 0:
        return {}
    span = best - least
    return {key: max(0.0, score - least) / span if span > 0 else 1.0 for key, score in found.items()}


def unheard(found: Mapping[str, Mapping[str, RankScore]], depth: int) -> frozenset[str]:
    """The passages of the keyword list whose nearness is not known yet, as the other list ends at its `depth`."""
    semantic = found.get(DENSE, {})
    return frozenset(found.get(KEYWORD, {})).difference(semantic) if len(semantic) >= depth else frozenset()


def chosen(
    found: Mapping[str, Mapping[str, RankScore]],
    weights: tuple[float, float],
    limit: int,
    nearness: Mapping[str, float] = MappingProxyType({}),
) -> list[Candidate]:
    """The best `limit` of what each retriever found (by its vector's name): fused when both were asked."""
    keyword, semantic = found.get(KEYWORD, {}), found.get(DENSE, {})
    if len(found) > 1:
        return fuse(keyword, semantic, weights, limit, nearness)
    alone = keyword or semantic
    return [
        Candidate(passage_id, place.score, keyword.get(passage_id), semantic.get(passage_id))
        for passage_id, place in list(alone.items())[:limit]
    ]


def merge(lists: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """The candidates of all lists, each once, best first. `lists`: of the narrowest scope first, the widest last.

    A passage's places and scores are those of the widest list that has it.
    """
    if len(lists) == 1:
        return list(lists[0])
    scores: dict[str, float] = {}
    known: dict[str, Candidate] = {}
    for wider, found in enumerate(lists):
        for rank, candidate in enumerate(found, start=1):
            value = _WIDER**wider / (rank + _RANK_K)
            scores[candidate.passage_id] = scores.get(candidate.passage_id, 0.0) + value
            known[candidate.passage_id] = candidate
    order = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
    return [
        Candidate(passage_id, scores[passage_id], known[passage_id].keyword, known[passage_id].semantic)
        for passage_id in order
    ]
