"""Reading a turn's log from any place in it, until its end."""

from __future__ import annotations

import threading
from collections.abc import Generator
from time import monotonic

from rag.errors import RequestError
from rag.events import Logged
from rag.turns.live import LiveTurn
from rag.turns.log import Log
from rag.turns.rows import logged_of
from store import turns
from store.database import Database
from store.errors import NotFound

_POLL_S = 0.1  # for a turn that another process writes
_PAGE = 200  # events read at once: whoever leaves after a few has not paid for all


class Tail:
    """A place in a turn's log, which moves on as it is read. Reading never waits for events to come.

    `after` is the seq of the last event that was given; `is_over`: nothing will come after it. One reader at a time.
    """

    def __init__(self, db: Database, log: Log, turn_id: str, after: int) -> None:
        self.turn_id = turn_id
        self.after = after
        self.is_over = False
        self._db = db
        self._log = log
        self._live: LiveTurn | None = None

    @property
    def live(self) -> LiveTurn | None:
        """The turn, once it was found to be written by this process."""
        return self._live

    def peek(self) -> list[Logged] | None:
        """The events that memory holds past `after`, without asking the disk; None when the disk has to be asked."""
        live = self._find()
        if live is None:
            return None
        final = live.final
        news = self._log.recent(live, self.after)
        return None if news is None or (not news and final is not None) else self._pass(news)

    def read(self) -> list[Logged]:
        """The next events past `after`, some 200 at most; empty when there are none now.

        Raises RequestError(not_found).
        """
        # Looked up before reading: what is committed after the reading is found by the next.
        live = self._find()
        final = None if live is None else live.final
        finished = live is None and _is_finished(self._db, self.turn_id)
        news = None if live is None else self._log.recent(live, self.after)
        if news is None:
            news = [logged_of(row) for row in turns.events(self._db, self.turn_id, self.after, _PAGE)]
        if not news:
            if final is not None and final.seq > self.after:  # its end could not be stored: known in memory only
                news = [final]
            self.is_over = final is not None or finished
        return self._pass(news)

    def _find(self) -> LiveTurn | None:
        self._live = self._log.find(self.turn_id) or self._live
        return self._live

    def _pass(self, news: list[Logged]) -> list[Logged]:
        if news:
            self.after = news[-1].seq
            self.is_over = news[-1].is_terminal
        return news


def follow(
    db: Database, log: Log, closing: threading.Event, turn_id: str, after: int, heartbeat_s: float | None
) -> Generator[Logged | None, None, None]:
    """The events with seq > `after` as they reach the disk, up to the terminal one; None for `heartbeat_s` of silence.

    Ends without a terminal event only when `after` is past it, or at shutdown when another process writes the turn.
    Raises RequestError(not_found).
    """
    heard, tail = monotonic(), Tail(db, log, turn_id, after)
    while True:
        news = tail.read()
        for logged in news:
            heard = monotonic()
            yield logged
        if tail.is_over or (not news and tail.live is None and closing.is_set()):
            return
        if news:
            continue
        _wait(log, closing, tail.live, tail.after, None if heartbeat_s is None else heard + heartbeat_s - monotonic())
        if heartbeat_s is not None and monotonic() - heard >= heartbeat_s:
            heard = monotonic()
            yield None


def _is_finished(db: Database, turn_id: str) -> bool:
    try:
        return turns.load(db, turn_id).is_finished
    except NotFound as error:
        raise RequestError("not_found", "This answer does not exist, or it is not yours.") from error


def _wait(log: Log, closing: threading.Event, live: LiveTurn | None, after: int, timeout_s: float | None) -> None:
    if live is not None:
        log.wait(live, after, timeout_s if timeout_s is None else max(0.0, timeout_s))
    else:
        closing.wait(_POLL_S if timeout_s is None else max(0.0, min(_POLL_S, timeout_s)))
