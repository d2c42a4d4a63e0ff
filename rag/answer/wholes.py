"""A sentence that its passage cuts -> the whole sentence, as the page has it. Pure.

Passages end where their size ends: mostly between sentences, but a long paragraph, a wrapped line or a list may be cut
within one. The page knows how it goes on.
"""

from __future__ import annotations

from rag.answer.sentences import MAX_SENTENCE_CHARS, Sentence, split_sentences
from rag.model import Passage

_ENDS = tuple(".!?…。！？｡؟।॥۔:;")
_CLOSING = "\"'”’»)]」』"


def is_cut(passage: Passage, sentence: Sentence) -> bool:
    """Whether the sentence touches the passage's beginning or end in a way that leaves room for more of it."""
    text = passage.text
    if sentence.is_row:
        return False
    own = text[sentence.start : sentence.end].rstrip(_CLOSING)
    opens = passage.start > 0 and not text[: sentence.start].strip()
    return opens or (not text[sentence.end :].strip() and not own.endswith(_ENDS))


def whole(passage: Passage, sentence: Sentence, page: str) -> tuple[int, int] | None:
    """Where the sentence of `page` stands that holds this one of `passage`; None when there is no larger one."""
    start, end = passage.start + sentence.start, passage.start + sentence.end
    if page[start:end] != passage.text[sentence.start : sentence.end]:
        return None
    first = max(0, start - MAX_SENTENCE_CHARS)
    for found in split_sentences(page[first : end + MAX_SENTENCE_CHARS]):
        begin, stop = first + found.start, first + found.end
        if begin <= start and end <= stop:
            is_more = (begin, stop) != (start, end)
            begins_within = found.start == 0 and first > 0
            fits = stop - begin <= MAX_SENTENCE_CHARS
            return (begin, stop) if is_more and fits and not (found.is_row or begins_within) else None
    return None
