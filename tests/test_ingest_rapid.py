"""RapidOCR's answers as tokens. Its engine is a double: what it gives is what the real one gave for a test picture."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from PIL import Image

from rag.ingest import rapid


def corners(left: int, top: int, right: int, bottom: int) -> list[list[int]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


class Engine:
    """Gives words for any picture and remembers how it was asked."""

    def __init__(self, *lines: Any) -> None:
        self.lines = lines or None
        self.shape: tuple[int, ...] = ()

    def __call__(self, image: Any, *, return_word_box: bool) -> Any:
        assert return_word_box
        self.shape = image.shape
        return SimpleNamespace(word_results=self.lines)


def test_words_come_line_by_line_and_rows_together() -> None:
    engine = Engine(
        (("15.90", 0.9, corners(300, 50, 360, 72)),),
        (("Tape", 0.99, corners(10, 48, 60, 70)), (" ", 0.5, corners(60, 48, 70, 70))),
        (("HOME", 1.0, corners(10, 10, 80, 32)), ("MASTER", 0.98, corners(90, 10, 200, 32))),
        (("blank", 0.9, None),),
    )
    tokens = rapid.read(Image.new("L", (400, 100)), engine)
    assert engine.shape == (100, 400, 3)
    assert [token.text for token in tokens] == ["HOME", "MASTER", "Tape", "15.90"]
    assert [token.line[2] for token in tokens] == [1, 1, 2, 2]
    assert tokens[0].box == (10, 10, 80, 32)
    assert round(tokens[1].confidence) == 98


def test_a_picture_of_nothing_has_no_words() -> None:
    assert rapid.read(Image.new("RGB", (40, 30)), Engine()) == []
