"""What a parser hands back, and how the pieces become one document. Pure.

A parser reads a *part* of a file: some pages, and how many there are in all. A PDF is read in parts of a few pages, so
that progress can be seen and a long document is shared by several processes; the other formats come in one part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.errors import DocumentError
from rag.ingest import headings
from rag.ingest.headings import OutlineEntry
from rag.model import Page, ParsedDocument

MAX_CHARS = 20_000_000  # of text in one document: about 8,000 dense pages
_MAX_REASONS = 3  # that are said of a file without text
MAX_TITLE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Part:
    """Pages `pages[0].number` and following of `total`; `title` is what the file calls itself, or empty.

    `pictures` are the numbers of those pages that are to be read by text recognition; `invisible`: how many characters
    were left out because nobody sees them.
    """

    pages: tuple[Page, ...]
    total: int
    title: str = ""
    warnings: tuple[str, ...] = ()
    pictures: tuple[int, ...] = ()
    invisible: int = 0


@dataclass(frozen=True, slots=True)
class Structure:
    """What a file says about itself beside its text. `labels`: page number -> what the document calls that page."""

    title: str = ""
    labels: tuple[tuple[int, str], ...] = ()
    outline: tuple[OutlineEntry, ...] = ()


def assemble(parts: Iterable[Part], structure: Structure | None = None, why_unread: str = "") -> ParsedDocument:
    """All parts of a file, in order -> the document. `why_unread`: why its pictures were not read, as a sentence.

    Raises DocumentError: no_text when no page has a letter or digit (ocr_unavailable when pictures were not read,
    empty_document for a format without pages of its own), damaged_document when no page could be loaded, parser_limit
    when there is too much text.
    """
    read = list(parts)
    pages = tuple(page for part in read for page in part.pages)
    warnings = [warning for part in read for warning in part.warnings]
    invisible = sum(part.invisible for part in read)
    if sum(len(page.text) for page in pages) > MAX_CHARS:
        raise too_much_text()
    without_text = [page.number for page in pages if not has_text(page.text)]
    unread = {number for part in read for number in part.pictures} if why_unread else set()
    if len(without_text) == len(pages):
        raise _no_text(pages, warnings, why_unread if unread else "")
    if without_text:
        is_unread = not unread.isdisjoint(without_text)
        warnings.append(_missing_text(without_text, len(pages), why_unread if is_unread else ""))
    if invisible:
        warnings.append(invisible_warning(invisible))
    structure = structure or Structure()
    pages = _with_structure(pages, structure)
    title = structure.title or next((part.title for part in read if part.title), "")
    return ParsedDocument(pages, tidy(title), tuple(warnings))


def has_text(text: str) -> bool:
    """Whether there is a letter or digit in it."""
    return any(map(str.isalnum, text))


def tidy(title: str) -> str:
    """A title on one line without control characters, at most 300 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in title).split())[:MAX_TITLE_CHARS]


def too_much_text() -> DocumentError:
    millions = MAX_CHARS // 1_000_000
    return DocumentError("parser_limit", f"This file holds more than {millions} million characters of text.")


def invisible_warning(count: int) -> str:
    one = count == 1
    return f"{count:,} invisible character{'' if one else 's'} {'was' if one else 'were'} left out."


def _no_text(pages: tuple[Page, ...], warnings: list[str], why_unread: str) -> DocumentError:
    if why_unread:
        one = len(pages) == 1
        said = "This file's only page is a picture." if one else "The pages of this file are pictures."
        return DocumentError("ocr_unavailable", f"{said} {why_unread}", {"pages": len(pages)})
    if not any(page.width for page in pages):
        if warnings and pages:
            return DocumentError("damaged_document", "This file is damaged: none of its pages can be read.")
        return DocumentError("empty_document", " ".join(("This file holds no text.", *warnings[:_MAX_REASONS])))
    return DocumentError(
        "no_text",
        "No page of this file holds text, and text recognition (OCR) found none in its pictures.",
        {"pages": len(pages)},
    )


def _with_structure(pages: tuple[Page, ...], structure: Structure) -> tuple[Page, ...]:
    labels = dict(structure.labels)
    if labels:
        pages = tuple(replace(page, label=labels.get(page.number)) for page in pages)
    if len(structure.outline) >= 2:
        return headings.from_outline(pages, structure.outline)
    return headings.without_running_heads(pages)


def _missing_text(numbers: list[int], total: int, why_unread: str) -> str:
    said = f"{len(numbers)} of {total} pages {'has' if len(numbers) == 1 else 'have'} no text ({listed(numbers)})."
    return f"{said} Pictures of text were not read: {why_unread}" if why_unread else said


def listed(numbers: Sequence[int]) -> str:
    """[3] -> "page 3"; more -> "pages 3, 4, 9", the first ten of them."""
    shown = ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")
    return f"page{'' if len(numbers) == 1 else 's'} {shown}"
