"""sqlite-utils without pandas and NumPy. It loads them wherever it finds them, for types of columns that nobody has
here, and pandas alone takes longer than all the rest of a start, and more memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from threading import get_ident
from typing import Final

UNWANTED: Final = frozenset({"numpy", "pandas"})


class _Refusal(MetaPathFinder):
    """Says that the unwanted are not installed, to the thread that made it."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """None: others look for it. Raises ModuleNotFoundError."""
        if fullname in UNWANTED and get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is not wanted here", name=fullname)


@contextmanager
def unwanted_refused() -> Iterator[None]:
    """Whatever is imported by this thread meanwhile does without them. One that is loaded already stays."""
    refusal = _Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)


with unwanted_refused():
    from sqlite_utils import Database, Migrations

__all__ = ["UNWANTED", "Database", "Migrations", "unwanted_refused"]
