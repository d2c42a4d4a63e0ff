"""What a step has to say besides its result: clauses ("8 passages") and sentences, made into one text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rag.model import Hit


def joined(*parts: str) -> str:
    """Clauses first, then sentences, which begin with a capital letter: "8 passages; 1 too long. No model is set."

    A text that was joined is a part like any other. Parts that are empty say nothing.
    """
    told = [part for part in parts if part]
    clauses = "; ".join(part for part in told if not part[0].isupper())
    sentences = " ".join(part for part in told if part[0].isupper())
    if not (clauses and sentences):
        return clauses or sentences
    return f"{clauses} {sentences}" if clauses.endswith(".") else f"{clauses}. {sentences}"


def found_in(hits: Sequence[Hit]) -> str:
    """How many passages of how many documents these are."""
    documents = len({hit.passage.document_id for hit in hits})
    passages = f"{len(hits)} passage{'' if len(hits) == 1 else 's'}"
    return f"{passages} from {documents} document{'' if documents == 1 else 's'}" if hits else "nothing found"
