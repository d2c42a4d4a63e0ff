"""The data folder: one owner process at a time, who that is, and whether there is room in it.

The lock is the kernel's (flock), so it goes with the process however that ends; the note beside it only tells people
who holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import StorageFull
from store.ids import now

LOCK_NAME = "folio.lock"
# The vector index writes through memory maps: on a full disk that is no error to catch but the process's end (SIGBUS).
RESERVE_BYTES = 32 * 1024 * 1024


class FolderHeld(Exception):
    """Another process owns the folder. `holder` has pid, command and since, where the note could be read."""

    def __init__(self, folder: Path, holder: dict[str, str]) -> None:
        super().__init__(f"{folder} is held by process {holder.get('pid', 'unknown')}")
        self.folder = folder
        self.holder = holder


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Own the folder (made if missing, mode 0700) until the block ends. Raises FolderHeld at once if it is owned."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderHeld(folder, _read_note(handle)) from None
        os.ftruncate(handle, 0)
        note = {"pid": str(os.getpid()), "command": " ".join(sys.argv)[:200], "since": now()}
        os.pwrite(handle, json.dumps(note).encode(), 0)
        yield
    finally:
        os.close(handle)


def check_space(folder: Path) -> None:
    """Raises StorageFull while the folder's disk has less than RESERVE_BYTES free."""
    if shutil.disk_usage(folder).free < RESERVE_BYTES:
        raise StorageFull(f"Less than {RESERVE_BYTES // 1024**2} MB are free.")


def _read_note(handle: int) -> dict[str, str]:
    try:
        note = json.loads(os.pread(handle, 4096, 0) or b"{}")
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}
