"""The door: what `rag` offers is there, sorted, and cheap to import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from tests.conftest import soonest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("gradio", "streamlit", "langchain", "langchain_core", "openai", "fastembed", "onnxruntime", "qdrant_client",
         "pandas", "fastapi", "sqlite_utils", "pypdfium2", "numpy")  # fmt: skip
IMPORTING = """
import json, sys, time
began = time.process_time()
import rag
elapsed_s = time.process_time() - began
print(json.dumps([elapsed_s, [name for name in sys.argv[1:] if name in sys.modules]]))
"""
USING = "import json, sys, rag; rag.Settings, rag.Asking, rag.FolioError, rag.App; " + (
    "print(json.dumps([0, [name for name in sys.argv[1:] if name in sys.modules]]))"
)


def in_a_process(program: str) -> tuple[float, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", program, *HEAVY], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    elapsed_s, loaded = json.loads(done.stdout)
    return elapsed_s, loaded


def test_all_is_sorted_and_everything_in_it_is_there() -> None:
    assert rag.__all__ == sorted(rag.__all__, key=_isort_key)
    assert len(set(rag.__all__)) == len(rag.__all__)
    for name in rag.__all__:
        assert getattr(rag, name) is not None
    homes = set(vars(rag)["_HOMES"])
    assert homes == set(rag.__all__)


def _isort_key(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as ruff sorts `__all__`."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'telephone'"):
        rag.telephone  # noqa: B018 -- the access is the test


def test_importing_is_cheap() -> None:
    found: list[str] = []

    def import_it() -> float:
        elapsed_s, loaded = in_a_process(IMPORTING)
        found.extend(loaded)
        return elapsed_s

    soonest(import_it, 0.3)
    assert found == []


def test_naming_the_app_loads_no_model_and_no_front_end() -> None:
    _, loaded = in_a_process(USING)
    assert loaded == []
