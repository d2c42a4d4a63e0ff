"""A conversation as one HTML page: no scripts, nothing loaded, and a policy of its own that says so to browsers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt

from rag.export.transcript import Exchange, Source, Transcript

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2.5rem; white-space: pre-wrap }
.by { opacity: .65; font-size: .9rem } table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0 }
pre { overflow-x: auto } .sources { font-size: .95rem; padding-left: 0; list-style: none }
blockquote { margin: .2rem 0 .6rem 1rem; opacity: .8 } img { display: none }
"""
_SILENT = ("image", "link", "autolink", "reference", "html_block", "html_inline")


def write(transcript: Transcript) -> bytes:
    return "\n".join(_page(transcript)).encode("utf-8", "replace")


def _page(transcript: Transcript) -> Iterator[str]:
    title = escape(transcript.title)
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    begun, exported = escape(transcript.conversation.created_at), escape(transcript.exported_at)
    yield f'<h1 dir="auto">{title}</h1><p class="by">Begun {begun}, exported {exported}.</p>'
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(_SILENT))
    for exchange in transcript.exchanges:
        yield from _exchange(exchange, markdown)
    yield "</body></html>"


def _exchange(exchange: Exchange, markdown: MarkdownIt) -> Iterator[str]:
    yield f'<section><h2 dir="auto">{escape(exchange.question)}</h2><p class="by">{escape(exchange.byline)}</p>'
    yield f'<div class="answer" dir="auto">{markdown.render(exchange.answer)}</div>'
    if exchange.sources:
        yield f'<h3>{exchange.sources_title}</h3><ul class="sources">'
        yield from map(_source, exchange.sources)
        yield "</ul>"
    yield "</section>"


def _source(source: Source) -> str:
    quotes = "".join(
        f'<blockquote dir="auto">“{escape(quote)}” <small>{escape(status)}</small></blockquote>'
        for quote, status in source.quotes
    )
    return f"<li>[{source.number}] {escape(source.label)}{quotes}</li>"
