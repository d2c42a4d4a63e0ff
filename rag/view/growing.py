"""An answer in the writing: how far it is, and how often it is looked at. Pure but for the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from math import inf

from rag.events import Answer, Logged, advance


def so_far(events: Iterable[Logged | None]) -> Answer:
    """The answer as far as its log goes now: up to the first moment in which nothing new comes (None)."""
    answer = Answer()
    for logged in events:
        if logged is None:
            break
        answer = advance(answer, logged)
    return answer


def looks(
    events: Iterable[Logged | None],
    answer: Answer,
    *,
    every_s: float,
    beat_s: float = inf,
    for_s: float = inf,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Answer]:
    """The answer as it grows: what is new at most once in `every_s`, its end at once, and a look in `beat_s` even so.

    `events` are what follows on `answer`; None stands for a moment in which nothing came. The last look is the first
    that comes `for_s` after the beginning. `every_s` and `beat_s` count from when the look before has been drawn.
    """
    began = looked = clock()
    is_new = False
    for logged in events:
        answer = answer if logged is None else advance(answer, logged)
        is_new = is_new or logged is not None
        age_s = clock() - looked
        if answer.is_finished or (is_new and age_s >= every_s) or age_s >= beat_s:
            yield answer
            if clock() - began >= for_s:
                return
            looked, is_new = clock(), False
