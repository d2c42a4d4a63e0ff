"""EPUB -> sections: the chapters in the order of the spine (EPUB 3.3, 5.7), each read as HTML."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from rag.errors import DocumentError
from rag.ingest import archives, html, opc
from rag.ingest.parts import MAX_CHARS, Part, too_much_text
from rag.model import Page

_CONTAINER = "META-INF/container.xml"
_TEXT_TYPES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_TEXT_NAME = re.compile(r"\.x?html?$", re.IGNORECASE)
_MAX_CHAPTERS = 5_000


def read(path: Path, first: int, count: int) -> Part:
    """A book -> sections, none over two chapters; its title is that of its package.

    Raises DocumentError: damaged_document, parser_limit, encrypted_document (protected by its seller).
    """
    with path.open("rb") as stream:
        archives.check(stream)
        with zipfile.ZipFile(stream) as archive:
            names = frozenset(archive.namelist())
            package, folder = _package(archive, names)
            locked = _locked(archive, names)
            chapters = list(_chapters(package, folder, names))
            if chapters and locked >= set(chapters):
                raise DocumentError("encrypted_document", "This book is protected by its seller; it cannot be read.")
            return _book(archive, chapters, package, locked)


def _book(archive: zipfile.ZipFile, chapters: list[str], package: Any, locked: set[str]) -> Part:
    pages: list[Page] = []
    length = invisible = 0
    warnings = []
    for name in chapters[:_MAX_CHAPTERS]:
        if name in locked:
            warnings.append(f"The chapter {name} is encrypted and was left out.")
            continue
        part = html.part_of(archive.read(name))
        invisible += part.invisible
        length += sum(len(page.text) for page in part.pages)
        if length > MAX_CHARS:
            raise too_much_text()
        pages += [replace(page, number=len(pages) + at) for at, page in enumerate(part.pages, start=1)]
    title = "" if package is None else next((e.text or "" for e in package.iterfind("{*}metadata/{*}title")), "")
    return Part(tuple(pages), len(pages), title, tuple(warnings), invisible=invisible)


def _package(archive: zipfile.ZipFile, names: frozenset[str]) -> tuple[Any, str]:
    """(the package document, its folder); (None, "") when there is none that can be read."""
    container = _xml(archive, names, _CONTAINER)
    listed = [] if container is None else [entry.get("full-path") or "" for entry in container.iter("{*}rootfile")]
    listed += sorted(name for name in names if name.endswith(".opf"))
    for name in listed:
        package = _xml(archive, names, name)
        if package is not None:
            return package, posixpath.dirname(name)
    return None, ""


def _chapters(package: Any, folder: str, names: frozenset[str]) -> Iterator[str]:
    """The entries to read, each once: the spine's, or without a package every page of HTML by name."""
    if package is None:
        yield from sorted(name for name in names if _TEXT_NAME.search(name))
        return
    items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    spine = [items.get(entry.get("idref")) for entry in package.iterfind("{*}spine/{*}itemref")]
    seen = set()
    for item in spine or items.values():
        href = "" if item is None else unquote(urldefrag(item.get("href") or "").url)
        name = posixpath.normpath(posixpath.join(folder, href))
        is_text = item is not None and (item.get("media-type") in _TEXT_TYPES or _TEXT_NAME.search(name))
        if is_text and name in names and name not in seen:
            seen.add(name)
            yield name


def _locked(archive: zipfile.ZipFile, names: frozenset[str]) -> set[str]:
    """The entries that are encrypted (fonts often are, which is no matter)."""
    listed = _xml(archive, names, "META-INF/encryption.xml")
    found = () if listed is None else listed.iter("{*}CipherReference")
    return {unquote(entry.get("URI") or "").lstrip("/") for entry in found}


def _xml(archive: zipfile.ZipFile, names: frozenset[str], name: str) -> Any:
    if name not in names:
        return None
    try:
        return opc.parse(archive.read(name))
    except import_module("lxml.etree").XMLSyntaxError:
        return None
