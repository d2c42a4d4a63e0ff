"""What a PDF says about itself: title, page labels, outline. By pypdf, which is slow on text but thorough on structure.

Nothing here is needed to search a document: a file whose structure cannot be read keeps its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rag.ingest.headings import MAX_LENGTH, OutlineEntry
from rag.ingest.parts import Structure, tidy

MAX_OUTLINE = 2_000
MAX_LEVEL = 6
_MADE_BY = re.compile(r"^Microsoft (Word|PowerPoint|Excel) - ", re.IGNORECASE)
_NO_TITLE = re.compile(r"^(untitled\W*\d*|document\d*|[\d\W_]*)$", re.IGNORECASE)


def read(path: Path) -> Structure:
    """The file's own structure; of an outline at most 2,000 entries. What pypdf raises on odd files passes through."""
    from pypdf import PdfReader  # noqa: PLC0415 -- only parser processes need it

    with path.open("rb") as stream:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return Structure()
        return Structure(_title(reader), _labels(reader), tuple(islice(_outline(reader), MAX_OUTLINE)))


def has_no_pages(path: Path) -> bool:
    """Whether the file is a PDF whose page tree is empty, not one that cannot be read at all."""
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        with path.open("rb") as stream:
            return len(PdfReader(stream, strict=False).pages) == 0
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def _title(reader: Any) -> str:
    metadata = reader.metadata
    title = tidy(_MADE_BY.sub("", str((metadata and metadata.title) or "")))
    return "" if _NO_TITLE.match(title) else title


def _labels(reader: Any) -> tuple[tuple[int, str], ...]:
    """The labels of those pages whose label is not their number."""
    if "/PageLabels" not in reader.root_object:
        return ()
    numbered = enumerate(reader.page_labels, start=1)
    return tuple((number, label) for number, label in numbered if label and label != str(number))


def _outline(reader: Any) -> Iterator[OutlineEntry]:
    for level, destination in _flat(reader.outline, 1):
        index = reader.get_destination_page_number(destination)
        text = tidy(str(destination.title or ""))[:MAX_LENGTH]
        if text and index is not None and index >= 0:
            yield OutlineEntry(level, text, index + 1)


def _flat(entries: Sequence[Any], level: int) -> Iterator[tuple[int, Any]]:
    """pypdf nests the entries below an entry as a list after it."""
    for entry in entries:
        if isinstance(entry, list):
            yield from _flat(entry, min(level + 1, MAX_LEVEL))
        else:
            yield level, entry
