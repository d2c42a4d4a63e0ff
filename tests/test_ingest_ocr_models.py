"""Which installed models read a script or a language, and what to install where none does."""

from __future__ import annotations

import pytest

from rag.ingest import ocr_models

DEBIAN = ("Fraktur", "ara", "chi_sim", "deu", "eng", "fra", "frk", "jpn", "rus", "ukr")
UPSTREAM = ("eng", "script/Cyrillic", "script/Fraktur", "script/Latin")


def test_a_document_begins_with_english_else_with_another_latin_language() -> None:
    assert ocr_models.first(DEBIAN) == ("eng",)
    assert ocr_models.first(("ara", "fra", "Fraktur")) == ("fra",)
    assert ocr_models.first(("rus",)) == ("rus",)
    assert ocr_models.first(()) == ()


@pytest.mark.parametrize(
    ("script", "installed", "expected"),
    [
        ("Fraktur", DEBIAN, ("Fraktur", "frk")),
        ("Fraktur", UPSTREAM, ("script/Fraktur",)),
        ("Fraktur", ("eng", "frk"), ("frk",)),
        ("Cyrillic", DEBIAN, ("rus", "ukr", "eng")),
        ("Cyrillic", UPSTREAM, ("script/Cyrillic",)),
        ("Cyrillic", ("rus",), ("rus",)),
        ("Arabic", DEBIAN, ("ara", "eng")),
        ("Han", DEBIAN, ("chi_sim", "eng")),
        ("Katakana", DEBIAN, ("jpn", "eng")),
        ("Latin", DEBIAN, ("eng",)),
        ("Greek", DEBIAN, ()),
        ("Latin", ("rus",), ()),
        ("", DEBIAN, ()),
    ],
)
def test_a_script_is_read_with_what_is_installed_for_it(
    script: str, installed: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert ocr_models.for_script(script, installed) == expected


def test_a_language_is_read_with_its_own_model() -> None:
    assert ocr_models.for_language("de", DEBIAN) == ("deu",)
    assert ocr_models.for_language("uk", DEBIAN) == ("ukr", "eng")
    assert ocr_models.for_language("it", DEBIAN) == ()
    assert ocr_models.for_language("", DEBIAN) == ()


def test_what_reads_a_whole_script_reads_its_languages() -> None:
    assert ocr_models.reads(("script/Cyrillic",), ("ukr", "eng"))
    assert ocr_models.reads(("deu", "eng"), ("deu",))
    assert not ocr_models.reads(("eng",), ("deu",))
    assert not ocr_models.reads(("deu",), ("eng",))
    assert not ocr_models.reads(("rus", "eng"), ("ukr", "eng"))


def test_whether_a_script_is_read_and_what_to_install() -> None:
    assert ocr_models.is_read_by("Fraktur", ("frk",))
    assert ocr_models.is_read_by("Latin", ("deu",))
    assert ocr_models.is_read_by("", ("deu",))
    assert not ocr_models.is_read_by("Greek", ("eng", "deu"))
    assert ocr_models.is_fraktur(("script/Fraktur",))
    assert not ocr_models.is_fraktur(("deu",))
    assert ocr_models.package("Fraktur") == "tesseract-ocr-script-frak"
    assert ocr_models.package("Han") == "tesseract-ocr-chi-sim"
    assert ocr_models.package("Greek") == "tesseract-ocr-ell"
    assert ocr_models.package("Runic") == ""
