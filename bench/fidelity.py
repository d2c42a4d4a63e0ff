"""How much of an expected text comes out of a file, in order: the longest common subsequence of their words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TARGET = re.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")  # of a Markdown link: not shown to a reader
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$&])")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_WORD = re.compile(r"\w+")


def words(markdown: str) -> list[str]:
    """The words a reader of this Markdown sees, in order, without case; marks, comments and link targets are none."""
    text = _TARGET.sub("]", _COMMENT.sub(" ", markdown))
    text = _ESCAPED.sub(r"\1", text)
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return [word for run in _WORD.findall(text.casefold()) for word in run.split("_") if word]


def recall(expected: Sequence[str], found: Sequence[str]) -> float:
    """Which share of the expected words is found, in their order: 0..1; 1 when nothing is expected."""
    return LCSseq.similarity(expected, found) / len(expected) if expected else 1.0
