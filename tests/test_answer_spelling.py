"""Words that no document has, and those that may have been meant."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import pytest

from rag.answer.pipeline import answer
from rag.answer.spelling import nearest, respelled
from rag.answer.support import support_of
from rag.events import Cited, Sources, Step, Token
from rag.model import Asking, Hit
from tests.answer_material import MemoryCorpus, hits_of

KNOWN = Counter({"treasurer": 3, "notice": 2, "maintenance": 5, "board": 1, "novice": 1})
TEXTS = ("The treasurer of the board is Tobias Quayle.", "The board meets at noon.")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tresurer", "treasurer"),
        ("Maintainance", "maintenance"),
        ("notise", "notice"),
        ("baord", "board"),  # two letters in each other's place
        ("Munich", None),
        ("paternity", None),
        ("boards", None),  # a form of the same word is no misspelling
    ],
)
def test_the_nearest_word_of_the_documents(word: str, expected: str | None) -> None:
    assert nearest(word, KNOWN) == expected


def search(text: str, limit: int) -> Sequence[Hit]:
    words = {word.strip("?.").lower() for word in text.split()}
    return [hit for hit in hits_of(*TEXTS) if words & set(hit.passage.text.lower().rstrip(".").split())][:limit]


def test_only_words_that_no_document_has_are_respelled() -> None:
    assert respelled("Who is the tresurer of the board?", hits_of(TEXTS[1]), search) == (
        "Who is the treasurer of the board?",
        {"tresurer": "treasurer"},
    )
    for question in ("Who is the treasurer of the board?", "Who is the plumber of the board?", "Tresurer?"):
        assert respelled(question, hits_of(TEXTS[1]), search) == (question, {})


def test_an_answer_says_what_it_read() -> None:
    corpus = MemoryCorpus({"minutes.txt": TEXTS})
    asking = Asking("Who is the tresurer of the board?", search_mode="keyword")
    events = list(
        answer(asking, message_id="m", model=None, model_name="built-in", corpus=corpus, stop=threading.Event())
    )
    text = "".join(event.text for event in events if isinstance(event, Token))
    cited = [event.citation for event in events if isinstance(event, Cited)]
    sources = [event for event in events if isinstance(event, Sources)][-1]
    assert text.startswith("Your documents have no such word, so this reads “treasurer” for “tresurer”:\n\n")
    assert cited[0]["quote"] == TEXTS[0]
    assert cited[0]["status"] == "verified"
    assert cited[0]["number"] in {hit["number"] for hit in sources.hits}
    assert any("“treasurer” for “tresurer”" in event.detail for event in events if isinstance(event, Step))
    assert text[cited[0]["offset"] :].startswith("[")
    assert support_of(text, cited, sources.hits).counts == {"quote": 1, "passage": 0, "none": 0}


def test_nothing_is_said_where_nothing_is_near() -> None:
    corpus = MemoryCorpus({"minutes.txt": TEXTS})
    asking = Asking("Who is the plumber of the harbour?", search_mode="keyword")
    events = list(
        answer(asking, message_id="m", model=None, model_name="built-in", corpus=corpus, stop=threading.Event())
    )
    assert len([event for event in events if isinstance(event, Sources)]) == 1
