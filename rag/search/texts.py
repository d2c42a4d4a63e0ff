"""What each retriever is shown of a passage, and how a passage's vector knows its place. Pure.

Keyword search sees all headings above a passage and its text; the document's name in every passage would only make the
name's words common. For search by meaning the passage's text has the model's window to itself, and what stands above it
is embedded apart and added: a heading is embedded once for all of its passages, and a long table loses no rows to it.
Page hit@10 on filings, semantic alone: text .71, name and heading before the text .71, added .82 (bench/RESULTS.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePath

from rag.search.letters import todays

_MAX_NAME_CHARS = 120
_PATH_SEPARATOR = " > "
_NEAREST = 2  # headings: the next one alone is often only "Assets"
_HEADING_WEIGHT = 0.5
_NAME_WEIGHT = 0.1
_SEPARATORS = re.compile(r"[\s_\-.]+")


def keyword_text(heading: str, text: str) -> str:
    return f"{heading}\n{text}" if heading else text


def places(document: str, heading: str) -> tuple[tuple[str, float], ...]:
    """What a passage stands under, and how much each counts beside its text (1.0).

    `document` is the file's name as its owner knows it, `heading` the path of headings ("Part I > Item 7").
    """
    nearest = _PATH_SEPARATOR.join(heading.split(_PATH_SEPARATOR)[-_NEAREST:])
    found = ((readable_name(document), _NAME_WEIGHT), (nearest, _HEADING_WEIGHT))
    return tuple((text, weight) for text, weight in found if text)


def placed(vector: Sequence[float], around: Sequence[tuple[Sequence[float], float]]) -> list[float]:
    """A text's vector moved toward those of its places, of length 1."""
    total = list(vector)
    for other, weight in around:
        total = [value + weight * added for value, added in zip(total, other, strict=True)]
    length = math.hypot(*total)
    return [value / length for value in total] if length else total


def well_formed(text: str) -> str:
    """What models of meaning can read: lone surrogates, which no tokenizer takes, become question marks.

    The letters of old print are today's: MiniLM knows no word that has a long s in it.
    """
    return todays(text).encode("utf-8", "replace").decode("utf-8")


def readable_name(document: str) -> str:
    """A file's name as words: "ADOBE_2016_10K.pdf" -> "ADOBE 2016 10K"."""
    return _SEPARATORS.sub(" ", PurePath(document).stem).strip()[:_MAX_NAME_CHARS]
