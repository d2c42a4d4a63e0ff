"""A pool of killable processes with limits on memory, processor time and wall time, for work on untrusted files.

A process that dies, loops or grows too large is its job's coded failure; another takes its place. They start at the
first job (`warm` starts them ahead of it), import only what parsing needs, and end with the pool or with the parent.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from rag.errors import DocumentError, FolioError, InternalError

log = logging.getLogger(__name__)
POLL_S = 0.1  # how soon a stop is seen
START_S = 60.0  # a process is up by then
NICENESS = 5  # a page or an answer goes before a file
_PRELOADED = ("pypdfium2.raw", "pypdf", "rag.ingest.parsers")
_JOBS_A_PROCESS = 500  # then a new one takes over, with fresh memory
_TRIES = 3  # a pool that broke under somebody else's file is not this file's fault
_LIMIT_SIGNALS = frozenset({signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGILL})

T = TypeVar("T")
IsStopped = Callable[[], bool]


class Stopped(Exception):
    """The work was called off."""


@dataclass(slots=True)
class Job(Generic[T]):
    """A call on its way through the pool."""

    function: Callable[..., T]
    args: tuple[Any, ...]
    timeout_s: float
    future: Any = None
    tries: int = 0

    @property
    def is_done(self) -> bool:
        return bool(self.future.done())

    def cancel(self) -> None:
        """It does not begin, or its process is killed; nothing when it is done."""
        self.future.cancel()


class Processes:
    """The pool. Safe to use from any thread; close it to end all processes.

    `memory_mb` is what a job may use over what a process needs to start.
    """

    def __init__(self, workers: int, memory_mb: int) -> None:
        self.workers = workers
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._pool: Any = None
        self._closed = False

    def warm(self) -> Job[None]:
        """Start the processes if they are not running; returns at once. -> a job, done once one of them works."""
        return self.submit(_nothing, (), START_S)

    def close(self) -> None:
        """End all processes; work under way fails with Stopped. Calling it twice is fine."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def submit(self, function: Callable[..., T], args: tuple[Any, ...], timeout_s: float) -> Job[T]:
        """Queue a call; all of it pickles, its result too. The timeout counts from its start. Raises Stopped."""
        return self._schedule(Job(function, args, timeout_s))

    def _schedule(self, job: Job[T]) -> Job[T]:
        with self._lock:
            if self._closed:
                raise Stopped
            if self._pool is None or not self._pool.active:
                self._pool = _new_pool(self.workers, self._memory_mb)
            job.tries += 1
            job.future = self._pool.schedule(
                limited, args=(job.timeout_s, job.function, job.args), timeout=job.timeout_s
            )
        return job

    def wait(self, jobs: Sequence[Job[T]], is_stopped: IsStopped) -> None:
        """Until one of the jobs is done. Raises Stopped."""
        while True:
            if self._closed or is_stopped():
                raise Stopped
            if wait([job.future for job in jobs], POLL_S, FIRST_COMPLETED).done:
                return

    def outcome(self, job: Job[T]) -> tuple[T, float]:
        """What a job that is done gave, and how many seconds it took. A job whose pool broke is run again.

        Raises FolioError as the function did; DocumentError: parser_limit when a limit was met, damaged_document when
        the process crashed; Stopped.
        """
        while True:
            try:
                value: tuple[T, float] = job.future.result()
            except (BrokenProcessPool, CancelledError) as error:
                if self._closed:
                    raise Stopped from error
                if job.tries >= _TRIES:
                    raise crashed(None) from error
                self._schedule(job)
            except FolioError:
                raise
            except TimeoutError as error:
                raise over_time() from error
            except Exception as error:  # boundary: whatever pebble brings back from the parser's process
                raise _translated(error) from error
            else:
                return value


def over_time() -> DocumentError:
    return DocumentError("parser_limit", "Reading this file took longer than it may.")


def _translated(error: Exception) -> FolioError:
    if isinstance(error, import_module("pebble").ProcessExpired):
        return crashed(getattr(error, "exitcode", None))
    if isinstance(error, MemoryError):
        return DocumentError("parser_limit", "Reading this file took more memory than it may.")
    log.error("A parser process failed", exc_info=error)
    return InternalError("internal_error", "Something went wrong on our side while reading the file. It was logged.")


def crashed(exit_code: int | None) -> DocumentError:
    """How a process ended -> what to say. Libraries abort when memory runs out; the kernel sends SIGXCPU or SIGKILL."""
    if exit_code is not None and -exit_code in _LIMIT_SIGNALS:
        return DocumentError("parser_limit", "Reading this file took more time or memory than it may.")
    return DocumentError(
        "damaged_document", "This file is damaged: reading it crashed the parser.", {"exit_code": exit_code}
    )


def _new_pool(workers: int, memory_mb: int) -> Any:
    return import_module("pebble").ProcessPool(
        max_workers=workers,
        max_tasks=_JOBS_A_PROCESS,
        initializer=prepare,
        initargs=(memory_mb,),
        context=multiprocessing.get_context("spawn"),
    )


# What follows runs in the processes of the pool.


def prepare(memory_mb: int) -> None:
    """The first act of a process: it stands behind who serves, imports what every file needs, then limits memory."""
    os.nice(NICENESS)
    for library in _PRELOADED:
        import_module(library)
    gc.collect()
    gc.freeze()  # what stays for good is not looked through again and again: a tenth of a PDF's time
    for library in ("pypdf", "pypdfium2"):  # they comment on odd files at length
        logging.getLogger(library).setLevel(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sizes = Path("/proc/self/statm")
    if sizes.exists():
        used = int(sizes.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        limit = used + memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limited(timeout_s: float, function: Callable[..., T], args: tuple[Any, ...]) -> tuple[T, float]:
    """Run a job. Past `timeout_s` of processor time the kernel ends the process, even when its parent is gone."""
    started = time.monotonic()
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + timeout_s) + 2, hard))
    try:
        return function(*args), time.monotonic() - started
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, hard))


def _nothing() -> None:
    """A job that only starts the processes."""
