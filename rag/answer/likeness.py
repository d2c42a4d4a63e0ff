"""What candidates have in common, and what tells them apart. Pure.

The words that name a document are common to all that stands in it: they say where to look and not which sentence. And
two documents that say the same in the same words but for a figure are two versions of it, not a repetition.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.answer.candidates import Candidate
from rag.answer.kinds import FIGURE_WORDS
from rag.answer.terms import terms
from rag.search.texts import readable_name

_FIGURE = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*|[^\W\d_]+")


def naming(asked: frozenset[str], candidate: Candidate) -> frozenset[str]:
    """The terms of a question that name the candidate's document; none where it asks for nothing else."""
    found = asked & _terms_of(candidate.hit.passage.document)
    return found if found < asked else frozenset()


def is_elsewhere(candidate: Candidate, other: Candidate) -> bool:
    return candidate.hit.passage.document_id != other.hit.passage.document_id


def figures(text: str) -> frozenset[str]:
    """The figures of a sentence, in digits and in words."""
    return frozenset(word for word in map(str.lower, _FIGURE.findall(text)) if word[0].isdigit() or word in FIGURE_WORDS)


@lru_cache(maxsize=5_000)
def _terms_of(document: str) -> frozenset[str]:
    return frozenset(terms(readable_name(document)))
