"""A sentence that its passage cuts is completed from the page, and nothing else is touched."""

from __future__ import annotations

from rag.answer.sentences import Sentence, split_sentences
from rag.answer.wholes import is_cut, whole
from rag.model import Passage

PAGE = "The ferry was late. In winter the ferry sails at noon when the wind is low and the ice is thin. Then it rests."


def cut(start: int, end: int, page: str = PAGE) -> Passage:
    return Passage("d:1", "d", "d.txt", 1, 1, start, end, "", page[start:end])


def sentence_of(passage: Passage, at: int) -> Sentence:
    return split_sentences(passage.text)[at]


def completed(passage: Passage, at: int, page: str = PAGE) -> str | None:
    span = whole(passage, sentence_of(passage, at), page)
    return page[slice(*span)] if span else None


def test_a_cut_sentence_is_completed_at_either_end() -> None:
    middle = PAGE.index("when")
    before, after = cut(0, middle - 1), cut(middle, len(PAGE))
    assert is_cut(before, sentence_of(before, 1))
    assert is_cut(after, sentence_of(after, 0))
    wanted = "In winter the ferry sails at noon when the wind is low and the ice is thin."
    assert completed(before, 1) == completed(after, 0) == wanted


def test_whole_sentences_and_rows_are_left_alone() -> None:
    passage = cut(0, PAGE.index("Then") - 1)
    assert not is_cut(passage, sentence_of(passage, 0))
    assert not is_cut(passage, sentence_of(passage, 1)), "it ends with its full stop"
    assert completed(passage, 1) is None
    table = "| Year | Boats |\n| 2020 | 12 |\n| 2021 | 14 |"
    rows = cut(0, table.index("\n| 2021"), table)
    assert not is_cut(rows, sentence_of(rows, 1))


def test_what_cannot_be_told_stays_as_it_is() -> None:
    passage = cut(0, PAGE.index("when") - 1)
    assert completed(passage, 1, "another page altogether, as the document was replaced") is None
    endless = "word " * 400
    inside = cut(1_000, 1_200, endless)
    assert whole(inside, sentence_of(inside, 0), endless) is None, "too long to be shown"
