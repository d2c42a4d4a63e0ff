"""How often an answer in the writing is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.events import Answer, Done, Logged, Token
from rag.view.growing import looks, so_far


class Clock:
    """Time that passes while one waits for what comes next: each event takes as long as it says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def after(self, events: Iterable[tuple[float, Logged | None]]) -> Iterator[Logged | None]:
        for passed_s, logged in events:
            self.now += passed_s
            yield logged


def token(seq: int, text: str) -> Logged:
    return Logged("turn_1", seq, "2026-11-20T13:00:00.000Z", Token(text))


def done(seq: int) -> Logged:
    return Logged("turn_1", seq, "2026-11-20T13:00:00.000Z", Done("msg_1", "small", {}, {}, False))


def test_so_far_is_up_to_the_first_silence() -> None:
    assert so_far([token(1, "Half"), token(2, " an"), None, token(3, " answer")]).text == "Half an"
    assert so_far([]) == Answer()


def test_what_is_new_is_looked_at_once_in_a_while_and_the_end_at_once() -> None:
    clock = Clock()
    events = clock.after([(0.01, token(1, "a")), (0.05, token(2, "b")), (0.05, token(3, "c")), (0.01, done(4))])
    seen = [answer.text for answer in looks(events, Answer(), every_s=0.1, clock=clock)]
    assert seen == ["abc", "abc"]


def test_silence_is_looked_at_in_the_beat_only() -> None:
    clock = Clock()
    events = clock.after([(1.0, None), (1.0, None), (1.0, None), (0.5, token(1, "a")), (0.1, None)])
    times = [clock.now for _ in looks(events, Answer(), every_s=0.1, beat_s=3.0, clock=clock)]
    assert times == [3.0, 3.5]


def test_a_slice_ends_with_the_first_look_after_its_time_and_loses_nothing() -> None:
    clock = Clock()
    events = clock.after([(0.4, token(1, "a")), (0.4, token(2, "b")), (0.4, token(3, "c")), (0.4, token(4, "d"))])
    first = list(looks(events, Answer(), every_s=0.1, for_s=1.0, clock=clock))
    assert [answer.text for answer in first] == ["a", "ab", "abc"]
    assert [answer.text for answer in looks(events, first[-1], every_s=0.1, clock=clock)] == ["abcd"]


def test_time_spent_on_drawing_does_not_count() -> None:
    clock = Clock()
    events = clock.after([(0.1, token(1, "a")), (0.05, token(2, "b")), (0.06, token(3, "c"))])
    seen = []
    for answer in looks(events, Answer(), every_s=0.1, clock=clock):
        seen.append(answer.text)
        clock.now += 5.0
    assert seen == ["a", "abc"]
