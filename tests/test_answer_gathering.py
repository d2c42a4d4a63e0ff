"""Documents longer than a prompt: every part is read, what is copied is all the last prompt sees, pages are cited."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from rag.answer.gathering import MAX_PARTS, MAX_PARTS_BUILT_IN, Gathered, gather, split_parts
from rag.answer.models import ChatMessage
from rag.answer.pipeline import answer
from rag.answer.reading import DocumentText, read_documents
from rag.errors import ModelError
from rag.events import Cited, Event, Sources, Step, Token
from rag.model import Asking
from tests.answer_material import MemoryCorpus, PlayedModel

FILLER = "The lights were kept as always in this week. " * 25
KEEPER = "The keeper of Low Sands was Ada Moor."
WAGE = "Ada Moor was paid 40 crowns a month."
PAGES = [FILLER + KEEPER, FILLER, FILLER, FILLER, FILLER + WAGE, FILLER]
LOG = DocumentText("doc_log.pdf", "log.pdf", 1, list(enumerate(PAGES, start=1)))


@dataclass(slots=True)
class Copyist(PlayedModel):
    """Copies of each part the sentences in which a keeper is named."""

    def complete(self, messages: Sequence[ChatMessage], stop: threading.Event, timeout_s: float) -> str:
        if self.failure is not None:
            raise self.failure
        self.asked.append(tuple(messages))
        blocks = messages[-1].content.split("<passage ")[1:]
        return "\n".join(
            f'[{number}: "{sentence}"]'
            for number, block in enumerate(blocks, start=1)
            for sentence in (KEEPER, WAGE)
            if sentence in block
        )


def run(model: PlayedModel | None, question: str, **how: int) -> list[Event]:
    corpus = MemoryCorpus({"log.pdf": PAGES})
    events = answer(
        Asking(question, search_mode="document"),
        message_id="msg_1",
        model=model,
        model_name="m",
        corpus=corpus,
        stop=threading.Event(),
        context_tokens=how.get("context_tokens", 1_000),
    )
    return list(events)


def test_every_part_is_read_and_the_answer_cites_its_pages() -> None:
    model = Copyist([f'She had 40 crowns [2: "{WAGE}"].'])
    events = run(model, "What was Ada Moor paid?")
    steps = [event for event in events if isinstance(event, Step) and event.name == "read"]
    parts = [step.detail for step in steps if step.detail.startswith("part")]
    assert parts == [f"part {number} of {len(parts)}" for number in range(1, len(parts) + 1)]
    assert len(parts) > 1
    assert steps[-1].status == "finished"
    assert "2 pages kept" in steps[-1].detail
    (sources,) = (event for event in events if isinstance(event, Sources))
    assert [(hit["number"], hit["pages"]) for hit in sources.hits] == [(1, [1]), (2, [5])]
    (cited,) = (event for event in events if isinstance(event, Cited))
    assert (cited.citation["page"], cited.citation["status"]) == (5, "verified")
    last = model.asked[-1][-1].content
    assert WAGE in last
    assert FILLER not in last, "only what was copied"


def test_the_built_in_answerer_reads_it_all_too() -> None:
    events = run(None, "What was Ada Moor paid?")
    assert WAGE in "".join(event.text for event in events if isinstance(event, Token))
    assert any(isinstance(event, Cited) and event.citation["page"] == 5 for event in events)


def test_a_model_that_copies_nothing_is_stood_in_for() -> None:
    model = PlayedModel(["It says so."], reply="Here is a summary of this part.")
    run(model, "What was Ada Moor paid?")
    assert WAGE in model.asked[-1][-1].content


def test_a_model_that_fails_fails_the_step() -> None:
    model = Copyist(failure=ModelError("model_error", "It broke."))
    with pytest.raises(ModelError, match="It broke"):
        run(model, "What was Ada Moor paid?")


def test_a_stop_ends_it_between_parts() -> None:
    stop = threading.Event()
    parts = gather("What was Ada Moor paid?", [LOG], 400, Copyist(), stop, "Reading")
    assert next(parts).detail.startswith("part 1 of ")
    stop.set()
    assert list(parts) == []


def gathered(document: DocumentText, model: PlayedModel) -> Gathered:
    reading = gather("What was Ada Moor paid?", [document], 400, model, threading.Event(), "Reading")
    while True:
        try:
            next(reading)
        except StopIteration as end:
            value: Gathered = end.value
            return value


def test_a_model_reads_the_parts_that_promise_most_and_the_rest_is_read_without_it() -> None:
    pages = [*([FILLER] * 30), FILLER + WAGE, *([FILLER] * 30)]
    model = Copyist()
    found = gathered(DocumentText("d", "long.pdf", 1, list(enumerate(pages, start=1))), model)
    assert len(model.asked) == MAX_PARTS
    assert [hit.passage.page for hit in found.hits] == [31]
    assert found.excerpts[0].passage.text == WAGE
    assert f"read in 61 parts ({MAX_PARTS} of them by the model), 1 pages kept" in found.detail
    assert "too long" not in found.detail


def test_what_is_too_much_even_in_parts_is_said() -> None:
    long = DocumentText("d", "long.pdf", 1, [(number, FILLER) for number in range(1, MAX_PARTS_BUILT_IN + 60)])
    assert "too long to be read whole: long.pdf: the first" in gathered(long, Copyist()).detail


def test_parts_keep_to_the_budget() -> None:
    hits = read_documents([LOG], 100_000).hits
    parts = split_parts(hits, 700)
    assert [hit.number for part in parts for hit in part] == [1, 2, 3, 4, 5, 6]
    assert all(1 <= len(part) <= 2 for part in parts)
    assert [len(part) for part in split_parts(hits, 10)] == [1] * 6
    assert split_parts((), 10) == []
