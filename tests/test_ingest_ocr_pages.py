"""Documents whose pages are pictures: which are read, how far it is, what is said, and that nothing goes on running."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.ingest import kinds, pdf, scans
from rag.ingest.processes import Stopped
from rag.ingest.recognition import Wanted
from rag.ingest.sandbox import Limits, Sandbox
from rag.model import ParsedDocument
from tests import material
from tests.conftest import LIMIT_S, wait_until
from tests.scans import LINES, image_file, program, running, scan_pdf, written

TEXT = "This page says what it says as text.\n" * 8
SLEEP = f"7654.{os.getpid()}"  # seconds; nobody else sleeps that long, not even another run of this suite


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(2, Limits(timeout_s=60)) as opened:
        yield opened


def _written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (material.pdf([TEXT, "Short."]), ()),
        (scan_pdf([written(), TEXT, written()]), (1, 3)),
        (scan_pdf([written()], stamp="Page 1 of 1"), (1,)),
        (material.pdf([""]), ()),
    ],
)
def test_each_page_is_text_or_a_picture(tmp_path: Path, content: bytes, expected: tuple[int, ...]) -> None:
    assert pdf.read(_written(tmp_path, content), 1, 24).pictures == expected


def test_signs_that_stand_for_nothing_are_no_letters() -> None:
    assert scans.readable_letters("\ue001\ue002\ufffd a") == 0
    assert scans.readable_letters("Ünits 42 \ue001") == 7


def test_a_mixed_file_is_read_whole_with_progress(sandbox: Sandbox, tmp_path: Path) -> None:
    path = _written(tmp_path, scan_pdf([written(), TEXT, written(turned=180)]))
    seen: list[tuple[int, int]] = []
    parsed = sandbox.parse(path, kinds.PDF, on_progress=lambda done, total: seen.append((done, total)))
    assert [page.text.split("\n")[0] for page in parsed.pages] == [LINES[0], TEXT.split("\n", maxsplit=1)[0], LINES[0]]
    assert [page.turned for page in parsed.pages] == [0, 0, 180]
    assert (parsed.ocr_pages, parsed.warnings) == (2, ())
    assert parsed.pages[1].ocr_confidence is None
    assert parsed.ocr_confidence is not None
    assert parsed.ocr_confidence > 85
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_image_of_several_pages_is_a_document(sandbox: Sandbox, tmp_path: Path) -> None:
    pages = [written([line]) for line in LINES[:3]]
    path = _written(tmp_path, image_file(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(150, 150)))
    parsed = sandbox.parse(path, kinds.TIFF)
    assert [page.text for page in parsed.pages] == list(LINES[:3])
    assert round(parsed.pages[0].width) == 595


def test_a_picture_of_nothing_has_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    for content, media_type in ((material.png(), kinds.PNG), (material.image_only_pdf(2), kinds.PDF)):
        with pytest.raises(DocumentError) as raised:
            sandbox.parse(_written(tmp_path, content), media_type)
        assert raised.value.code == "no_text"


def _parsed_with(asked: Wanted, path: Path, media_type: str = kinds.PDF, timeout_s: float = 30) -> ParsedDocument:
    with Sandbox(1, Limits(timeout_s=timeout_s), asked) as sandbox:
        return sandbox.parse(path, media_type)


def test_without_an_engine_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    asked = Wanted("tesseract", command="no-such-program")
    scan = _written(tmp_path, scan_pdf([written()]))
    with pytest.raises(DocumentError, match="Install tesseract-ocr on the server") as raised:
        _parsed_with(asked, scan)
    assert raised.value.code == "ocr_unavailable"
    mixed = _written(tmp_path, scan_pdf([TEXT, written()]))
    parsed = _parsed_with(Wanted("off"), mixed)
    assert parsed.warnings == (
        "1 of 2 pages has no text (page 2). Pictures of text were not read: "
        "Text recognition is switched off (FOLIO_OCR=off).",
    )


def test_unsure_pages_and_missing_languages_are_said(tmp_path: Path) -> None:
    row = "5\\t1\\t1\\t1\\t1\\t1\\t10\\t10\\t300\\t20\\t50.0\\tperhapswordslikethis\\n"
    command = program(tmp_path, f'printf "level\\n{row}"')
    parsed = _parsed_with(Wanted(languages=("deu", "eng"), command=command), _written(tmp_path, scan_pdf([written()])))
    assert parsed.pages[0].text == "perhapswordslikethis"
    assert parsed.warnings == (
        "FOLIO_OCR_LANGUAGES names deu, not installed on the server; the pictures were read as eng.",
        "Text recognition was unsure on page 1; check quotes from there against the page's picture.",
    )


def test_a_page_that_fails_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    command = program(tmp_path, "echo no >&2; exit 1")
    mixed = _parsed_with(Wanted(command=command), _written(tmp_path, scan_pdf([TEXT, written()])))
    assert mixed.warnings[0] == "Page 2 was left out. Text recognition could not read this page."
    with pytest.raises(DocumentError) as raised:
        _parsed_with(Wanted(command=command), _written(tmp_path, scan_pdf([written()])))
    assert raised.value.code == "damaged_document"


def test_pages_that_never_end_are_killed_and_nothing_is_left(tmp_path: Path) -> None:
    asked = Wanted(command=program(tmp_path, f"exec sleep {SLEEP}"))
    with pytest.raises(DocumentError) as raised:
        _parsed_with(asked, _written(tmp_path, scan_pdf([written([])])), timeout_s=1.5)
    assert raised.value.code == "parser_limit"
    wait_until(lambda: not running(SLEEP))


def test_a_stop_in_the_middle_kills_the_engine_too(tmp_path: Path) -> None:
    asked = Wanted(command=program(tmp_path, f"exec sleep {SLEEP}"))
    path = _written(tmp_path, scan_pdf([written([])]))
    stop, ended = threading.Event(), threading.Event()
    with Sandbox(1, Limits(timeout_s=60), asked) as sandbox:

        def parse() -> None:
            with pytest.raises(Stopped):
                sandbox.parse(path, kinds.PDF, is_stopped=stop.is_set)
            ended.set()

        reading = threading.Thread(target=parse)
        reading.start()
        wait_until(lambda: running(SLEEP))
        stop.set()
        assert ended.wait(LIMIT_S)
        wait_until(lambda: not running(SLEEP))
        reading.join()
