"""A question is answered as the policy decides, and the trace says so."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from rag.answer.pipeline import Events, answer
from rag.answer.planning import Planning, planned_answer, policy_in
from rag.events import Done, Event, Step, Token
from rag.model import Asking, Exchange
from tests.answer_material import MemoryCorpus, PlayedModel

SAID = (Exchange("What was it?", "What was it?", "Net sales rose [1]."),)


def run(
    asking: Asking | str, model: PlayedModel | None = None, history: tuple[Exchange, ...] = ()
) -> tuple[list[Event], MemoryCorpus]:
    corpus = MemoryCorpus()

    def proceed(decided: Asking) -> Events:
        return answer(
            decided, message_id="m", model=model, model_name="x", corpus=corpus, stop=threading.Event(), history=history
        )

    asked = Asking(asking) if isinstance(asking, str) else asking
    how = {"planning": Planning(), "message_id": "m", "model_name": "x", "has_model": model is not None}
    events = list(planned_answer(asked, proceed, history=history, **how))  # type: ignore[arg-type]
    return events, corpus


def plan(events: list[Event]) -> list[str]:
    return [event.detail for event in events if isinstance(event, Step) and event.name == "plan"]


def test_an_ordinary_question_is_searched_as_it_was_asked() -> None:
    events, corpus = run("How much did net sales increase?")
    assert plan(events) == []
    assert corpus.queries[0][3] == 8


def test_a_list_is_searched_wide_unless_somebody_chose() -> None:
    question = "List all stores and net sales"
    events, corpus = run(question)
    assert plan(events) == ["wide: 16 passages; asks for a list or a comparison (by the rule)"]
    assert corpus.queries[0][3] == 16
    assert run(Asking(question, passages=3))[1].queries[0][3] == 3
    events, corpus = run(Asking(question, settings={"policy": "off"}))
    assert (plan(events), corpus.queries[0][3]) == ([], 8)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Thanks!", "You are welcome."),
        ("Danke!", "Gern."),
        ("hi", "Hello!"),
        ("Guten Morgen", "Hallo!"),
        ("What can you do?", "I answer questions about the documents"),
        ("Was kannst du?", "Ich beantworte Fragen"),
    ],
)
def test_talk_without_a_model_is_answered_in_kind(said: str, reply: str) -> None:
    events, corpus = run(said)
    assert corpus.queries == []
    assert [event.type for event in events] == ["step", "token", "done"]
    assert isinstance(events[1], Token)
    assert events[1].text.startswith(reply)
    assert isinstance(events[2], Done)


def test_a_model_hears_thanks_and_wishes_without_passages() -> None:
    for said in ("Thanks a lot!", "Translate your last answer into German"):
        model = PlayedModel(["Gern."])
        events, corpus = run(said, model, SAID)
        assert plan(events)[0].startswith("no search; ")
        assert corpus.queries == []
        assert "Net sales rose" in "".join(message.content for message in model.asked[-1])
    assert run("Translate your last answer into German", None, SAID)[1].queries, "quotes have to come from somewhere"


def test_who_chose_another_mode_has_decided() -> None:
    events, _ = run(replace(Asking("List all stores"), search_mode="document"))
    assert plan(events) == []


def test_a_trace_says_what_was_decided() -> None:
    step: dict[str, Any] = {"name": "plan", "detail": "no search; small talk (by the rule)"}
    assert policy_in([step]) == step["detail"]
    assert policy_in([{"name": "search", "detail": ""}]) == "as set (by the rule)"
    assert policy_in([]) == ""
