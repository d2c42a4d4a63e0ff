"""Uploaded bytes on disk, named by their own hash under `<data>/files`. No path comes from a user's name for a file."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from store.database import Database
from store.errors import TooLarge, full_disk_named

_BLOCK = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FRESH_S = 60.0  # a file this young may be about to get its document


def path_name(sha256: str) -> str:
    """Where these bytes lie, relative to the folder of files. Raises ValueError for anything but a SHA-256 in hex."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return f"{sha256[:2]}/{sha256}"


def path_of(data_dir: Path, sha256: str) -> Path:
    """Where these bytes lie, or would lie."""
    return data_dir / "files" / path_name(sha256)


def put(data_dir: Path, stream: BinaryIO, max_bytes: int) -> tuple[str, int, Path]:
    """Keeps a stream's bytes. -> (SHA-256 in hex, how many, where). On disk for good when it returns.

    Raises TooLarge past `max_bytes`, StorageFull; both leave nothing behind.
    """
    folder = data_dir / "files"
    with full_disk_named(), _temporary(folder) as (temporary, target):
        digest, size = hashlib.sha256(), 0
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > max_bytes:
                raise TooLarge(f"more than {max_bytes} bytes")
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
        sha256 = digest.hexdigest()
        final = path_of(data_dir, sha256)
        final.parent.mkdir(exist_ok=True)
        temporary.replace(final)
        _sync_folder(final.parent)
    return sha256, size, final


def remove(db: Database, data_dir: Path, sha256: str, *, fresh_s: float = _FRESH_S) -> bool:
    """Deletes bytes that no document row refers to any more. -> whether they are gone.

    Bytes put in the last `fresh_s` stay: they may be waiting for their document. `sweep` gets them later.
    """
    path = path_of(data_dir, sha256)
    with db.write() as writer:  # no document can be created in between
        if writer.execute("SELECT 1 FROM documents WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone():
            return False
        if path.exists() and time.time() - path.stat().st_mtime < fresh_s:
            return False
        writer.execute("DELETE FROM files WHERE sha256 = ?", (sha256,))
        path.unlink(missing_ok=True)
    return True


def remove_all(db: Database, data_dir: Path, hashes: Iterable[str], *, fresh_s: float = _FRESH_S) -> int:
    """`remove` for each of these. -> how many are gone."""
    return sum(remove(db, data_dir, sha256, fresh_s=fresh_s) for sha256 in hashes)


def sweep(db: Database, data_dir: Path, *, fresh_s: float = _FRESH_S, is_alone: bool = False) -> int:
    """Deletes unfinished uploads that a crash left behind, and bytes without a document. -> how many files.

    `fresh_s`: see `remove`; 0 where whoever puts bytes looks, in the transaction that makes their document, whether
    they are still there. `is_alone`: nobody can be uploading now, so that what is unfinished is nobody's, however new.
    """
    folder = data_dir / "files"
    silent_since = time.time() - (0.0 if is_alone else _FRESH_S)
    unfinished = [path for path in folder.glob("upload-*") if path.stat().st_mtime < silent_since]
    for path in unfinished:
        path.unlink(missing_ok=True)
    kept = {path.name for path in folder.glob("??/*") if _SHA256.fullmatch(path.name)}
    with db.read() as reader:  # at once: a transaction for each file of thousands would hold up the start
        used = {row[0] for row in reader.execute("SELECT sha256 FROM documents").fetchall()}
    return len(unfinished) + remove_all(db, data_dir, sorted(kept - used), fresh_s=fresh_s)


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A file in the same folder, so that its renaming is atomic; gone afterwards unless it was renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            yield path, target
    finally:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
