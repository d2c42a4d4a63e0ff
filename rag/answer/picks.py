"""What the built-in answerer shows: sentences and rows, with the lists that they introduce or belong to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.answer.candidates import Candidate
from rag.answer.listing import Span, items_below, list_with, lists_of
from rag.answer.sentences import Sentence
from rag.answer.wholes import is_cut, whole

PageText = Callable[[str, int], str | None]
_HEADING_CHARS = 80


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence of the answer. `quote` stands verbatim at [start, end) of hit `number`'s passage, or of its page where
    the passage cuts it or `extract` looked at whole pages; its table's `header` is as verbatim. `is_item`: it is one of
    a list.
    """

    number: int
    quote: str
    start: int
    end: int
    header: str = ""
    is_item: bool = False


def pick(candidate: Candidate) -> Pick:
    sentence = candidate.sentence
    return Pick(candidate.hit.number, candidate.text, sentence.start, sentence.end, candidate.header)


def completed(candidate: Candidate, page_text: PageText | None) -> Pick:
    """With the rest of a sentence that its passage cuts."""
    passage, sentence = candidate.hit.passage, candidate.sentence
    if page_text is None or not is_cut(passage, sentence):
        return pick(candidate)
    page = page_text(passage.document_id, passage.page)
    span = whole(passage, sentence, page) if page is not None else None
    if page is None or span is None:
        return pick(candidate)
    return Pick(candidate.hit.number, page[slice(*span)], *span, candidate.header)


def with_lists(chosen: Sequence[Candidate], page_text: PageText | None, *, wants_list: bool) -> list[Pick]:
    """The picks in order, each once. What introduces a list brings it along; of a list that the question wants, or of
    which two items were chosen, all is shown.
    """
    found: dict[tuple[str, str], Pick] = {}
    places = [_placed(each, page_text) for each in chosen]
    lists = [list_with(sentence, lists_of(text)) for text, sentence in places]
    for candidate, (text, sentence), items in zip(chosen, places, lists, strict=True):
        number = candidate.hit.number
        is_whole = items and (wants_list or sum(_same(items, other) for other in lists) > 1)
        leads = not candidate.sentence.is_row and _leads(candidate.text, wants_list)
        shown = items if is_whole else items_below(text, sentence, lists_of(text)) if leads else ()
        if not is_whole and not (shown and _is_heading(candidate.text)):
            own = completed(candidate, page_text)
            found.setdefault((own.header, own.quote), own)
        for start, end in shown:
            found.setdefault(("", text[start:end]), Pick(number, text[start:end], start, end, "", is_item=True))
    return list(found.values())


def _placed(candidate: Candidate, page_text: PageText | None) -> tuple[str, Sentence]:
    """A text that the sentence stands in, its page where that can be had, and where it stands there."""
    passage, sentence = candidate.hit.passage, candidate.sentence
    page = page_text(passage.document_id, passage.page) if page_text is not None else None
    start, end = passage.start + sentence.start, passage.start + sentence.end
    if page is not None and page[start:end] == candidate.text:
        return page, Sentence(start, end, sentence.is_row)
    return passage.text, sentence


def _same(items: Sequence[Span], other: Sequence[Span]) -> bool:
    return bool(other) and items[0] == other[0]


def _leads(text: str, wants_list: bool) -> bool:
    """Whether a sentence says nothing without the list below it."""
    return wants_list or text.rstrip("*_ ").endswith((":", "："))


def _is_heading(text: str) -> bool:
    """Whether it names what stands below it, and says nothing that could be quoted."""
    return len(text) <= _HEADING_CHARS and not text.rstrip("*_ \"'”’").endswith((*":：", *".!?;。！？।؟"))
