"""How often somebody may do something: counts within a sliding minute, in memory."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from rag.errors import RequestError


class Rate:
    """At most `per_minute` for each key; 0 is no limit. Safe to use from any thread."""

    def __init__(self, per_minute: int, what: str) -> None:
        self._what = what
        self._item = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage()) if per_minute else None

    def take(self, *key: str) -> None:
        """Counts one. Raises RequestError(rate_limited), with the seconds until the next one may come."""
        if self._item is None or self._counts is None or self._counts.hit(self._item, *key):
            return
        ends_at = self._counts.get_window_stats(self._item, *key).reset_time
        wait_s = min(60, max(1, math.ceil(ends_at - time.time())))
        message = f"Too many {self._what} in a minute; {self._item.amount} are the most."
        raise RequestError("rate_limited", message, {"retry_after_s": wait_s, "per_minute": self._item.amount})

    def forget(self, *key: str) -> None:
        """What was counted for this key is forgotten."""
        if self._item is not None and self._counts is not None:
            self._counts.clear(self._item, *key)
