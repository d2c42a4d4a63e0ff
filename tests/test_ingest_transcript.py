from __future__ import annotations

import pytest

from rag.errors import DocumentError
from rag.ingest.transcript import Segment, document, plain
from rag.model import seconds_of

SAID = [
    Segment(0.0, 4.0, " Welcome to the  meeting."),
    Segment(4.0, 9.5, "The ferry leaves at seven."),
    Segment(9.5, 9.6, " … "),
    Segment(14.0, 18.25, "The crane costs 412 crowns."),
]


def test_every_word_knows_its_seconds() -> None:
    (page,) = document(SAID).pages
    assert page.text == "Welcome to the meeting. The ferry leaves at seven.\n\nThe crane costs 412 crowns."
    start = page.text.index("leaves")
    assert seconds_of(page.times, start, start + 6) == (4.0, 9.5)
    assert seconds_of(page.times, 0, len(page.text)) == (0.0, 18.25)
    assert seconds_of(b"", 0, 10) is None
    assert seconds_of(page.times, len(page.text) + 1, len(page.text) + 5) is None
    assert plain(SAID) == "Welcome to the meeting. The ferry leaves at seven. … The crane costs 412 crowns."


def test_a_long_recording_has_pages_and_paragraphs_that_end_with_sentences() -> None:
    said = [Segment(n * 5.0, n * 5.0 + 5.0, f"This is sentence number {n} of a long speech.") for n in range(400)]
    pages = document(said).pages
    assert len(pages) == pytest.approx(6, abs=1)
    assert all(page.text.endswith(".") and len(page.text) < 4_500 for page in pages)
    assert all("\n\n" in page.text for page in pages[:-1])
    place = pages[3].text.index("This is sentence")
    number = int(pages[3].text[place:].split()[4])
    assert seconds_of(pages[3].times, place, place + 5) == (number * 5.0, number * 5.0 + 5.0)


def test_without_times_there_are_none() -> None:
    (page,) = document([Segment(0.0, 0.0, "Only words.")]).pages
    assert (page.text, page.times) == ("Only words.", b"")


def test_silence_is_no_document() -> None:
    with pytest.raises(DocumentError) as raised:
        document([Segment(0.0, 1.0, " ... ")])
    assert raised.value.code == "no_text"
