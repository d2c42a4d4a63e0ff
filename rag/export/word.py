"""A conversation as a Word document. Of an answer's Markdown, headings, lists, tables, code, bold and italic runs are
carried over; what is written from right to left stays so."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from rag.export.transcript import Exchange, Source, Transcript

_EMPHASIS = re.compile(r"(\*\*.+?\*\*|(?<![\w*])\*[^\s*](?:[^*]*[^\s*])?\*(?![\w*])|`[^`]+`)")
_ITEM = re.compile(r"\s{0,8}[-*+]\s+(.*)")
_NUMBERED = re.compile(r"\s{0,8}(\d{1,3}[.)]\s+.*)")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_ROW = re.compile(r"\s*\|.*\|\s*|[^|]+(?:\|[^|]*)+")
_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
_CELLS = re.compile(r"(?<!\\)\|")


def write(transcript: Transcript) -> bytes:
    from docx import Document  # noqa: PLC0415 -- only exports to Word need it

    document = Document()
    document.core_properties.title = transcript.title[:255]
    document.core_properties.author = ""
    document.add_heading(transcript.title, 0)
    document.add_paragraph(f"Begun {transcript.conversation.created_at}, exported {transcript.exported_at}.")
    for exchange in transcript.exchanges:
        _exchange(document, exchange)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _exchange(document: Any, exchange: Exchange) -> None:
    _turned(document.add_heading(exchange.question, 1))
    document.add_paragraph().add_run(exchange.byline).italic = True
    for block in _blocks(exchange.answer.splitlines()):
        _block(document, block)
    if exchange.sources:
        document.add_heading(exchange.sources_title, 2)
        for source in exchange.sources:
            _source(document, source)


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines that belong together: a table with its head, code with its fences; else each line alone."""
    at = 0
    while at < len(lines):
        last = at + 1
        if _FENCE.match(lines[at]):
            while last < len(lines) and not _FENCE.match(lines[last]):
                last += 1
            last = min(last + 1, len(lines))
        elif _is_table(lines[at : at + 2]):
            while last < len(lines) and "|" in lines[last]:
                last += 1
        if any(line.strip() for line in lines[at:last]):
            yield list(lines[at:last])
        at = last


def _is_table(lines: Sequence[str]) -> bool:
    return len(lines) == 2 and "|" in lines[1] and bool(_ROW.fullmatch(lines[0]) and _RULE.fullmatch(lines[1]))


def _block(document: Any, block: Sequence[str]) -> None:
    if _is_table(block[:2]):
        _table(document, [_cells(line) for line in (block[0], *block[2:])])
    elif _FENCE.match(block[0]):
        for line in block[1:]:
            if not _FENCE.match(line):
                document.add_paragraph().add_run(line).font.name = "Consolas"
    else:
        _line(document, block[0])


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELLS.split(line.strip().removeprefix("|").removesuffix("|"))]


def _table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=False):
            _runs(cell.paragraphs[0], text)
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True


def _line(document: Any, line: str) -> None:
    heading, item, numbered = _HEADING.fullmatch(line), _ITEM.fullmatch(line), _NUMBERED.fullmatch(line)
    if heading:
        _turned(document.add_paragraph()).add_run(heading[1]).bold = True
    elif item or numbered:
        found = item or numbered
        _runs(document.add_paragraph(style="List Bullet" if item else "List"), found[1] if found else line)
    else:
        _runs(document.add_paragraph(), line)


def _runs(paragraph: Any, text: str) -> None:
    for part in filter(None, _EMPHASIS.split(text)):
        if part.startswith("**") and len(part) > 4:
            paragraph.add_run(part[2:-2]).bold = True
        elif part.startswith("`") and len(part) > 2:
            paragraph.add_run(part[1:-1]).font.name = "Consolas"
        elif part.startswith("*") and _EMPHASIS.fullmatch(part):
            paragraph.add_run(part[1:-1]).italic = True
        else:
            paragraph.add_run(part)
    _turned(paragraph)


def _turned(paragraph: Any) -> Any:
    """A paragraph that begins from right to left is set so."""
    kinds = (unicodedata.bidirectional(char) for char in paragraph.text)
    if next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L":
        turned = import_module("docx.oxml").OxmlElement("w:bidi")
        paragraph._p.get_or_add_pPr().append(turned)
    return paragraph


def _source(document: Any, source: Source) -> None:
    document.add_paragraph(f"[{source.number}] {source.label}")
    for quote, status in source.quotes:
        _turned(document.add_paragraph(f"“{quote}” ({status})", style="Quote"))
