"""Whole documents as numbered passages, one a page, within a budget of tokens. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.prompt import estimate_tokens
from rag.model import Hit, Passage

PAGE_OVERHEAD_TOKENS = 40  # its tags in the prompt


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document's pages as text: (number, text), in order."""

    document_id: str
    document: str
    version: int
    pages: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class WholeDocuments:
    """`hits`: one for each page that fits. `detail`: what was read, and what was cut, in a sentence's part."""

    hits: tuple[Hit, ...]
    detail: str
    is_cut: bool


def read_documents(documents: Sequence[DocumentText], budget_tokens: int) -> WholeDocuments:
    """The first pages of every document; each gets an equal share, and what one leaves over goes to the next ones."""
    hits: list[Hit] = []
    cut: list[str] = []
    left = budget_tokens
    # Short documents first share out: what they do not need is known before the long ones are cut.
    order = sorted(range(len(documents)), key=lambda at: sum(len(text) for _, text in documents[at].pages))
    kept: dict[int, int] = {}
    for place, at in enumerate(order):
        kept[at], used = _fitting(documents[at], left // (len(order) - place))
        left -= used
    for at, document in enumerate(documents):
        pages = [page for page in document.pages if page[1].strip()]
        for number, text in pages[: kept[at]]:
            hits.append(_hit(len(hits) + 1, document, number, text))
        if kept[at] < len(pages):
            cut.append(f"{document.document}: the first {kept[at]} of {len(pages)} pages")
    read = f"{_count(len(hits), 'page')} of {_count(len(documents), 'document')}"
    detail = f"{read}; too long to be read whole: {', '.join(cut)}" if cut else read
    return WholeDocuments(tuple(hits), detail, bool(cut))


def _fitting(document: DocumentText, budget_tokens: int) -> tuple[int, int]:
    """(how many of its pages with text fit, their tokens)."""
    used = fitting = 0
    for _, text in document.pages:
        if not text.strip():
            continue
        cost = estimate_tokens(text) + PAGE_OVERHEAD_TOKENS
        if used + cost > budget_tokens:
            break
        used += cost
        fitting += 1
    return fitting, used


def _hit(number: int, document: DocumentText, page: int, text: str) -> Hit:
    passage = Passage(
        passage_id=f"{document.document_id}:page-{page}",
        document_id=document.document_id,
        document=document.document,
        version=document.version,
        page=page,
        start=0,
        end=len(text),
        heading="",
        text=text,
    )
    return Hit(number, passage, 0.0)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
