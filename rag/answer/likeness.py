"""What candidates have in common, and what tells them apart. Pure.

The words that name a document are common to all that stands in it: they say where to look and not which sentence. And
two documents that say the same in the same words but for a figure are two versions of it, not a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.answer.candidates import Candidate
from rag.answer.kinds import FIGURE_WORDS
from rag.answer.terms import terms
from rag.search.texts import readable_name

_FIGURE = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*|[^\W\d_]+")


def naming(asked: frozenset[str], found: Sequence[Candidate]) -> dict[str, frozenset[str]]:
    """Document id -> the terms of a question that only name it: those of its name, where it holds others as well."""
    names = {one.hit.passage.document_id: asked & _terms_of(one.hit.passage.document) for one in found}
    held = {one.hit.passage.document_id for one in found if (asked & one.held) - names[one.hit.passage.document_id]}
    return {document: named for document, named in names.items() if named and document in held}


def says_nothing_of_it(asked: frozenset[str], document_id: str, found: Sequence[Candidate]) -> bool:
    """Whether a document has the question's words in its name, and none of the others anywhere in what was found."""
    own = [one for one in found if one.hit.passage.document_id == document_id]
    named = asked & _terms_of(own[0].hit.passage.document)
    return bool(named) and named < asked and not any((asked - named) & one.held for one in own)


def is_elsewhere(candidate: Candidate, other: Candidate) -> bool:
    return candidate.hit.passage.document_id != other.hit.passage.document_id


def figures(text: str) -> frozenset[str]:
    """The figures of a sentence, in digits and in words."""
    return frozenset(
        word for word in map(str.lower, _FIGURE.findall(text)) if word[0].isdigit() or word in FIGURE_WORDS
    )


@lru_cache(maxsize=5_000)
def _terms_of(document: str) -> frozenset[str]:
    return frozenset(terms(readable_name(document)))
