"""What each retriever is shown of a passage. Pure.

Keyword search sees the headings above a passage and its text: the document's name in every passage would only make the
name's words common. An embedding is of the passage in its place, name included: on company filings that lifts page
hit@10 from .55 to .68, because questions name the company and the year.
"""

from __future__ import annotations

import re
from pathlib import PurePath

_MAX_NAME_CHARS = 120
_SEPARATORS = re.compile(r"[\s_\-.]+")


def keyword_text(heading: str, text: str) -> str:
    return f"{heading}\n{text}" if heading else text


def dense_text(document: str, heading: str, text: str) -> str:
    """`document` is the file's name as its owner knows it."""
    return "\n".join(part for part in (readable_name(document), heading, text) if part)


def readable_name(document: str) -> str:
    """A file's name as words: "ADOBE_2016_10K.pdf" -> "ADOBE 2016 10K"."""
    return _SEPARATORS.sub(" ", PurePath(document).stem).strip()[:_MAX_NAME_CHARS]
