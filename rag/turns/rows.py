"""Between the events of a turn and its rows: pure, but for the reading of a whole log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from rag.errors import CODES
from rag.events import Answer, Event, Failed, Logged, Token, fields_of, fold, from_fields
from rag.model import Asking
from store import turns
from store.columns import storable, to_column
from store.database import Database
from store.errors import Conflict, StorageFull
from store.turns import EventRow, Turn

# How a finished answer's status is called in its turn's row.
TURN_STATUS = {"complete": "done", "stopped": "stopped", "interrupted": "interrupted", "error": "error"}


def asking_of(turn: Turn) -> Asking:
    """What was asked, as it was passed to `Turns.start`."""
    return asking_from(turn.asking)


def asking_from(kept: Mapping[str, Any]) -> Asking:
    """What was asked, from what is kept of it with the turn and with the answer's message ("settings")."""
    known = {field.name for field in fields(Asking)}
    values = {name: value for name, value in kept.items() if name in known}
    if values.get("documents") is not None:
        values["documents"] = tuple(values["documents"])
    return Asking(**values)


def row_of(logged: Logged) -> EventRow:
    """An event as the log keeps it."""
    return EventRow(logged.turn_id, logged.seq, logged.event.type, logged.at, fields_of(logged.event))


def logged_of(row: EventRow) -> Logged:
    """The inverse of row_of."""
    return Logged(row.turn_id, row.seq, row.at, from_fields(row.type, row.fields))


def read_back(logged: Logged) -> Logged:
    """An event as `logged_of` gives it once it is stored, without asking the disk."""
    if isinstance(logged.event, Token):
        return Logged(logged.turn_id, logged.seq, logged.at, Token(storable(logged.event.text)))
    fields = json.loads(to_column(fields_of(logged.event)))
    return Logged(logged.turn_id, logged.seq, logged.at, from_fields(logged.event.type, fields))


def answer_on_disk(db: Database, turn_id: str) -> Answer:
    """The fold of a turn's whole log."""
    rows: list[EventRow] = []
    while page := turns.events(db, turn_id, after=rows[-1].seq if rows else 0):
        rows += page
    return fold(map(logged_of, rows))


def merged(events: Iterable[Event]) -> list[Event]:
    """The same events, with tokens that follow each other made one."""
    result: list[Event] = []
    texts: list[str] = []
    for event in events:
        if isinstance(event, Token):
            texts.append(event.text)
            continue
        if texts:
            result.append(Token("".join(texts)))
            texts = []
        result.append(event)
    return [*result, Token("".join(texts))] if texts else result


def columns_of(turn: Turn, answer: Answer) -> dict[str, Any]:
    """A finished answer as columns of its message. `query` is what the step "condense" made of the question."""
    condensed = [step.detail for step in answer.steps if step.name == "condense" and step.status == "finished"]
    return {
        "text": answer.text,
        "status": answer.status,
        "model": answer.model or turn.asking.get("model") or "",
        "query": next(filter(None, condensed), "") or turn.asking.get("question") or "",
        "citations": list(answer.citations),
        "sources": list(answer.sources),
        "steps": [asdict(step) for step in answer.steps],
        "usage": answer.usage,
        "timings": answer.timings,
        "cached": answer.cached,
        "error": None if answer.error is None else asdict(answer.error),
    }


def failure_of(error: Exception) -> Failed:
    """The end of a turn whose events cannot be stored."""
    if isinstance(error, StorageFull):
        return Failed("storage_full", "The server's disk is full; the answer ends here.", {}, CODES["storage_full"][1])
    if isinstance(error, Conflict):
        return Failed("not_found", "The conversation of this answer was deleted.", {}, CODES["not_found"][1])
    return Failed("internal_error", "The answer could not be stored.", {}, CODES["internal_error"][1])
