"""DOCX -> sections: headings by style, paragraphs, numbered lists and tables in the order of the document.

python-docx opens the package; its parts are then walked as XML, because text also stands where its paragraphs do not
look: content controls, insertions, text boxes, footnotes, equations.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from rag.ingest import archives
from rag.ingest.annotations import comment
from rag.ingest.charts import chart_lines
from rag.ingest.docx_hidden import Hidden
from rag.ingest.docx_styles import Numbering, Styles, W
from rag.ingest.flow import Flow
from rag.ingest.omml import latex
from rag.ingest.opc import attribute, local
from rag.ingest.parts import Part
from rag.ingest.tables import SEPARATOR, one_line, spread

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FURNITURE = frozenset({"header", "footer"})
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
_LITERAL = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": "\t"}
_SKIPPED = frozenset(
    {f"{W}pPr", f"{W}rPr", f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}sdtPr", f"{_COMPATIBILITY}Fallback"}
)
_FIGURE_IDS = frozenset({f"{_RELATION}id", f"{_RELATION}dm"})
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}


def read(path: Path, first: int, count: int) -> Part:
    """A Word document -> sections; its title is that of its properties, else its first heading of level 1.

    Raises DocumentError(damaged_document, parser_limit) for an archive that must not be unpacked.
    """
    from docx import Document  # noqa: PLC0415 -- only parser processes need it

    with path.open("rb") as stream:
        archives.check(stream)
        archives.check_parts(stream)
        document = Document(_transitional(stream))
    reader = _Reader(document.part)
    reader.walk(document.element.body)
    reader.furniture()
    return replace(reader.flow.part(document.core_properties.title or ""), invisible=reader.hidden.count)


def _transitional(stream: BinaryIO) -> BinaryIO:
    """The file itself, or for the Strict variant (ISO 29500-1) a copy in the namespaces that python-docx knows."""
    with zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        if "_rels/.rels" not in names or not _STRICT.search(archive.read("_rels/.rels")):
            stream.seek(0)
            return stream
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as rewritten:
            for name in names:
                content = archive.read(name)
                if name.endswith((".xml", ".rels")):
                    content = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", content)
                rewritten.writestr(name, content)
    copy.seek(0)
    return copy


@dataclass(slots=True)
class _Reader:
    """Walks the main part. `_boxes` and `_notes` wait for the end of the paragraph they were met in."""

    part: Any
    flow: Flow = field(default_factory=Flow)
    styles: Styles = field(init=False)
    numbering: Numbering = field(init=False)
    hidden: Hidden = field(init=False)
    _note_texts: dict[tuple[str, str], Any] = field(init=False)
    _boxes: list[Any] = field(default_factory=list)
    _notes: list[Any] = field(default_factory=list)
    _figures: list[str] = field(default_factory=list)  # ids of charts and diagrams
    _comments: list[Any] = field(default_factory=list)
    _noted: int = 0

    def __post_init__(self) -> None:
        parts = {rel.reltype.rpartition("/")[2]: rel.target_part for rel in _internal(self.part)}
        self.styles = Styles(_root(parts.get("styles")))
        self.hidden = Hidden(_root(parts.get("styles")))
        self.numbering = Numbering(_root(parts.get("numbering")))
        self._note_texts = {
            (kind, note.get(f"{W}id", "")): note
            for kind in (*_NOTES.values(), "comments")
            if (root := _root(parts.get(kind))) is not None
            for note in root.iter(f"{W}{kind[:-1]}")
        }

    def furniture(self) -> None:
        """Headers and footers, each text once, after everything else."""
        seen = set()
        for rel in _internal(self.part):
            if rel.reltype.rpartition("/")[2] in _FURNITURE:
                for paragraph in _root(rel.target_part).iter(f"{W}p"):
                    text = one_line(self._text(paragraph))
                    if text not in seen and any(map(str.isalpha, text)):
                        seen.add(text)
                        self.flow.add(text)
        self._after_block()

    def walk(self, container: Any) -> None:
        """The blocks in a body, a content control, a text box or a note."""
        for element in container.iterchildren():
            if element.tag == f"{W}p":
                self._paragraph(element)
            elif element.tag == f"{W}tbl":
                self._table(element)
                self._after_block()
            elif isinstance(element.tag, str) and element.tag not in _SKIPPED:
                self.walk(element)

    def _paragraph(self, paragraph: Any) -> None:
        text = self._text(paragraph)
        style = self.styles.of(paragraph)
        label = self.numbering.label(style.numbering, style.indent) if style.numbering and text.strip() else ""
        if style.level is not None:
            self.flow.add(" ".join((label.removeprefix("- ") + text).split()), level=style.level)
        else:
            self.flow.add("  " * style.indent + label + text if label else text, tight=bool(label))
        self._after_block()

    def _after_block(self) -> None:
        """Text boxes and notes met in a block come right after it, so that they stay near what they belong to."""
        boxes, self._boxes = self._boxes, []
        notes, self._notes = self._notes, []
        for box in boxes:
            self.walk(box)
        for number, note in enumerate(notes, start=self._noted - len(notes) + 1):
            words = " ".join(" ".join(self._text(paragraph).split()) for paragraph in note.iter(f"{W}p"))
            self.flow.add(f"[{number}] {words}", tight=True)
        comments, self._comments = self._comments, []
        for said in comments:
            text = " ".join(self._text(paragraph) for paragraph in said.iter(f"{W}p"))
            self.flow.add(comment(text, _author(said), said.get(f"{W}date", "")))
        figures, self._figures = self._figures, []
        for figure in figures:
            self._figure(figure)

    def _figure(self, relation: str) -> None:
        """A chart's figures or the words of a diagram."""
        rel = self.part.rels.get(relation)
        if rel is None or rel.is_external:
            return
        kind = rel.reltype.rpartition("/")[2]
        if kind == "chart":
            for line in chart_lines(_root(rel.target_part)):
                self.flow.row(line)
        elif kind == "diagramData":
            for point in _root(rel.target_part).iter("{*}pt"):
                text = one_line("".join(run.text or "" for run in point.iter("{*}t")))
                self.flow.row(f"- {text}" if text else "")

    def _table(self, table: Any) -> None:
        """One line a row. What is merged over several rows or columns is said in each: every row stands for itself."""
        self.flow.separate()
        above: list[str] = []
        for row in _rows(table):
            texts = [""] * _grid_before(row)
            for cell, columns in _cells(row):
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                goes_on = merged is not None and merged.get(f"{W}val", "continue") == "continue"
                column = len(texts)
                text = (above[column] if column < len(above) else "") if goes_on else self._cell_text(cell)
                texts += spread(text, columns)
            if any(texts):
                self.flow.add(texts[0] if len(set(texts)) == 1 else SEPARATOR.join(texts), tight=True)
            above = texts
        self.flow.separate()

    def _cell_text(self, cell: Any) -> str:
        return " ".join(" ".join(self._text(paragraph).split()) for paragraph in _paragraphs(cell)).strip()

    def _text(self, paragraph: Any) -> str:
        return "".join(self._pieces(paragraph))

    def _pieces(self, element: Any) -> Iterator[str]:
        for child in element.iterchildren():
            tag = child.tag
            if tag == f"{W}t":
                yield child.text or ""
            elif tag in _LITERAL:
                yield _LITERAL[tag]
            elif tag in _NOTES:
                yield self._note(_NOTES[tag], child.get(f"{W}id", ""))
            elif tag == _MATH:
                yield f" ${latex(child)}$ "
            elif tag == f"{W}sdt" and (box := _checkbox(child)):
                yield box
            elif isinstance(tag, str) and tag not in _SKIPPED and not self._is_set_aside(child):
                yield from self._pieces(child)

    def _note(self, kind: str, note_id: str) -> str:
        """The mark of a footnote or endnote, whose text follows after the block."""
        note = self._note_texts.get((kind, note_id))
        if note is None:
            return ""
        self._noted += 1
        self._notes.append(note)
        return f"[{self._noted}]"

    def _is_set_aside(self, element: Any) -> bool:
        """Whether an element has no words of its own here: it waits for the end of the block, or is hidden."""
        if element.tag == f"{W}r":
            return self.hidden.hides(element)
        if element.tag == f"{W}txbxContent":
            self._boxes.append(element)
        elif element.tag == f"{W}commentReference":
            said = self._note_texts.get(("comments", element.get(f"{W}id", "")))
            self._comments += [] if said is None else [said]
        elif local(element) in {"chart", "relIds"}:
            self._figures += [str(value) for key, value in element.attrib.items() if key in _FIGURE_IDS]
        else:
            return False
        return True


def _rows(table: Any) -> Iterator[Any]:
    return (row for row in table.iter(f"{W}tr") if next(row.iterancestors(f"{W}tbl")) is table)


def _cells(row: Any) -> Iterator[tuple[Any, int]]:
    """(cell, how many grid columns it spans) in order."""
    for cell in row.iter(f"{W}tc"):
        if next(cell.iterancestors(f"{W}tr")) is row:
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            value = span.get(f"{W}val", "1") if span is not None else "1"
            yield cell, min(100, max(1, int(value) if value.isdigit() else 1))


def _grid_before(row: Any) -> int:
    """How many columns a row leaves out at its beginning."""
    found = row.find(f"{W}trPr/{W}gridBefore")
    value = "" if found is None else found.get(f"{W}val", "")
    return min(100, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else 0


def _checkbox(control: Any) -> str:
    """A content control that is ticked or not, "" for any other."""
    box = control.find(f"{W}sdtPr/{{*}}checkbox")
    if box is None:
        return ""
    state = box.find("{*}checked")
    return "[ ]" if state is None or attribute(state, "val") in {"0", "false"} else "[x]"


def _author(comment_: Any) -> str:
    name, initials = comment_.get(f"{W}author", ""), comment_.get(f"{W}initials", "")
    return f"{name} ({initials})" if name and initials else name


def _paragraphs(cell: Any) -> Iterator[Any]:
    """All paragraphs in a cell, those of tables in it too, but not those of text boxes."""
    return (found for found in cell.iter(f"{W}p") if next(found.iterancestors(f"{W}txbxContent"), None) is None)


def _internal(part: Any) -> Iterator[Any]:
    return (rel for rel in part.rels.values() if not rel.is_external)


def _root(part: Any) -> Any:
    """A part's XML, or None when there is no such part."""
    if part is None:
        return None
    from docx.oxml import parse_xml  # noqa: PLC0415

    return parse_xml(part.blob)
