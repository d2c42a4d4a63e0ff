"""A conversation as one HTML page: no scripts, nothing loaded, and a policy of its own that says so to browsers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt

from rag.export.transcript import Exchange, Source, Transcript

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark;
  --paper: #fefdfb; --ink: #1c1b19; --muted: #62605a; --line: #e4e1da; --accent: #0b6b60 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1a1b1d; --ink: #eceae6; --muted: #a19e98; --line: #35363a; --accent: #74d0c2 } }
body { font: 16px/1.65 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto 5rem; padding: 0 1.2rem;
  background: var(--paper); color: var(--ink); overflow-wrap: anywhere }
h1, h2, h3, p, li, td, th, blockquote { unicode-bidi: plaintext; text-align: start }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; text-wrap: balance }
h2 { font-size: 1.15rem; line-height: 1.4; margin: 0 0 .2rem; white-space: pre-wrap }
h3 { font-size: 1rem } .sources-head { color: var(--muted); font-size: .9rem; margin: 1.6rem 0 .4rem }
section { margin-top: 2.2rem; padding-top: 2.2rem; border-top: 1px solid var(--line) }
.by { color: var(--muted); font-size: .88rem; margin: 0 0 1.2rem }
.answer table { display: block; overflow-x: auto; border-collapse: collapse; font-size: .92rem;
  font-variant-numeric: tabular-nums }
td, th { padding: .35rem 1.2rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; min-width: 4rem;
  overflow-wrap: break-word }
th { color: var(--muted); font-weight: 600 } pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid var(--line);
  border-radius: .6rem; font-size: .88rem } code { font-family: ui-monospace, monospace }
.sources { font-size: .95rem; padding: 0; margin: 0; list-style: none } .sources li { margin-top: .6rem }
blockquote { margin: .2rem 0 .4rem; padding-left: .9rem; border-left: 2px solid var(--accent); color: var(--muted) }
small { white-space: nowrap } img { display: none }
@media print { body { margin: 0 auto; max-width: none } section { break-inside: avoid-page } }
"""
_SILENT = ("image", "link", "autolink", "reference", "html_block", "html_inline")


def write(transcript: Transcript) -> bytes:
    return "\n".join(_page(transcript)).encode("utf-8", "replace")


def _page(transcript: Transcript) -> Iterator[str]:
    title = escape(transcript.title)
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
    begun, exported = _time(transcript.conversation.created_at), _time(transcript.exported_at)
    yield f'<h1 dir="auto">{title}</h1><p class="by">Begun {begun}, exported {exported}</p>'
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(_SILENT))
    for exchange in transcript.exchanges:
        yield from _exchange(exchange, markdown)
    yield "</body></html>"


def _exchange(exchange: Exchange, markdown: MarkdownIt) -> Iterator[str]:
    yield f'<section><h2 dir="auto">{escape(exchange.question)}</h2><p class="by">{_byline(exchange)}</p>'
    yield f'<div class="answer" dir="auto">{markdown.render(exchange.answer)}</div>'
    if exchange.sources:
        yield f'<h3 class="sources-head">{exchange.sources_title}</h3><ul class="sources">'
        yield from map(_source, exchange.sources)
        yield "</ul>"
    yield "</section>"


def _byline(exchange: Exchange) -> str:
    return escape(exchange.byline).replace(escape(exchange.asked_at), _time(exchange.asked_at))


def _time(moment: str) -> str:
    """An ISO-8601 time in UTC as a person reads it, to the minute."""
    return escape(f"{moment[:16].replace('T', ' ')} UTC")


def _source(source: Source) -> str:
    quotes = "".join(
        f'<blockquote dir="auto">“{escape(quote)}” <small>{escape(status)}</small></blockquote>'
        for quote, status in source.quotes
    )
    return f"<li>[{source.number}] {escape(source.label)}{quotes}</li>"
