"""What the built-in answerer quotes: the section that a question asks about, what each of the documents says that it
compares, else the sentences that answer. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.comparing import sides
from rag.answer.extractive import extract, widened
from rag.answer.picks import PageText, Pick
from rag.answer.sections import section_asked, section_picks
from rag.model import Hit


def quoted(question: str, hits: Sequence[Hit], page_text: PageText | None) -> tuple[Pick, ...]:
    """The sentences of an answer in the order to show them; none where the hits do not answer."""
    wanted = section_asked(question)
    found = section_picks(wanted, widened(hits, page_text)) if wanted is not None else ()
    return found or sides(question, hits, page_text) or extract(question, hits, page_text=page_text).picks
