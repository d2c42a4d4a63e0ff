"""The insides of documents: pages as a person reads them, and the passages they were cut into.

`save_pages`, `save_passages` and `passages` know no user: they are for the ingestion worker and the index only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from store.columns import to_column
from store.database import Database
from store.errors import NotFound
from store.owner import readable


@dataclass(frozen=True, slots=True)
class PageRow:
    """`number` from 1; `words` packed boxes, may be empty; `headings` JSON text; `width`, `height` in points.

    `ocr_confidence` 0..100, None for a page that was not read by text recognition; `turned` in degrees clockwise.
    """

    number: int
    text: str
    words: bytes
    headings: str
    width: float
    height: float
    label: str | None
    ocr_confidence: float | None = None
    turned: int = 0


@dataclass(frozen=True, slots=True)
class PassageRow:
    """page.text[start:end] == text. `id` is "<document_id>:<number>"."""

    id: str
    document_id: str
    number: int
    page: int
    start: int
    end: int
    heading: str
    text: str


_PAGE_COLUMNS = tuple(PageRow.__dataclass_fields__)
_PAGE = ", ".join(f"p.{name}" for name in _PAGE_COLUMNS)
_PASSAGE = 'p.id, p.document_id, p.number, p.page, p.start, p."end", p.heading, p.text'


def _passage(row: sqlite3.Row) -> PassageRow:
    return PassageRow(*tuple(row)[:8])


def save_pages(db: Database, document_id: str, pages: Iterable[PageRow]) -> None:
    """These pages in place of those that were there. `pages` may be a cheap generator: the writer waits for it."""
    with db.write() as writer:
        writer.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
        writer.conn.executemany(
            f"""INSERT INTO pages(document_id, {", ".join(_PAGE_COLUMNS)})
            VALUES (?{", ?" * len(_PAGE_COLUMNS)})""",
            ((document_id, *map(to_column, astuple(page))) for page in pages),
        )


def save_passages(db: Database, document_id: str, passages: Iterable[PassageRow]) -> None:
    """These passages in place of those that were there."""
    with db.write() as writer:
        writer.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
        writer.conn.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                (tuple(map(to_column, astuple(passage))) for passage in passages))  # fmt: skip


def page(db: Database, user_id: str, document_id: str, number: int) -> PageRow:
    """One page of a document the user may read, current or replaced. Raises NotFound."""
    clause, parameters = readable(user_id, "d.owner")
    with db.read() as reader:
        row = reader.execute(
            f"""SELECT {_PAGE} FROM pages p JOIN documents d ON d.id = p.document_id
            WHERE p.document_id = ? AND p.number = ? AND d.deleted_at IS NULL AND {clause}""",
            (document_id, number, *parameters),
        ).fetchone()
    if row is None:
        raise NotFound(f"{document_id} page {number}")
    return PageRow(*row)


def page_texts(db: Database, user_id: str, document_id: str) -> list[tuple[int, str]]:
    """(number, text) of every page of a document the user may read, current or replaced, in order; else empty."""
    clause, parameters = readable(user_id, "d.owner")
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT p.number, p.text FROM pages p JOIN documents d ON d.id = p.document_id
            WHERE p.document_id = ? AND d.deleted_at IS NULL AND {clause} ORDER BY p.number""",
            (document_id, *parameters),
        ).fetchall()
    return [(row["number"], row["text"]) for row in rows]


def passages(db: Database, document_id: str) -> list[PassageRow]:
    """All passages of a document of anybody, in order. For the ingestion worker and the index only."""
    with db.read() as reader:
        rows = reader.execute(
            f"SELECT {_PASSAGE} FROM passages p WHERE p.document_id = ? ORDER BY p.number", (document_id,)
        ).fetchall()
    return [_passage(row) for row in rows]


def passages_by_id(
    db: Database, user_id: str, ids: Sequence[str], *, replaced: bool = False
) -> dict[str, tuple[PassageRow, str, int]]:
    """id -> (passage, document name, document version), for those ids that the user may read.

    Those of replaced documents only when asked for: search must not find them, old citations lead to them.
    """
    clause, parameters = readable(user_id, "d.owner")
    current = "1" if replaced else "d.replaced_at IS NULL"
    with db.read() as reader:
        rows = reader.execute(
            f"""SELECT {_PASSAGE}, d.name, d.version FROM passages p JOIN documents d ON d.id = p.document_id
            WHERE p.id IN (SELECT value FROM json_each(?)) AND d.deleted_at IS NULL AND {current} AND {clause}""",
            (json.dumps(list(ids)), *parameters),
        ).fetchall()
    return {row["id"]: (_passage(row), row["name"], row["version"]) for row in rows}
