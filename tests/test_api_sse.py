"""The parts of a stream that need no server: its frames, and how long a client may take nothing."""

from __future__ import annotations

import anyio
import pytest

from rag.api.sse import Patience, frame


async def _sending(look_s: float, frames: int, each_s: float) -> bool:
    """-> whether it was cut off."""
    with anyio.CancelScope() as stream, Patience(stream, look_s) as patience:
        for _ in range(frames):
            patience.sends = True
            await anyio.sleep(each_s)
            patience.sends = False
        await anyio.sleep(3 * look_s)  # nothing to send is no reason to leave
    return stream.cancelled_caught


@pytest.mark.parametrize(("frames", "each_s", "is_cut_off"), [(1, 30.0, True), (40, 0.005, False)])
def test_a_client_that_takes_nothing_is_left(frames: int, each_s: float, is_cut_off: bool) -> None:
    assert anyio.run(_sending, 0.05, frames, each_s) is is_cut_off


def test_a_frame_is_one_line_of_data() -> None:
    sent = frame("token", {"text": "a\nb\u2028c \ud83d"}, 7)
    assert sent == b'id: 7\nevent: token\ndata: {"text":"a\\nb\\u2028c ?"}\n\n'
    assert frame("token", {"text": "a\u007f"}) == b'event: token\ndata: {"text":"a\x7f"}\n\n'
