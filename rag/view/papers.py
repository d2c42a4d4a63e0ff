"""Which documents of many the pane draws, and what the page is told of all of them. Pure.

There may be thousands. The page is told the names of all of them once, and again when they have changed; drawn are the
newest, or those whose name is looked for, and more on request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rag.view.documents import Row, documents_html
from rag.view.texts import Language
from store.outline import Entry

PAGE: Final = 100  # rows drawn at first
MOST: Final = 10_000
MAX_SOUGHT_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """What of the documents is looked at: the newest `count` whose names contain `sought`, in letters of any case.

    `known`: what names the page has been told already, see `Shown.key`.
    """

    count: int = PAGE
    sought: str = ""
    known: str = ""

    @property
    def key(self) -> str:
        """The page shows rows only if it still looks at them."""
        return json.dumps([self.sought, self.count], ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Shown:
    """`rows` of the documents that were looked for, `found` in all, among `entries`, which are all there are."""

    rows: Sequence[Row]
    found: int
    entries: Sequence[Entry]

    @property
    def key(self) -> str:
        """Another one when a document has come, has gone, or has become one that can be used or not."""
        return f"{hash(tuple(self.entries)):x}"


def look_of(value: object) -> Look:
    """What a page says it looks at; whatever does not fit is as at the beginning."""
    said: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    count, sought, known = said.get("count"), said.get("sought"), said.get("known")
    return Look(
        min(max(count, 1), MOST) if isinstance(count, int) else PAGE,
        sought[:MAX_SOUGHT_CHARS] if isinstance(sought, str) else "",
        known if isinstance(known, str) else "",
    )


def sought_among(entries: Sequence[Entry], look: Look) -> list[Entry]:
    """All whose name contains what is sought."""
    sought = look.sought.lower()
    return [one for one in entries if sought in one.name.lower()] if sought else list(entries)


def pane(shown: Shown, look: Look, language: Language, max_bytes: int) -> dict[str, Any]:
    """The pane as the page takes it: its HTML and, unless the page has been told, [id, name, usable] of all."""
    return {
        "html": str(
            documents_html(
                shown.rows, language, max_bytes, total=len(shown.entries), has_more=shown.found > len(shown.rows)
            )
        ),
        "look": look.key,
        "key": shown.key,
        "all": None if look.known == shown.key else [[one.id, one.name, not one.is_failed] for one in shown.entries],
    }
