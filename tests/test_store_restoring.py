"""Killed at any moment of a restore, the folder is the old one or the new one at the next start, whole."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from store import documents, files
from store.backup import back_up, finish_restore
from store.database import Database

# Python tells of every renaming before it happens; the process kills itself before the one with this number.
KILLED_BEFORE = """
import os, signal, sys
from pathlib import Path
from store.backup import restore
left = [int(sys.argv[3])]
def hook(event, args):
    if event in {"os.rename", "shutil.rmtree"}:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def _fill(folder: Path, content: bytes) -> None:
    folder.mkdir()
    with closing(Database.open(folder / "folio.db")) as database:
        sha256, size, _ = files.put(folder, io.BytesIO(content), 1_000)
        documents.create(database, owner="u", name="a", media_type="text/plain", sha256=sha256, bytes=size)
    (folder / "index").mkdir()


def _content(folder: Path) -> bytes:
    """What the one document's bytes are, by the database and on the disk."""
    with closing(Database.open(folder / "folio.db")) as database:
        (document,) = documents.list_readable(database, "u")
    return files.path_of(folder, document.sha256).read_bytes()


def test_a_restore_that_is_killed_anywhere_has_happened_or_not(tmp_path: Path) -> None:
    _fill(tmp_path / "new", b"new")
    archive = tmp_path / "new.zip"
    back_up(tmp_path / "new", archive)
    seen: list[bytes] = []
    for number in range(40):
        folder = tmp_path / f"old-{number}"
        _fill(folder, b"old")
        ended = subprocess.run(
            [sys.executable, "-c", KILLED_BEFORE, folder, archive, str(number)],
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        finish_restore(folder)
        seen.append(_content(folder))
        assert not (folder / "restored").exists()
        if seen[-1] == b"new":
            (aside,) = folder.glob("before-restore-*")
            assert _content(aside) == b"old"
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
    assert seen == sorted(seen, reverse=True)  # once it has happened, it has
    assert {b"old", b"new"} == set(seen)
    assert len(seen) >= 5
