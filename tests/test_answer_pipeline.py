"""A question becomes events: their order, what each says, and how it ends when stopped, failing or finding nothing."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from rag.answer.models import ChatModel
from rag.answer.pipeline import answer
from rag.errors import FolioError, ModelError, SearchError
from rag.events import Cited, Done, Event, Sources, Step, Token
from rag.model import Asking, Exchange
from tests.answer_material import MemoryCorpus, PlayedModel

SALES = "How much did net sales increase?"


def run(
    asking: Asking | str = SALES,
    *,
    model: ChatModel | None = None,
    corpus: MemoryCorpus | None = None,
    stop: threading.Event | None = None,
    history: tuple[Exchange, ...] = (),
    context_tokens: int = 16_000,
    into: list[Event] | None = None,
) -> list[Event]:
    """All events of an answer; `into` keeps them when it raises."""
    events: list[Event] = [] if into is None else into
    asked = Asking(asking) if isinstance(asking, str) else asking
    for event in answer(
        asked,
        message_id="msg_1",
        model=model,
        model_name="extractive" if model is None else "played",
        corpus=corpus or MemoryCorpus(),
        stop=stop or threading.Event(),
        history=history,
        context_tokens=context_tokens,
    ):
        events.append(event)
    return events


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def outline(events: list[Event]) -> list[str]:
    """What happened in order; neighbouring tokens once."""
    names: list[str] = []
    for event in events:
        name = f"{event.name} {event.status}" if isinstance(event, Step) else event.type
        if name != "token" or names[-1:] != ["token"]:
            names.append(name)
    return names


def step(events: list[Event], name: str) -> Step:
    return [event for event in events if isinstance(event, Step) and event.name == name][-1]


def citations(events: list[Event]) -> list[tuple[int, int, str, str]]:
    """(number, page, status, quote)"""
    return [
        (c["number"], c["page"], c["status"], c["quote"])
        for c in (event.citation for event in events if isinstance(event, Cited))
    ]


def test_an_answer_by_a_model_in_the_order_of_the_contract() -> None:
    model = PlayedModel(["Net sales rose ", '[1: "Net sales incr', "eased 18.3% to $10.2", ' billion"]', "."])
    events = run(model=model)
    assert outline(events) == [
        "condense skipped", "select finished", "search started", "search finished", "sources", "generate started",
        "token", "citation", "token", "generate finished", "done",
    ]  # fmt: skip
    assert text_of(events) == "Net sales rose [1]."
    assert citations(events) == [(1, 1, "verified", "Net sales increased 18.3% to $10.2 billion")]
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.message_id, done.model) == ("msg_1", "played")
    assert done.usage == {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
    assert set(done.timings) == {"condense_ms", "search_ms", "first_token_ms", "total_ms"}


def test_the_built_in_answer_has_the_same_events() -> None:
    by_model = run(model=PlayedModel(['Rose [1: "Net sales increased 18.3%"]']))
    built_in = run()
    shared = outline(by_model)
    assert outline(built_in)[:8] == shared[:8]
    assert outline(built_in)[-2:] == shared[-2:]
    assert "Net sales increased 18.3% to $10.2 billion compared to $8.6 billion in fiscal 2021. [1]" in text_of(
        built_in
    )
    assert citations(built_in)[0][:3] == (1, 1, "verified")


def test_citations_point_at_their_markers_and_boxes() -> None:
    events = run(model=PlayedModel(['Sales [1: "Net sales increased 18.3%"] and ', "stores [2]."]))
    text = text_of(events)
    for cited in (event.citation for event in events if isinstance(event, Cited)):
        assert text[cited["offset"] :].startswith(f"[{cited['number']}]")
        assert all(0 <= edge <= 1 for box in cited["boxes"] for edge in box)
        assert cited["boxes"]


def test_steps_say_what_a_person_reads() -> None:
    events = run("net sales company", corpus=MemoryCorpus(note="by words only: no model yet"))
    assert step(events, "condense").label == "Preparing search query"
    assert step(events, "condense").detail == "net sales company"
    assert step(events, "select").detail == "1 document"
    assert step(events, "search").label == "Searching 1 document"
    assert step(events, "search").detail == "2 passages from 1 document; by words only: no model yet"


def test_what_was_asked_for_reaches_the_search() -> None:
    corpus = MemoryCorpus({"a.txt": ["net sales"], "b.txt": ["net sales"]})
    asking = Asking("net sales", search_mode="keyword", documents=("doc_b.txt",), passages=3)
    sources = [event for event in run(asking, corpus=corpus) if isinstance(event, Sources)]
    assert corpus.queries == [("net sales", "keyword", ("doc_b.txt",), 3)]
    assert [hit["document"] for hit in sources[0].hits] == ["b.txt"]


def test_without_documents_there_is_a_friendly_word_and_no_model_call() -> None:
    model = PlayedModel(["never"])
    events = run(model=model, corpus=MemoryCorpus({}))
    assert "nothing to search yet" in text_of(events)
    assert not model.asked
    assert isinstance(events[-1], Done)


def test_documents_that_are_not_ready_are_not_the_same_as_none() -> None:
    assert "cannot be searched yet" in text_of(run(Asking(SALES, documents=("doc_gone",))))


def test_nothing_found_is_said_without_asking_the_model() -> None:
    model = PlayedModel(["never"])
    events = run("Quantum chromodynamics?", model=model)
    assert text_of(events) == "I could not find an answer to this in your documents."
    assert not model.asked
    assert not citations(events)


def test_weak_evidence_is_no_answer_and_names_the_nearest_places() -> None:
    events = run("Which company sponsors the marathon in Helsinki each spring?")
    assert text_of(events) == (
        "I could not find an answer to this in your documents. The nearest passages are in report.pdf, pages 1, 2."
    )
    assert not citations(events)


def test_a_german_question_gets_a_german_sentence() -> None:
    events = run("Wer war der Trainer der Mannschaft?", corpus=MemoryCorpus({"a.txt": ["Die Bilanz der Firma"]}))
    assert text_of(events).startswith("Ich habe in deinen Dokumenten keine Antwort darauf gefunden.")


def test_a_follow_up_is_searched_for_in_its_standalone_form() -> None:
    corpus = MemoryCorpus()
    history = (Exchange("What were net sales in 2022?", "What were net sales in 2022?", "$10.2 billion [1]"),)
    events = run("And the year before?", corpus=corpus, history=history)
    assert corpus.queries[0][0] == "What were net sales in 2021?"
    assert outline(events)[:2] == ["condense started", "condense finished"]
    assert step(events, "condense").detail == "What were net sales in 2021?"


def test_a_standalone_question_after_others_skips_the_step() -> None:
    history = (Exchange("What were net sales in 2022?", "", "$10.2 billion"),)
    model = PlayedModel(["ok"], reply="never")
    assert (
        step(run("Who is the chief executive of the company?", history=history, model=model), "condense").status
        == "skipped"
    )
    assert len(model.asked) == 1


def test_without_search_the_model_answers_alone() -> None:
    model = PlayedModel(["Hello [1]."])
    events = run(Asking("Hello", search_mode="none"), model=model)
    assert outline(events) == ["condense skipped", "generate started", "token", "generate finished", "done"]
    assert text_of(events) == "Hello [1]."
    assert "passage" not in model.asked[0][-1].content


def test_without_search_the_built_in_answerer_says_what_it_needs() -> None:
    assert "Choose a model" in text_of(run(Asking("Hello", search_mode="none")))


def test_document_mode_reads_whole_documents() -> None:
    model = PlayedModel(['It opened 47 [2: "opened 47 new stores"].'])
    events = run(Asking("How many stores?", search_mode="document"), model=model)
    assert outline(events)[:5] == ["condense skipped", "select finished", "read started", "read finished", "sources"]
    assert step(events, "read").detail == "2 pages of 1 document"
    assert "Gross profit was $4.0 billion." in model.asked[0][-1].content
    assert citations(events) == [(2, 2, "verified", "opened 47 new stores")]


def test_document_mode_says_what_was_cut() -> None:
    corpus = MemoryCorpus({"long.pdf": ["words " * 400] * 10, "short.txt": ["brief words"]})
    events = run("What is this about?", corpus=corpus, context_tokens=2_000)
    assert step(events, "read").detail == (
        "3 pages of 2 documents; too long to be read whole: long.pdf: the first 2 of 10 pages"
    )


def test_a_stop_keeps_what_was_written_and_ends_without_done() -> None:
    stop = threading.Event()
    model = PlayedModel(
        ["Net sales ", 'rose [1: "Net sales increased 18.3% to', "never"],
        before=lambda n: stop.set() if n == 2 else None,
    )
    events = run(model=model, stop=stop)
    assert text_of(events) == "Net sales rose [1]"
    assert citations(events) == [(1, 1, "verified", "Net sales increased 18.3%")]
    assert outline(events)[-1] == "generate finished"
    assert step(events, "generate").detail == "stopped"
    assert model.was_closed


def test_a_stop_before_the_search_asks_nothing() -> None:
    stop = threading.Event()
    stop.set()
    corpus = MemoryCorpus()
    assert outline(run(corpus=corpus, stop=stop)) == ["condense skipped"]
    assert not corpus.queries


def test_a_model_that_breaks_off_keeps_its_text_and_raises_its_code() -> None:
    failure = ModelError("model_error", "The server broke off.")
    events: list[Event] = []
    with pytest.raises(ModelError) as caught:
        run(model=PlayedModel(["Net sales ro", "se [2"], failure=failure), into=events)
    assert caught.value is failure
    assert text_of(events) == "Net sales rose [2"
    assert outline(events)[-1] == "generate failed"


def test_a_search_that_fails_fails_its_step() -> None:
    failure: FolioError = SearchError("index_unavailable", "The index is away.")
    events: list[Event] = []
    with pytest.raises(SearchError):
        run(corpus=MemoryCorpus(failure=failure), into=events)
    assert outline(events)[-2:] == ["search started", "search failed"]


def test_leaving_an_answer_closes_the_model() -> None:
    model = PlayedModel(["one ", "two "])
    with closing(
        answer(
            Asking(SALES),
            message_id="m",
            model=model,
            model_name="played",
            corpus=MemoryCorpus(),
            stop=threading.Event(),
        )
    ) as events:
        for event in events:
            if isinstance(event, Token):
                break
    assert model.was_closed
