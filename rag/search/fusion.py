"""Several ranked lists -> one. Pure.

`fuse` joins what two retrievers found in one scope. Ranks alone would say that the tenth of a sure list is worth the
tenth of a guessing one; a score as a share of the list's best keeps how far behind a passage is. What only one of them
found counts nothing with the other, so passages that both found come first. Chosen on filings, product documentation
and abstracts together: bench/RESULTS.md.

`merge` joins the lists of several scopes, narrow ones first, whose scores cannot be compared: by ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.model import RankScore
from rag.search.index import DENSE, KEYWORD, Candidate

_WIDER = 0.5  # what a scope twice as far from the one that was named counts
_RANK_K = 10


def fuse(
    keyword: Mapping[str, RankScore], semantic: Mapping[str, RankScore], weights: tuple[float, float], limit: int
) -> list[Candidate]:
    """The best `limit` passages of both lists (passage id -> place and score), best first."""
    scores: dict[str, float] = {}
    for found, weight in zip((keyword, semantic), weights, strict=True):
        best = max((place.score for place in found.values()), default=0.0)
        for passage_id, place in found.items():
            share = max(place.score, 0.0) / best if best > 0 else 0.0
            scores[passage_id] = scores.get(passage_id, 0.0) + weight * share
    order = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
    return [
        Candidate(passage_id, scores[passage_id], keyword.get(passage_id), semantic.get(passage_id))
        for passage_id in order[:limit]
    ]


def chosen(found: Mapping[str, Mapping[str, RankScore]], weights: tuple[float, float], limit: int) -> list[Candidate]:
    """The best `limit` of what each retriever found (by its vector's name): fused when both were asked."""
    keyword, semantic = found.get(KEYWORD, {}), found.get(DENSE, {})
    if len(found) > 1:
        return fuse(keyword, semantic, weights, limit)
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
