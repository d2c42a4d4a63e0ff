"""Something that changes until it has ended, as frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio

from rag.api.changes import Seen, change_frames
from rag.errors import RequestError

AT = "2026-11-20T13:00:00.000Z"
AT_MS = 1_795_179_600_000


def told(looks: list[Seen | Exception], knows: Callable[[Seen], bool] = lambda seen: False) -> list[dict[str, Any]]:
    """What a client hears of these looks, one after the other."""
    left = iter(looks)

    def look() -> Seen:
        seen = next(left)
        if isinstance(seen, Exception):
            raise seen
        return seen

    async def heard() -> list[bytes]:
        return [one async for one in change_frames("task", look, 0, knows=knows)]

    frames = anyio.run(heard)
    return [json.loads(one.decode().partition("data: ")[2]) for one in frames]


def test_each_change_is_told_once_and_two_at_the_same_time_are_told_apart() -> None:
    half, whole = Seen({"n": 1}, AT, False), Seen({"n": 2}, AT, True)
    heard = told([half, half, whole])
    assert [(one["n"], one["type"], one["seq"], one["at"]) for one in heard] == [
        (1, "task", AT_MS, AT), (2, "task", AT_MS + 1, AT),
    ]  # fmt: skip


def test_what_the_client_knows_is_not_told_again_but_what_follows_is() -> None:
    half, whole = Seen({"n": 1}, AT, False), Seen({"n": 2}, AT, True)
    assert [one["n"] for one in told([half, whole], knows=lambda seen: seen is half)] == [2]
    assert told([whole], knows=lambda seen: True) == []


def test_a_refusal_is_the_last_that_is_heard() -> None:
    gone = RequestError("not_found", "It does not exist, or it is not yours.")
    heard = told([Seen({"n": 1}, AT, False), gone])
    assert [one["type"] for one in heard] == ["task", "error"]
    assert (heard[1]["error_code"], heard[1]["retryable"]) == ("not_found", False)
