"""What was seen on a picture becomes text with boxes; what is no writing stays out."""

from __future__ import annotations

import pytest

from rag.ingest.ocr_text import (
    Token,
    compose,
    confidence,
    is_sideways,
    line_height,
    scaled,
    sure_letters,
    weight,
    without_noise,
)


def token(text: str, line: tuple[int, int, int] = (1, 1, 1), sure: float = 90.0, left: float = 0.0) -> Token:
    return Token(text, sure, (left, 10.0, left + 40.0, 30.0), line)


def test_lines_stay_lines_and_paragraphs_are_apart() -> None:
    tokens = [
        token("The", (1, 1, 1)), token("docu-", (1, 1, 1)), token("mentation.", (1, 1, 2)),
        token("Next", (1, 2, 1)), token("block", (2, 1, 1)),
    ]  # fmt: skip
    composed = compose(tokens, (100, 100))
    assert composed.text == "The docu-\nmentation.\n\nNext\n\nblock"
    assert [composed.text[word.start : word.end] for word in composed.words] == composed.text.split()
    assert composed.confidence == 90


def test_boxes_are_fractions_of_the_picture() -> None:
    (word,) = compose([token("word", left=50)], (200, 100)).words
    assert word.box == (0.25, 0.1, 0.45, 0.3)
    (word,) = compose(scaled([token("word", left=50)], 2), (100, 50)).words
    assert word.box == (0.25, 0.1, 0.45, 0.3)


def test_control_and_direction_marks_are_no_text() -> None:
    assert compose([token("a\u202eb\u200bc\x07"), token("\u200e", left=50)], (100, 100)).text == "a b c"


def test_of_a_page_that_reads_well_unlikely_words_stay() -> None:
    page = [token("Total"), token("15.90", sure=12), token("~", (1, 1, 2), 60)]
    assert [each.text for each in without_noise(page)] == ["Total", "15.90"]


def test_of_a_texture_only_what_is_likely_stays() -> None:
    texture = [
        *(token("wu", (n, 1, 1), 20) for n in range(2, 30)), token("EXIT", (1, 1, 1), 80), token("ii", (1, 1, 1), 9)
    ]  # fmt: skip
    assert [each.text for each in without_noise(texture)] == ["EXIT"]
    assert without_noise([token(" ", sure=95)]) == []


def test_readings_are_compared_by_their_sure_letters() -> None:
    well, badly = [token("Total 12")], [token("Tota! |2", sure=30)]
    assert (sure_letters(well), sure_letters(badly)) == (7, 0)
    assert weight(well) > weight(badly) > weight([]) == 0
    assert confidence([]) == 0
    assert confidence([token("abc", sure=100), token("d", sure=0)]) == 75


def test_words_on_end_are_sideways() -> None:
    upright, on_end = token("word"), Token("word", 90, (0, 0, 20, 40), (1, 1, 1))
    assert not is_sideways([upright, upright, on_end])
    assert is_sideways([on_end, on_end, upright])
    assert not is_sideways([])
    assert line_height([upright]) == pytest.approx(20)
    assert line_height([]) == 0
