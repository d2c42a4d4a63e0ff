"""A scan and a photo through a whole App: uploaded, asked, cited with the quote boxed on the picture."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from rag.app import App, open_app
from rag.ingest import render
from tests.scans import LEADING, LINES, OIL, SIZE, TOP, image_file, scan_pdf, written
from tests.whole import answer_to, ingest, refused, settings_for

ANN = "u_ann"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(settings_for(tmp_path_factory.mktemp("data"), max_image_megapixels=4)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scan.pdf", scan_pdf([written(turned=90)])),
        ("photo.jpg", image_file(written(), "JPEG", quality=80)),
    ],
)
def test_a_quote_from_a_scan_is_boxed_on_its_picture(app: App, name: str, content: bytes) -> None:
    user = f"u_{name}"
    document = ingest(app, user, content, name)
    task = app.library.newest_task(user, document.id)
    assert task is not None
    assert (task.counts["pages"], task.counts["ocr_pages"], task.warnings[:-1]) == (1, 1, ())
    assert app.library.document_json(document)["ocr_confidence"] > 85

    answer = answer_to(app, user, OIL)
    quote = next(cited for cited in answer.citations if "whale" in cited["quote"])
    assert (quote["document_id"], quote["page"], quote["status"]) == (document.id, 1, "verified")
    assert quote["boxes"]
    drawn = Image.open(io.BytesIO(app.library.page_image(user, document.id, 1, quote=quote["quote"])))
    plain = Image.open(io.BytesIO(app.library.page_image(user, document.id, 1)))
    assert drawn.width < drawn.height  # it stands upright, however it was scanned
    rows = [row for row, line in enumerate(LINES) if line.split()[1] in quote["quote"]]
    row_height = round(34 * LEADING) / SIZE[1] * drawn.height
    y0, y1 = (TOP / SIZE[1] * drawn.height + row * row_height for row in (rows[0], rows[-1] + 1))
    marked = [
        (x, y) for y in range(0, drawn.height, 2) for x in range(0, drawn.width, 2)
        if drawn.getpixel((x, y)) == render.MARK and plain.getpixel((x, y)) != render.MARK
    ]  # fmt: skip
    assert marked
    assert sum(y0 - 8 <= y <= y1 + 8 for _, y in marked) > 0.9 * len(marked)


def test_what_can_be_read_is_told(app: App) -> None:
    assert app.health()["capabilities"]["ocr"] is True
    assert not any(each["what"] == "ocr" for each in app.health()["degraded"])


def test_without_recognition_it_is_said_and_scans_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_app(settings_for(tmp_path_factory.mktemp("data"), ocr="off")) as app:
        health = app.health()
        assert health["capabilities"]["ocr"] is False
        assert "FOLIO_OCR=off" in next(each["why"] for each in health["degraded"] if each["what"] == "ocr")
        task = app.library.upload(ANN, io.BytesIO(image_file(written())), "photo.png")
        with pytest.raises(AssertionError, match="ocr_unavailable"):
            ingest(app, ANN, image_file(written()), "photo.png")
        assert app.library.task(ANN, task.id).is_finished
        with refused("not_found"):
            app.library.page_image(ANN, task.document_id, 1)


def test_a_pixel_bomb_is_refused(app: App) -> None:
    with pytest.raises(AssertionError, match="FOLIO_MAX_IMAGE_MEGAPIXELS"):
        ingest(app, ANN, image_file(Image.new("1", (4_000, 4_000)), "TIFF", compression="group4"), "bomb.tif")
