"""Python values <-> columns: booleans are 0/1, lists and dicts are JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SURROGATES = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with halves of surrogate pairs, which have no UTF-8, as U+FFFD; every offset stays what it was."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def to_column(value: object) -> Any:
    """A value as SQLite keeps it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list | tuple):
        return storable(_JSON.encode(value))
    return storable(value) if isinstance(value, str) else value


def assignments(columns: Mapping[str, object], allowed: Collection[str]) -> tuple[str, list[Any]]:
    """("a = ?, b = ?", values) for an UPDATE.

    Raises ValueError for a column that is not in `allowed`: names go into the SQL as they are.
    """
    unknown = sorted(set(columns) - set(allowed))
    if unknown:
        raise ValueError(f"no such column to change: {', '.join(unknown)}")
    return ", ".join(f"{name} = ?" for name in columns), [to_column(value) for value in columns.values()]
