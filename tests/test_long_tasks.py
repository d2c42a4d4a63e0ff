"""How a page's own time is told from the time in which it waited for a processor."""

from __future__ import annotations

import pytest

from tests.long_tasks import LongTask, Waiting

PAGE = [(0.0, 0.0, 0.0), (100.0, 60.0, 40.0), (200.0, 160.0, 40.0), (300.0, 160.0, 140.0)]
ANOTHER = [(0.0, 0.0, 0.0), (300.0, 10.0, 290.0)]


@pytest.mark.parametrize(
    ("began_ms", "ended_ms", "waited_ms"),
    [(0, 100, 40), (0, 50, 20), (50, 150, 20), (100, 200, 0), (150, 250, 50), (-50, 0, 0), (250, 900, 50)],
)
def test_waiting_is_read_from_the_busiest_thread(began_ms: float, ended_ms: float, waited_ms: float) -> None:
    waiting = Waiting([1, 2], {1: PAGE, 2: ANOTHER})
    assert waiting.between(began_ms, ended_ms) == pytest.approx(waited_ms)


def test_without_samples_all_time_is_the_page_s_own() -> None:
    task = LongTask(0, 250, Waiting([]).between(0, 250))
    assert task.own_ms == 250
