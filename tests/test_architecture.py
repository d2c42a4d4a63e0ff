"""The house plan, checked by reading the source: who imports what, who prints, how long files and functions are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FRONT_ENDS = {"ui_gradio.py": 600, "ui_streamlit.py": 350}  # and how long they may be
# A third-party family (and what is as heavy) -> the rooms that may import it.
ROOMS: dict[str, tuple[str, ...]] = {
    "qdrant_client": ("rag/search/",),
    "qdrant_edge": ("rag/search/",),
    "fastembed": ("rag/search/",),
    "py3langid": ("rag/search/",),
    "langchain": ("rag/answer/",),
    "langchain_core": ("rag/answer/",),
    "langchain_openai": ("rag/answer/",),
    "openai": ("rag/answer/",),
    "langchain_text_splitters": ("rag/ingest/",),
    "pypdfium2": ("rag/ingest/",),
    "pypdf": ("rag/ingest/",),
    "docx": ("rag/ingest/", "rag/export/"),
    "lxml": ("rag/ingest/",),
    "openpyxl": ("rag/ingest/", "rag/evaluate/"),
    "selectolax": ("rag/ingest/",),
    "pebble": ("rag/ingest/",),
    "pytesseract": ("rag/ingest/",),
    "fsspec": ("rag/ingest/",),
    "s3fs": ("rag/ingest/",),
    "distributed": ("rag/cluster.py",),
    "faster_whisper": ("rag/ingest/",),
    "charset_normalizer": ("rag/ingest/",),
    "fastapi": ("rag/api/", "ui_gradio.py"),
    "starlette": ("rag/api/", *FRONT_ENDS),
    "uvicorn": ("rag/api/", "ui_gradio.py"),
    "pwdlib": ("rag/people/passwords.py",),
    "limits": ("rag/people/rates.py",),
    "prometheus_client": ("rag/api/",),
    "nh3": ("rag/view/",),
    "jinja2": ("rag/view/",),
    "markupsafe": ("rag/view/", *FRONT_ENDS),
    "gradio": ("ui_gradio.py",),
    "streamlit": ("ui_streamlit.py",),
    "sqlite_utils": ("store/",),
    "sqlite3": ("store/",),
    "rich": ("rag/output.py",),
    "pandas": (),
}
# Seconds to import, or hundreds of megabytes: only where they are first used.
LATE = (
    "langchain",
    "langchain_core",
    "langchain_openai",
    "openai",
    "fastembed",
    "qdrant_client",
    "pypdfium2",
    "pandas",
)


@cache
def sources() -> dict[str, ast.Module]:
    """Path from the root -> its syntax tree, of all that is shipped."""
    paths = [*ROOT.glob("rag/**/*.py"), *ROOT.glob("store/**/*.py"), *(ROOT / name for name in FRONT_ENDS)]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
        if path.exists()
    }


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that are imported anywhere in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def imports_at_once(tree: ast.Module) -> Iterator[str]:
    """Those that happen when the module is imported: not in functions, not for type checking only."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from imports(node)


def families(modules: Iterator[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


@cache
def imported() -> dict[str, set[str]]:
    """Path -> the families that are imported anywhere in it."""
    return {path: families(imports(tree)) for path, tree in sources().items()}


@pytest.mark.parametrize("family", ROOMS)
def test_a_family_is_imported_in_its_room_only(family: str) -> None:
    strangers = [
        path for path, found in imported().items()
        if family in found and not path.startswith(ROOMS[family] or ("nowhere",))
    ]  # fmt: skip
    assert strangers == []


def test_heavy_libraries_wait_until_they_are_used() -> None:
    eager = {path: found for path, tree in sources().items() if (found := families(imports_at_once(tree)) & set(LATE))}
    assert eager == {}


def test_the_store_knows_nothing_of_the_application() -> None:
    tellers = [path for path, found in imported().items() if path.startswith("store/") and "rag" in found]
    assert tellers == []


def test_the_values_know_nothing_but_the_standard_library() -> None:
    for path in ("rag/model.py", "rag/events.py", "rag/errors.py"):
        own = {module for module in imports(sources()[path]) if module.startswith(("rag", "store"))}
        assert own <= {"rag.model", "rag.errors"}, path


def test_front_ends_come_in_by_the_doors() -> None:
    """Widgets and wiring: no database, no prompt, no index. Of the store they know the rows' types."""
    for name in set(FRONT_ENDS) & set(sources()):
        for node in ast.walk(sources()[name]):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            assert not module.startswith(("rag.answer", "rag.search", "rag.ingest", "rag.turns")), name
            if isinstance(node, ast.ImportFrom) and module.startswith("store"):
                assert all(alias.name[0].isupper() and alias.name != "Database" for alias in node.names), name


def test_only_the_command_lines_output_prints() -> None:
    printers = [
        f"{path}:{node.lineno}" for path, tree in sources().items() if path != "rag/output.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]  # fmt: skip
    assert printers == []


def test_files_are_one_idea_long() -> None:
    tests = [*ROOT.glob("tests/*.py"), *ROOT.glob("bench/*.py")]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*tests, *(ROOT / name for name in sources())]
    }
    too_long = {path: length for path, length in lengths.items() if length > FRONT_ENDS.get(path, 300)}
    assert too_long == {}


def test_functions_are_short_and_typed() -> None:
    lengths, untyped = [], []
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
                if node.returns is None:
                    untyped.append(f"{path}:{node.lineno}")
    assert untyped == []
    assert sorted(lengths)[int(len(lengths) * 0.95)] <= 40


def test_broad_excepts_stand_at_borders_and_say_so() -> None:
    """`except Exception` is for the end of a thread, a turn, a request: it logs, or says in a comment why not."""
    silent = []
    for path, tree in sources().items():
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception"):
                body = ast.unparse(ast.Module(node.body, []))
                told = "log" in body or "raise" in body or "#" in lines[node.lineno - 1]
                silent += [] if told else [f"{path}:{node.lineno}"]
    assert silent == []
