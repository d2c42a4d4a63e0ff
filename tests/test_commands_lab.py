"""The tools for analysts on the command line: eval, inspect, why, train-policy."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from rag.__main__ import main
from rag.evaluate.golden import read_golden
from tests.whole import FERRY, NOTES, REPORT, REVENUE

Captured = pytest.CaptureFixture[str]
SENTENCE = "The net revenue of Halden Mills was 412 million crowns in 2022."


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    """A folder with a set of questions, beside a shared library with a report and notes."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("FOLIO_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    for name, value in {"DATA": str(tmp_path / "data"), "OFFLINE": "1", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"FOLIO_{name}", value)
    monkeypatch.setenv("COLUMNS", "300")
    (tmp_path / "report.pdf").write_bytes(REPORT)
    (tmp_path / "notes.md").write_bytes(NOTES)
    rows = f"question,expected answer,file,page\n{REVENUE},412 million,report.pdf,1\n{FERRY},seven,notes,1\n,x,,\n"
    (tmp_path / "golden.csv").write_text(rows, encoding="utf-8")
    assert main(["ingest", "report.pdf", "notes.md"]) == 0
    capsys.readouterr()
    return tmp_path


def run_of(text: str) -> str:
    found = re.search(r"completed: (run_\w+)", text)
    assert found is not None, text
    return found[1]


def test_eval_prints_rows_and_figures_and_writes_the_sheet(library: Path, capsys: Captured) -> None:
    assert main(["eval", "golden.csv", "--passages", "4", "--out", "filled.xlsx"]) == 0
    out, err = capsys.readouterr()
    assert "golden.csv, row 4: it has no question" in err
    assert "2 of 2" in err
    assert re.search(r"Found at 1\s+100 %", out)
    assert re.search(r"Answer matches\s+100 %", out)
    assert len(read_golden((library / "filled.xlsx").read_bytes(), "filled.xlsx").rows) == 2
    first = run_of(out)
    assert main(["eval", "filled.xlsx", "--mode", "none", "--weights", "1:2"]) == 0
    second = run_of(capsys.readouterr().out)
    assert main(["eval", "--compare", first, second]) == 0
    out = capsys.readouterr().out
    assert "2 of 2 rows flipped" in out
    assert "lost" in out
    assert main(["eval", "--list"]) == 0
    out = capsys.readouterr().out
    assert first in out
    assert second in out


def test_eval_refuses_what_it_cannot_do(library: Path, capsys: Captured) -> None:
    for arguments in (
        ["eval"], ["eval", "nowhere.csv"], ["eval", "notes.md", "--out", "x.txt"], ["eval", "golden.csv",
        "--passages", "0"],
        ["eval", "--compare", "run_a", "run_b"], ["eval", "--resume", "run_a"], ["eval", "golden.csv", "--weights",
        "x"],
        ["eval", "golden.csv", "--model", "none"],
    ):  # fmt: skip
        assert main(arguments) == 1, arguments
        assert "(" in capsys.readouterr().err


def test_a_sheet_without_a_place_is_refused_before_anything_is_asked(library: Path, capsys: Captured) -> None:
    for place in ("nowhere/x.csv", "data"):
        assert main(["eval", "golden.csv", "--out", place]) == 1
    assert main(["eval", "--list"]) == 0
    assert "run_" not in capsys.readouterr().out


def test_ids_are_whole_in_a_narrow_pipe(library: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    main(["eval", "golden.csv"])
    run = run_of(capsys.readouterr().out)
    monkeypatch.setenv("COLUMNS", "40")
    main(["eval", "--list"])
    assert run in capsys.readouterr().out


def test_the_filled_sheet_keeps_the_analysts_columns(library: Path, capsys: Captured) -> None:
    (library / "own.csv").write_text(f"Nr;Frage;Notiz\n7;{REVENUE};=1+1\n", encoding="utf-8")
    assert main(["eval", "own.csv", "--out", "own-filled.csv"]) == 0
    head, row = (library / "own-filled.csv").read_text(encoding="utf-8-sig").splitlines()[:2]
    assert head.startswith("Nr,Frage,Notiz,status,answer,")
    assert row.startswith(f"7,{REVENUE},'=1+1,done,")


def test_inspect_lists_candidates_and_marks_what_reaches_the_answer(library: Path, capsys: Captured) -> None:
    assert main(["inspect", REVENUE, "--passages", "1"]) == 0
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if "report.pdf" in line]
    assert [line.lstrip().startswith("*") for line in lines] == [True, False]
    assert "reaches the answer (1)" in err
    assert main(["inspect", "zzzz"]) == 1


def test_why_says_it_in_sentences(library: Path, capsys: Captured) -> None:
    assert main(["why", REVENUE, SENTENCE]) == 0
    assert "is at place 1 and reaches the answer." in capsys.readouterr().out
    assert main(["why", REVENUE, SENTENCE.replace("412", "421")]) == 1
    out = capsys.readouterr().out
    assert "“421” is “412” in the document." in out
    assert f"There: “{SENTENCE}”" in out
    assert main(["why", REVENUE, "Bananas are yellow."]) == 1
    assert "No page of your documents holds this sentence" in capsys.readouterr().out


def test_train_policy_says_whether_it_is_better(library: Path, capsys: Captured) -> None:
    record = {"question": "Who?", "query": "Who?", "thumb": "up", "steps": [{"name": "search"}],
              "citations": [{"number": 1, "status": "verified"}]}  # fmt: skip
    (library / "feedback.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert main(["train-policy", "feedback.jsonl"]) == 0
    out, err = capsys.readouterr()
    assert "1 records taught something." in out
    assert "Too little to learn from" in err
    assert (library / "data" / "policy.json").exists()
    assert main(["train-policy", "nowhere.jsonl"]) == 1
