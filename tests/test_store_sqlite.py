"""What is loaded with sqlite-utils, and what is not."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.sqlite import UNWANTED, unwanted_refused

ROOT = Path(__file__).resolve().parent.parent
OPENING = """
import sys
from pathlib import Path
from store.database import Database
Database.open(Path(sys.argv[1])).close()
assert "sqlite_utils" in sys.modules
print(sorted({"numpy", "pandas"} & set(sys.modules)))
import numpy, pandas
print(pandas.Series(numpy.ones(2)).sum())
"""


def test_a_database_is_opened_without_pandas_and_whoever_needs_it_has_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENING, str(tmp_path / "folio.db")],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.split() == ["[]", "2.0"]


def test_only_this_thread_is_refused_and_only_for_a_while() -> None:
    def finder(name: str) -> object:
        return sys.meta_path[0].find_spec(name, None, None)

    before = list(sys.meta_path)
    with unwanted_refused(), ThreadPoolExecutor(1) as other:
        assert len(sys.meta_path) == len(before) + 1
        for name in sorted(UNWANTED):
            with pytest.raises(ModuleNotFoundError, match=name):
                finder(name)
            assert other.submit(finder, name).result() is None
        assert finder("sqlite_utils") is None
    assert sys.meta_path == before
