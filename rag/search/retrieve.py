"""A question -> the passages that answer it best, through whichever retrievers are there.

The index ranks passage ids; texts and the right to read them come from the database, so a passage that was deleted or
is somebody else's is dropped here even if the index still knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.model import Hit, Passage, SearchMode
from rag.search import languages
from rag.search.embedding import Embedding
from rag.search.fusion import merge
from rag.search.holder import IndexSource
from rag.search.index import WEIGHTS, Candidate, Index, IndexMode, scope_for
from rag.search.lines import sought
from rag.search.naming import NamedDocument, in_full, named

PassagesById = Callable[[str, Sequence[str]], dict[str, Passage]]
Choices = tuple[tuple[str, ...], ...]
Names = Callable[[str], Sequence[NamedDocument]]
_LEAST_OF_BEST = 0.5  # what documents named in part must be worth by words
_SPARE = 8  # candidates asked for beyond the limit, for those that are gone


@dataclass(frozen=True, slots=True)
class Retriever:
    """`passages(user_id, ids)` gives those passages that exist and that the user may read; `names(user_id)` the
    documents that may be named in a question.
    """

    source: IndexSource
    embedder: Embedding
    passages: PassagesById
    names: Names = lambda user_id: ()

    def search(
        self,
        user_id: str,
        query: str,
        *,
        mode: SearchMode = "hybrid",
        documents: tuple[str, ...] | None = None,
        limit: int = 8,
        weights: tuple[float, float] = WEIGHTS,
        choices: Choices | None = None,
    ) -> list[Hit]:
        """At most `limit` hits, best first, numbered from 1. `documents`: only in these; None: in all of the user's.

        Passages of documents that the question names come first (rag.search.naming), with few others among them;
        `choices`: what that method said, if it was asked. A question that needs lines of financial statements is
        searched for by their names (rag.search.lines).

        "document" searches as "hybrid" does, "none" finds nothing. Without a ready model every mode is "keyword", and
        `note` says so; "hybrid" is so too for a question in a language that the model was not trained on, as long as
        keywords find anything. Raises SearchError(index_unavailable).
        """
        if mode == "none":
            return []
        choices = self.choices(user_id, query, documents) if choices is None else choices
        scopes = (*choices, documents)
        query = sought(query, self._names_of(user_id, choices[0] if choices else documents or ()))
        with self.embedder.questions_first():
            found = self._candidates(user_id, query, mode, scopes, limit + _SPARE, weights)
        readable = self.passages(user_id, [candidate.passage_id for candidate in found])
        there = [candidate for candidate in found if candidate.passage_id in readable]
        return [
            Hit(number, readable[candidate.passage_id], candidate.fused, candidate.keyword, candidate.semantic)
            for number, candidate in enumerate(there[:limit], start=1)
        ]

    def _names_of(self, user_id: str, ids: Sequence[str]) -> list[str]:
        chosen = frozenset(ids)
        return [one.name for one in self.names(user_id) if one.id in chosen] if chosen else []

    def languages(self) -> frozenset[str]:
        """Those of the documents in the index, "" for unknown ones. Raises SearchError."""
        with self.source.borrow() as index:
            return index.languages

    def note(self) -> str:
        """Why search goes by keywords only just now, one or two sentences; empty when it does not."""
        reason = self.embedder.reason or self.source.reason
        return reason and f"{reason} Search goes by keywords until then."

    def choices(self, user_id: str, query: str, documents: tuple[str, ...] | None = None) -> Choices:
        """The ids of the documents (of `documents`) that the question names, the narrowest choice first.

        Where it says only a part of their names, they must also have its words: a passage at least half as good as the
        best of all by keywords. Raises SearchError.
        """
        known = self.names(user_id)
        if documents is not None:
            within = frozenset(documents)
            known = [one for one in known if one.id in within]
        found = named(query, known)
        meant = frozenset().union(*found)
        full = {one.id for one in known if one.id in meant and in_full(query, one)}
        doubtful = [choice for choice in found if full.isdisjoint(choice)]
        if not doubtful:
            return found
        least = _LEAST_OF_BEST * self._best_by_words(user_id, query, documents)
        return tuple(
            choice for choice in found if choice not in doubtful or self._best_by_words(user_id, query, choice) >= least
        )

    def _best_by_words(self, user_id: str, query: str, documents: tuple[str, ...] | None) -> float:
        with self.source.borrow() as index:
            found = index.query(query, None, scope_for(user_id, documents), 1, "keyword")
        return found[0].fused if found else 0.0

    def _candidates(
        self,
        user_id: str,
        query: str,
        mode: SearchMode,
        scopes: Sequence[tuple[str, ...] | None],
        limit: int,
        weights: tuple[float, float],
    ) -> list[Candidate]:
        by_meaning = mode != "keyword" and not self.source.reason
        vector = self.embedder.try_query(query) if by_meaning else None
        index_mode: IndexMode = "keyword" if vector is None else "semantic" if mode == "semantic" else "hybrid"

        def found(mode: IndexMode) -> list[Candidate]:
            return merge(
                [index.query(query, vector, scope_for(user_id, scope), limit, mode, weights) for scope in scopes]
            )

        with self.source.borrow() as index:
            if index_mode == "hybrid" and self._is_foreign(query, index):
                by_keyword = found("keyword")
                if by_keyword:
                    return by_keyword
            return found(index_mode)

    def _is_foreign(self, query: str, index: Index) -> bool:
        """Whether the model was not trained on the question's language: its ranks would only bury the right ones."""
        spoken = index.languages - {""}
        if all(map(self.embedder.speaks, spoken)):
            return False
        language = languages.detect(query, spoken | {"en"}, least=languages.SURE)
        return not self.embedder.speaks(language) if language else not any(map(self.embedder.speaks, spoken))
