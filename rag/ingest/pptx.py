"""PPTX -> pages, one a slide: its title as heading, then what stands on it in reading order, then its notes.

The order of the shapes in the file is the one that screen readers use (PowerPoint's selection pane); the title goes
first. Read as XML: python-pptx refuses a whole file for one dangling reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.ingest import archives, opc
from rag.ingest.annotations import slide_comments
from rag.ingest.charts import chart_lines
from rag.ingest.flow import Flow
from rag.ingest.opc import Package, Reference, is_true, local
from rag.ingest.parts import Part
from rag.ingest.tables import SEPARATOR, one_line
from rag.model import Page

_MAX_DEPTH = 250  # of groups in groups; the XML parser allows no more
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr"})  # date, footer, number: on every slide
_SHAPES = frozenset({"sp", "pic", "graphicFrame", "grpSp", "cxnSp", "contentPart"})


def read(path: Path, first: int, count: int) -> Part:
    """A presentation -> its slides; its title is that of its properties, else its first slide's.

    Raises DocumentError(damaged_document, parser_limit).
    """
    with opc.opened(path) as package:
        name = package.first("", "officeDocument")
        presentation = package.xml(name)
        if presentation is None:
            raise archives.damaged()
        parts = {reference.id: reference.part for reference in package.references(name) if reference.kind == "slide"}
        listed = [_relation(entry) for entry in presentation.iterfind("{*}sldIdLst/{*}sldId")]
        pages, hidden = [], []
        for number, part in enumerate((parts[key] for key in listed if key in parts), start=1):
            slide = package.xml(part)
            is_hidden = slide is not None and slide.get("show") in {"0", "false"}
            hidden += [number] if is_hidden else []
            shown = slide is not None and not is_hidden
            pages.append(_Slide(package, part).page(number, slide) if shown else Page(number, ""))
    title = next((page.headings[0].text for page in pages if page.headings), "")
    return Part(tuple(pages), len(pages), title, _warnings(hidden))


def _warnings(hidden: list[int]) -> tuple[str, ...]:
    if not hidden:
        return ()
    one = len(hidden) == 1
    shown = ", ".join(map(str, hidden[:10])) + (" …" if len(hidden) > 10 else "")
    return (f"Hidden slide{'' if one else 's'} {shown} {'was' if one else 'were'} left out.",)


def _relation(entry: Any) -> str:
    return next((str(value) for key, value in entry.attrib.items() if key.endswith("}id")), "")


@dataclass(slots=True)
class _Slide:
    package: Package
    part: str
    flow: Flow = field(default_factory=Flow)
    _references: dict[str, Reference] = field(default_factory=dict)

    def page(self, number: int, slide: Any) -> Page:
        self._references = {reference.id: reference for reference in self.package.references(self.part)}
        shapes = list(_shapes(slide.find("{*}cSld/{*}spTree"), 0))
        for shape in shapes:
            if _placeholder(shape) in _TITLES:
                self.flow.add(one_line(" ".join(text for _, text in _paragraphs(shape))), level=1)
        for shape in shapes:
            kind = _placeholder(shape)
            if kind not in _TITLES and kind not in _FURNITURE:
                self._shape(shape, is_body=kind in {"body", "obj"})
        for comment in slide_comments(self.package, self.part):
            self.flow.add(comment)
        self._notes()
        return self.flow.page(number)

    def _shape(self, shape: Any, *, is_body: bool) -> None:
        kind = local(shape)
        if kind == "graphicFrame":
            self._frame(shape)
        elif kind == "pic":
            self._alternative(shape)
        self._text(shape, is_body=is_body)

    def _text(self, shape: Any, *, is_body: bool) -> None:
        paragraphs = list(_paragraphs(shape)) if local(shape) == "sp" else []
        counts: dict[int, int] = {}
        for paragraph, text in paragraphs:
            level = _level(paragraph)
            mark = _mark(paragraph, counts, level, default="- " if is_body and len(paragraphs) > 1 else "")
            self.flow.add("  " * level + mark + text if mark else text, tight=bool(mark))
        self.flow.separate()

    def _frame(self, frame: Any) -> None:
        """A table, a chart or a diagram."""
        for table in frame.iter("{*}tbl"):
            self._table(table)
        for element in frame.iter():
            if local(element) in {"chart", "relIds"}:
                for key, value in element.attrib.items():
                    reference = self._references.get(str(value))
                    if reference is not None and key.rpartition("}")[2] in {"id", "dm"}:
                        self._embedded(reference)
        self._alternative(frame)

    def _embedded(self, reference: Reference) -> None:
        root = self.package.xml(reference.part)
        if root is None:
            return
        if reference.kind == "chart":
            for line in chart_lines(root):
                self.flow.row(line)
        elif reference.kind == "diagramData":
            for point in root.iter("{*}pt"):
                self.flow.add("- " + text if (text := one_line(_runs(point))) else "", tight=True)
            self.flow.separate()

    def _table(self, table: Any) -> None:
        """One line a row. A merged cell's text belongs to every row and column it covers."""
        self.flow.separate()
        above: list[str] = []
        for row in table.iterchildren("{*}tr"):
            texts: list[str] = []
            for column, cell in enumerate(row.iterchildren("{*}tc")):
                text = one_line(" ".join(_runs(paragraph) for paragraph in cell.iter("{*}p")))
                if is_true(cell.get("vMerge")):
                    text = above[column] if column < len(above) else ""
                elif is_true(cell.get("hMerge")) and texts:
                    text = texts[-1]
                texts.append(text)
            self.flow.add(SEPARATOR.join(texts) if any(texts) else "", tight=True)
            above = texts
        self.flow.separate()

    def _alternative(self, shape: Any) -> None:
        """What was written for those who cannot see the picture; a mere file name is nothing."""
        properties = next(shape.iter("{*}cNvPr"), None)
        text = "" if properties is None else one_line(properties.get("descr") or "")
        if len(text.split()) > 2 and not text.casefold().startswith(("http:", "https:", "file:")):
            self.flow.add(f"[Picture: {text}]")

    def _notes(self) -> None:
        part = next((found.part for found in self._references.values() if found.kind == "notesSlide"), "")
        notes = self.package.xml(part) if part else None
        tree = None if notes is None else notes.find("{*}cSld/{*}spTree")
        for shape in _shapes(tree, 0):
            if _placeholder(shape) == "body":
                texts = [text for _, text in _paragraphs(shape) if text]
                self.flow.add("Notes: " + "\n".join(texts) if texts else "")


def _shapes(tree: Any, depth: int) -> Iterator[Any]:
    """The shapes of a slide in order, groups opened, of alternatives the first; hidden ones are left out."""
    for element in () if tree is None or depth > _MAX_DEPTH else tree.iterchildren():
        name = local(element)
        if name == "AlternateContent":
            chosen = element.find("{*}Choice")
            fallback = element.find("{*}Fallback")
            found = list(_shapes(chosen, depth + 1))
            yield from found if any(_says(shape) for shape in found) else _shapes(fallback, depth + 1)
        elif name == "grpSp":
            yield from () if _is_hidden(element) else _shapes(element, depth + 1)
        elif name in _SHAPES and not _is_hidden(element):
            yield element


def _says(shape: Any) -> bool:
    return local(shape) == "graphicFrame" or bool(_runs(shape).strip())


def _is_hidden(shape: Any) -> bool:
    properties = shape.find("*/{*}cNvPr")
    return properties is not None and is_true(properties.get("hidden"))


def _placeholder(shape: Any) -> str:
    """The kind of a placeholder ("title", "body", "obj" ...), "" for any other shape."""
    mark = shape.find("*/{*}nvPr/{*}ph")
    return "" if mark is None else str(mark.get("type", "obj"))


def _paragraphs(shape: Any) -> Iterator[tuple[Any, str]]:
    body = shape.find("{*}txBody")
    for paragraph in () if body is None else body.iterchildren("{*}p"):
        text = "\n".join(one_line(line) for line in _runs(paragraph).split("\n")).strip()
        if text:
            yield paragraph, text


def _runs(element: Any) -> str:
    """The text of all runs and fields in an element, line breaks as \\n."""
    found = []
    for part in element.iter("{*}t", "{*}br", "{*}tab"):
        found.append((part.text or "") if local(part) == "t" else "\n" if local(part) == "br" else " ")
    return "".join(found)


def _level(paragraph: Any) -> int:
    properties = paragraph.find("{*}pPr")
    level = "" if properties is None else properties.get("lvl") or ""
    return min(8, int(level)) if level.isascii() and level.isdigit() and len(level) < 3 else 0


def _mark(paragraph: Any, counts: dict[int, int], level: int, *, default: str) -> str:
    """What stands before a paragraph: "- ", "3. ", or nothing. `counts` remembers the numbers by level."""
    properties = paragraph.find("{*}pPr")
    kinds = set() if properties is None else {local(child) for child in properties.iterchildren()}
    if "buAutoNum" in kinds:
        start = properties.find("{*}buAutoNum").get("startAt") or "1"
        begin = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
        counts[level] = counts.get(level, begin - 1) + 1
        return f"{counts[level]}. "
    for deeper in [known for known in counts if known >= level]:
        del counts[deeper]
    if "buNone" in kinds:
        return ""
    return "- " if kinds & {"buChar", "buBlip"} else default
