"""What a hostile file can make a parser do. Each function runs in a process of the pool."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

from rag.errors import DocumentError


def add(left: int, right: int) -> int:
    return left + right


def spin() -> None:
    """Burns processor time for ever."""
    while True:
        pass


def wait_for_ever() -> None:
    """Holds the process without using it."""
    while True:
        time.sleep(60)


def grow() -> int:
    """Takes memory until there is none."""
    taken = []
    while True:
        taken.append(bytearray(16 * 1024 * 1024))


def crash() -> None:
    """Reads where nothing is."""
    ctypes.string_at(0)


def abort() -> None:
    """Ends as a library does that got no memory."""
    os.abort()


def be_killed() -> None:
    """Ends as under the kernel's out-of-memory killer."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(3)


def refuse() -> None:
    raise DocumentError("encrypted_document", "It is locked.", {"why": "a test"})


def fail() -> None:
    raise LookupError("not foreseen")


def process_id() -> int:
    return os.getpid()


def limits() -> tuple[int, str]:
    """(soft limit of processor seconds, start of the command line)."""
    import resource  # noqa: PLC0415

    return resource.getrlimit(resource.RLIMIT_CPU)[0], " ".join(sorted(__import__("sys").modules))


def leave_with(path: Path) -> None:
    leave()


def grow_with(path: Path) -> None:
    grow()


def spin_with(path: Path) -> None:
    spin()
