"""Events to and from JSON, and the fold: any prefix of a log is the answer so far."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from rag.events import (
    TERMINAL_TYPES,
    Answer,
    Cited,
    Done,
    Event,
    Failed,
    Interrupted,
    Logged,
    Queued,
    Sources,
    Step,
    Stopped,
    Terminal,
    Token,
    advance,
    fields_of,
    fold,
    from_fields,
)

HIT = {"number": 1, "document": "report.pdf", "pages": [3], "scores": {"fused": 0.5}}
CITATION = {"number": 1, "page": 3, "quote": "sales rose", "status": "verified", "boxes": [[0.1, 0.2, 0.3, 0.4]]}
STARTED = Step("search", "started", "Searching 1 document")
FINISHED = Step("search", "finished", "Searching 1 document", "8 passages", 12.5)
EVENTS: tuple[Event, ...] = (
    Queued("conv_1", "msg_1", 2, 7.5),
    Step("condense", "skipped", "Preparing search query", "Sales?"),
    STARTED,
    FINISHED,
    Sources((HIT,)),
    Token("Sales rose "),
    Cited(CITATION),
    Token("[1]. ☕"),
    Done("msg_1", "scripted", {"total_tokens": 3}, {"total_ms": 20.0}, cached=False),
    Stopped("msg_1"),
    Interrupted("msg_1"),
    Failed("model_timeout", "The model was too slow.", {"after_s": 60}, retryable=True),
)


def logged(*events: Event) -> list[Logged]:
    return [Logged("turn_1", seq, "2026-11-20T13:00:00.000Z", event) for seq, event in enumerate(events, start=1)]


def test_every_kind_of_event_is_here() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    assert {kind.type for kind in get_args(Terminal)} == TERMINAL_TYPES


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_survives_json(event: Event) -> None:
    fields = json.loads(json.dumps(fields_of(event)))
    assert from_fields(event.type, fields) == event
    assert not {"turn_id", "seq", "type", "at"} & set(fields)
    (entry,) = logged(event)
    assert entry.to_json() == {
        "turn_id": "turn_1", "seq": 1, "type": event.type, "at": "2026-11-20T13:00:00.000Z", **fields_of(event),
    }  # fmt: skip
    assert entry.is_terminal == isinstance(event, Terminal)


def test_what_a_newer_version_wrote_is_read_and_an_unknown_type_is_not() -> None:
    assert from_fields("token", {"text": "a", "colour": "red"}) == Token("a")
    assert from_fields("queued", {"conversation_id": "c", "message_id": "m"}) == Queued("c", "m")
    with pytest.raises(KeyError):
        from_fields("telegram", {})


def test_a_log_folds_to_its_answer() -> None:
    answer = fold(logged(*EVENTS[:9]))
    assert answer == Answer(
        status="complete", message_id="msg_1", conversation_id="conv_1", text="Sales rose [1]. ☕",
        steps=(Step("condense", "skipped", "Preparing search query", "Sales?"), FINISHED), sources=(HIT,),
        citations=(CITATION,), position=2, eta_s=7.5, model="scripted", usage={"total_tokens": 3},
        timings={"total_ms": 20.0}, last_seq=9,
    )  # fmt: skip
    assert answer.is_finished


def test_every_prefix_is_the_answer_so_far() -> None:
    log = logged(*EVENTS[:9])
    statuses = [fold(log[:length]).status for length in range(len(log) + 1)]
    assert statuses == [
        "sending", "queued", "processing", "processing", "processing", "processing", "streaming", "streaming",
        "streaming", "complete",
    ]  # fmt: skip
    for cut in range(len(log) + 1):
        answer = fold(log[:cut])
        for entry in log[cut:]:
            answer = advance(answer, entry)
        assert answer == fold(log)


@pytest.mark.parametrize(
    ("last", "status"), [(EVENTS[9], "stopped"), (EVENTS[10], "interrupted"), (EVENTS[11], "error")]
)
def test_whatever_ends_it_the_text_stays(last: Event, status: str) -> None:
    answer = fold(logged(*EVENTS[:8], last))
    assert (answer.status, answer.text, answer.citations) == (status, "Sales rose [1]. ☕", (CITATION,))
    assert answer.is_finished
    assert answer.error == (last if isinstance(last, Failed) else None)
