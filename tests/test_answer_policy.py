"""Whether a question is searched for, and how wide."""

from __future__ import annotations

import json

import pytest

from rag.answer.policy import FEATURES, Head, Policy, by_rule, decide, features, from_json, to_json

NARROW_QUESTIONS = [
    "What was the net revenue in 2022?",
    "Thanks, and what was the revenue in 2021?",
    "Is the mill ok?",
    "hello world program: where is it described?",
    "Translate clause 7 of the contract",
    "Put the answer to the exam question about whales into the table of the appendix please",
    "Who wrote the great report?",
    "Danke für das Protokoll – wer hat es geschrieben?",
    "Wann fährt die Fähre?",
    "答えは何ですか",
    "",
    "???",
]


@pytest.mark.parametrize("question", NARROW_QUESTIONS)
@pytest.mark.parametrize("has_history", [False, True])
def test_whatever_might_be_a_question_is_searched_for(question: str, has_history: bool) -> None:
    assert by_rule(question, has_history=has_history).searches


@pytest.mark.parametrize(
    "said", ["Thanks!", "thank you very much", "ok, great", "Hello there", "Danke schön!", "Guten Morgen",
    "Super, vielen Dank"]
)  # fmt: skip
def test_talk_is_not(said: str) -> None:
    decision = by_rule(said, has_history=False)
    assert (decision.width, decision.by, decision.why) == ("none", "rule", "small talk")


@pytest.mark.parametrize(
    "wish",
    ["Translate your last answer into German", "Please shorten that answer",
    "Übersetze deine letzte Antwort ins Englische",
     "Can you rephrase the answer?", "Fasse deine Antwort kürzer"],
)  # fmt: skip
def test_a_wish_about_the_last_answer_is_not_if_there_is_one(wish: str) -> None:
    assert by_rule(wish, has_history=True).width == "none"
    assert by_rule(wish, has_history=False).searches


def test_lists_are_searched_wide_and_overviews_are_read() -> None:
    assert by_rule("List all subsidiaries of Halden Mills", has_history=False).width == "wide"
    assert by_rule("Compare revenue and profit in 2022", has_history=False).width == "wide"
    assert by_rule("Welche Unterschiede gibt es zwischen den Verträgen?", has_history=False).width == "wide"
    assert by_rule("What is this document about?", has_history=False).width == "overview"
    assert by_rule("Who is the chief executive?", has_history=False).width == "narrow"


def test_wide_is_twice_as_many_passages_up_to_the_most() -> None:
    wide, narrow = (by_rule(each, has_history=False) for each in ("List all fees", "What is the fee?"))
    assert (wide.passages(8), wide.passages(40), narrow.passages(8)) == (16, 50, 8)


def head(bias: float) -> Head:
    size = len(FEATURES)
    return Head((0.0,) * size, bias, (0.0,) * size, (1.0,) * size)


def test_a_model_decides_where_it_is_sure_and_never_for_what_is_named() -> None:
    no_search, search = Policy(search=head(-5)), Policy(search=head(5))
    assert decide("so it goes on like this", has_history=True, policy=no_search).by == "model"
    assert decide("so it goes on like this", has_history=True, policy=no_search).width == "none"
    for named in ("the revenue of 2022", 'the word "net"', "about Halden then"):
        assert decide(named, has_history=True, policy=no_search).searches
    assert decide("Thanks!", has_history=False, policy=search).searches
    assert decide("so it goes", has_history=True, policy=Policy(search=head(-1))).searches, "unsure: it searches"
    assert decide("What is this document about?", has_history=False, policy=no_search).width == "overview"


def test_a_model_of_width() -> None:
    assert decide("Who is it?", has_history=False, policy=Policy(wide=head(4))).width == "wide"
    assert decide("List all of them", has_history=False, policy=Policy(wide=head(-4))).width == "narrow"
    assert decide("Thanks!", has_history=False, policy=Policy(wide=head(4))).width == "none"


def test_features_are_as_many_as_their_names() -> None:
    for question in NARROW_QUESTIONS:
        values = features(question, has_history=True)
        assert len(values) == len(FEATURES)
        assert dict(zip(FEATURES, values, strict=True))["has_history"] == 1.0


def test_it_is_kept_as_json_and_refused_when_it_does_not_fit() -> None:
    text = to_json({"search": head(1.5), "wide": None}, {"search": {"records": 80}})
    assert from_json(text) == Policy(search=head(1.5))
    kept = json.loads(text)
    for change in ({"version": 2}, {"features": ["words"]}, {"heads": {"search": {"weights": [1]}}}, {"heads": 3}):
        with pytest.raises(ValueError, match=r"\w"):
            from_json(json.dumps({**kept, **change}))
    for broken in ("", "[]", "null", "{}"):
        with pytest.raises(ValueError, match=r"\w"):
            from_json(broken)
