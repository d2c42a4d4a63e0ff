"""Blocks of text in reading order -> one text with headings, for formats that know their structure (DOCX, HTML)."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.ingest import sections
from rag.ingest.parts import MAX_CHARS, Part, too_much_text
from rag.model import Heading, Page


@dataclass(slots=True)
class Flow:
    """Takes blocks one after the other. Paragraphs are a blank line apart; list items and table rows one line."""

    _pieces: list[str] = field(default_factory=list)
    _headings: list[Heading] = field(default_factory=list)
    _length: int = 0
    _was_tight: bool = False

    def add(self, text: str, *, level: int | None = None, tight: bool = False) -> None:
        """One block; an empty one is left out. `level` makes it a heading, `tight` a list item or a table row.

        Raises DocumentError(parser_limit) when there is too much text.
        """
        text = text.rstrip() if tight else text.strip()
        if not text.strip():
            return
        if self._pieces:
            gap = "\n" if tight and self._was_tight else "\n\n"
            self._pieces.append(gap)
            self._length += len(gap)
        if level is not None:
            self._headings.append(Heading(level, " ".join(text.split()), self._length))
        self._pieces.append(text)
        self._length += len(text)
        self._was_tight = tight
        if self._length > MAX_CHARS:
            raise too_much_text()

    def separate(self) -> None:
        """What comes next begins a new paragraph, list or table."""
        self._was_tight = False

    def row(self, line: str) -> None:
        """A line of a table; an empty one ends the table."""
        if line:
            self.add(line, tight=True)
        else:
            self.separate()

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def part(self, title: str = "", warnings: tuple[str, ...] = ()) -> Part:
        """Everything so far, cut into sections. Without a `title` the first heading of level 1 is taken."""
        pages = sections.paginate("".join(self._pieces), self._headings)
        first = next((heading.text for heading in self._headings if heading.level == 1), "")
        return Part(pages, len(pages), title or first, warnings)

    def page(self, number: int) -> Page:
        """Everything so far as one page, for formats that have pages (slides)."""
        return Page(number, "".join(self._pieces), headings=tuple(self._headings))
