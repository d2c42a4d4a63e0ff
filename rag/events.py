"""The events of a turn: one frozen dataclass each, to and from JSON, and fold(events) -> the answer so far.

An event without its envelope says what happened; `Logged` adds whose turn, which place in it, and when. The log is the
truth: whatever a page, a stream or a stored message shows is a fold over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from typing import Any, ClassVar, Literal, assert_never

StepStatus = Literal["started", "finished", "skipped", "failed"]
MessageStatus = Literal[
    "sending", "queued", "processing", "streaming", "complete", "stopped", "interrupted", "error"
]  # fmt: skip
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Queued:
    type: ClassVar[Literal["queued"]] = "queued"
    conversation_id: str
    message_id: str
    position: int = 0
    eta_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    type: ClassVar[Literal["step"]] = "step"
    name: str
    status: StepStatus
    label: str
    detail: str = ""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Sources:
    """`hits` are Hit.to_json() values."""

    type: ClassVar[Literal["sources"]] = "sources"
    hits: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class Token:
    type: ClassVar[Literal["token"]] = "token"
    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """`citation` is a Citation.to_json() value; in JSON its fields stand beside the envelope's."""

    type: ClassVar[Literal["citation"]] = "citation"
    citation: JSON


@dataclass(frozen=True, slots=True)
class Done:
    """`usage`: input_tokens, output_tokens, total_tokens (0 where unknown). `timings`: milliseconds by name."""

    type: ClassVar[Literal["done"]] = "done"
    message_id: str
    model: str
    usage: JSON = field(default_factory=dict)
    timings: JSON = field(default_factory=dict)
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    type: ClassVar[Literal["stopped"]] = "stopped"
    message_id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    type: ClassVar[Literal["interrupted"]] = "interrupted"
    message_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    type: ClassVar[Literal["error"]] = "error"
    error_code: str
    message: str
    details: JSON = field(default_factory=dict)
    retryable: bool = False


Event = Queued | Step | Sources | Token | Cited | Done | Stopped | Interrupted | Failed
Terminal = Done | Stopped | Interrupted | Failed
_TYPES: dict[str, type[Event]] = {
    "queued": Queued, "step": Step, "sources": Sources, "token": Token, "done": Done, "stopped": Stopped,
    "interrupted": Interrupted, "error": Failed,
}  # fmt: skip
TERMINAL_TYPES = frozenset({"done", "stopped", "interrupted", "error"})


@dataclass(frozen=True, slots=True)
class Logged:
    """An event in its turn's log. `seq` counts from 1 without gaps; `at` is ISO-8601 UTC."""

    turn_id: str
    seq: int
    at: str
    event: Event

    @property
    def is_terminal(self) -> bool:
        return self.event.type in TERMINAL_TYPES

    def to_json(self) -> JSON:
        """The contract's event object: envelope and fields side by side."""
        return {
            "turn_id": self.turn_id, "seq": self.seq, "type": self.event.type, "at": self.at, **fields_of(self.event)
        }  # fmt: skip


def fields_of(event: Event) -> JSON:
    """An event's own fields as JSON values (what the log keeps)."""
    if isinstance(event, Cited):
        return dict(event.citation)
    if isinstance(event, Sources):
        return {"hits": list(event.hits)}
    return {each.name: getattr(event, each.name) for each in dataclass_fields(event)}


def from_fields(event_type: str, fields: Mapping[str, Any]) -> Event:
    """The inverse of fields_of. Raises KeyError for an unknown type."""
    if event_type == "citation":
        return Cited(dict(fields))
    if event_type == "sources":
        return Sources(tuple(fields["hits"]))
    kind = _TYPES[event_type]
    return kind(**{each.name: fields[each.name] for each in dataclass_fields(kind) if each.name in fields})


@dataclass(frozen=True, slots=True)
class Answer:
    """The state of an answer after some prefix of its log."""

    status: MessageStatus = "sending"
    message_id: str = ""
    conversation_id: str = ""
    text: str = ""
    steps: tuple[Step, ...] = ()
    sources: tuple[JSON, ...] = ()
    citations: tuple[JSON, ...] = ()
    position: int = 0
    eta_s: float = 0.0
    model: str = ""
    usage: JSON = field(default_factory=dict)
    timings: JSON = field(default_factory=dict)
    cached: bool = False
    error: Failed | None = None
    last_seq: int = 0

    @property
    def is_finished(self) -> bool:
        return self.status in {"complete", "stopped", "interrupted", "error"}


def advance(answer: Answer, logged: Logged) -> Answer:
    """One event further. A step that finishes replaces its start."""
    return replace(answer, last_seq=logged.seq, **_changes(answer, logged.event))


def _changes(answer: Answer, event: Event) -> JSON:  # noqa: C901, PLR0911 -- one case an event, nothing nested
    """The fields that are different after it."""
    match event:
        case Queued():
            return {
                "status": "queued", "conversation_id": event.conversation_id, "message_id": event.message_id,
                "position": event.position, "eta_s": event.eta_s,
            }  # fmt: skip
        case Step():
            steps = tuple(step for step in answer.steps if step.name != event.name)
            kept = len(steps) < len(answer.steps)
            order = [step.name for step in answer.steps]
            steps = (*steps, event)
            if kept:
                steps = tuple(sorted(steps, key=lambda step: order.index(step.name)))
            return {"status": "streaming" if answer.text else "processing", "steps": steps}
        case Sources():
            return {"status": "processing", "sources": event.hits}
        case Token():
            return {"status": "streaming", "text": answer.text + event.text}
        case Cited():
            return {"citations": (*answer.citations, event.citation)}
        case Done():
            return {
                "status": "complete", "message_id": event.message_id, "model": event.model, "usage": event.usage,
                "timings": event.timings, "cached": event.cached,
            }  # fmt: skip
        case Stopped():
            return {"status": "stopped", "message_id": event.message_id}
        case Interrupted():
            return {"status": "interrupted", "message_id": event.message_id}
        case Failed():
            return {"status": "error", "error": event}
        case _:
            assert_never(event)


def fold(events: Iterable[Logged]) -> Answer:
    """A whole log (or any prefix of it) -> the answer so far."""
    answer = Answer()
    for logged in events:
        answer = advance(answer, logged)
    return answer
