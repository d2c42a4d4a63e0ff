"""Comments in Office files: who said what, when. Notes and threads, of workbooks and presentations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.ingest.opc import Package, attribute
from rag.ingest.tables import one_line

_PLACEHOLDER = "[Threaded comment]"  # what a thread's note says to programs that know no threads


def comment(text: str, author: str = "", time: str = "") -> str:
    """One comment as it is shown, "" for one without words."""
    words = one_line(text)
    facts = ", ".join(filter(None, (author and f"author: {one_line(author)}", time and f"time: {time}")))
    return (f"[{facts}]: {words}" if facts else f"[comment]: {words}") if words else ""


def sheet_comments(package: Package, sheet: str) -> Iterator[str]:
    """The comments on a worksheet's cells."""
    for reference in sorted(package.references(sheet), key=lambda reference: reference.kind):
        root = package.xml(reference.part) if reference.kind in {"comments", "threadedComment"} else None
        if root is not None:
            yield from filter(None, _notes(root) if reference.kind == "comments" else _thread(package, root))


def slide_comments(package: Package, slide: str) -> Iterator[str]:
    """The comments on a slide, old and new ones."""
    authors = _authors(package)
    for reference in package.references(slide):
        root = package.xml(reference.part) if reference.kind == "comments" else None
        for entry in () if root is None else root.iter("{*}cm", "{*}reply"):
            author = authors.get(attribute(entry, "authorId"), "")
            text = "\n".join(_own_texts(entry))
            yield comment(text, author, attribute(entry, "dt") or attribute(entry, "created"))


def _notes(root: Any) -> Iterator[str]:
    authors = [author.text or "" for author in root.iterfind("{*}authors/{*}author")]
    for entry in root.iterfind("{*}commentList/{*}comment"):
        text = "".join(run.text or "" for run in entry.iter("{*}t"))
        index = attribute(entry, "authorId")
        author = authors[int(index)] if index.isdigit() and int(index) < len(authors) else ""
        if not text.startswith(_PLACEHOLDER):
            yield comment(text.removeprefix(f"{author}:"), author)


def _thread(package: Package, root: Any) -> Iterator[str]:
    people: dict[str, str] = {}
    for name in sorted(package.names):
        if name.startswith("xl/persons/") and (listed := package.xml(name)) is not None:
            people |= {attribute(entry, "id"): attribute(entry, "displayName") for entry in listed.iter("{*}person")}
    for entry in root.iter("{*}threadedComment"):
        text = "".join(part.text or "" for part in entry.iterfind("{*}text"))
        yield comment(text, people.get(attribute(entry, "personId"), ""), attribute(entry, "dT"))


def _own_texts(entry: Any) -> Iterator[str]:
    """The text of a comment without its replies': those come by themselves."""
    for child in entry.iterchildren("{*}text", "{*}txBody"):
        if child.text and child.text.strip():
            yield child.text
        for paragraph in child.iter("{*}p"):
            yield "".join(run.text or "" for run in paragraph.iter("{*}t"))


def _authors(package: Package) -> dict[str, str]:
    """Author's id -> name and initials."""
    presentation = package.first("", "officeDocument")
    found: dict[str, str] = {}
    for reference in package.references(presentation):
        listed = package.xml(reference.part) if reference.kind in {"commentAuthors", "authors"} else None
        for entry in () if listed is None else listed.iter("{*}cmAuthor", "{*}author"):
            initials = attribute(entry, "initials")
            found[attribute(entry, "id")] = attribute(entry, "name") + (f" ({initials})" if initials else "")
    return found
