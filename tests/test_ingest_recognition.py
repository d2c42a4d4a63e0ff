"""Pictures are read the right way up, their words stand where they stand; which engine reads, in which languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rag.errors import DocumentError
from rag.ingest import ocr_sizes, recognition, tesseract
from rag.ingest.recognition import Recogniser, Wanted, page, read, recogniser, wanted, why_not
from rag.model import Page, Word, unpack_words
from tests.scans import LINES, noise, program, written

ENGLISH = Recogniser("tesseract", ("eng",))
NOWHERE = "no-such-program"


def _check_boxes(words: tuple[Word, ...], picture: Any) -> None:
    """The ink stands within the boxes, but for specks, and there is ink in each."""
    ink = picture.convert("L").point(lambda value: 255 if value < 128 else 0)
    total = ink.histogram()[255]
    for word in words:
        x0, y0, x1, y1 = (edge * side for edge, side in zip(word.box, ink.size * 2, strict=True))
        area = (int(x0) - 3, int(y0) - 3, int(x1) + 4, int(y1) + 4)
        assert ink.crop(area).getbbox() is not None
        ink.paste(0, area)
    assert ink.histogram()[255] < 0.02 * total


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_is_read_upright_however_it_lies(turned: int) -> None:
    picture = written(turned=turned)
    seen = read(picture, ENGLISH)
    assert seen.composed.text.split("\n") == list(LINES)
    assert seen.turned == (360 - turned) % 360
    assert seen.composed.confidence > 85
    upright = recognition.turn(picture, seen.turned)
    assert upright.tobytes() == written().tobytes()
    _check_boxes(seen.composed.words, upright)


def test_small_print_is_read_too() -> None:
    picture = written(px=15, size=(500, 300))
    seen = read(picture, ENGLISH)
    assert re.findall(r"\w", seen.composed.text) == re.findall(r"\w", " ".join(LINES))
    _check_boxes(seen.composed.words, picture)


def test_a_huge_picture_is_read_smaller_and_its_boxes_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_sizes, "MAX_PIXELS", 1_000_000)
    picture = written(px=42)
    seen = read(picture, ENGLISH)
    assert re.findall(r"\w+", seen.composed.text) == re.findall(r"\w+", " ".join(LINES))
    _check_boxes(seen.composed.words, picture)


def test_what_is_no_writing_gives_no_text() -> None:
    assert len(read(noise(), ENGLISH).composed.text) < 20
    assert read(written([]), ENGLISH).composed.text == ""
    assert read(written([], size=(5, 400)), ENGLISH).composed.text == ""


def test_a_page_takes_what_is_seen_on_it() -> None:
    seen = page(written(turned=90), Page(3, "stamp 1", width=842, height=595), ENGLISH).page
    assert (seen.number, seen.turned, seen.width, seen.height) == (3, 270, 595, 842)
    assert seen.text.split("\n") == list(LINES)
    assert seen.ocr_confidence is not None
    assert [seen.text[word.start : word.end] for word in unpack_words(seen.words)] == seen.text.split()
    own = Page(1, "What it says itself is more. " * 20)
    assert page(written(), own, ENGLISH).page is own


def test_it_is_said_why_nothing_can_be_read() -> None:
    assert why_not(Wanted()) == ""
    assert "FOLIO_OCR=off" in why_not(Wanted("off"))
    assert "tesseract-ocr" in why_not(Wanted("tesseract", command=NOWHERE))
    assert recogniser(Wanted("tesseract", command=NOWHERE)) is None
    assert recogniser(Wanted("off")) is None


def test_languages_are_those_asked_for_that_are_there_else_what_there_is_to_choose_from(tmp_path: Path) -> None:
    command = program(tmp_path, "exit 1", ("deu", "eng", "fra", "osd"))
    there = ("deu", "eng", "fra")
    assert recogniser(Wanted(command=command)) == Recogniser("tesseract", ("eng",), (), command, there)
    assert recogniser(wanted("auto", "auto", command)) == Recogniser("tesseract", ("eng",), (), command, there)
    assert recogniser(wanted("auto", "deu+xyz", command)) == Recogniser("tesseract", ("deu",), ("xyz",), command)
    assert recogniser(wanted("auto", "xyz", command)) == Recogniser("tesseract", ("eng",), ("xyz",), command, there)
    assert wanted("tesseract", " eng, deu fra+eng ").languages == ("eng", "deu", "fra")


def test_a_program_without_languages_or_without_sense_reads_nothing(tmp_path: Path) -> None:
    assert recogniser(Wanted("tesseract", command=program(tmp_path, "exit 1", ()))) is None
    failing = Recogniser("tesseract", ("eng",), (), program(tmp_path, "echo broken >&2; exit 3"))
    with pytest.raises(DocumentError) as raised:
        read(written(), failing)
    assert raised.value.code == "damaged_document"
    assert "broken" in raised.value.details["reason"]
    killed = Recogniser("tesseract", ("eng",), (), program(tmp_path, "kill -9 $$"))
    with pytest.raises(DocumentError) as raised:
        read(written(), killed)
    assert raised.value.code == "parser_limit"


def test_the_installed_program_tells_its_languages() -> None:
    assert "eng" in tesseract.languages()
    assert "osd" not in tesseract.languages()
    assert tesseract.languages(NOWHERE) == ()
