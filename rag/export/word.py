"""A conversation as a Word document. Of an answer's Markdown, bold runs, headings and list items are carried over."""

from __future__ import annotations

import io
import re
from typing import Any

from rag.export.transcript import Exchange, Source, Transcript

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITEM = re.compile(r"\s{0,8}(?:[-*+]|\d{1,3}[.)])\s+(.*)")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")


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
    document.add_heading(exchange.question, 1)
    document.add_paragraph().add_run(exchange.byline).italic = True
    for line in exchange.answer.splitlines():
        if line.strip():
            _line(document, line)
    if exchange.sources:
        document.add_heading("Sources", 2)
        for source in exchange.sources:
            _source(document, source)


def _line(document: Any, line: str) -> None:
    heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
    if heading:
        document.add_paragraph().add_run(heading[1]).bold = True
        return
    paragraph = document.add_paragraph(style="List Bullet" if item else None)
    for at, text in enumerate(_BOLD.split(item[1] if item else line)):
        paragraph.add_run(text).bold = at % 2 == 1 or None


def _source(document: Any, source: Source) -> None:
    document.add_paragraph(f"[{source.number}] {source.label}")
    for quote, status in source.quotes:
        document.add_paragraph(f"“{quote}” ({status})", style="Quote")
