"""Markers of an answer -> citations that code has checked against the stored text.

A marker's quote is looked for in the passage it names, on that page, then in the other passages; a quote found
elsewhere moves its marker there. A marker without a quote gets the sentence of its passage that supports the claim
before it best. What a citation shows is the document's own text, not the model's rendering of it, unless it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.answer.citing import Marker
from rag.answer.quotes import Verified, best_sentence, boxes_of, find_exact, verify
from rag.answer.sentences import split_sentences
from rag.events import Cited, Token
from rag.model import Citation, Hit, Passage, Word, seconds_of, unpack_words

_CLAIM_CHARS = 600
_MARKERS = re.compile(r"\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{12,400})[\"”“»]")


class PageText(Protocol):
    """A stored page: its text, its words packed by rag.model.pack_words (empty without a page image), and its times by
    pack_times (empty but for a recording)."""

    @property
    def text(self) -> str: ...

    @property
    def words(self) -> bytes: ...

    @property
    def times(self) -> bytes: ...


PageOf = Callable[[str, int], PageText | None]


@dataclass(frozen=True, slots=True)
class _Place:
    text: str | None
    words: Sequence[Word]
    times: bytes = b""


class Grounding:
    """Follows an answer as it is shown, and turns its parts into events. Knows how much has been shown."""

    def __init__(self, hits: Sequence[Hit], page_of: PageOf) -> None:
        self._hits = {hit.number: hit for hit in hits}
        self._page_of = page_of
        self._places: dict[tuple[str, int], _Place] = {}
        self._shown = 0
        self._tail = ""

    def show(self, part: str | Marker) -> list[Token | Cited]:
        """The events of a part: its text, then, for a marker, its citations."""
        if isinstance(part, str):
            return [self._token(part)] if part else []
        offset = self._shown
        claim = self._claim()
        citations = self._quoted(part, claim, offset) if part.quote else self._plain(part.numbers, claim, offset)
        text = part.text
        if part.quote:
            text = "".join(f"[{number}]" for number in dict.fromkeys(citation.number for citation in citations))
        return [self._token(text), *(Cited(citation.to_json()) for citation in citations)]

    def cite(self, number: int, quote: str) -> list[Token | Cited]:
        """A marker of our own for a quote that stands in hit `number`."""
        return self.show(Marker((number,), quote, self._shown, f"[{number}]"))

    def _token(self, text: str) -> Token:
        self._shown += len(text)
        self._tail = (self._tail + text)[-_CLAIM_CHARS:]
        return Token(text)

    def _claim(self) -> str:
        """The sentence that a marker here belongs to."""
        text = _MARKERS.sub("", self._tail)
        sentences = split_sentences(text)
        return text[sentences[-1].start : sentences[-1].end] if sentences else text

    def _quoted(self, marker: Marker, claim: str, offset: int) -> list[Citation]:
        quote = marker.quote or ""
        named = [(number, self._verify(quote, self._hits[number].passage)) for number in marker.numbers]
        if all(found.status == "missing" for _, found in named):
            number = marker.numbers[0]
            found = self._verify(quote, self._hits[number].passage, [hit.passage for hit in self._hits.values()])
            named = [(self._number_of(found.passage, number), found)]
        citations: list[Citation] = []
        for number, found in named:
            if found.status == "missing" and len(named) > 1:
                citations += self._plain((number,), claim, offset)
            else:
                citations.append(self._citation(number, found, quote, offset))
        return citations

    def _plain(self, numbers: Sequence[int], claim: str, offset: int) -> list[Citation]:
        citations: list[Citation] = []
        for number in numbers:
            passage = self._hits[number].passage
            quote = _own_quote(claim, passage.text) or best_sentence(claim, passage.text) or passage.text[:200]
            citations.append(self._citation(number, self._verify(quote, passage), quote, offset))
        return citations

    def _verify(self, quote: str, passage: Passage, others: Sequence[Passage] = ()) -> Verified:
        place = self._place(passage)
        return verify(quote, passage, place.text, place.words, others)

    def _number_of(self, passage: Passage, fallback: int) -> int:
        return next(
            (number for number, hit in self._hits.items() if hit.passage.passage_id == passage.passage_id), fallback
        )

    def _place(self, passage: Passage) -> _Place:
        key = (passage.document_id, passage.page)
        if key not in self._places:
            page = self._page_of(*key)
            words = unpack_words(page.words) if page is not None and page.words else ()
            self._places[key] = _Place(None, ()) if page is None else _Place(page.text, words, page.times)
        return self._places[key]

    def _citation(self, number: int, found: Verified, quote: str, offset: int) -> Citation:
        passage = found.passage
        place = self._place(passage)
        boxes = found.boxes or boxes_of(found.parts, place.words)
        shown = quote if found.status == "missing" else _as_it_stands(found, place.text)
        return Citation(
            number, passage.document_id, passage.document, passage.version, passage.page, passage.passage_id,
            " ".join(shown.split()), found.status, found.similarity, boxes, offset,
            seconds_of(place.times, found.start, found.end) or passage.seconds,
        )  # fmt: skip


def _as_it_stands(found: Verified, page_text: str | None) -> str:
    text, base = (found.passage.text, found.passage.start) if page_text is None else (page_text, 0)
    return " … ".join(text[start - base : end - base] for start, end in found.parts)


def _own_quote(claim: str, text: str) -> str | None:
    """A quotation in the claim itself (He called it "a very good year" [2]) that stands in the passage."""
    for quoted in reversed(_QUOTED.findall(claim)):
        if find_exact(quoted, text) is not None:
            return str(quoted)
    return None
