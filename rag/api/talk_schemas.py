"""What clients get about conversations and messages, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from rag.api.schemas import Citation, Conversation, Hit, Moment, Schema, Started
from rag.events import MessageStatus

Span = tuple[int, int]


class Mention(Schema):
    """A message in which the words were found. `marks`: (start, end) offsets in `text`, end exclusive."""

    message_id: str
    role: Literal["user", "assistant"]
    created_at: Moment
    text: str = Field(examples=["… the net revenue was 412 million …"])
    marks: list[Span]


class Found(Conversation):
    """A conversation, where its title holds the words, and what was said with them: newest first, three at most."""

    title_marks: list[Span]
    snippets: list[Mention]


class ConversationCounts(Schema):
    """`total`: all three states; `messages`: those of all three, every version counted."""

    total: int
    active: int
    archived: int
    trash: int
    messages: int


class Restarted(Started):
    """A new version on its way; `message_id` is the new answer's."""

    message_id: str


class Reacted(Schema):
    message_id: str
    thumb: Literal["up", "down"] | None
    reason: str
    updated_at: Moment | None


class DraftText(Schema):
    conversation_id: str
    text: str


class Typist(Schema):
    """Somebody who is typing: which client, and until when that is taken to be so."""

    client_id: str
    user_id: str
    since: Moment
    expires_at: Moment


class TypingNow(Schema):
    conversation_id: str
    is_typing: bool = Field(description="Whether anybody is.")
    typing: list[Typist]


class Trace(Schema):
    """How an answer came about: asked, searched, found with scores, cited, timed."""

    message_id: str
    conversation_id: str
    turn_id: str
    question: str
    query: str
    status: MessageStatus
    model: str
    cached: bool
    settings: dict[str, Any]
    steps: list[dict[str, Any]]
    retrieved: list[Hit]
    citations: list[Citation]
    usage: dict[str, Any]
    timings: dict[str, Any]
    error: dict[str, Any] | None
    asked_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    support: dict[str, Any] = Field(description="What each sentence rests on: `sentences` as spans, and `counts`.")
    policy: str = Field(description="Whether and how widely it was searched, and by what that was decided.")
