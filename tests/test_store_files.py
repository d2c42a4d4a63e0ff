from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from store import documents, files
from store.database import Database
from store.errors import StorageFull, TooLarge


class _Breaking(io.BytesIO):
    """A stream whose reading fails, after some bytes, with this error."""

    def __init__(self, error: OSError) -> None:
        super().__init__(b"some bytes")
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise self.error
        return data


def _all(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "files").rglob("*") if path.is_file()]


def _age(path: Path) -> None:
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))


def _create(database: Database, sha256: str, owner: str = "u_ann") -> str:
    return documents.create(database, owner=owner, name="a", media_type="text/plain", sha256=sha256, bytes=1).id


def test_bytes_are_kept_under_their_hash(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    sha256, size, path = files.put(tmp_path, io.BytesIO(data), max_bytes=len(data))
    assert (sha256, size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert path == files.path_of(tmp_path, sha256) == tmp_path / "files" / sha256[:2] / sha256
    assert path.read_bytes() == data
    assert files.put(tmp_path, io.BytesIO(data), max_bytes=len(data))[2] == path
    assert _all(tmp_path) == [path]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_nothing_but_a_hash_is_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        files.path_of(tmp_path, name)


def test_too_many_bytes_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        files.put(tmp_path, io.BytesIO(b"x" * 11), max_bytes=10)
    assert _all(tmp_path) == []
    assert files.put(tmp_path, io.BytesIO(b"x" * 10), max_bytes=10)[1] == 10


def test_a_full_disk_has_its_own_name_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(StorageFull):
        files.put(tmp_path, _Breaking(OSError(errno.ENOSPC, "No space left on device")), max_bytes=100)
    with pytest.raises(OSError, match="unplugged"):
        files.put(tmp_path, _Breaking(OSError(errno.EIO, "unplugged")), max_bytes=100)
    assert _all(tmp_path) == []


def test_bytes_go_with_their_last_document(database: Database, tmp_path: Path) -> None:
    sha256, _, path = files.put(tmp_path, io.BytesIO(b"text"), max_bytes=100)
    ann, bob = _create(database, sha256), _create(database, sha256, "u_bob")
    _age(path)
    for user_id, document_id in (("u_ann", ann), ("u_bob", bob)):
        assert files.remove(database, tmp_path, sha256) is False
        documents.mark_deleted(database, user_id, document_id)
        documents.purge(database, document_id)
    assert files.remove(database, tmp_path, sha256) is True
    assert not path.exists()


def test_bytes_that_just_arrived_are_left_for_their_document(database: Database, tmp_path: Path) -> None:
    sha256, _, path = files.put(tmp_path, io.BytesIO(b"text"), max_bytes=100)
    assert files.remove(database, tmp_path, sha256) is False
    assert path.exists()


def test_sweep_takes_what_crashes_left_behind(database: Database, tmp_path: Path) -> None:
    kept, _, kept_path = files.put(tmp_path, io.BytesIO(b"kept"), max_bytes=100)
    _, _, orphan = files.put(tmp_path, io.BytesIO(b"orphan"), max_bytes=100)
    _, _, fresh = files.put(tmp_path, io.BytesIO(b"fresh"), max_bytes=100)
    _create(database, kept)
    unfinished = tmp_path / "files" / "upload-abc"
    unfinished.write_bytes(b"half")
    for path in (kept_path, orphan, unfinished):
        _age(path)
    assert files.sweep(database, tmp_path) == 2
    assert sorted(_all(tmp_path)) == sorted([kept_path, fresh])


def test_an_upload_that_was_just_cut_off_goes_where_nobody_can_be_uploading(database: Database, tmp_path: Path) -> None:
    _, _, kept_path = files.put(tmp_path, io.BytesIO(b"kept"), max_bytes=100)
    unfinished = tmp_path / "files" / "upload-abc"
    unfinished.write_bytes(b"half")
    assert files.sweep(database, tmp_path) == 0
    assert files.sweep(database, tmp_path, is_alone=True) == 1
    assert _all(tmp_path) == [kept_path]
