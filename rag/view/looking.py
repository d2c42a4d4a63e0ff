"""A document that is looked into, page by page, for a front end that draws with few widgets of its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

from markupsafe import Markup

from rag.events import JSON
from rag.model import Passage
from rag.view.compact import Line, label
from rag.view.sources import mark_quote, page_text
from rag.view.texts import TEXTS, Language
from store.documents import Document

_QUOTE: Final = Markup('<p class="f-quote" data-status="{}">{}</p><div class="f-small f-muted">{}</div>')
_PASSAGE: Final = Markup('<p class="f-small f-page">{}</p>')


@dataclass(frozen=True, slots=True)
class Sight:
    """Where one looks: a page (from 1) of a document. `citation`: what was picked, None where a document was."""

    document_id: str
    name: str
    number: int = 1
    citation: JSON | None = None

    @classmethod
    def of(cls, citation: JSON) -> Self:
        return cls(citation["document_id"], citation["document"], int(citation["page"]), citation)

    def turned(self, pages: int) -> Self:
        """So many pages further."""
        return replace(self, number=self.number + pages)

    @property
    def is_there(self) -> bool:
        """Whether this is the page that the quote stands on."""
        return self.citation is not None and self.number == int(self.citation["page"])

    @property
    def boxed(self) -> str | None:
        """The quote, where it can be shown on this page."""
        citation = self.citation
        return citation["quote"] if citation and self.is_there and citation["status"] != "missing" else None

    @property
    def passage_id(self) -> str:
        return self.citation["passage_id"] if self.citation and self.is_there else ""


Turn = tuple[str, str, Sight | None]


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen. `place`: which page it is, a label. `picture`: of it, with the quote boxed; `alt` says so.

    `turns`: to the page before and the page after, each an icon, a label, and where it leads, if there is such a page.
    """

    lines: tuple[Line, ...]
    place: str = ""
    turns: tuple[Turn, ...] = ()
    picture: bytes | None = None
    alt: str = ""


def pictured(sight: Sight, document: Document, picture: bytes, language: Language) -> Look:
    """A page that there is a picture of."""
    key = "page_image" if sight.boxed else "page_image_plain"
    alt = TEXTS[language][key].format(n=sight.number, name=document.name)
    return Look(_said(sight, language), *_turning(sight, document, language), picture, alt)


def written(sight: Sight, document: Document, text: str, passage: Passage | None, language: Language) -> Look:
    """A page as its text, with the passage and the quote marked in it."""
    quote = sight.boxed or ""
    if text:
        shown = page_text(text, passage, quote)
    else:
        shown = mark_quote(passage.text if passage else TEXTS[language]["no_text"], quote)
    lines: tuple[Line, ...] = (*_said(sight, language), ("html", str(_PASSAGE.format(shown))))
    return Look(lines, *_turning(sight, document, language))


def _said(sight: Sight, language: Language) -> tuple[Line, ...]:
    """The quote, and whether it stands where it is said to; on another page, where it does."""
    texts, citation = TEXTS[language], sight.citation
    if citation is None:
        return ()
    if not sight.is_there:
        return (("caption", texts["quoted_on"].format(n=citation["page"])),)
    status = citation["status"]
    verdict = texts[f"status_{status}"].format(n=int(citation["similarity"] * 100))
    return (("html", str(_QUOTE.format(status, citation["quote"], verdict))),)


def _turning(sight: Sight, document: Document, language: Language) -> tuple[str, tuple[Turn, ...]]:
    """Where one is, and where the pages beside it are; nothing of a document with one page."""
    texts = TEXTS[language]
    if document.pages <= 1:
        return "", ()
    before = sight.turned(-1) if sight.number > 1 else None
    after = sight.turned(1) if sight.number < document.pages else None
    place = label(texts["pages_of"].format(n=sight.number, total=document.pages))
    return place, (("chevron_left", texts["page_before"], before), ("chevron_right", texts["page_after"], after))
