"""The README tells the truth: settings, error codes, commands; and no file names a machine or a registry."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from rag.__main__ import main
from rag.errors import CODES
from rag.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
VARIABLES = {str(field.validation_alias or f"FOLIO_{name.upper()}") for name, field in Settings.model_fields.items()}
ELSEWHERE = re.compile(r"/(?:work|root|home|tmp)/\w|--(?:extra-)?index-url\b")


def section(title: str) -> str:
    """The README's text under a heading of the second level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found is not None, f"the README has no section {title!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, heads and rules left out."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line] for line in lines]
    return [row for at, row in enumerate(cells) if not row[0].startswith("-") and not _is_head(cells, at)]


def _is_head(cells: list[list[str]], at: int) -> bool:
    return at + 1 < len(cells) and cells[at + 1][0].startswith("-")


def test_every_setting_is_in_the_table_and_every_one_there_exists() -> None:
    listed = [name for row in rows(section("Settings")) for name in re.findall(r"`(\w+)`", row[0])]
    assert set(listed) == VARIABLES
    assert len(listed) == len(set(listed))


def test_a_variable_named_anywhere_exists() -> None:
    assert set(re.findall(r"\b(?:FOLIO|OPENAI)_[A-Z][A-Z_]*\b", README)) <= VARIABLES


def test_every_code_is_in_the_table_with_its_status_and_what_to_do() -> None:
    listed = {row[0].strip("`"): row[1:3] for row in rows(section("When something goes wrong"))}
    assert set(listed) == set(CODES)
    assert {code: int(status) for code, (status, _) in listed.items()} == {
        code: status for code, (status, _, _) in CODES.items()
    }
    assert all(way_on for _, way_on in listed.values())


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\s)make ([a-z][\w-]*)(?=`|\s+#|\s*$)", README, re.MULTILINE))
    assert {"run", "test"} <= named
    assert named <= targets


def test_every_command_and_option_exists(capsys: pytest.CaptureFixture[str]) -> None:
    calls = re.findall(r"python -m rag ([a-z-]+)([^#\n`]*)", README)
    assert {"serve", "ingest", "ask", "doctor"} <= {command for command, _ in calls}
    for command, rest in calls:
        with pytest.raises(SystemExit) as left:
            main([command, *re.findall(r"^ ([a-z]+) ", rest), "--help"])
        assert left.value.code == 0, command
        told = capsys.readouterr().out
        assert all(option in told for option in re.findall(r"--[a-z]+", rest)), (command, rest)


def test_the_example_names_only_known_variables() -> None:
    named = set(re.findall(r"^#?\s*([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= VARIABLES


def test_nothing_is_left_to_be_filled_in() -> None:
    assert re.findall(r"^[A-Z_]{4,}$", README, re.MULTILINE) == []


def test_pictures_and_files_named_are_there() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", README) + re.findall(r"@(samples/[\w./-]+)", README):
        assert (ROOT / target).exists(), target


def kept() -> list[Path]:
    """The files that belong to the project: by git; in a copy without it, all that .gitignore does not name."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [ROOT / name for name in listed.stdout.split("\0") if name]
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    places = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    return [
        ROOT / place for place in places
        if not any(fnmatch(part, pattern) for part in place.parts for pattern in [*ignored, ".git"])
    ]  # fmt: skip


def test_no_file_names_a_registry_or_a_machine() -> None:
    paths = kept()
    assert len(paths) > 100
    told = []
    for path in paths:
        if path == Path(__file__).resolve() or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a document
        told += [f"{path.relative_to(ROOT)}: {found[0]}" for found in ELSEWHERE.finditer(text)]
    assert told == []


def test_the_lock_files_name_no_address() -> None:
    for path in ROOT.glob("requirements-*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "==" in text
        assert "://" not in text
