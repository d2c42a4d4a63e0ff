"""Looking at a search from outside: every candidate with its ranks, two settings side by side, and why a
sentence was missed.

Everything goes through the chat's own search and answer; only more of what they found is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from rag.answer.planning import decision_for
from rag.answer.policy import RULE, Policy
from rag.errors import RequestError
from rag.evaluate.comparison import moves
from rag.evaluate.diagnosis import (
    Located,
    PageSource,
    Verdict,
    is_cited,
    locate,
    passage_holding,
    verdict_on_ranks,
)
from rag.evaluate.runs import answered, trace_of
from rag.model import Asking, Hit, RankScore, SearchMode
from rag.turns.rows import asking_from
from rag.verbs.answering import Answering
from store import documents, messages
from store.database import Database
from store.documents import Document
from store.messages import Message

INSPECTED = 100  # candidates shown
DEPTH = 500  # how far down each list a sentence's passage is looked for
MAX_SENTENCE_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Inspection:
    """`hits`: all candidates, best first; the first `limit` are what an answer takes, `in_prompt` of them fit.

    `decision`: what the policy does about this question, or "". `note`: why search went by words only, or "".
    """

    asking: Asking
    hits: tuple[Hit, ...]
    limit: int
    in_prompt: int
    note: str
    decision: str
    elapsed_ms: float

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.asking.question, "search_mode": self.asking.search_mode, "limit": self.limit,
            "in_prompt": self.in_prompt, "note": self.note, "decision": self.decision, "elapsed_ms": self.elapsed_ms,
            "hits": [hit.to_json() for hit in self.hits],
        }  # fmt: skip


class Looking:
    """`usual_passages`: what the settings say; another number is somebody's choice."""

    def __init__(self, db: Database, answering: Answering, usual_passages: int, policy: Policy = RULE) -> None:
        self._db = db
        self._answering = answering
        self._usual_passages = usual_passages
        self._policy = policy

    def inspect(self, user_id: str, asking: Asking, depth: int = INSPECTED) -> Inspection:
        """Search without answering. Raises RequestError, SearchError, NotFound."""
        self._answering.check(user_id, asking)
        began = monotonic()
        limit, decision = self._limit(asking)
        hits, note = self._candidates(user_id, asking, max(depth, limit))
        elapsed_ms = round((monotonic() - began) * 1000, 1)
        in_prompt = self._answering.fitting(asking, hits[:limit])
        return Inspection(asking, tuple(hits), limit, in_prompt, note, decision, elapsed_ms)

    def _limit(self, asking: Asking) -> tuple[int, str]:
        """(how many passages an answer would take, what the policy decided)."""
        decision = decision_for(asking, (), self._policy)
        if decision is None:
            return asking.passages, ""
        usual = asking.passages == self._usual_passages
        return decision.passages(asking.passages) if usual else asking.passages, f"{decision.width}: {decision.why}"

    def _candidates(self, user_id: str, asking: Asking, limit: int) -> tuple[Sequence[Hit], str]:
        mode: SearchMode = "hybrid" if asking.search_mode == "document" else asking.search_mode
        if mode == "none":
            return (), ""
        return self._answering.corpus(user_id, asking).search(asking.question, mode, asking.documents, limit)

    def ab(self, user_id: str, a: Asking, b: Asking, stop: threading.Event | None = None) -> dict[str, Any]:
        """The same question with two settings: both answers with traces and times, and how passages moved.

        Raises as `inspect`; an answer that fails is in its side's "error".
        """
        for asking in (a, b):
            self._answering.check(user_id, asking)
        sides = [self._side(user_id, asking, stop or threading.Event()) for asking in (a, b)]
        found = moves(sides[0]["ranked"], sides[1]["ranked"])
        return {"question": a.question, "a": sides[0], "b": sides[1], "moves": [move.to_json() for move in found]}

    def _side(self, user_id: str, asking: Asking, stop: threading.Event) -> dict[str, Any]:
        began = monotonic()
        answer = answered(lambda: self._answering.alone(user_id, asking, stop))
        elapsed_ms = round((monotonic() - began) * 1000, 1)
        seen = self.inspect(user_id, asking, max(20, asking.passages))
        return {
            "settings": settings_json(asking),
            "answer": answer.text,
            "elapsed_ms": elapsed_ms,
            "ranked": [hit.to_json() for hit in seen.hits],
            "limit": seen.limit,
            "note": seen.note,
            **trace_of(asking.question, answer),
        }

    def why(self, user_id: str, sentence: str, asking: Asking, message_id: str | None = None) -> Verdict:
        """What became of a sentence that should have been found for a question, or (`message_id`) for an answer.

        Raises RequestError: invalid_request (no sentence), not_found; SearchError.
        """
        sentence = " ".join(sentence.split())
        if not any(char.isalnum() for char in sentence) or len(sentence) > MAX_SENTENCE_CHARS:
            raise RequestError(
                "invalid_request", f"Give the sentence that should have been found, {MAX_SENTENCE_CHARS:,} characters "
                "at most."
            )  # fmt: skip
        answer = None if message_id is None else self._answer(user_id, message_id)
        if answer is not None:
            asking = replace(asking_from(answer.settings), question=answer.query or asking.question)
        self._answering.check(user_id, asking)
        readable = documents.list_readable(self._db, user_id)
        located = locate(sentence, self._pages(user_id, readable))
        blank = Verdict("not_extracted", sentence, asking.question)
        if located is None:
            return blank
        found = replace(
            blank, kind="other_characters", closest=located.text, similarity=located.similarity,
            differences=located.differences, document_id=located.source.document_id, document=located.source.document,
            page=located.source.page,
        )  # fmt: skip
        document = next(each for each in readable if each.id == located.source.document_id)
        judged = self._followed(user_id, found, located, document, asking, answer)
        # Written otherwise in the document: that comes first, whatever became of what stands there.
        return replace(judged, kind="other_characters") if located.similarity < 1 else judged

    def _answer(self, user_id: str, message_id: str) -> Message:
        message = messages.get(self._db, user_id, message_id)
        if message.role != "assistant":
            raise RequestError("invalid_request", "Name an answer, not a question.")
        return message

    def _pages(self, user_id: str, readable: Sequence[Document]) -> Iterator[PageSource]:
        for document in readable:
            for number, text in documents.page_texts(self._db, user_id, document.id):
                yield PageSource(document.id, document.name, number, text)

    def _followed(
        self, user_id: str, found: Verdict, located: Located, document: Document, asking: Asking, answer: Message | None
    ) -> Verdict:
        """From the page on: its passage, its ranks, the prompt, the answer."""
        rows = documents.passages(self._db, document.id)  # of a document that the user may read
        held = passage_holding(located, [(row.id, row.page, row.start, row.end) for row in rows])
        if held is not None:
            row = next(row for row in rows if row.id == held[0])
            found = replace(
                found, passage_id=row.id, passage_number=row.number, passage_text=row.text, is_split=held[1]
            )
        if not document.searchable:
            return replace(found, kind="not_searchable")
        if held is None:
            return replace(found, kind="not_passage")
        found = self._ranked(user_id, found, asking)
        if asking.documents is not None and document.id not in asking.documents:
            return replace(found, kind="filtered")
        return self._judged(user_id, found, located, asking, answer)

    def _ranked(self, user_id: str, found: Verdict, asking: Asking) -> Verdict:
        """With its ranks by words and by meaning, among all of the user's documents that the question may look at."""
        chosen = asking.documents
        if chosen is not None and found.document_id not in chosen:
            chosen = (*chosen, found.document_id)
        ranks: dict[str, RankScore | None] = {}
        corpus = self._answering.corpus(user_id, replace(asking, settings={**asking.settings, "rerank": "off"}))
        note = ""
        for name, mode in (("keyword", "keyword"), ("semantic", "semantic")):
            hits, said = corpus.search(asking.question, mode, chosen, DEPTH)  # type: ignore[arg-type]  # two of the modes
            note = said or note
            hit = next((hit for hit in hits if hit.passage.passage_id == found.passage_id), None)
            ranks[name] = None if hit is None else getattr(hit, name)
        return replace(found, keyword=ranks["keyword"], semantic=ranks["semantic"], depth=DEPTH, note=note)

    def _judged(
        self, user_id: str, found: Verdict, located: Located, asking: Asking, answer: Message | None
    ) -> Verdict:
        if asking.search_mode == "document":
            return self._read(user_id, found, located, asking, answer)
        limit, _ = self._limit(asking)
        hits, note = self._candidates(user_id, asking, DEPTH)
        order = [hit.passage.passage_id for hit in hits]
        place = order.index(found.passage_id) + 1 if found.passage_id in order else None
        fitting = self._answering.fitting(asking, hits[:limit])
        cited = None
        if answer is not None:
            used = [str(hit["passage_id"]) for hit in answer.sources]
            # The answer's own list counts, not that of a search of today.
            place = used.index(found.passage_id) + 1 if found.passage_id in used else place
            if place is not None and found.passage_id not in used:
                limit = min(limit, place - 1)
            cited = is_cited(located, answer.citations)
        kind = verdict_on_ranks(place=place, limit=limit, in_prompt=fitting, cited=cited)
        return replace(found, kind=kind, place=place, limit=limit, in_prompt=fitting, note=note or found.note)

    def _read(self, user_id: str, found: Verdict, located: Located, asking: Asking, answer: Message | None) -> Verdict:
        """Of whole documents, nothing is ranked: its page was read, or did not fit."""
        if answer is None:
            pages = [(hit.passage.document_id, hit.passage.page) for hit in self._answering.reading(user_id, asking)]
        else:
            pages = [(str(hit["document_id"]), int(hit["pages"][0])) for hit in answer.sources]
        own = (located.source.document_id, located.source.page)
        cited = None if answer is None else is_cited(located, answer.citations)
        place = pages.index(own) + 1 if own in pages else None
        kind = verdict_on_ranks(place=place or len(pages) + 1, limit=len(pages) + 1, in_prompt=len(pages), cited=cited)
        return replace(found, kind=kind, place=place, limit=len(pages), in_prompt=len(pages))


def settings_json(asking: Asking) -> dict[str, Any]:
    """What a question was asked with, as the settings of a run have it."""
    return {
        "model": asking.model, "search_mode": asking.search_mode, "passages": asking.passages,
        "documents": None if asking.documents is None else list(asking.documents), "settings": dict(asking.settings),
    }  # fmt: skip
