"""A data folder or a port that cannot be had, and a disk that is full: a sentence and a code, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.__main__ import main
from rag.app import open_app
from tests.whole import NOTES, answer_to, ingest, refused, settings_for

ROOT = Path(__file__).resolve().parent.parent
HOLDER = """
import sys
from pathlib import Path
from store.folder import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A data folder that another process owns, and its number."""
    data = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield data, process.pid
        process.communicate()


def test_a_folder_of_another_process_names_that_process(held: tuple[Path, int]) -> None:
    data, pid = held
    with refused("index_in_use") as raised:
        open_app(settings_for(data))
    assert f"process {pid}" in raised.value.message
    assert str(data) in raised.value.message
    assert raised.value.details["pid"] == str(pid)


@pytest.mark.parametrize("arguments", [["ask", "Why?"], ["ingest", "README.md"], ["serve"]])
def test_every_command_says_who_holds_the_folder(
    held: tuple[Path, int],
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, pid = held
    monkeypatch.setenv("FOLIO_DATA", str(data))
    monkeypatch.setenv("FOLIO_PORT", "0")
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"process {pid}" in err
    assert "(index_in_use)" in err
    assert "Stop it" in err


def test_a_folder_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    with open_app(settings_for(data)) as app:
        assert app.library.documents("u_ann") == []


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am a file.")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        with refused("invalid_request") as raised:
            open_app(settings_for(data))
        assert "FOLIO_DATA" in raised.value.message


def test_a_database_that_is_none_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folio.db").write_bytes(b"holiday pictures" * 100)
    with refused("invalid_request") as raised:
        open_app(settings_for(tmp_path))
    assert "folio.db" in raised.value.message
    assert (tmp_path / "folio.db").read_bytes() == b"holiday pictures" * 100


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    """In a process of its own: what a person sees who starts Folio twice."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {**os.environ, "FOLIO_DATA": str(tmp_path / "data"), "FOLIO_PORT": str(port)}
        done = subprocess.run(
            [sys.executable, "-m", "rag", "serve"],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"127.0.0.1:{port}" in done.stderr
    assert "FOLIO_PORT" in done.stderr
    assert "(conflict)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "folio.db").exists()


Usage = namedtuple("Usage", "total used free")


def test_an_almost_full_disk_refuses_uploads_and_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_app(settings_for(tmp_path)) as app:
        kept = ingest(app, "u_ann", NOTES, "notes.md")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 10**6, 10**6))
        with refused("storage_full"):
            ingest(app, "u_ann", b"more words", "more.txt")
        assert answer_to(app, "u_ann", "When does the ferry to Stromness leave?").citations
        app.library.delete_document("u_ann", kept.id)  # the way out
    with refused("storage_full"):
        open_app(settings_for(tmp_path))


def _small_disk() -> list[str]:
    """How this machine gives a command a disk of its own: as root, or as root of a namespace; empty if it does not."""
    unshare = shutil.which("unshare")
    for way in (["--mount"], ["--mount", "--map-root-user"]):
        probe = [unshare or "false", *way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if unshare and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return [unshare, *way]
    return []


SMALL_DISK = _small_disk()


@pytest.mark.skipif(not SMALL_DISK, reason="this machine does not let us mount a small disk")
def test_a_full_disk_refuses_with_a_code_and_loses_nothing(tmp_path: Path) -> None:
    scenes = " && ".join(f'"{sys.executable}" -m tests.small_disk "$0" {scene}' for scene in ("full", "again"))
    script = f'mount -t tmpfs -o size=160m tmpfs "$0" && {scenes}'
    done = subprocess.run(
        [*SMALL_DISK, "sh", "-c", script, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    full, again = map(json.loads, done.stdout.splitlines())
    assert full == {
        "large file": "storage_full", "small file": "storage_full", "question": "storage_full",
        "deletion": "storage_full", "documents": ["notes.md"], "hits": 1, "leftovers": [],
    }  # fmt: skip
    assert again == {
        "start": "storage_full", "upload": "", "documents": ["hoy.txt", "notes.md"],
        "answer": "The ferry to Stromness leaves at seven in the morning. [1]",
    }  # fmt: skip
