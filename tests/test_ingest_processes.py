"""Parser processes: whatever one of them does, its job has a coded end and the next job runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rag.errors import DocumentError, FolioError, InternalError
from rag.ingest.processes import Job, Processes, Stopped
from tests import misbehaving
from tests.conftest import wait_until


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    pool = Processes(1, memory_mb=256)
    yield pool
    pool.close()


def _run(processes: Processes, function: Callable[..., Any], *args: Any, timeout_s: float = 60.0) -> Any:
    job = processes.submit(function, args, timeout_s)
    processes.wait([job], lambda: False)
    return processes.outcome(job)[0]


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (misbehaving.grow, "parser_limit"),
        (misbehaving.abort, "parser_limit"),
        (misbehaving.be_killed, "parser_limit"),
        (misbehaving.crash, "damaged_document"),
        (misbehaving.leave, "damaged_document"),
    ],
)
def test_a_process_that_dies_is_its_jobs_coded_failure(
    processes: Processes, function: Callable[[], Any], code: str
) -> None:
    with pytest.raises(DocumentError) as raised:
        _run(processes, function)
    assert raised.value.code == code
    assert _run(processes, misbehaving.add, 1, 2) == 3


@pytest.mark.parametrize("function", [misbehaving.spin, misbehaving.wait_for_ever])
def test_a_job_that_takes_too_long_is_killed(processes: Processes, function: Callable[[], Any]) -> None:
    with pytest.raises(DocumentError) as raised:
        _run(processes, function, timeout_s=0.3)
    assert raised.value.code == "parser_limit"


def test_errors_come_back_as_they_were_raised(processes: Processes) -> None:
    with pytest.raises(DocumentError, match="locked") as raised:
        _run(processes, misbehaving.refuse)
    assert (raised.value.code, raised.value.details) == ("encrypted_document", {"why": "a test"})


def test_an_error_nobody_foresaw_is_ours(processes: Processes) -> None:
    with pytest.raises(InternalError):
        _run(processes, misbehaving.fail)


def test_a_process_starts_light_and_its_processor_time_is_bounded(processes: Processes) -> None:
    seconds, modules = _run(processes, misbehaving.limits, timeout_s=7)
    assert 0 < seconds < 200
    loaded = set(modules.split())
    assert "pypdfium2.raw" in loaded
    assert not loaded & {"gradio", "fastapi", "langchain_core", "qdrant_client", "rag.app", "sqlite_utils", "docx"}


def test_a_cancelled_job_is_killed_and_waiting_for_it_ends(processes: Processes) -> None:
    job: Job[None] = processes.submit(misbehaving.spin, (), 60.0)
    asked = threading.Event()

    def is_stopped() -> bool:
        asked.set()
        return True

    with pytest.raises(Stopped):
        processes.wait([job], is_stopped)
    assert asked.is_set()
    job.cancel()
    assert _run(processes, misbehaving.add, 2, 2) == 4


def test_closing_ends_the_processes_and_what_waits_for_them() -> None:
    pool = Processes(1, memory_mb=256)
    child = _run(pool, misbehaving.process_id)
    job: Job[None] = pool.submit(misbehaving.wait_for_ever, (), 60.0)
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            pool.wait([job], lambda: False)
            pool.outcome(job)
        except (Stopped, FolioError) as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    pool.close()
    pool.close()
    waiting.join(60)
    assert [type(error) for error in ended] == [Stopped]
    wait_until(lambda: not _is_alive(child))
    with pytest.raises(Stopped):
        pool.submit(misbehaving.add, (1, 1), 1.0)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
