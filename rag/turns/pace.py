"""How long a wait will be, from how long answers took lately. Pure state; moments come in as arguments, in seconds."""

from __future__ import annotations

_FIRST_GUESS_S = 10.0  # how long an answer takes, before any has been seen
_WEIGHT = 0.2  # of the newest answer in the average


class Pace:
    """Of answers of which `places` are written at once."""

    def __init__(self, places: int, moment: float) -> None:
        self._places = places
        self._typical_s = _FIRST_GUESS_S
        self._left_at = moment

    def left(self, took_s: float, moment: float) -> None:
        """A place has become free, after `took_s`."""
        self._typical_s += _WEIGHT * (took_s - self._typical_s)
        self._left_at = moment

    def eta_s(self, position: int, moment: float) -> float:
        """Until the turn at this position (from 1) gets its place; 0 for position 0.

        The wait for the next free place counts down; it is never promised sooner than at once.
        """
        between_s = self._typical_s / self._places
        waited_s = min(between_s, moment - self._left_at)
        return round(position * between_s - waited_s, 1) if position else 0.0
