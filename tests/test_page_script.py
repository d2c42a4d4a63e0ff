"""ui_gradio.py as a Space runs it: parsers start when somebody comes, and import nothing of the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import wait_until
from tests.ports import reserved_port

ROOT = Path(__file__).resolve().parent.parent
PARSERS = 2
LEAST_KB, MOST_KB = 35_000, 110_000  # with the parsers imported, and without the page (216,000 with it)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """(its address, its process id)."""
    with reserved_port() as port:
        yield from _served(tmp_path, port)


def _served(tmp_path: Path, port: int) -> Iterator[tuple[str, int]]:
    settings = {
        "FOLIO_DATA": str(tmp_path),
        "FOLIO_PORT": str(port),
        "FOLIO_OFFLINE": "1",
        "FOLIO_WORKERS": str(PARSERS),
    }
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "ui_gradio.py"], cwd=ROOT, stdout=output, stderr=output, env=os.environ | settings
        ) as server,
    ):
        try:
            wait_until(lambda: server.poll() is not None or b"Folio is ready" in log.read_bytes())
            assert server.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()


def sizes(parent: int) -> list[int]:
    """Resident kilobytes of its child processes."""
    children = " ".join(_read(path) for path in Path(f"/proc/{parent}/task").glob("*/children")).split()
    status = [_read(Path(f"/proc/{child}/status")) for child in children]
    return [int(found[1]) for text in status if (found := re.search(r"VmRSS:\s+(\d+)", text))]


def _read(path: Path) -> str:
    """Empty for a thread or a process that has just ended."""
    try:
        return path.read_text()
    except OSError:
        return ""


def test_parsers_are_ready_before_the_first_file_and_small(served: tuple[str, int]) -> None:
    address, process = served
    assert sizes(process) == []
    httpx.get(f"{address}/api/v1/files/upload/info", timeout=60).raise_for_status()
    wait_until(lambda: sum(size > LEAST_KB for size in sizes(process)) == PARSERS)
    assert max(sizes(process)) < MOST_KB
