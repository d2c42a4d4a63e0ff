from __future__ import annotations

import threading

from rag.ingest.fair import FairQueue


def test_owners_take_turns() -> None:
    waiting: FairQueue[str] = FairQueue()
    for number in range(500):
        waiting.put("ann", f"a{number}")
    for thing in ("b0", "b1"):
        waiting.put("bob", thing)
    assert [waiting.get() for _ in range(6)] == ["a0", "b0", "a1", "b1", "a2", "a3"]
    waiting.put("cid", "c0")
    assert [waiting.get() for _ in range(2)] == ["a4", "c0"]


def test_what_waits_can_be_taken_after_closing() -> None:
    waiting: FairQueue[int] = FairQueue()
    waiting.put("ann", 1)
    waiting.close()
    assert [waiting.get(), waiting.get()] == [1, None]


def test_getting_waits_for_something() -> None:
    waiting: FairQueue[int] = FairQueue()
    got: list[int | None] = []
    taker = threading.Thread(target=lambda: got.append(waiting.get()))
    taker.start()
    waiting.put("ann", 7)
    taker.join(60)
    assert got == [7]
