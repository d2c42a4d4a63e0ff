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
from rag.view.figures import kind
from rag.view.templates import render
from rag.view.texts import TEXTS, Language
from store.documents import Document

JSON = dict[str, Any]
_LOOSE = {"'": "['’‘ʼ]", '"': '["“”„«»]', "-": "[-‐‑‒–—]"}
_ALIKE = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "‐": "-"}


@dataclass(frozen=True, slots=True)
class Source:
    """What was clicked. `citation` is None for a hit of the source list; `passage` None when it is gone."""

    document: Document
    page: int
    passage: Passage | None = None
    citation: Mapping[str, Any] | None = None

    @property
    def has_image(self) -> bool:
        return self.document.media_type == "application/pdf"


def source_html(source: Source, language: Language) -> Markup:
    """The source panel."""
    citation = source.citation or {}
    quote = str(citation.get("quote", ""))
    passage = source.passage.text if source.passage is not None else ""
    status = str(citation.get("status", ""))
    return render(
        "source.html",
        language,
        source=source,
        document=source.document,
        kind=kind(source.document.media_type, source.document.name),
        quote=quote,
        status=status,
        status_text=_status_text(status, float(citation.get("similarity", 0)), language),
        image=image_url(source.document.id, source.page, quote if status != "missing" else "")
        if source.has_image
        else "",
        quote_top=_top(citation),
        passage=mark_quote(passage, quote),
        heading=source.passage.heading if source.passage is not None else "",
    )


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
