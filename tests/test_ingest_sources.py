"""Files, folders, patterns and buckets, as the operator names them. The bucket is a real S3 server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rag.app import open_app
from rag.commands.importing import run
from rag.errors import FolioError
from rag.ingest.sources import find, received
from rag.model import SHARED_OWNER
from rag.output import Output
from tests import material
from tests.whole import NOTES, REPORT, settings_for


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "library"
    for name in ("a.txt", "deep/b.PDF", ".hidden.txt", ".git/c.txt", "deep/.d.md", "e.xyz", "deep/f.md"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(b"Words of " + name.encode())
    return made


def _found(*places: object) -> list[str]:
    return [source.name for source in find([str(place) for place in places])]


def test_files_folders_and_patterns(folder: Path) -> None:
    assert _found(folder) == ["a.txt", "b.PDF", "f.md"]
    assert _found(folder / ".hidden.txt", folder / "e.xyz") == [".hidden.txt", "e.xyz"]
    assert _found(folder / "*.xyz") == ["e.xyz"]
    assert _found(folder / "**" / "*.md") == ["f.md"]
    assert _found(folder / ".h*") == [".hidden.txt"]
    assert _found(folder / "d*") == ["b.PDF", "f.md"]
    for nothing in (folder / "nowhere", folder / "*.none", "memory://nowhere"):
        with pytest.raises(FolioError) as raised:
            _found(nothing)
        assert raised.value.code == "not_found"
    with pytest.raises(FolioError) as raised:
        _found("gopher://somewhere")
    assert raised.value.code == "invalid_request"


def test_a_file_that_is_too_large_is_not_read_to_its_end(folder: Path) -> None:
    (source,) = find([str(folder / "a.txt")])
    with received(source, 100) as stream:
        assert stream.read() == b"Words of a.txt"
    with pytest.raises(FolioError) as raised, received(source, 5):
        pass
    assert raised.value.code == "too_large"
    (folder / "a.txt").unlink()
    with pytest.raises(FolioError) as raised, received(source, 100):
        pass
    assert raised.value.code == "not_found"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    s3fs: Any = import_module("s3fs")
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    values = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("library")
    yield files
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_a_bucket_is_read_through_to_a_question(
    bucket: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, content in {
        "reports/report.pdf": REPORT, "reports/deep/notes.md": NOTES, "reports/.hidden.md": b"no",
        "reports/broken.pdf": material.damaged_pdf(), "reports/huge.txt": b"x " * 1_500_000, "other.md": b"# Other",
        "reports/data.xyz": b"?",
    }.items():  # fmt: skip
        bucket.pipe_file(f"library/{key}", content)
    assert _found("s3://library/reports") == ["broken.pdf", "notes.md", "huge.txt", "report.pdf"]
    assert _found("s3://library/*.md") == ["other.md"]
    assert _found("s3://library/reports/data.xyz") == ["data.xyz"]
    with open_app(settings_for(tmp_path / "data", max_document_mb=2)) as app:
        assert run(app, ["s3://library/reports"], Output()) == 2
        assert {document.name for document in app.library.documents(SHARED_OWNER) if document.searchable} == {
            "notes.md", "report.pdf",
        }  # fmt: skip
    out, err = capsys.readouterr()
    assert "report.pdf: completed, 2 pages, 2 passages" in out
    assert "(damaged_document)" in out
    assert "s3://library/reports/huge.txt: 'huge.txt' is larger than 2 MB" in err
    assert "failed (too_large)" in err
    with pytest.raises(FolioError) as raised:
        _found("s3://nowhere/at-all")
    assert raised.value.code == "not_found"


def test_what_lies_in_a_folder_and_is_no_document_is_left_out(folder: Path, tmp_path: Path) -> None:
    (folder / "program.txt").write_bytes(material.program())
    with open_app(settings_for(tmp_path / "data")) as app:
        assert run(app, [str(folder / "deep"), str(folder / "*.txt")], Output()) == 0
        assert run(app, [str(folder / "program.txt")], Output()) == 1
