"""The data folder: one owner process at a time, who that is, and whether there is room in it.

The locks are the kernel's (flock), so they go with the process however that ends; the note beside the first only tells
people who holds it. Several processes may share a folder if all of them say so (their index is on a server): each then
has a seat of its own, and the others can see whether it is still taken.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from store.errors import StorageFull
from store.ids import new_id, now

LOCK_NAME = "folio.lock"
SEATS = "seats"
# The vector index writes through memory maps: on a full disk that is no error to catch but the process's end (SIGBUS).
RESERVE_BYTES = 32 * 1024 * 1024


class FolderHeld(Exception):
    """Another process owns the folder. `holder` has pid, command and since, where the note could be read."""

    def __init__(self, folder: Path, holder: dict[str, str]) -> None:
        super().__init__(f"{folder} is held by process {holder.get('pid', 'unknown')}")
        self.folder = folder
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Seat:
    """One process's place in a data folder. `id` is never used again."""

    id: str
    folder: Path
    is_shared: bool

    def is_taken(self, seat_id: str | None) -> bool:
        """Whether the process that sat there lives: this one, or another one that shares the folder."""
        if seat_id is None or not self.is_shared:
            return seat_id == self.id
        return seat_id == self.id or not _is_free(self.folder / SEATS / seat_id)


@contextmanager
def hold(folder: Path, *, shared: bool = False) -> Iterator[Seat]:
    """Own the folder (made if missing, mode 0700) until the block ends, `shared` with others that share it.

    Raises FolderHeld at once if somebody owns it alone, or if anybody has it while it is wanted alone.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderHeld(folder, _read_note(handle)) from None
        os.ftruncate(handle, 0)
        note = {"pid": str(os.getpid()), "command": " ".join(sys.argv)[:200], "since": now()}
        os.pwrite(handle, json.dumps(note).encode(), 0)
        with _seat(folder, shared) as seat:
            yield seat
    finally:
        os.close(handle)


@contextmanager
def _seat(folder: Path, shared: bool) -> Iterator[Seat]:
    seat = Seat(new_id("seat"), folder, shared)
    if not shared:
        yield seat
        return
    (folder / SEATS).mkdir(exist_ok=True)
    for left in (folder / SEATS).iterdir():  # by processes that died
        if _is_free(left):
            left.unlink(missing_ok=True)
    path = folder / SEATS / seat.id
    aside = folder / f"{seat.id}.new"  # it gets its name when it is locked: nobody takes it for one that was left
    handle = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        aside.rename(path)
        yield seat
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _is_free(path: Path) -> bool:
    with suppress(FileNotFoundError, BlockingIOError):
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(handle)
        return True
    return not path.exists()


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
