"""The events of a stream as models, and the documentation of streaming answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, TypeAdapter

from rag.api.examples import EXAMPLE_AT
from rag.api.lab_bodies import RunEvent
from rag.api.schemas import Citation, Code, Hit, Moment, Schema, Step, Task
from rag.api.sse import frame

NO_MORE: dict[int | str, dict[str, Any]] = {
    204: {"description": "`Last-Event-ID` or `after` was the last event there will be: an EventSource stops here."}
}


class _Logged(Schema):
    turn_id: str
    seq: int = Field(ge=1, description="The event's place in the turn's log; also the frame's `id`.")
    at: Moment = Field(examples=[EXAMPLE_AT])


class QueuedEvent(_Logged):
    """Always the first; again whenever the place in the queue changes. Position 0 starts now."""

    type: Literal["queued"]
    conversation_id: str
    message_id: str
    position: int
    eta_s: float


class StepEvent(_Logged, Step):
    """One step of the work, with the label a person reads."""

    type: Literal["step"]


class SourcesEvent(_Logged):
    """What the answer will be written from; before the first token."""

    type: Literal["sources"]
    hits: list[Hit]


class TokenEvent(_Logged):
    """More of the answer's text."""

    type: Literal["token"]
    text: str


class CitationEvent(_Logged, Citation):
    """A quote that was just located, as soon as its marker is closed."""

    type: Literal["citation"]


class DoneEvent(_Logged):
    """The answer is complete. Terminal."""

    type: Literal["done"]
    message_id: str
    model: str
    usage: dict[str, Any]
    timings: dict[str, float]
    cached: bool


class StoppedEvent(_Logged):
    """Somebody stopped it; the text so far is kept. Terminal."""

    type: Literal["stopped"]
    message_id: str


class InterruptedEvent(_Logged):
    """The server died while writing it; the text so far is kept. Terminal."""

    type: Literal["interrupted"]
    message_id: str


class ErrorEvent(_Logged):
    """It failed; the text so far is kept. Terminal."""

    type: Literal["error"]
    error_code: Code
    message: str
    details: dict[str, Any]
    retryable: bool


class TaskEvent(Task):
    """A task after a change. The stream ends after `completed`, `failed` or `cancelled`."""

    type: Literal["task"]
    seq: int
    at: Moment


TurnEvent = (
    QueuedEvent
    | StepEvent
    | SourcesEvent
    | TokenEvent
    | CitationEvent
    | DoneEvent
    | StoppedEvent
    | InterruptedEvent
    | ErrorEvent
)
_IDS = {"conversation_id": "conv_0193a1b2", "message_id": "msg_0193a1b2"}
_STEP = {"name": "search", "status": "finished", "label": "Searching 3 documents", "detail": "", "elapsed_ms": 8.1}
_DONE = {"message_id": "msg_0193a1b2", "model": "extractive", "usage": {}, "timings": {}, "cached": False}


def _example() -> str:
    log: list[tuple[str, dict[str, Any]]] = [
        ("queued", {**_IDS, "position": 0, "eta_s": 0.0}),
        ("step", _STEP),
        ("token", {"text": "Net revenue was $4.2 billion [1]."}),
        ("done", _DONE),
    ]
    return b"".join(
        frame(kind, {"turn_id": "turn_0193a1b2", "seq": seq, "type": kind, "at": EXAMPLE_AT, **fields}, seq)
        for seq, (kind, fields) in enumerate(log, start=1)
    ).decode()


def schemas() -> dict[str, Any]:
    """The components that describe what stands in a frame's `data`."""
    turn = TypeAdapter(TurnEvent).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    task = TypeAdapter(TaskEvent).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    run = TypeAdapter(RunEvent).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    found = {**turn.pop("$defs"), **task.pop("$defs")}
    return {**found, "TurnEvent": turn, "TaskEvent": task, "RunEvent": run}


def stream_of(
    event: Literal["TurnEvent", "TaskEvent", "RunEvent"], description: str
) -> dict[int | str, dict[str, Any]]:
    """A route's 200 answer as a stream whose frames carry `event`."""
    # Before OpenAPI 3.2 the schema of a stream describes each of its events.
    schema = {
        "type": "object",
        "description": f"One server-sent event: `data` is a {event} as JSON, `id` its `seq`, `event` its `type`.",
        "required": ["event", "data"],
        "properties": {
            "id": {"type": "string"},
            "event": {"type": "string"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": f"#/components/schemas/{event}"},
            },
            "retry": {"type": "integer"},
        },
    }
    content: dict[str, Any] = {"schema": schema}
    if event == "TurnEvent":
        content["example"] = _example()
    return {200: {"description": description, "content": {"text/event-stream": content}}}
