"""What each retriever is shown of a passage. Pure.

Keyword search sees all headings above a passage and its text; the document's name in every passage would only make the
name's words common. An embedding is of the passage in its place: the name, because questions name the company and the
year (page hit@10 on filings .68 with it, .55 without), and the nearest heading; the whole path would leave less of the
model's window to the text.
"""

from __future__ import annotations

import re
from pathlib import PurePath

_MAX_NAME_CHARS = 120
_PATH_SEPARATOR = " > "
_SEPARATORS = re.compile(r"[\s_\-.]+")


def keyword_text(heading: str, text: str) -> str:
    return f"{heading}\n{text}" if heading else text


def dense_text(document: str, heading: str, text: str) -> str:
    """`document` is the file's name as its owner knows it, `heading` the path of headings ("Part I > Item 7")."""
    nearest = heading.rsplit(_PATH_SEPARATOR, 1)[-1]
    return "\n".join(part for part in (readable_name(document), nearest, text) if part)


def readable_name(document: str) -> str:
    """A file's name as words: "ADOBE_2016_10K.pdf" -> "ADOBE 2016 10K"."""
    return _SEPARATORS.sub(" ", PurePath(document).stem).strip()[:_MAX_NAME_CHARS]
