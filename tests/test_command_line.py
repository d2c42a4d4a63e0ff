"""The command line: ingest, ask, doctor and the rest, by exit status, standard output and standard error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag import __version__
from rag.__main__ import main
from tests import material
from tests.doubles import ChatServer, Piece, Reply
from tests.tiny_model import write_reranker
from tests.whole import FERRY, NOTES, REPORT, REVENUE

ROOT = Path(__file__).resolve().parent.parent
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, no `.env`, no model; a wide terminal."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("FOLIO_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    for name, value in {"DATA": str(tmp_path / "data"), "OFFLINE": "1", "WORKERS": "1", "PORT": "0"}.items():
        monkeypatch.setenv(f"FOLIO_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "data"


@pytest.fixture
def library(tmp_path: Path, capsys: Captured) -> Path:
    """A folder of documents that has been ingested."""
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    (folder / "report.pdf").write_bytes(REPORT)
    (folder / "deep" / "notes.md").write_bytes(NOTES)
    (folder / "ignored.xyz").write_bytes(b"nothing to read")
    assert main(["ingest", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert sorted(out.splitlines()) == [
        "notes.md: completed, 1 pages, 1 passages", "report.pdf: completed, 2 pages, 2 passages",
    ]  # fmt: skip
    assert "All searchable after" in err
    assert "ignored" not in out + err
    return folder


def test_ask_streams_the_answer_and_lists_its_sources(library: Path, capsys: Captured) -> None:
    assert main(["ask", REVENUE]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("The net revenue of Halden Mills was 412 million crowns in 2022. [1]")
    assert "[1] report.pdf, page 1 ✓ “The net revenue of Halden Mills was 412 million crowns in 2022.”" in out
    assert "Searching 2 documents" in err
    assert "Searching" not in out


def test_ask_takes_a_document_a_mode_and_a_model(library: Path, capsys: Captured) -> None:
    assert main(["ask", FERRY, "--document", "NOTES", "--mode", "keyword", "--model", "extractive"]) == 0
    out, err = capsys.readouterr()
    assert "notes.md, page 1" in out
    assert "Searching 1 document ·" in err
    assert main(["ask", FERRY, "--document", "nowhere"]) == 1
    assert "No document's name contains nowhere. (not_found)" in capsys.readouterr().err
    assert main(["ask", FERRY, "--model", "gpt-none"]) == 1
    assert "(invalid_request)" in capsys.readouterr().err
    assert main(["ask", "   "]) == 1
    assert "The question is empty. (invalid_request)" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_failure_to_explain(library: Path) -> None:
    command = [sys.executable, "-m", "rag", "ask", REVENUE]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        asked.stdout.close()
        said = asked.stderr.read().decode()
    assert asked.returncode != 0
    assert "Traceback" not in said


def test_ingest_again_changes_nothing(library: Path, capsys: Captured) -> None:
    assert main(["ingest", str(library / "report.pdf")]) == 0
    assert capsys.readouterr().out == "report.pdf: completed, 2 pages, 2 passages\n"


def test_ingest_goes_on_after_bad_files_and_says_so(tmp_path: Path, capsys: Captured) -> None:
    for name, content in {
        "empty.txt": b"", "fake.pdf": material.program(), "scan.pdf": material.image_only_pdf(), "good.txt": NOTES,
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    assert main(["ingest", *(str(tmp_path / name) for name in ("empty.txt", "fake.pdf", "scan.pdf", "good.txt"))]) == 1
    out, err = capsys.readouterr()
    assert "good.txt: completed, 1 pages, 1 passages" in out
    assert "(no_text)" in out
    assert "(empty_document)" in err
    assert "(unsupported_type)" in err
    assert "Traceback" not in out + err


def test_ingest_says_what_is_not_there(tmp_path: Path, capsys: Captured) -> None:
    assert main(["ingest", str(tmp_path / "nowhere")]) == 1
    err = capsys.readouterr().err
    assert "There is no file or folder at" in err
    assert "(not_found)" in err
    (tmp_path / "empty").mkdir()
    assert main(["ingest", str(tmp_path / "empty")]) == 1
    assert "nothing to read" in capsys.readouterr().err


def test_a_model_that_fails_is_a_code_and_a_status(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    with ChatServer(lambda asked: Reply(status=500)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        assert main(["ask", REVENUE]) == 1
    assert "(model_" in capsys.readouterr().err


def test_doctor_names_every_part_and_what_to_do(environment: Path, capsys: Captured) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for part in ("Python", "SQLite", "data folder", "disk", "port", "vector index", "embedding model",
                 "text recognition", "chat model"):  # fmt: skip
        assert part in out
    assert "FOLIO_EMBEDDING_PATH" in out
    assert not environment.exists()  # it changes nothing


def test_doctor_looks_at_a_reranking_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Path, capsys: Captured
) -> None:
    monkeypatch.setenv("FOLIO_RERANKER_PATH", str(tmp_path))
    main(["doctor"])
    assert f"{tmp_path} lacks tokenizer.json, config.json, model.onnx: not used" in capsys.readouterr().out
    monkeypatch.setenv("FOLIO_RERANKER_PATH", str(write_reranker(tmp_path / "tiny", {"whale": 1.0})))
    main(["doctor"])
    assert "tiny from a local folder" in capsys.readouterr().out


def test_doctor_finds_what_is_fatal(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("FOLIO_QDRANT_URL", "http://127.0.0.1:1")
    assert main(["doctor"]) == 1
    assert "FOLIO_QDRANT_URL" in capsys.readouterr().out


def test_doctor_sees_a_folder_and_a_port_in_use(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    with ChatServer(lambda asked: Reply()) as server:
        monkeypatch.setenv("FOLIO_PORT", server.base_url.split(":")[2].split("/")[0])
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        environment.write_text("a file where the folder should be")
        assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "is in use" in out
    assert "FOLIO_DATA" in out
    assert "gpt-5-mini at 127.0.0.1" in out


def test_settings_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("FOLIO_PORT", "seventy")
    for command in (["doctor"], ["ask", "Why?"], ["serve"]):
        assert main(command) == 1
        assert "FOLIO_PORT" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["ask"], ["ingest"], ["ask", "Why?", "--mode", "psychic"]])
def test_a_wrong_call_is_status_2(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: python -m rag" in capsys.readouterr().err


def test_help_is_instant_and_names_every_command() -> None:
    """In a process of its own, with the list of what it imported."""
    program = (
        "import sys; from rag.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'gradio', 'langchain', 'fastembed', 'qdrant_client', 'pandas', 'rag.app'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for command in ("serve", "ingest", "ask", "doctor"):
        assert command in done.stdout


def test_version(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"Folio {__version__}\n"


# A process started in the background of a shell without job control ignores Ctrl-C; ours is to hear it wherever the
# suite runs.
INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from rag.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_stops_the_answer_and_keeps_its_text(library: Path, environment: Path, capsys: Captured) -> None:
    """In a process of its own, with a model that never finishes."""
    held = threading.Event()
    with ChatServer(lambda asked: Reply((Piece("Net revenue "), Piece("never", gate=held)))) as server:
        variables = {**os.environ, "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "k", "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, "ask", REVENUE],
            env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.read(12) == "Net revenue "
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert server.asked[0].left.wait(20.0)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert main(["ask", FERRY]) == 0  # the folder is free again
    assert "seven in the morning" in capsys.readouterr().out
