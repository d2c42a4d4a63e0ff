"""The opened source: a citation's quote, or a hit's passage, with the page it stands on. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as quoted
from urllib.parse import urlencode

from markupsafe import Markup, escape

from rag.model import Passage
from rag.view.figures import clock, kind
from rag.view.templates import render
from rag.view.texts import TEXTS, Language
from store.documents import Document

_AROUND = 6_000  # characters of a page's text that are shown before and after a passage
_LOOSE = {"'": "['’‘ʼ]", '"': '["“”„«»]', "-": "[-‐‑‒–—]"}
_ALIKE = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "‐": "-"}


@dataclass(frozen=True, slots=True)
class Source:
    """What was clicked, and the page of it that is looked at.

    `citation` is None for a hit of the source list; `passage` None when it is gone, or when a document is looked into;
    `text` is the page's, None when it is not to be shown. `message_id` and `index` name the citation to the page.
    """

    document: Document
    page: int
    passage: Passage | None = None
    citation: Mapping[str, Any] | None = None
    text: str | None = None
    message_id: str = ""
    index: int = -1

    @property
    def has_image(self) -> bool:
        return self.document.media_type == "application/pdf" or self.document.media_type.startswith("image/")

    @property
    def is_audio(self) -> bool:
        return self.document.media_type.startswith("audio/")


def source_html(source: Source, language: Language) -> Markup:
    """The source panel."""
    citation = source.citation or {}
    quote = str(citation.get("quote", ""))
    status = str(citation.get("status", ""))
    is_here = not citation or int(citation["page"]) == source.page
    found = source.passage if source.passage is not None and source.passage.page == source.page else None
    seconds = float(citation.get("seconds") or 0.0)
    return render(
        "source.html",
        language,
        source=source,
        document=source.document,
        kind=kind(source.document.media_type, source.document.name),
        quote=quote,
        status=status,
        status_text=_status_text(status, float(citation.get("similarity", 0)), language),
        image=image_url(source.document.id, source.page, quote if is_here and status != "missing" else "")
        if source.has_image
        else "",
        quote_top=_top(citation) if is_here else 0.0,
        away=0 if is_here else int(citation["page"]),
        original=file_url(source.document.id),
        audio=f"{file_url(source.document.id)}#t={seconds:g}" if source.is_audio else "",
        at_second=clock(seconds),
        passage=mark_quote(found.text if found is not None else "", quote),
        text=None if source.text is None else page_text(source.text, found, quote),
        heading=found.heading if found is not None else "",
    )


def page_text(text: str, passage: Passage | None, quote: str) -> Markup:
    """A page's text, escaped, with the passage set off and the quote marked in it; of a long page what is around it."""
    if passage is None or text[passage.start : passage.end] != passage.text:
        said, after = text[: 2 * _AROUND], text[2 * _AROUND :]
        return _with_bars(Markup("{}{}").format(mark_quote(said, quote), "…" if after else ""))
    first, last = max(0, passage.start - _AROUND), passage.end + _AROUND
    html = Markup('{}{}<span class="here">{}</span>{}{}').format(
        "…" if first else "", text[first : passage.start], mark_quote(passage.text, quote),
        text[passage.end : last], "…" if last < len(text) else "",
    )  # fmt: skip
    return _with_bars(html)


def _with_bars(html: Markup) -> Markup:
    """The bars between the cells of a row stand back behind what they part."""
    return html.replace(" | ", Markup('<i class="cells"> | </i>'))


def file_url(document_id: str) -> str:
    """Where the original is, relative to the page's address."""
    return f"api/v1/docs/{quoted(document_id, safe='')}/file"


def image_url(document_id: str, page: int, quote: str = "") -> str:
    """Where the page's picture is, relative to the page's address, with the quote boxed if one is given."""
    path = f"api/v1/docs/{quoted(document_id, safe='')}/pages/{page}.png"
    return f"{path}?{urlencode({'quote': quote})}" if quote else path


def mark_quote(text: str, quote: str) -> Markup:
    """The text, escaped, with the quote's first place in it in <mark>; spaces and typographic marks may differ."""
    words = quote.split()
    found = re.search(r"\s+".join(map(_loosely, words)), text, re.IGNORECASE) if words else None
    if found is None:
        return escape(text)
    before, said, after = text[: found.start()], found[0], text[found.end() :]
    return Markup("{}<mark>{}</mark>{}").format(before, said, after)


def _loosely(word: str) -> str:
    return "".join(_LOOSE.get(_ALIKE.get(char, char), re.escape(char)) for char in word)


def _status_text(status: str, similarity: float, language: Language) -> str:
    if not status:
        return ""
    return TEXTS[language][f"status_{status}"].format(n=int(similarity * 100))


def _top(citation: Mapping[str, Any]) -> float:
    """Where on the page the quote begins: 0 at the top, 1 at the bottom."""
    return min((float(box[1]) for box in citation.get("boxes") or ()), default=0.0)
