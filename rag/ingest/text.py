"""Plain text and Markdown in any encoding -> sections with headings. The text itself stays as it was written."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any

from rag.ingest import headings, sections
from rag.ingest.parts import Part
from rag.model import Heading

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GUESS_BYTES = 64 * 1024
_FEWEST_UNITS = 8
_MANY_ZEROS, _NO_ZEROS = 0.6, 0.02  # of a half
_SHOWN = 0.98  # of a text's characters
_MAX_HEADING_LINE = 400
_CONTROLS = dict.fromkeys((code for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n"), " ")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FRONT_MATTER = re.compile(r"---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)


def read(path: Path, first: int, count: int) -> Part:
    """Plain text -> sections."""
    text = clean(decode(path.read_bytes()))
    pages = sections.paginate(text, headings.from_wording(text))
    return Part(pages, len(pages))


def read_markdown(path: Path, first: int, count: int) -> Part:
    """Markdown -> sections, marks and all; its title is the front matter's, else its first heading of level 1."""
    text = clean(decode(path.read_bytes()))
    found = markdown_headings(text)
    pages = sections.paginate(text, found)
    matter = _FRONT_MATTER.match(text)
    titled = _FRONT_TITLE.search(matter[1]) if matter else None
    title = titled[1] if titled else next((heading.text for heading in found if heading.level == 1), "")
    return Part(pages, len(pages), title)


def decode(data: bytes) -> str:
    """Text in whatever encoding it is: by its byte order mark, as UTF-8 or UTF-16, else guessed. Never raises."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if encoding := without_mark(data[:_GUESS_BYTES]):
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(guess(data[:_GUESS_BYTES]) or "cp1252", "replace")


def without_mark(sample: bytes) -> str:
    """The variant of UTF-16 that bytes without a byte order mark are in; "" for none.

    Told by the zeros of Latin letters, digits and spaces: most of one half, next to none of the other.
    """
    if sample.count(0) < len(sample) // 4 or len(sample) < _FEWEST_UNITS * 2:
        return ""
    units = len(sample) // 2
    first, second = sample[0 : 2 * units : 2].count(0) / units, sample[1 : 2 * units : 2].count(0) / units
    if min(first, second) > _NO_ZEROS or max(first, second) < _MANY_ZEROS:
        return ""
    encoding = "utf-16-be" if first > second else "utf-16-le"
    text = sample[: 2 * units].decode(encoding, "replace")
    shown = sum(character.isprintable() or character.isspace() for character in text)
    return encoding if shown >= _SHOWN * len(text) else ""


def guess(sample: bytes) -> str | None:
    """The most likely encoding of bytes that are not UTF-8; None when they look like no text at all."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 -- rarely needed

    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return None
    # Western European text fits several code pages about as well; of those Windows' own is by far the most common.
    fits = any("cp1252" in {match.encoding, *match.could_be_from_charset} for match in matches if _as_good(match, best))
    return "cp1252" if fits else str(best.encoding)


def _as_good(match: Any, best: Any) -> bool:
    return bool(match.chaos <= best.chaos + 0.1)


def clean(text: str) -> str:
    """Line ends as \\n, form feeds as paragraph breaks, other control characters as spaces."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    return unified.translate(_CONTROLS)


def markdown_headings(text: str) -> tuple[Heading, ...]:
    """ATX ("## Heading") and setext (underlined) headings outside fenced code, in order."""
    found: list[Heading] = []
    fence = ""
    position, before, before_start = 0, "", 0
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if len(line) > _MAX_HEADING_LINE:
            pass
        elif mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (atx := _ATX.match(line)) and atx[2]:
            found.append(Heading(len(atx[1]), atx[2], position))
        elif not fence and before.strip() and (rule := _SETEXT.match(line)) and not _ATX.match(before):
            found.append(Heading(1 if rule[1][0] == "=" else 2, before.strip(), before_start))
        before, before_start = ("" if fence or mark else line), position
        position += len(line) + 1
    return tuple(found)
