"""How often somebody may do something: counts within a sliding minute, in memory.

A key's minutes begin with its first count. What was counted in the minute before weighs as much as of that minute still
lies within the last sixty seconds: the sliding window counter of the library `limits`, whose store in memory starts a
thread for its house-keeping at nearly every count.

Source: https://limits.readthedocs.io/en/stable/strategies.html#sliding-window-counter
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rag.errors import RequestError

_MINUTE_S = 60


@dataclass(slots=True)
class _Window:
    """What was counted since `began`, a minute ago at most, and in the minute before that."""

    began: float
    count: int = 0
    before: int = 0


class Rate:
    """At most `per_minute` for each key; 0 is no limit. Safe to use from any thread. `clock`: in seconds."""

    def __init__(self, per_minute: int, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._what = what
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._sweep_due = 0.0

    @property
    def remembered(self) -> int:
        """Of how many keys something is remembered."""
        return len(self._windows)

    def take(self, *key: str) -> None:
        """Counts one. Raises RequestError(rate_limited), with the seconds until the next one may come."""
        if not self._per_minute:
            return
        with self._lock:
            now = self._clock()
            window = self._window(key, now)
            gone_s = now - window.began
            if math.floor(window.before * (1 - gone_s / _MINUTE_S) + window.count) < self._per_minute:
                window.count += 1
                return
            wait_s = min(_MINUTE_S, max(1, math.floor(self._wait_s(window, gone_s)) + 1))
        message = f"Too many {self._what} in a minute; {self._per_minute} are the most."
        raise RequestError("rate_limited", message, {"retry_after_s": wait_s, "per_minute": self._per_minute})

    def forget(self, *key: str) -> None:
        """What was counted for this key is forgotten."""
        with self._lock:
            self._windows.pop(key, None)

    def _window(self, key: tuple[str, ...], now: float) -> _Window:
        """The key's present minute. Now and then those are forgotten who stay away. Holds the lock."""
        if now >= self._sweep_due:
            fresh = now - 2 * _MINUTE_S
            self._windows = {each: window for each, window in self._windows.items() if window.began > fresh}
            self._sweep_due = now + _MINUTE_S
        window = self._windows.get(key)
        if window is None or now - window.began >= 2 * _MINUTE_S:
            window = self._windows[key] = _Window(now)
        elif now - window.began >= _MINUTE_S:
            window.began, window.before, window.count = window.began + _MINUTE_S, window.count, 0
        return window

    def _wait_s(self, window: _Window, gone_s: float) -> float:
        """Until what is counted is no more than the limit; just after that it is less."""
        if window.count < self._per_minute:
            return _MINUTE_S * (1 - (self._per_minute - window.count) / window.before) - gone_s
        return _MINUTE_S - gone_s + _MINUTE_S * (1 - self._per_minute / window.count)
