"""Image files: every kind, several pages, upright, on white; and those that are not what they say."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rag.errors import DocumentError, RequestError
from rag.ingest import images, kinds, parsers, render
from tests import material
from tests.scans import image_file, written

LIMIT = 1_000_000
KINDS = {
    kinds.PNG: "PNG", kinds.JPEG: "JPEG", kinds.TIFF: "TIFF", kinds.WEBP: "WEBP", kinds.BMP: "BMP", kinds.GIF: "GIF",
}  # fmt: skip


def _written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose header says so, with these bytes as its picture."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    ]  # fmt: skip
    packed = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _refused(path: Path, media_type: str) -> str:
    started = time.thread_time()
    with pytest.raises(DocumentError) as raised:
        parsers.read(path, media_type, 1, 24, LIMIT)
    assert time.thread_time() - started < 1
    return raised.value.code


@pytest.mark.parametrize("media_type", KINDS)
def test_every_kind_is_told_by_content_and_opened(tmp_path: Path, media_type: str) -> None:
    content = image_file(written(size=(400, 300), px=20).convert("RGB"), KINDS[media_type])
    assert kinds.media_type(io.BytesIO(content), "report.txt") == media_type
    part = parsers.read(_written(tmp_path, content), media_type, 1, 24, LIMIT)
    assert (part.total, part.pictures, part.warnings) == (1, (1,), ())
    assert (part.pages[0].text, round(part.pages[0].width), round(part.pages[0].height)) == ("", 300, 225)
    assert images.picture(tmp_path / "file", media_type, 1, LIMIT).size == (400, 300)


def test_each_picture_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    pages = [written([f"Page {n}"], size=(300 + n, 200), px=30) for n in range(1, 6)]
    path = _written(tmp_path, image_file(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(150, 150)))
    part = parsers.read(path, kinds.TIFF, 2, 3, LIMIT)
    assert (part.total, part.pictures) == (5, (2, 3, 4))
    assert round(part.pages[0].width) == round(302 * 72 / 150)
    assert images.picture(path, kinds.TIFF, 4, LIMIT).size == (304, 200)


def test_of_an_animation_the_first_pictures_are_read(tmp_path: Path) -> None:
    frames = [Image.new("L", (40, 30), n * 5) for n in range(30)]
    path = _written(tmp_path, image_file(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    part = parsers.read(path, kinds.GIF, 1, 24, LIMIT)
    assert part.total == images.MAX_FRAMES
    assert part.warnings == ("This animation has 30 pictures; the first 10 are read.",)


def test_a_photo_is_upright_and_its_page_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise by 90 degrees
    path = _written(tmp_path, image_file(Image.new("RGB", (400, 300), "white"), "JPEG", exif=exif))
    (page,) = parsers.read(path, kinds.JPEG, 1, 24, LIMIT).pages
    assert page.width * 4 == page.height * 3
    assert images.picture(path, kinds.JPEG, 1, LIMIT).size == (300, 400)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    clear = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    clear.paste((255, 0, 0, 255), (0, 0, 10, 10))
    options = {"transparency": 0} if mode == "P" else {}
    content = Image.new("P", (40, 30), 0) if mode == "P" else clear.convert(mode)
    seen = images.picture(_written(tmp_path, image_file(content, "PNG", **options)), kinds.PNG, 1, LIMIT)
    assert seen.getpixel((39, 29)) == (255, 255, 255)


def test_deep_grey_keeps_its_shades(tmp_path: Path) -> None:
    deep = Image.new("I;16", (40, 30), 60_000)
    deep.paste(50_000, (0, 0, 20, 30))
    seen = images.picture(_written(tmp_path, image_file(deep)), kinds.PNG, 1, LIMIT)
    assert (seen.mode, seen.getpixel((0, 0)), seen.getpixel((39, 0))) == ("L", 0, 255)


def test_a_float_picture_with_values_that_are_no_numbers_keeps_its_shades(tmp_path: Path) -> None:
    deep = Image.new("F", (40, 30), 1.0)
    deep.paste(0.25, (0, 0, 20, 30))
    deep.putpixel((5, 5), float("nan"))
    deep.putpixel((6, 5), float("inf"))
    seen = images.picture(_written(tmp_path, image_file(deep, "TIFF")), kinds.TIFF, 1, LIMIT)
    assert (seen.mode, seen.getpixel((0, 0)), seen.getpixel((39, 0)), seen.getpixel((6, 5))) == ("L", 0, 255, 255)


def test_a_picture_with_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    assert _refused(_written(tmp_path, _png(60_000, 60_000)), kinds.PNG) == "too_large"
    assert _refused(_written(tmp_path, _png(1_001, 1_000)), kinds.PNG) == "too_large"
    small, large = Image.new("1", (10, 10)), Image.new("1", (2_000, 2_000))
    tiff = image_file(small, "TIFF", save_all=True, append_images=[large], compression="group4")
    assert _refused(_written(tmp_path, tiff), kinds.TIFF) == "too_large"


def test_a_header_that_lies_is_damage(tmp_path: Path) -> None:
    path = _written(tmp_path, _png(500, 500, b"\0" * 40))
    page = parsers.read(path, kinds.PNG, 1, 24, LIMIT).pages[0]
    by: Any = None  # it is not come to that
    with pytest.raises(DocumentError) as raised:
        parsers.recognise(path, kinds.PNG, page, by, LIMIT)
    assert raised.value.code == "damaged_document"
    bomb = _written(tmp_path, _png(50, 50, bytes(50_000_000)))  # far more picture than its size has room for
    assert images.picture(bomb, kinds.PNG, 1, LIMIT).size == (50, 50)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (material.png()[:30], kinds.PNG),
        (b"\xff\xd8\xff\xe0 and no more", kinds.JPEG),
        (b"II*\0\x08\0\0\0\xff\xff", kinds.TIFF),
        (b"GIF89a\1", kinds.GIF),
        (b"RIFF\x20\0\0\0WEBPVP8 nothing", kinds.WEBP),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0", kinds.BMP),
        (image_file(Image.new("L", (9, 9)), "JPEG"), kinds.PNG),
    ],
)
def test_broken_files_are_damaged(tmp_path: Path, content: bytes, media_type: str) -> None:
    assert _refused(_written(tmp_path, content), media_type) == "damaged_document"


def test_the_page_of_an_image_is_drawn_with_its_boxes(tmp_path: Path) -> None:
    path = _written(tmp_path, image_file(Image.new("RGB", (600, 800), "white")))
    drawn = render.page_png(path, 1, [(0.5, 0.5, 0.6, 0.6)], 300, media_type=kinds.PNG)
    image = Image.open(io.BytesIO(drawn))
    assert (image.size, image.getpixel((165, 220))) == ((300, 400), render.MARK)
    turned = Image.open(io.BytesIO(render.page_png(path, 1, [], 1_000, media_type=kinds.PNG, turned=90)))
    assert turned.size == (800, 600)
    for number in (0, 2):
        with pytest.raises(RequestError) as raised:
            render.page_png(path, number, [], media_type=kinds.PNG)
        assert raised.value.code == "not_found"
