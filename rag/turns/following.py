"""Reading a turn's log from any place in it, until its end."""

from __future__ import annotations

import threading
from collections.abc import Generator
from time import monotonic

from rag.errors import RequestError
from rag.events import Logged
from rag.turns.log import LiveTurn, Log
from rag.turns.rows import logged_of
from store import turns
from store.database import Database
from store.errors import NotFound

_POLL_S = 0.1  # for a turn that another process writes, see `watch`
_PAGE = 200  # events read at once: whoever leaves after a few has not paid for all


def follow(
    db: Database, log: Log | None, closing: threading.Event, turn_id: str, after: int, heartbeat_s: float | None
) -> Generator[Logged | None, None, None]:
    """The events with seq > `after` as they reach the disk, up to the terminal one; None for `heartbeat_s` of silence.

    Ends without a terminal event only when `after` is past it, or at shutdown when another process writes the turn.
    Raises RequestError(not_found).
    """
    heard, live = monotonic(), None
    while True:
        seen = False
        # Looked up before reading: what is committed after the reading ends the wait below.
        live = (log.find(turn_id) if log else None) or live
        final = None if live is None else live.final
        finished = live is None and _is_finished(db, turn_id)
        news = log.recent(live, after) if log and live else None
        for logged in map(logged_of, turns.events(db, turn_id, after, _PAGE)) if news is None else news:
            seen, after, heard = True, logged.seq, monotonic()
            yield logged
            if logged.is_terminal:
                return
        if seen:
            continue
        if final is not None and final.seq > after:  # its end could not be stored: known in memory only
            yield final
        if final is not None or finished or (live is None and closing.is_set()):
            return
        _wait(log, closing, live, after, None if heartbeat_s is None else heard + heartbeat_s - monotonic())
        if heartbeat_s is not None and monotonic() - heard >= heartbeat_s:
            heard = monotonic()
            yield None


def watch(
    db: Database,
    turn_id: str,
    after: int = 0,
    heartbeat_s: float | None = None,
    *,
    closing: threading.Event | None = None,
) -> Generator[Logged | None, None, None]:
    """The same events as `follow`, for a process that only reads what another one writes.

    `closing` ends it. Raises RequestError(not_found).
    """
    return follow(db, None, closing or threading.Event(), turn_id, after, heartbeat_s)


def _is_finished(db: Database, turn_id: str) -> bool:
    try:
        return turns.load(db, turn_id).is_finished
    except NotFound as error:
        raise RequestError("not_found", "This answer does not exist, or it is not yours.") from error


def _wait(
    log: Log | None, closing: threading.Event, live: LiveTurn | None, after: int, timeout_s: float | None
) -> None:
    if log is not None and live is not None:
        log.wait(live, after, timeout_s if timeout_s is None else max(0.0, timeout_s))
    else:
        closing.wait(_POLL_S if timeout_s is None else max(0.0, min(_POLL_S, timeout_s)))
