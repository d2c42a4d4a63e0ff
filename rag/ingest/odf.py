"""OpenDocument text, spreadsheet and presentation (ISO/IEC 26300) -> sections or slides. One walk over content.xml."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.ingest import archives, opc
from rag.ingest.bands import Bands
from rag.ingest.flow import Flow
from rag.ingest.opc import attribute, local
from rag.ingest.parts import Part
from rag.ingest.tables import SEPARATOR, one_line
from rag.model import Page

_MAX_REPEATS = 100  # of a cell or row that says something
_MAX_SPACES = 100
_SKIPPED = frozenset(
    {"tracked-changes", "annotation-end", "forms", "sequence-decls", "variable-decls", "user-field-decls", "bookmark",
     "table-of-content-source", "illustration-index-source", "object-ole", "script", "event-listeners", "desc", "title"}
)  # fmt: skip
_MAX_DEPTH = 60


def read(path: Path, first: int, count: int) -> Part:
    """An OpenDocument file -> sections (texts), sheets or slides; its title is that of its properties.

    Raises DocumentError: damaged_document, parser_limit, encrypted_document.
    """
    with path.open("rb") as stream:
        archives.check(stream)
        with zipfile.ZipFile(stream) as archive:
            names = frozenset(archive.namelist())
            if "content.xml" not in names:
                raise archives.damaged()
            _check_open(archive, names)
            root = opc.parse(archive.read("content.xml"))
            title = _title(opc.parse(archive.read("meta.xml"))) if "meta.xml" in names else ""
    body = root.find("{*}body")
    kind = None if body is None else next(body.iterchildren(), None)
    if kind is None:
        raise archives.damaged()
    reader = _Reader(_ordered_lists(root))
    if local(kind) == "presentation":
        return reader.slides(kind, title)
    if local(kind) == "spreadsheet":
        return reader.sheets(kind, title)
    reader.blocks(kind, 0)
    return reader.flow.part(title)


def _check_open(archive: zipfile.ZipFile, names: frozenset[str]) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in names and next(opc.parse(archive.read(manifest)).iter("{*}encryption-data"), None) is not None:
        raise DocumentError("encrypted_document", "This document can only be opened with its password.")


def _title(meta: Any) -> str:
    return next((element.text or "" for element in meta.iter("{*}title")), "")


def _ordered_lists(root: Any) -> frozenset[str]:
    """The names of the list styles whose first level is numbered."""
    found = set()
    for style in root.iter("{*}list-style"):
        levels = (level for level in style.iterchildren() if attribute(level, "level") in {"1", ""})
        first = next(levels, None)
        if first is not None and local(first) == "list-level-style-number" and attribute(first, "num-format"):
            found.add(attribute(style, "name"))
    return frozenset(found)


@dataclass(slots=True)
class _Reader:
    ordered: frozenset[str]
    flow: Flow = field(default_factory=Flow)
    _notes: list[str] = field(default_factory=list)
    _noted: int = 0

    def slides(self, presentation: Any, title: str) -> Part:
        pages = []
        for number, slide in enumerate(presentation.iterchildren("{*}page"), start=1):
            self.flow = Flow()
            frames = list(slide.iterchildren())
            titles = [frame for frame in frames if attribute(frame, "class") == "title"]
            for frame in titles:
                self.flow.add(one_line(" ".join(self.text(p) for p in frame.iter("{*}p", "{*}h"))), level=1)
            for frame in frames:
                if frame not in titles:
                    self.blocks(frame, 0)
            pages.append(self.flow.page(number))
        return Part(tuple(pages), len(pages), title)

    def sheets(self, book: Any, title: str) -> Part:
        pages: list[Page] = []
        for table in book.iterchildren("{*}table"):
            flow, bands = Flow(), Bands()
            name = attribute(table, "name")
            flow.add(name, level=1)
            for row in self._rows(table):
                for line in bands.feed(row):
                    flow.row(line)
            for line in bands.flush():
                flow.row(line)
            if flow.length > len(name.strip()):
                pages += [replace(page, number=len(pages) + at) for at, page in enumerate(flow.part().pages, start=1)]
        return Part(tuple(pages), len(pages), title)

    def blocks(self, container: Any, depth: int) -> None:
        """Headings, paragraphs, lists, tables and frames in order."""
        for element in container.iterchildren() if depth < _MAX_DEPTH else ():
            name = local(element)
            if name == "h":
                level = attribute(element, "outline-level")
                self.flow.add(one_line(self.text(element)), level=int(level) if level in set("123456789") else 1)
            elif name == "p":
                self.flow.add(self.text(element))
                self._after(element, depth)
            elif name == "list":
                self._list(element, 0)
                self.flow.separate()
            elif name == "table":
                self.flow.separate()
                for row in self._rows(element):
                    self.flow.row(SEPARATOR.join(row) if any(row) else "")
                self.flow.separate()
            elif name == "notes":
                texts = [self.text(p) for p in element.iter("{*}p")]
                self.flow.add("Notes: " + "\n".join(filter(None, texts)) if any(texts) else "")
            elif name and name not in _SKIPPED:
                self.blocks(element, depth + 1)

    def _after(self, paragraph: Any, depth: int) -> None:
        """Notes and text boxes met in a paragraph come right after it."""
        notes, self._notes = self._notes, []
        for note in notes:
            self.flow.add(note, tight=True)
        for box in paragraph.iter("{*}text-box"):
            self.blocks(box, depth + 1)

    def _list(self, element: Any, indent: int, *, is_ordered: bool = False) -> None:
        style = attribute(element, "style-name")
        is_ordered = style in self.ordered if style else is_ordered
        number = 0
        for item in element.iterchildren("{*}list-item", "{*}list-header"):
            number += local(item) == "list-item"
            mark = f"{number}. " if is_ordered else "- "
            for child in item.iterchildren():
                if local(child) == "list" and indent < _MAX_DEPTH:
                    self._list(child, indent + 1, is_ordered=is_ordered)
                elif local(child) in {"p", "h"} and (text := one_line(self.text(child))):
                    self.flow.add("  " * indent + mark + text, tight=True)
                    mark = "  "

    def _rows(self, table: Any) -> Iterator[list[str]]:
        """The rows of a table in order, those of its header and groups too; a merged cell speaks for all it covers."""
        carried: dict[int, tuple[int, str]] = {}  # column -> (rows still covered, text)
        for row in table.iter("{*}table-row"):
            if next(row.iterancestors("{*}table"), None) is not table:
                continue
            texts: list[str] = []
            for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
                self._cell(cell, texts, carried)
            while texts and not texts[-1]:
                texts.pop()
            repeated = _count(row, "number-rows-repeated")
            yield from [texts] * (min(repeated, _MAX_REPEATS) if texts else 1)

    def _cell(self, cell: Any, texts: list[str], carried: dict[int, tuple[int, str]]) -> None:
        column = len(texts)
        text = one_line(" ".join(self.text(p) for p in cell.iter("{*}p", "{*}h")))
        if local(cell) == "covered-table-cell":
            left, above = carried.get(column, (0, ""))
            if left > 0:
                carried[column] = (left - 1, above)
                text = above
        else:
            rows, columns = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
            for covered in range(column + (rows < 2), column + min(columns, _MAX_REPEATS)):
                carried[covered] = (rows if covered > column else rows - 1, text)
        texts += [text] * (min(_count(cell, "number-columns-repeated"), _MAX_REPEATS if text else 2_000))

    def text(self, element: Any) -> str:
        return "".join(self._pieces(element, 0)).strip()

    def _pieces(self, element: Any, depth: int) -> Iterator[str]:
        yield element.text or ""
        for child in element.iterchildren() if depth < _MAX_DEPTH else ():
            name = local(child)
            if name == "s":
                yield " " * min(_MAX_SPACES, _count(child, "c"))
            elif name in {"tab", "line-break"}:
                yield "\t" if name == "tab" else "\n"
            elif name == "note":
                yield self._note(child)
            elif name and name not in _SKIPPED and name not in {"annotation", "text-box"}:
                yield from self._pieces(child, depth + 1)
            yield child.tail or ""

    def _note(self, note: Any) -> str:
        self._noted += 1
        words = " ".join(self.text(p) for p in note.iterfind("{*}note-body//{*}p"))
        self._notes.append(f"[{self._noted}] {one_line(words)}")
        return f"[{self._noted}]"


def _count(element: Any, name: str) -> int:
    value = attribute(element, name)
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 8 else 1
