"""The answer cache: the same question in the same circumstances is answered by the log of the turn that answered it.

The key holds all that an answer depends on: user, corpus version, model, settings, the question, what was said before.
Any change makes another key, so nothing is ever thrown out; what is older than an hour is passed over. There is no copy
of an answer: with its conversation it leaves the cache.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from rag.events import Cited, Done, Event, Sources, Step, Token
from rag.model import Asking, Exchange
from rag.turns.rows import logged_of
from store import cache, turns
from store.database import Database
from store.ids import moment_text
from store.turns import Turn

KEEP = timedelta(hours=1)
STEP = "cache"
LABEL = "Using the answer to the same question"
_ALL = 1_000_000


def key_of(
    asking: Asking,
    *,
    user_id: str,
    corpus_version: int,
    model: str,
    setup: Sequence[object],
    history: Sequence[Exchange],
) -> str:
    """The exact key of an answer, in hex. `setup`: whatever else of the server can change answers, as JSON values."""
    parts = [
        user_id,
        corpus_version,
        model,
        asking.search_mode,
        None if asking.documents is None else sorted(set(asking.documents)),
        asking.passages,
        asking.settings,
        list(setup),
        normalised(asking.question),
        [[each.question, each.query, each.answer] for each in history],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def normalised(question: str) -> str:
    """The same for questions that differ in blanks and in how their characters are put together only."""
    return " ".join(unicodedata.normalize("NFC", question).split())


def cached(
    db: Database,
    turn: Turn,
    key: str,
    fresh: Callable[[], Iterator[Event]],
    *,
    use: bool = True,
    keep: timedelta = KEEP,
) -> Iterator[Event]:
    """The events of the user's newest answer of this key, else (or without `use`) those of `fresh()`.

    An answer that is made anew is the one that is found next time, once it is done.
    """
    began = monotonic()
    found = cache.find(db, turn.owner, key, moment_text(datetime.now(UTC) - keep)) if use else None
    events = [] if found is None else _events_of(db, found)
    if found is not None and events:
        yield from _replayed(turn, found, events, began)
        return
    cache.remember(db, turn.id, key)
    yield from fresh()


def _events_of(db: Database, turn: Turn) -> list[Event]:
    """All of its events; none when its conversation has just been deleted."""
    return [logged_of(row).event for row in turns.events(db, turn.id, limit=_ALL)]


def _replayed(turn: Turn, found: Turn, events: Sequence[Event], began: float) -> Iterator[Event]:
    """What was found, as events of this turn. Its steps took no time now; tokens were not spent again."""
    timings: dict[str, Any] = {"cache_ms": _elapsed_ms(began)}
    yield Step(STEP, "finished", LABEL, f"made {found.ended_at}", timings["cache_ms"])
    for event in events:
        if isinstance(event, Step) and event.status != "started":
            yield replace(event, elapsed_ms=0.0)
        elif isinstance(event, Sources | Token | Cited):
            if isinstance(event, Token):
                timings.setdefault("first_token_ms", _elapsed_ms(began))
            yield event
        elif isinstance(event, Done):
            usage = dict.fromkeys(asdict(event)["usage"], 0)
            timings["total_ms"] = _elapsed_ms(began)
            yield Done(turn.message_id, event.model, usage, timings, cached=True)


def _elapsed_ms(since: float) -> float:
    return round((monotonic() - since) * 1000, 1)
