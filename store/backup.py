"""A data folder in one file, and back.

The file is a zip: `manifest.json`, `folio.db` (a snapshot by SQLite's online backup), `files/<sha256>`. The index
is left out: it is made again from the database. A running Folio may hold the folder while it is backed up, in this
process or another one; bytes whose document is deleted meanwhile are left out, and the snapshot says so of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from store.errors import Conflict, NotFound, Unreadable, full_disk_named
from store.files import path_name, path_of
from store.ids import now

NAME = "folio.db"
_FORMAT = 1
_BLOCK = 1024 * 1024
_DERIVED = ("folio.db-wal", "folio.db-shm", "index")
_READY = "restored"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `schema`: the names of the migrations its database has seen. `bytes`: of all `files`."""

    format: int
    made_at: str
    schema: tuple[str, ...]
    files: int
    bytes: int


def back_up(data_dir: Path, target: Path) -> Manifest:
    """Writes everything in the folder to `target`, readable by its owner only. It appears whole or not at all.

    Raises Conflict when `target` is there already, NotFound when its folder is not, Unreadable when `data_dir` holds no
    readable database, StorageFull.
    """
    if target.exists():
        raise Conflict(f"{target} is there already")
    if not target.parent.is_dir():
        raise NotFound(str(target.parent))
    with full_disk_named(), _workshop(target) as workshop:
        snapshot, archive = workshop / NAME, workshop / "archive"
        _copy_database(data_dir / NAME, snapshot)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as box:
            manifest = _fill(box, data_dir, snapshot)
        archive.chmod(0o600)
        _sync(archive)
        archive.rename(target)
        _sync(target.parent)
    return manifest


def restore(data_dir: Path, source: Path) -> tuple[Manifest, Path | None]:
    """Puts a backup's content in place of the folder's. -> (what it holds, where the former content lies now).

    The caller holds the folder. All of the backup is unpacked and checked before anything is moved; the former content
    is kept in a folder beside. Raises Unreadable for a file that is no backup, damaged, or of a newer Folio;
    StorageFull.
    """
    finish_restore(data_dir)
    for left_behind in data_dir.glob(".restore-*"):
        shutil.rmtree(left_behind)
    with full_disk_named(), tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as temporary:
        staged = Path(temporary) / "staged"
        staged.mkdir()
        with _opened(source) as box:
            manifest = _unpack(box, staged)
        _check_database(staged / NAME)
        staged.rename(data_dir / _READY)  # from here on it is the new content that the folder has
        _sync(data_dir)
    return manifest, finish_restore(data_dir)


def finish_restore(data_dir: Path) -> Path | None:
    """Ends a restore that was begun for good, also after a crash in its middle; the caller holds the folder.

    -> where the former content lies now; None when there was none, or nothing to end. Whatever is still in the staged
    folder has not taken its place yet.
    """
    ready = data_dir / _READY
    if not ready.is_dir():
        return None
    aside = data_dir / f"before-restore-{datetime.fromtimestamp(ready.stat().st_ctime, UTC):%Y-%m-%dT%H%M%SZ}"
    marker = ready / "aside"
    if marker.exists() and (name := marker.read_text()):
        aside = data_dir / name
    else:
        marker.write_text(aside.name)
    if (ready / NAME).exists():
        replaced = [NAME, *_DERIVED, *(["files"] if (ready / "files").exists() else [])]
        for path in [data_dir / name for name in replaced if (data_dir / name).exists()]:
            aside.mkdir(exist_ok=True)
            path.rename(aside / path.name)
        if (ready / "files").exists():
            (ready / "files").rename(data_dir / "files")
        (ready / NAME).rename(data_dir / NAME)
        _sync(data_dir)
    shutil.rmtree(ready)
    return aside if aside.exists() else None


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """A private folder beside the target; one that a crash left behind is used again."""
    folder = target.with_name(f".{target.name}.part")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_database(source: Path, target: Path) -> None:
    """In one step, so that a writer cannot make it start again; a reader holds up no writer."""
    if not source.is_file():
        raise Unreadable(f"there is no {source.name} in {source.parent}")
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.execute("PRAGMA query_only = ON")
            live.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.DatabaseError as error:
        raise Unreadable(str(error)) from error


def _fill(box: zipfile.ZipFile, data_dir: Path, snapshot: Path) -> Manifest:
    with closing(sqlite3.connect(snapshot)) as copy:
        wanted = [
            row[0] for row in copy.execute("SELECT DISTINCT sha256 FROM documents WHERE deleted_at IS NULL ORDER BY 1")
        ]
        total, missing = 0, []
        for sha256 in wanted:
            try:
                with path_of(data_dir, sha256).open("rb") as source:
                    total += _add(box, f"files/{sha256}", source)
            except FileNotFoundError:
                missing.append(sha256)
        with copy:
            copy.executemany("UPDATE documents SET deleted_at = ? WHERE sha256 = ? AND deleted_at IS NULL",
                             [(now(), sha256) for sha256 in missing])  # fmt: skip
        applied = copy.execute("SELECT name FROM _sqlite_migrations ORDER BY id").fetchall()
        schema = tuple(row[0] for row in applied)
        manifest = Manifest(_FORMAT, now(), schema, len(wanted) - len(missing), total)
    with snapshot.open("rb") as source:
        _add(box, NAME, source)
    box.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    return manifest


def _add(box: zipfile.ZipFile, name: str, source: BinaryIO) -> int:
    with box.open(name, "w", force_zip64=True) as entry:
        shutil.copyfileobj(source, entry, _BLOCK)
    return source.tell()


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as box:
            yield box
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError, RuntimeError) as error:
        raise Unreadable(f"{source.name} is not a backup, or it is damaged: {error}") from error


def _unpack(box: zipfile.ZipFile, staged: Path) -> Manifest:
    """Only names that a backup has are looked at; bytes that are not what their name says are refused."""
    from store.migrations import known_names  # noqa: PLC0415 -- it loads sqlite_utils

    kept = json.loads(box.read("manifest.json"))
    manifest = Manifest(**{**kept, "schema": tuple(kept["schema"])})
    unknown = set(manifest.schema) - known_names()
    if manifest.format != _FORMAT or unknown:
        raise Unreadable("it was made by a newer Folio")
    (staged / "files").mkdir()
    names = [name for name in box.namelist() if name.startswith("files/")]
    if len(names) != manifest.files:
        raise ValueError(f"{len(names)} of {manifest.files} files are there")
    for name in names:
        sha256 = name.removeprefix("files/")
        target = staged / "files" / path_name(sha256)  # raises ValueError for anything else
        target.parent.mkdir(exist_ok=True)
        if _extract(box, name, target) != sha256:
            raise ValueError(f"{name} has other bytes")
    _extract(box, NAME, staged / NAME)
    return manifest


def _extract(box: zipfile.ZipFile, name: str, target: Path) -> str:
    """-> the SHA-256 of what was written, which is on disk for good."""
    digest = hashlib.sha256()
    with box.open(name) as entry, target.open("wb") as out:
        while block := entry.read(_BLOCK):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _check_database(path: Path) -> None:
    """Raises Unreadable unless it is whole; says of every document that the index has to be made again."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if verdict != "ok":
                raise Unreadable(f"its database is damaged: {verdict}")
            with copy:
                copy.execute("UPDATE documents SET indexed_in = NULL, dense_in = NULL")
    except sqlite3.DatabaseError as error:
        raise Unreadable(str(error)) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
