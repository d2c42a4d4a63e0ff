"""Versions of questions and answers, and what users think of them."""

from __future__ import annotations

import json

import pytest

from store import messages, reactions, versions
from store.database import Database
from store.errors import Conflict, NotFound
from tests.talks import ANN, BOB, exchange


def _texts(database: Database, conversation_id: str) -> list[str]:
    return [message.text for message in messages.branch(database, ANN, conversation_id)]


def test_stepping_between_versions_and_going_on_from_the_one_shown(database: Database) -> None:
    first = exchange(database, "One?", "1a")
    where = first.conversation_id
    follow_up = exchange(database, "Two?", "2", conversation_id=where)
    again = exchange(database, answer="1b", replaces=first.message_id)
    edited = exchange(database, "One, please?", "1c", replaces=first.question_id)

    assert _texts(database, where) == ["One, please?", "1c"]
    assert versions.of_branch(database, ANN, where) == {
        edited.question_id: (first.question_id, edited.question_id),
        edited.message_id: (edited.message_id,),
    }
    assert versions.show(database, ANN, first.message_id).shown_message_id == follow_up.message_id
    assert _texts(database, where) == ["One?", "1a", "Two?", "2"]
    assert versions.of_branch(database, ANN, where)[first.message_id] == (first.message_id, again.message_id)
    versions.show(database, ANN, again.message_id)
    assert _texts(database, where) == ["One?", "1b"]
    exchange(database, "Three?", "3", conversation_id=where)
    assert _texts(database, where) == ["One?", "1b", "Three?", "3"]
    assert versions.show(database, ANN, first.question_id).shown_message_id is not None
    assert _texts(database, where) == ["One?", "1b", "Three?", "3"]
    assert versions.newest_answer(database, ANN, first.question_id).text == "1b"
    assert [message.text for message in messages.path(database, ANN, follow_up.question_id)] == ["One?", "1a", "Two?"]


def test_versions_of_others_do_not_exist(database: Database) -> None:
    turn = exchange(database)
    assert versions.of_branch(database, BOB, turn.conversation_id) == {}
    assert messages.path(database, BOB, turn.message_id) == []
    for act in (
        lambda: versions.show(database, BOB, turn.message_id),
        lambda: versions.newest_answer(database, BOB, turn.question_id),
        lambda: versions.newest_answer(database, ANN, turn.message_id),
        lambda: reactions.react(database, BOB, turn.message_id, "up"),
        lambda: reactions.withdraw(database, BOB, turn.message_id),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_reaction_can_change_and_be_taken_back(database: Database) -> None:
    turn = exchange(database)
    first = reactions.react(database, ANN, turn.message_id, "down", "wrong year")
    second = reactions.react(database, ANN, turn.message_id, "up")
    assert (first.thumb, second.thumb, second.reason, second.created_at) == ("down", "up", "", first.created_at)
    assert reactions.of_conversation(database, ANN, turn.conversation_id) == {turn.message_id: second}
    assert reactions.of_conversation(database, BOB, turn.conversation_id) == {}
    reactions.withdraw(database, ANN, turn.message_id)
    assert reactions.of_conversation(database, ANN, turn.conversation_id) == {}
    with pytest.raises(Conflict):
        reactions.react(database, ANN, turn.question_id, "up")


def test_reactions_are_exported_with_everything_about_the_answer(database: Database) -> None:
    made = [exchange(database, f"Q{number}?", f"A{number}") for number in range(205)]
    kept = {
        "model": "m", "query": "revenue 2023", "citations": [{"number": 1}], "steps": [{"name": "search"}],
        "sources": [{"number": 1, "scores": {"fused": 0.5}}], "usage": {"total_tokens": 7}, "timings": {"total": 1},
    }  # fmt: skip
    messages.update(database, made[0].message_id, **kept)
    for turn in made:
        reactions.react(database, ANN, turn.message_id, "down", 'not\n"that"')
    other = exchange(database, "His?", "h", user_id=BOB)
    reactions.react(database, BOB, other.message_id, "up")

    records = list(reactions.export(database, ANN))
    assert [record["question"] for record in records] == [f"Q{number}?" for number in range(205)]
    first = records[0]
    assert (first["thumb"], first["reason"], first["answer"]) == ("down", 'not\n"that"', "A0")
    assert first["retrieved"] == kept["sources"]
    assert {name: first[name] for name in kept if name != "sources"} == {
        name: value for name, value in kept.items() if name != "sources"
    }
    assert "\n" not in json.dumps(first)
    assert ANN not in json.dumps(records)
    assert len(list(reactions.export(database, None))) == 206


def test_previews_are_the_beginning_of_what_stands_last_on_show(database: Database) -> None:
    first = exchange(database, "One?", "x" * 500)
    other = exchange(database, "Two?", "Second answer.")
    where = [first.conversation_id, other.conversation_id, "conv_none"]
    assert messages.previews(database, ANN, where, chars=10) == {where[0]: "x" * 10, where[1]: "Second ans"}
    assert messages.previews(database, BOB, where) == {}
