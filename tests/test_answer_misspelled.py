"""A question none of whose words is in any document: perhaps it was misspelled."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.misspelled import reread
from rag.events import Cited, Step
from rag.model import Asking
from tests.answer_material import MemoryCorpus
from tests.test_answer_pipeline import run, text_of

CORPUS: dict[str, Sequence[str]] = {"lamps.txt": ["A lighthouse warns ships. Its keeper sleeps by day."]}


def test_the_only_word_is_read_as_one_of_the_documents() -> None:
    again = reread("What is a lighthose?", (), MemoryCorpus(CORPUS), Asking("What is a lighthose?"))
    assert again is not None
    assert again.query == "What is a lighthouse?"
    assert again.words == "“lighthouse” for “lighthose”"
    assert again.hits


def test_what_is_like_no_word_stays() -> None:
    assert reread("What is a zeppelin?", (), MemoryCorpus(CORPUS), Asking("What is a zeppelin?")) is None


def test_the_answer_says_what_was_read() -> None:
    events = run("lighthose?", corpus=MemoryCorpus(CORPUS))
    assert "“lighthouse” for “lighthose”" in text_of(events)
    assert [event.citation["quote"] for event in events if isinstance(event, Cited)] == ["A lighthouse warns ships."]
    assert any(isinstance(event, Step) and event.label == "Searching once more" for event in events)
