"""HTML -> sections: what a browser would show, with headings, lists and table rows. Nothing is fetched or run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rag.ingest.flow import Flow
from rag.ingest.html_hidden import Hidden
from rag.ingest.parts import Part
from rag.ingest.tables import SEPARATOR, Grid
from rag.ingest.text import clean, decode

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "canvas", "datalist"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
        "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li",
        "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
        *_HEADINGS,
    }
)  # fmt: skip
Visit = Literal["enter", "leave", "unseen"]
_BREAK = "\u2028"  # a line break within a block


def read(path: Path, first: int, count: int) -> Part:
    """A page of HTML -> sections; its title is <title>, else the first <h1>."""
    return part_of(path.read_bytes())


def part_of(data: bytes) -> Part:
    """The same for a page in memory (a chapter of a book)."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 -- only parser processes need it

    tree = LexborHTMLParser(clean(_decode(data)))
    named = tree.css_first("title")
    walk = _Walk()
    invisible = 0
    if tree.body is not None:
        hidden = Hidden(tree)
        for node, visit in _visits(tree.body, hidden):
            if visit == "unseen":
                invisible += len("".join((node.text() or "").split()))
            elif visit == "enter":
                walk.enter(node)
            else:
                walk.leave(node.tag or "")
    walk.flush()
    part = walk.flow.part(named.text() if named is not None else "")
    return replace(part, invisible=invisible)


def _decode(data: bytes) -> str:
    declared = _META_CHARSET.search(data[:4_096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            return decode(data)  # it says something that is not so
    return decode(data)


def _visits(root: Any, hidden: Hidden) -> Iterator[tuple[Any, Visit]]:
    """Every node on the way in and, for elements, out; of what is hidden only its top. A loop: depth has no bound."""
    node = root
    while node is not None:
        is_element = bool(node.is_element_node)
        is_unseen = is_element and node.tag not in _DROPPED and hidden.hides(node)
        yield node, "unseen" if is_unseen else "enter"
        if node.child is not None and not is_unseen and node.tag not in _DROPPED:
            node = node.child
            continue
        while node is not None:
            if node.is_element_node and not is_unseen:
                yield node, "leave"
            is_unseen = False
            if node.mem_id == root.mem_id:
                return
            if node.next is not None:
                node = node.next
                break
            node = node.parent


@dataclass(slots=True)
class _Walk:
    """The state of one walk through the page."""

    flow: Flow = field(default_factory=Flow)
    _inline: list[str] = field(default_factory=list)
    _grid: Grid = field(default_factory=Grid)
    _spans: list[tuple[int, int]] = field(default_factory=list)  # rows and columns that the cells we are in cover
    _lists: list[int | None] = field(default_factory=list)  # the next number of an <ol>, None for <ul>
    _bullet: str = ""
    _cell_depth: int = 0  # in how many <td>/<th> we are: tables in a cell become its text
    _pre_depth: int = 0

    def enter(self, node: Any) -> None:
        if node.is_text_node:
            text = node.text_content or ""
            self._inline.append(text.replace("\n", _BREAK) if self._pre_depth else text)
            return
        tag = node.tag or ""
        if tag == "br":
            self._inline.append(_BREAK)
        elif tag in {"td", "th"}:
            self._enter_cell(node)
        elif tag == "img":
            text = " ".join((node.attributes.get("alt") or "").split())
            self._inline.append(f" [Picture: {text}] " if " " in text else "")
        elif tag in _BLOCKS:
            self._border()
            self._enter_block(tag, node)

    def _enter_cell(self, node: Any) -> None:
        self._border()
        self._cell_depth += 1
        self._spans.append((_span(node, "rowspan"), _span(node, "colspan")))

    def _enter_block(self, tag: str, node: Any) -> None:
        if tag in {"ul", "ol"}:
            start = (node.attributes.get("start") or "1") if tag == "ol" else ""
            self._lists.append(int(start) if start.isascii() and start.isdigit() and len(start) < 7 else None)
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            self._bullet = "- " if number is None else f"{number}. "
            if number is not None:
                self._lists[-1] = number + 1
            if self._cell_depth:
                self._inline.append(self._bullet)
        elif tag == "pre":
            self._pre_depth += 1

    def leave(self, tag: str) -> None:
        if tag in {"td", "th"} and self._cell_depth:
            self._leave_cell()
        elif tag == "tr" and not self._cell_depth:
            row = self._grid.end_row()
            self.flow.add(SEPARATOR.join(row) if any(row) else "", tight=True)
        elif tag in _BLOCKS:
            self._border(_HEADINGS.get(tag))
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()
            if tag == "table" and not self._cell_depth:
                self._grid = Grid()
            if tag == "table" or (tag in {"ul", "ol"} and not self._lists):
                self.flow.separate()
            if tag == "pre" and self._pre_depth:
                self._pre_depth -= 1

    def _leave_cell(self) -> None:
        self._cell_depth -= 1
        rows, columns = self._spans.pop()
        if self._cell_depth:
            self._inline.append(" ")
        else:
            self._grid.cell(" ".join("".join(self._inline).split()), rows=rows, columns=columns)
            self._inline = []

    def _border(self, level: int | None = None) -> None:
        """Where a block begins or ends. In a table's cell that is only a space."""
        if self._cell_depth:
            self._inline.append(" ")
        else:
            self.flush(level)

    def flush(self, level: int | None = None) -> None:
        """What was collected becomes a block."""
        lines = "".join(self._inline).split(_BREAK)
        self._inline = []
        text = "\n".join(line.rstrip() if self._pre_depth else " ".join(line.split()) for line in lines).strip("\n")
        if not text.strip():
            return
        is_item = bool(self._lists) and level is None
        if is_item:
            text = "  " * (len(self._lists) - 1) + (self._bullet or "  ") + text
            self._bullet = ""
        self.flow.add(text, level=level, tight=is_item)


def _span(node: Any, name: str) -> int:
    value = (node.attributes.get(name) or "1").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 5 else 1
