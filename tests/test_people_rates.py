"""Rates: a sliding minute, its weights, when to come back, and that nothing is kept of those who stay away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.errors import RequestError
from rag.people.rates import Rate


class Clock:
    def __init__(self) -> None:
        self.now = 120.0

    def __call__(self) -> float:
        return self.now


def taken(rate: Rate, times: int, *key: str) -> int:
    """How many of so many attempts were let through."""
    through = 0
    for _ in range(times):
        try:
            rate.take(*key)
        except RequestError:
            continue
        through += 1
    return through


def wait_of(rate: Rate, *key: str) -> int:
    with pytest.raises(RequestError) as raised:
        rate.take(*key)
    assert raised.value.code == "rate_limited"
    wait_s: int = raised.value.details["retry_after_s"]
    return wait_s


def test_never_more_than_the_limit_in_a_minute_and_again_afterwards() -> None:
    clock = Clock()
    rate = Rate(10, "questions", clock)
    assert taken(rate, 30, "ada") == 10
    clock.now += 60
    assert taken(rate, 30, "ada") == 0  # the whole minute before still counts
    clock.now += 30
    assert taken(rate, 30, "ada") == 5
    clock.now += 90
    assert taken(rate, 30, "ada") == 10


def test_the_last_minute_fades() -> None:
    clock = Clock()
    rate = Rate(100, "questions", clock)
    assert taken(rate, 200, "ada") == 100
    clock.now += 60
    allowed = 0
    for second in range(1, 61):
        clock.now += 1
        allowed += taken(rate, 200, "ada")
        assert allowed <= 100 * second / 60 + 1
    assert allowed == 100


@pytest.mark.parametrize("per_minute", [1, 2, 7, 60])
@pytest.mark.parametrize("later_s", [0.001, 0.4, 31.0, 59.9])
def test_who_waits_as_told_is_let_through(per_minute: int, later_s: float) -> None:
    clock = Clock()
    rate = Rate(per_minute, "questions", clock)
    taken(rate, 1, "ada")
    clock.now += later_s
    for _ in range(5):
        taken(rate, per_minute * 2, "ada")
        wait_s = wait_of(rate, "ada")
        assert 1 <= wait_s <= 60
        clock.now += wait_s
        assert taken(rate, 1, "ada") == 1


def test_those_who_stay_away_are_forgotten() -> None:
    clock = Clock()
    rate = Rate(10, "questions", clock)
    for number in range(1_000):
        rate.take(f"u_{number}")
    clock.now += 121
    rate.take("ada")
    assert rate.remembered == 1


def test_keys_are_counted_apart_and_can_be_forgotten() -> None:
    rate = Rate(1, "questions", Clock())
    rate.take("ada", "home")
    rate.take("ada", "work")
    assert taken(rate, 1, "ada", "home") == 0
    rate.forget("ada", "home")
    rate.forget("nobody")
    assert taken(rate, 2, "ada", "home") == 1


def test_no_thread_is_started_and_threads_do_not_lose_counts() -> None:
    rate = Rate(500, "questions", Clock())
    before = set(threading.enumerate())
    with ThreadPoolExecutor(8) as threads:
        through = list(threads.map(lambda _: taken(rate, 100, "ada"), range(8)))
    assert sum(through) == 500
    assert set(threading.enumerate()) <= before  # one of before may end meanwhile
