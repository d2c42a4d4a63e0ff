"""Packages of parts (Open Packaging Conventions, ISO/IEC 29500-2): which part a part refers to, and parts as XML.

Reads what is there: a reference that leads nowhere, or outside, is no reference. Namespaces are read by their local
names, so that the Strict variant and the Transitional one are one format here.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rag.errors import DocumentError
from rag.ingest import archives


@dataclass(frozen=True, slots=True)
class Reference:
    """`kind` is the last word of the relationship's type ("chart"), `part` the name of the part it leads to."""

    id: str
    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class Package:
    archive: zipfile.ZipFile
    names: frozenset[str]

    def references(self, part: str) -> list[Reference]:
        """What a part ("" for the package itself) refers to inside the package, in the order they are listed."""
        folder, _, name = part.rpartition("/")
        listing = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        if listing is None:
            return []
        found = []
        for entry in listing.iterchildren("{*}Relationship"):
            if entry.get("TargetMode") != "External":
                target = self._inside(folder, unquote(entry.get("Target", "")))
                kind = entry.get("Type", "").rpartition("/")[2]
                found += [Reference(entry.get("Id", ""), kind, target)] if target else []
        return found

    def first(self, part: str, kind: str) -> str:
        """The part of this kind that `part` refers to, or ""."""
        return next((reference.part for reference in self.references(part) if reference.kind == kind), "")

    def xml(self, part: str) -> Any:
        """A part's root element, or None when there is no such part or it is no XML."""
        if part not in self.names:
            return None
        content = self.archive.read(part)
        try:
            return parse(content)
        except import_module("lxml.etree").XMLSyntaxError:
            return None

    def _inside(self, folder: str, target: str) -> str:
        """The name of the part that a target means, or "" when there is none."""
        name = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        if name in self.names:
            return name
        return next((known for known in self.names if known.casefold() == name.casefold()), "")


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Raises DocumentError(damaged_document, parser_limit) for an archive that must not be unpacked."""
    with path.open("rb") as stream:
        archives.check(stream)
        archives.check_parts(stream)
        with zipfile.ZipFile(stream) as archive:
            yield Package(archive, frozenset(archive.namelist()))


def parse(content: bytes) -> Any:
    """XML -> its root. Entities stay unresolved, nothing is fetched, depth and sizes are bounded by libxml2.

    Raises lxml.etree.XMLSyntaxError, DocumentError(damaged_document) for one that declares entities.
    """
    etree = import_module("lxml.etree")
    root = etree.fromstring(
        content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    )
    if root is None:
        raise etree.XMLSyntaxError("no element", 0, 0, 0)
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        raise DocumentError("damaged_document", "This file declares XML entities, which a real document never does.")
    return root


def local(element: Any) -> str:
    """An element's name without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """An attribute's value whatever its namespace, or ""."""
    value = element.get(name)
    if value is not None:
        return str(value)
    return next((str(found) for key, found in element.attrib.items() if key.rpartition("}")[2] == name), "")


def is_true(value: str | None) -> bool:
    return value in {"1", "true", "on"}
