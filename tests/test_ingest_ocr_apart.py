"""A page in several languages: told by its sentences, read for each, every word as it was seen most surely."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rag.ingest import kinds, tesseract
from rag.ingest.ocr_apart import MOST, merged, spoken
from rag.ingest.ocr_choosing import Choosing
from rag.ingest.ocr_text import Token
from rag.ingest.recognition import Recogniser, Seen, wanted
from rag.ingest.sandbox import Limits, Sandbox
from rag.model import Page
from tests.scans import EUROPEAN, scan_pdf, written

THERE = ("deu", "eng", "fra", "spa")
TWO = "The first sentence of a page is English. Der zweite Satz auf der Seite ist deutsch."


def _detect(text: str, among: Collection[str] = ()) -> str:
    """Sentences say what they are in."""
    found = [code for code, name in (("en", "English"), ("de", "deutsch"), ("ru", "Russian")) if name in text]
    return found[0] if len(found) == 1 and (not among or found[0] in among) else ""


def _token(text: str, confidence: float, left: float = 0) -> Token:
    return Token(text, confidence, (left, 10, left + 50, 30), (1, 1, 1))


def test_languages_are_told_by_sentences_the_most_used_first() -> None:
    assert spoken(f"{TWO} Und noch ein Satz, der auch deutsch ist.", _detect) == ["de", "en"]
    assert spoken("", _detect) == []


def test_a_title_in_another_language_is_none_of_the_pages() -> None:
    text = "Ein Titel, der auf deutsch dasteht. " + "A sentence of a page that is English. " * 20
    assert spoken(text, _detect) == ["en"]


def test_no_page_is_read_more_often_than_is_worth_it() -> None:
    names = iter(f"language {number}" for number in range(20))
    text = " ".join(["A sentence with letters enough to be told by."] * 10)
    assert len(spoken(text, lambda _: next(names))) == MOST


def test_each_word_is_taken_from_who_saw_it_most_surely_where_it_stands() -> None:
    german = [_token("über", 96), _token("räpido", 90, 60), _token("Ende", 95, 120)]
    spanish = [_token("iiber", 40), _token("rápido", 96, 62), _token("x", 99, 300)]
    assert [token.text for token in merged([spanish, german])] == ["über", "rápido", "Ende"]
    assert [token.confidence for token in merged([german, spanish])] == [96, 96, 95]
    assert merged([german]) == german
    assert merged([]) == []


def test_words_that_were_cut_otherwise_are_left() -> None:
    whole = [Token("an die", 80, (0, 10, 110, 30), (1, 1, 1))]
    assert merged([whole, [_token("an", 70), _token("d", 90, 60)]]) == whole


def _seen(*models: str, text: str = TWO, apart: bool = False) -> Seen:
    return Seen(Page(1, text, ocr_confidence=95 if apart else 90), models, "", apart)


def test_a_page_in_two_languages_is_read_for_each_and_the_next_page_begins_as_before() -> None:
    choosing = Choosing(Recogniser("tesseract", ("eng",), (), "tesseract", THERE), _detect)
    other = choosing.another(_seen("eng"))
    assert other is not None
    assert (set(other.languages), other.apart, other.installed) == ({"eng", "deu"}, True, ())
    assert choosing.keep(_seen("eng"), _seen("eng", "deu", apart=True)).languages == ("eng", "deu")
    assert (choosing.by.languages, choosing.by.apart) == (("eng",), False)


def test_a_page_in_two_scripts_is_not_read_apart() -> None:
    by = Recogniser("tesseract", ("rus", "eng"), (), "tesseract", (*THERE, "rus"))
    text = "A sentence that says it is English, surely. Another one that is all Russian, surely."
    assert Choosing(by, _detect).another(_seen("rus", "eng", text=text)) is None


def test_a_scan_in_four_languages_keeps_the_accents_of_each(tmp_path: Path) -> None:
    """Of those that are installed; `make` installs them all where it may."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_pdf([written(EUROPEAN, px=30)]))
    with Sandbox(1, Limits(timeout_s=60), wanted("auto", "auto")) as sandbox:
        text = sandbox.parse(path, kinds.PDF).pages[0].text
    if set(THERE) <= set(tesseract.languages()):
        assert text.split() == " ".join(EUROPEAN).split()
    else:
        assert "harbour office published" in text
