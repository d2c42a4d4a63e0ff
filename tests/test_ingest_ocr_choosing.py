"""A document is read in the language and script it is in; what its first pages cost, the others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.ingest import kinds, recognition, tesseract
from rag.ingest.ocr_choosing import MAX_FRUITLESS, Choosing
from rag.ingest.ocr_models import for_script
from rag.ingest.recognition import Recogniser, Seen, Wanted, recogniser, wanted
from rag.ingest.sandbox import Limits, Sandbox
from rag.model import Page
from rag.search.languages import COMMON
from tests.scans import FRAKTUR, GERMAN, LINES, RUSSIAN, program, scan_pdf, written

THERE = ("deu", "eng", "fra", "rus")
ENGLISH = Recogniser("tesseract", ("eng",), (), "tesseract", THERE)
TEXT = "A line of text that is long enough to be told by its letters."


def _seen(models: Sequence[str], sure: float, script: str = "", text: str = TEXT) -> Seen:
    return Seen(Page(1, text, ocr_confidence=sure), tuple(models), script)


def _choosing(*told: str, by: Recogniser = ENGLISH) -> Choosing:
    answers = iter(told)
    return Choosing(by, lambda text, among: next(answers) if among is COMMON else "")


def test_a_page_in_another_installed_language_is_read_again_and_the_next_begin_with_it() -> None:
    choosing = _choosing("de", "de")
    first = _seen(["eng"], 88)
    other = choosing.another(first)
    assert other is not None
    assert (other.languages, other.installed) == (("deu",), ())
    assert choosing.keep(first, _seen(["deu"], 96)).languages == ("deu",)
    assert choosing.by.languages == ("deu",)
    assert choosing.another(_seen(["deu"], 96)) is None


def test_the_surer_reading_stays_and_the_next_page_begins_with_what_most_were_read_with() -> None:
    choosing = _choosing()
    assert choosing.keep(_seen(["eng"], 95)).languages == ("eng",)
    assert choosing.keep(_seen(["eng"], 95), _seen(["fra"], 90)).languages == ("eng",)
    choosing.keep(_seen(["eng"], 88), _seen(["deu"], 96))
    assert choosing.by.languages == ("eng",)
    choosing.keep(_seen(["eng"], 88), _seen(["deu"], 96))
    assert choosing.by.languages == ("deu",)


def test_a_script_that_was_found_is_what_the_next_pages_begin_with() -> None:
    choosing = _choosing("ru")
    choosing.keep(_seen(["rus", "eng"], 95, "Cyrillic"))
    assert choosing.by.languages == ("rus", "eng")
    assert choosing.another(_seen(["rus", "eng"], 95)) is None


@pytest.mark.parametrize(
    ("told", "by", "seen"),
    [
        ("it", ENGLISH, _seen(["eng"], 88)),
        ("", ENGLISH, _seen(["eng"], 88)),
        ("de", Recogniser("tesseract", ("eng",)), _seen(["eng"], 88)),
        ("de", ENGLISH, _seen(["Fraktur", "frk"], 80)),
        ("de", ENGLISH, _seen(["eng"], 88, text="Too short.")),
        ("de", ENGLISH, Seen(Page(1, TEXT))),
    ],
)
def test_what_cannot_be_read_better_is_not_read_again(told: str, by: Recogniser, seen: Seen) -> None:
    assert _choosing(told, by=by).another(seen) is None


def test_a_book_whose_title_alone_is_in_fraktur_goes_on_in_its_language() -> None:
    choosing = _choosing("de")
    choosing.keep(_seen(["Fraktur", "frk"], 80, "Fraktur"))
    assert choosing.by.languages == ("Fraktur", "frk")
    other = choosing.another(_seen(["Fraktur", "frk"], 91))
    assert other is not None
    assert other.languages == ("deu",)


def test_tries_that_bring_nothing_become_rare() -> None:
    choosing = Choosing(ENGLISH, lambda text, among: "de")
    tries = 0
    for _ in range(100):
        seen = _seen(["eng"], 95)
        other = choosing.another(seen)
        tries += other is not None
        choosing.keep(seen, None if other is None else _seen(["deu"], 80))
    assert MAX_FRUITLESS <= tries <= MAX_FRUITLESS + 100 // 16 + 1
    choosing.keep(_seen(["eng"], 60), _seen(["deu"], 95))
    assert choosing.by.installed == THERE


def _installed(*names: str) -> bool:
    return set(names) <= set(tesseract.languages())


def _read(picture: Any, by: Recogniser) -> recognition.Recognised:
    return recognition.read(picture, by)


def test_fraktur_is_read_where_its_models_are_installed_and_nobody_has_decided_otherwise() -> None:
    """`make` installs them where it may; elsewhere the page stays as it was read."""
    by = recogniser(Wanted())
    assert by is not None
    there = by.installed
    first = ("rus",) if "rus" in there else ("eng",)  # what reads it worst
    seen = _read(written(FRAKTUR, px=28), replace(by, languages=first))
    expected = for_script("Fraktur", there) if first == ("rus",) else ()
    assert seen.languages == (expected or first)
    if expected:
        words = set(" ".join(FRAKTUR).split())
        assert len(words & set(seen.composed.text.split())) > 0.85 * len(words)
    own = recogniser(wanted("auto", first[0]))
    assert own is not None
    assert _read(written(FRAKTUR, px=28), own).languages == first


@pytest.mark.parametrize("turned", [0, 90])
def test_another_alphabet_is_read_however_it_lies_or_its_script_is_told(turned: int) -> None:
    by = recogniser(Wanted())
    assert by is not None
    seen = _read(written(RUSSIAN, turned=turned), by)
    assert seen.script == "Cyrillic"
    if _installed("rus"):
        assert seen.composed.text.split("\n") == list(RUSSIAN)
        assert (seen.languages, seen.turned) == (("rus", "eng"), (360 - turned) % 360)
    else:
        assert seen.languages == by.languages


def test_a_german_scan_keeps_its_umlauts_without_being_told(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_pdf([written(GERMAN), written(LINES), written(GERMAN)]))
    with Sandbox(1, Limits(timeout_s=60)) as sandbox:
        parsed = sandbox.parse(path, kinds.PDF)
    read = [page.text.split() for page in parsed.pages]
    assert read[1] == " ".join(LINES).split()
    german = " ".join(GERMAN).split()
    if _installed("deu"):
        assert read[0] == read[2] == german
    else:
        assert read[0] != german


def test_a_script_that_nothing_reads_is_named_with_the_way_on(tmp_path: Path) -> None:
    row = "5\\t1\\t1\\t1\\t1\\t1\\t10\\t10\\t300\\t20\\t31.0\\tperhapswordslikethis\\n"
    osd = "Rotate: 0\\nOrientation confidence: 9.0\\nScript: Greek\\nScript confidence: 12.0\\n"
    command = program(tmp_path, f'case "$*" in *osd*) printf "{osd}";; *) printf "level\\n{row}";; esac')
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_pdf([written()]))
    said = {}
    for languages in ("", "eng"):
        with Sandbox(1, Limits(timeout_s=30), wanted("auto", languages, command)) as sandbox:
            said[languages] = sandbox.parse(path, kinds.PDF).warnings[0]
    assert said[""] == (
        "Page 1 seems to be in Greek script, for which no model of text recognition is installed: "
        "install tesseract-ocr-ell on the server and upload the file again."
    )
    assert said["eng"] == (
        "Page 1 seems to be in Greek script, which FOLIO_OCR_LANGUAGES=eng does not read: leave it unset, or add to it."
    )
