"""The command that runs a folder through the App: its table, its measure, its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.fidelity import recall, words
from bench.ingest_folder import main
from tests import material
from tests.material_office import xlsx

ROOT = Path(__file__).resolve().parent.parent


def test_a_folder_is_run_and_told_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "files"
    (folder / "sheets").mkdir(parents=True)
    (folder / "a.docx").write_bytes(material.docx(["# Head", "One two three."]))
    (folder / "b.docx").write_bytes(b"PK\x03\x04 not an archive")
    (folder / "same.docx").write_bytes(material.docx(["# Head", "One two three."]))
    (folder / "song.wav").write_bytes(material.wav())
    (folder / "sheets" / "s.xlsx").write_bytes(xlsx({"S": [("Name", "Age"), ("Anna", 40)]}))
    expected = tmp_path / "expected.jsonl"
    entry = {"doc": "sheets/s.xlsx", "expected_markdown": "## S\n\n| Name | Age |\n| - | - |\n| Anna | 40 |\n\nmissing"}
    expected.write_text(json.dumps(entry) + "\n", encoding="utf-8")
    assert main([str(folder), "--expected", str(expected), "--workers", "1"]) == 0
    told = capsys.readouterr().out
    for row in (r".docx completed 1", ".docx damaged_document 1", ".xlsx completed 1", "sheets 1 0.833 0.833 0.833"):
        assert row in " ".join(told.split()), told
    assert "LEFT BEHIND" not in told


def test_it_runs_as_a_file_and_as_a_module() -> None:
    for call in (["bench/ingest_folder.py"], ["-m", "bench.ingest_folder"]):
        done = subprocess.run([sys.executable, *call, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert "--expected" in done.stdout


def test_words_are_those_a_reader_sees() -> None:
    markdown = "# A [link](http://x.y/z) <!-- image -->\n\n| a\\_b | **C** |\n| - | - |\n\n1 &lt; 2"
    assert words(markdown) == ["a", "link", "a", "b", "c", "1", "2"]


def test_recall_counts_words_in_order() -> None:
    assert recall(["a", "b", "c", "d"], ["a", "x", "c", "b", "d"]) == 0.75
    assert recall([], ["a"]) == 1.0
    assert recall(["a"], []) == 0.0
