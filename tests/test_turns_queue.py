from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.turns.queue import FairQueue

_OWNERS = st.sampled_from("abcd")


def _queue(owners: str) -> FairQueue:
    queue = FairQueue()
    for number, owner in enumerate(owners):
        queue.push(owner, f"{owner}{number}")
    return queue


def test_owners_take_turns_and_each_keeps_their_order() -> None:
    queue = _queue("aaabc")
    assert queue.order() == ["a0", "b3", "c4", "a1", "a2"]
    assert [queue.pop() for _ in range(2)] == ["a0", "b3"]
    queue.push("b", "b9")
    assert queue.order() == ["c4", "a1", "b9", "a2"]


def test_anyone_can_leave() -> None:
    queue = _queue("aab")
    assert queue.remove("a0")
    assert not queue.remove("a0")
    assert queue.remove("b2")
    assert queue.order() == ["a1"]
    assert len(queue) == 1


def test_nobody_waits() -> None:
    queue = FairQueue()
    assert (len(queue), queue.order(), queue.place_for("a")) == (0, [], 1)
    with pytest.raises(KeyError):
        queue.pop()


@given(st.text(_OWNERS, max_size=30), st.integers(0, 10), _OWNERS)
def test_the_order_foretold_is_the_order_kept(owners: str, taken: int, newcomer: str) -> None:
    queue = _queue(owners)
    for _ in range(min(taken, len(queue))):
        queue.pop()
    place = queue.place_for(newcomer)
    queue.push(newcomer, "new")
    foretold = queue.order()
    assert foretold.index("new") + 1 == place
    assert [queue.pop() for _ in foretold] == foretold
    assert len(queue) == 0
