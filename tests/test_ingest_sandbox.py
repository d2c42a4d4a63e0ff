"""Documents read in parser processes: shared by several, with progress, within their limits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from rag.errors import DocumentError, RequestError
from rag.ingest.kinds import PDF, PLAIN_TEXT
from rag.ingest.packages import DOCX
from rag.ingest.processes import Stopped
from rag.ingest.sandbox import PAGES_A_PART, Limits, Sandbox
from tests import material


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(2, Limits(memory_mb=512, timeout_s=30, max_pages=100)) as opened:
        opened.warm()
        yield opened


def _written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def test_a_long_document_is_read_in_parts_with_progress(sandbox: Sandbox, tmp_path: Path) -> None:
    texts = [f"This is page number {number}." for number in range(1, 81)]
    outline = [(1, "First", 1), (1, "Last", 80)]
    path = _written(tmp_path, material.pdf(texts, title="Long", headings=outline))
    seen: list[tuple[int, int]] = []
    parsed = sandbox.parse(path, PDF, on_progress=lambda done, total: seen.append((done, total)))
    assert [page.text for page in parsed.pages] == texts
    assert [page.number for page in parsed.pages] == list(range(1, 81))
    assert parsed.title == "Long"
    assert [page.number for page in parsed.pages if page.headings] == [1, 80]
    assert seen[0] == (PAGES_A_PART, 80)
    assert seen[-1] == (80, 80)
    assert seen == sorted(seen)
    assert len(seen) == 4


def test_other_formats_come_in_one_part(sandbox: Sandbox, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = _written(tmp_path, material.docx(["# Heading", "Words."], title="Letter"))
    parsed = sandbox.parse(path, DOCX, on_progress=lambda done, total: seen.append((done, total)))
    assert (parsed.title, parsed.pages[0].text, seen) == ("Letter", "Heading\n\nWords.", [(1, 1)])
    assert sandbox.parse(_written(tmp_path, "größer".encode("cp1252")), PLAIN_TEXT).pages[0].text == "größer"


def test_refusals_come_back_with_their_codes(sandbox: Sandbox, tmp_path: Path) -> None:
    for content, code in (
        (material.encrypted_pdf(), "encrypted_document"),
        (material.damaged_pdf(), "damaged_document"),
        (material.image_only_pdf(), "no_text"),
        (material.pdf(["x"] * 101), "too_many_pages"),
    ):
        with pytest.raises(DocumentError) as raised:
            sandbox.parse(_written(tmp_path, content), PDF)
        assert raised.value.code == code


def test_a_document_that_has_used_up_its_time_is_over_the_limit(tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf(["words"]))
    with Sandbox(1, Limits(timeout_s=1e-9)) as sandbox, pytest.raises(DocumentError) as raised:
        sandbox.parse(path, PDF)
    assert raised.value.code == "parser_limit"


def test_a_stop_ends_the_reading(sandbox: Sandbox, tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf([f"page {number}" for number in range(80)]))
    read: list[int] = []
    with pytest.raises(Stopped):
        sandbox.parse(path, PDF, on_progress=lambda done, total: read.append(done), is_stopped=lambda: bool(read))
    assert read == [PAGES_A_PART]
    assert sandbox.parse(path, PDF).pages


def test_pages_are_drawn_there_too(sandbox: Sandbox, tmp_path: Path) -> None:
    path = _written(tmp_path, material.pdf(["words"]))
    image = Image.open(io.BytesIO(sandbox.page_png(path, 1, [(0, 0, 0.1, 0.1)], 200)))
    assert image.width == 200
    with pytest.raises(RequestError) as raised:
        sandbox.page_png(path, 9)
    assert raised.value.code == "not_found"
    with pytest.raises(DocumentError):
        sandbox.page_png(_written(tmp_path, b"no PDF at all"), 1)
