"""What an export holds: the branch on show, as questions with their answers and what these rest on. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.conversations import Conversation
from store.messages import Message

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029]+')
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_STEM_CHARS = 80


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that an answer names. `number` is what markers like [2] refer to; `quotes`: (quote, status)."""

    number: int
    document: str
    page: int
    quotes: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        return f"{self.document}, page {self.page}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; `answer` is empty and `status` tells why when there is none."""

    question: str
    asked_at: str
    answer: str
    status: str
    model: str
    sources: tuple[Source, ...]

    @property
    def sources_title(self) -> str:
        """What the sources are: what the answer cites, or what was found and not cited."""
        return "Sources" if any(source.quotes for source in self.sources) else "Found, but not cited"

    @property
    def byline(self) -> str:
        """Who answered, when, and how it ended unless it is complete."""
        ended = "" if self.status == "complete" else self.status
        return " · ".join(filter(None, (self.model, self.asked_at, ended)))


@dataclass(frozen=True, slots=True)
class Transcript:
    """`conversation` and `messages` as rows; the rest is made of them. `exported_at`: ISO-8601 UTC."""

    conversation: Conversation
    messages: tuple[Message, ...]
    exported_at: str

    @property
    def title(self) -> str:
        return clean(" ".join(self.conversation.title.split())) or "Conversation"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        found: list[Exchange] = []
        question: Message | None = None
        for message in self.messages:
            if message.role == "user":
                if question is not None:  # it was never answered
                    found.append(_exchange(question, None))
                question = message
            elif question is not None:
                found.append(_exchange(question, message))
                question = None
        return (*found, _exchange(question, None)) if question is not None else tuple(found)

    @property
    def file_stem(self) -> str:
        """The title as a file's name, without its suffix."""
        stem = " ".join(_UNFIT.sub(" ", self.title).split())[:_STEM_CHARS].strip(". ")
        return stem or "conversation"


def clean(text: str) -> str:
    """Without the characters that XML and terminals do not take: controls but for line ends and tabs, surrogates."""
    return _CONTROLS.sub("", text)


def _exchange(question: Message, answer: Message | None) -> Exchange:
    if answer is None:
        return Exchange(clean(question.text), question.created_at, "", "unanswered", "", ())
    return Exchange(
        clean(question.text),
        question.created_at,
        clean(answer.text),
        answer.status,
        clean(answer.model),
        sources_of(answer.citations, answer.sources),
    )


def sources_of(citations: Sequence[dict[str, Any]], hits: Sequence[dict[str, Any]]) -> tuple[Source, ...]:
    """What an answer cites, by number, with its quotes in order; what was found for it when it cites nothing."""
    if not citations:
        return tuple(Source(hit["number"], clean(hit["document"]), min(hit["pages"], default=1)) for hit in hits)
    quotes: dict[tuple[int, str, int], list[tuple[str, str]]] = {}
    for citation in citations:
        place = (citation["number"], clean(citation["document"]), citation["page"])
        quote = (clean(" ".join(citation["quote"].split())), citation["status"])
        if quote not in quotes.setdefault(place, []):
            quotes[place].append(quote)
    return tuple(Source(*place, tuple(found)) for place, found in sorted(quotes.items()))
