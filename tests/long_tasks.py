"""Long tasks of a page, by the browser's own observer, and how much of them the page waited for a processor.

A task is long by the clock on the wall (PerformanceObserver, "longtask"). On a busy machine that clock also runs while
other programs have the processors: the kernel counts that time for every thread (proc(5), /proc/PID/schedstat: time on
a processor, time spent waiting for one, in nanoseconds). What is left is the page's own: work, or waiting of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Page

EVERY_S = 0.01
_OBSERVE = """() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) {
            longTasks.push([performance.timeOrigin + startTime, duration]);
        }
    }).observe({ type: "longtask" });
}"""
_BE_BUSY = """(ms) => new Promise((resolve) => setTimeout(() => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    setTimeout(resolve, 50);
}))"""


@dataclass(frozen=True, slots=True)
class LongTask:
    """`began_ms` since 1970; `waited_ms` of `lasted_ms`: without a processor."""

    began_ms: float
    lasted_ms: float
    waited_ms: float

    @property
    def own_ms(self) -> float:
        return self.lasted_ms - self.waited_ms


@dataclass(slots=True)
class Waiting:
    """How long threads have waited for a processor. `samples`: pid -> (ms since 1970, busy ms, waited ms), in order."""

    pids: list[int]
    samples: dict[int, list[tuple[float, float, float]]] = field(default_factory=dict)

    def sample(self) -> None:
        for pid in self.pids:
            spent = _spent(Path(f"/proc/{pid}/schedstat"))
            if spent is not None:
                self.samples.setdefault(pid, []).append((time.time() * 1000, *spent))

    def between(self, began_ms: float, ended_ms: float) -> float:
        """Of the busiest thread, the page's: ms waited in this time; between two samples evenly."""
        if not self.samples:
            return 0.0
        page = max(self.samples.values(), key=lambda all: all[-1][1] - all[0][1])
        return _at(page, ended_ms) - _at(page, began_ms)


def _at(samples: list[tuple[float, float, float]], moment_ms: float) -> float:
    for (begin, _, low), (end, _, high) in pairwise(samples):
        if moment_ms <= end:
            share = (moment_ms - begin) / (end - begin) if end > begin else 1.0
            return low + (high - low) * min(1.0, max(0.0, share))
    return samples[-1][2]


def _spent(path: Path) -> tuple[float, float] | None:
    """Of a thread: ms on a processor, ms waiting for one; None when it has ended."""
    try:
        busy, waited, _ = path.read_text().split()
    except OSError:
        return None
    return int(busy) / 1e6, int(waited) / 1e6


def _renderers(browser: Browser) -> list[int]:
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [one["id"] for one in processes if one["type"] == "renderer"]


@dataclass(slots=True)
class Work:
    """`busy_ms`: of the pages' main threads and of all threads of this process (the server's) together.

    `waited_ms`: without a processor, the one of the pages and the one of the server's threads that waited longest. They
    take turns, so this is what the clock on the wall counts too much.
    """

    busy_ms: float = 0.0
    waited_ms: float = 0.0


@contextmanager
def worked(browser: Browser) -> Iterator[Work]:
    """What was done in the block, known when it has ended."""
    pages = [Path(f"/proc/{pid}/schedstat") for pid in _renderers(browser)]
    before = {path: _spent(path) for path in [*pages, *_own()]}
    work = Work()
    yield work
    for paths in (pages, _own()):
        spent = [(before.get(path) or (0.0, 0.0), _spent(path) or (0.0, 0.0)) for path in paths]
        work.busy_ms += sum(max(0.0, now[0] - was[0]) for was, now in spent)
        work.waited_ms += max((now[1] - was[1] for was, now in spent), default=0.0)


def _own() -> list[Path]:
    return list(Path("/proc/self/task").glob("*/schedstat"))


@contextmanager
def watched(browser: Browser, page: Page, busy_ms: int = 300) -> Iterator[list[LongTask]]:
    """The page's long tasks while the block runs, in the list when it has ended.

    The first is one of `busy_ms` that is made here: it shows that the observer sees.
    """
    waiting = Waiting(_renderers(browser))
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            waiting.sample()

    watcher = threading.Thread(target=watch, daemon=True)
    tasks: list[LongTask] = []
    page.evaluate(_OBSERVE)
    watcher.start()
    try:
        page.evaluate(_BE_BUSY, busy_ms)
        yield tasks
        found = page.evaluate("longTasks")
    finally:
        ended.set()
        watcher.join()
    for began_ms, lasted_ms in found:
        tasks.append(LongTask(began_ms, lasted_ms, waiting.between(began_ms, began_ms + lasted_ms)))
