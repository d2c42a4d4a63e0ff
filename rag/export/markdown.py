"""A conversation as Markdown. An answer keeps emphasis, lists and tables; it cannot bring HTML, links or pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.export.transcript import Exchange, Source, Transcript

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")
_LINK = re.compile(r"\](?=[(\[:])")
_IMAGE = re.compile(r"!(?=\[)")


def write(transcript: Transcript) -> bytes:
    return ("\n\n".join(_blocks(transcript)) + "\n").encode("utf-8", "replace")


def literal(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return _PUNCTUATION.sub(r"\\\1", _without_markup(" ".join(text.split())))


def tamed(text: str) -> str:
    """Markdown without HTML, links, pictures and headings of its own."""
    lines = []
    for line in _without_markup(text).splitlines():
        plain = _IMAGE.sub(r"\\!", _LINK.sub(r"\\]", line))
        lines.append(re.sub(r"^(\s*)(#+\s|={2,}\s*$|-{3,}\s*$)", r"\1\\\2", plain))
    return "\n".join(lines)


def _without_markup(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _blocks(transcript: Transcript) -> Iterator[str]:
    yield f"# {literal(transcript.title)}"
    yield f"Begun {transcript.conversation.created_at}, exported {transcript.exported_at}."
    for exchange in transcript.exchanges:
        yield from _exchange(exchange)


def _exchange(exchange: Exchange) -> Iterator[str]:
    yield f"## {literal(exchange.question)}"
    yield f"*{literal(exchange.byline)}*"
    if exchange.answer:
        yield tamed(exchange.answer)
    if exchange.sources:
        yield f"### {exchange.sources_title}"
        yield "\n".join(line for source in exchange.sources for line in _source(source))


def _source(source: Source) -> Iterator[str]:
    yield f"- \\[{source.number}\\] {literal(source.label)}"
    for quote, status in source.quotes:
        yield f"  - “{literal(quote)}” ({status})"
