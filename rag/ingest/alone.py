"""One call on an untrusted file in a process of its own, on a machine of a cluster: the same limits as at home.

The process reads a pickled Call from its standard input and writes a pickled Answer. The file's bytes come with the
call; they are kept in a temporary folder for as long as the process lives.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import DocumentError, FolioError
from rag.ingest import processes

_START_S = 30.0  # to import what parsing needs


@dataclass(frozen=True, slots=True)
class Call:
    """`function(path of the content, *args)`; without content `function(*args)`."""

    function: Callable[..., Any]
    content: bytes | None
    args: tuple[Any, ...]
    timeout_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What it gave or raised, and how many seconds it took."""

    value: Any
    error: Exception | None
    seconds: float


def on_worker(
    function: Callable[..., Any], content: bytes | None, args: tuple[Any, ...], timeout_s: float, memory_mb: int
) -> Answer:
    """Runs on a worker of the cluster: the call in a process of its own. Never raises for what the file does."""
    call = pickle.dumps(Call(function, content, args, timeout_s, memory_mb))
    try:
        done = subprocess.run(
            [sys.executable, "-c", "from rag.ingest.alone import main; main()"],
            input=call, stdout=subprocess.PIPE, check=False, timeout=timeout_s + _START_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Answer(None, processes.over_time(), timeout_s)
    if done.returncode:
        return Answer(None, processes.crashed(done.returncode), 0.0)
    answer = pickle.loads(done.stdout)  # noqa: S301 -- our own process wrote it
    assert isinstance(answer, Answer)  # noqa: S101
    return answer


def main() -> None:
    call: Call = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 -- our own process wrote it
    processes.prepare(call.memory_mb)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        args = call.args if call.content is None else (path, *call.args)
        path.write_bytes(call.content or b"")
        try:
            value, seconds = processes.limited(call.timeout_s, call.function, args)
            answer = Answer(value, None, seconds)
        except FolioError as error:
            answer = Answer(None, error, 0.0)
        except MemoryError:
            answer = Answer(None, DocumentError("parser_limit", "Reading this file took more memory than it may."), 0.0)
    sys.stdout.buffer.write(pickle.dumps(answer))
