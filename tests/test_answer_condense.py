"""Follow-ups become questions that stand alone; questions that stand alone are left alone."""

from __future__ import annotations

import threading

import pytest

from rag.answer.condense import Condensed, condense, refers_back
from rag.errors import ModelError
from rag.model import Exchange
from tests.answer_material import PlayedModel

REVENUE = "What was Adobe's revenue in 2022?"


def condensed(question: str, earlier: str = REVENUE, model: PlayedModel | None = None) -> Condensed:
    return condense(question, [Exchange(earlier, earlier, "It was $17.6 billion.")], model, threading.Event())


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("And the year before?", "What was Adobe's revenue in 2021?"),
        ("and the previous year?", "What was Adobe's revenue in 2021?"),
        ("and two years earlier?", "What was Adobe's revenue in 2020?"),
        ("And the following year?", "What was Adobe's revenue in 2023?"),
        ("And in 2019?", "What was Adobe's revenue in 2019?"),
        ("what about FY2018?", "What was Adobe's revenue in 2018?"),
        ("What about Microsoft?", "What was Microsoft's revenue in 2022?"),
        ("and for Microsoft?", "What was Microsoft's revenue in 2022?"),
        ("Why did it rise?", "Why did it rise? (Adobe revenue 2022)"),
        ("What about net income?", "net income? (Adobe revenue 2022)"),
        ("and its costs in 2020?", "its costs in 2020? (Adobe revenue)"),
        ("And the operating income the year before?", "What was Adobe's revenue in 2021? (operating income)"),
        ("Why?", "Why? (Adobe revenue 2022)"),
        ("In German please", REVENUE),
        ("summarise this in a table", REVENUE),
        ("And now as a bulleted list, please.", REVENUE),
        ("Bitte kürzer!", REVENUE),
    ],
)
def test_a_follow_up_by_rule(question: str, query: str) -> None:
    assert condensed(question) == Condensed(query, "rule")


def test_a_german_follow_up_by_rule() -> None:
    earlier = "Wie hoch war der Umsatz 2022?"
    assert condensed("Und im Jahr davor?", earlier).query == "Wie hoch war der Umsatz 2021?"
    assert condensed("Und 2019?", earlier).query == "Wie hoch war der Umsatz 2019?"


@pytest.mark.parametrize(
    "question",
    [
        "What was Microsoft's net income in 2020?",
        "How did Adobe grow its revenue?",
        "Is it true that Adobe acquired Figma?",
        "What does this report say about litigation?",
        "Which stores were closed in Ohio?",
        "What is the German word for lighthouse?",
        "Summarise the report in three sentences",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    model = PlayedModel(reply="never")
    assert condensed(question, model=model) == Condensed(question, "question")
    assert not model.asked


def test_a_wish_about_the_form_costs_no_model_call() -> None:
    model = PlayedModel(reply="never")
    assert condensed("In German please", model=model) == Condensed(REVENUE, "rule")
    assert not model.asked


@pytest.mark.parametrize(
    "question", ["What is this document about?", "Summarise this", "Worum geht es in dem Dokument?"]
)
def test_a_question_about_the_documents_as_wholes_needs_none_before(question: str) -> None:
    assert not refers_back(question, [Exchange("What was paid?", "What was paid in 2025?", "2,214 thousand crowns.")])


def test_the_first_question_never_refers_back() -> None:
    assert not refers_back("And the year before?", [])


def test_a_model_rewrites_the_follow_up() -> None:
    model = PlayedModel(reply=' "What was Adobe\'s revenue in 2021?" ')
    assert condensed("And the year before?", model=model) == Condensed("What was Adobe's revenue in 2021?", "model")
    prompt = model.asked[0][-1].content
    assert REVENUE in prompt
    assert prompt.endswith("Follow-up: And the year before?")


@pytest.mark.parametrize(
    "model",
    [
        PlayedModel(failure=ModelError("model_timeout", "Too slow.")),
        PlayedModel(reply=""),
        PlayedModel(reply="Sure! Here it is:\nWhat was it?"),
        PlayedModel(reply="word " * 200),
        PlayedModel(reply="Four billion dollars."),
    ],
)
def test_a_model_that_fails_or_rambles_is_passed_over(model: PlayedModel) -> None:
    assert condensed("And the year before?", model=model) == Condensed("What was Adobe's revenue in 2021?", "rule")
