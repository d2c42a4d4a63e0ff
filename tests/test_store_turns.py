from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from store import conversations, messages, turns
from store.database import Database
from store.errors import Conflict, NotFound
from store.turns import EventRow, Turn


def _start(database: Database, user_id: str = "u_ann", question: str = "What was the revenue?", **more: Any) -> Turn:
    more = {"conversation_id": None, "asking": {"question": question}, **more}
    return turns.start(database, user_id, question=question, **more)[0]


def _ended(database: Database, **more: Any) -> Turn:
    turn = _start(database, **more)
    turns.finish(database, turn.id, "done")
    return turns.load(database, turn.id)


def _texts(database: Database, conversation_id: str) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages.branch(database, "u_ann", conversation_id)]


def test_a_question_is_recorded_whole(database: Database) -> None:
    turn = _start(database, question="What was the revenue?", wait=(3, 7.5))
    question, answer = messages.branch(database, "u_ann", turn.conversation_id)
    assert (question.id, question.role, question.text, question.status) == (
        turn.question_id, "user", "What was the revenue?", "complete",
    )  # fmt: skip
    assert (answer.id, answer.role, answer.parent_id, answer.status) == (
        turn.message_id, "assistant", question.id, "queued",
    )  # fmt: skip
    assert answer.settings == turn.asking == {"question": "What was the revenue?"}
    first = {"conversation_id": turn.conversation_id, "message_id": answer.id, "position": 3, "eta_s": 7.5}
    assert turns.events(database, turn.id) == [EventRow(turn.id, 1, "queued", turn.created_at, first)]
    conversation = conversations.get(database, "u_ann", turn.conversation_id)
    assert (conversation.title, conversation.messages) == ("What was the revenue?", 2)
    assert conversation.shown_message_id == answer.id


def test_one_active_turn_in_a_conversation(database: Database) -> None:
    turn = _start(database)
    with pytest.raises(Conflict):
        _start(database, conversation_id=turn.conversation_id)
    assert turns.active(database, "u_ann", turn.conversation_id) == turn
    assert len(messages.branch(database, "u_ann", turn.conversation_id)) == 2

    turns.begin(database, turn.id)
    turns.finish(database, turn.id, "stopped")
    assert turns.active(database, "u_ann", turn.conversation_id) is None
    _start(database, conversation_id=turn.conversation_id)
    turns.finish(database, turn.id, "done")
    assert turns.load(database, turn.id).status == "stopped"


def test_the_database_itself_refuses_a_second_active_turn(database: Database) -> None:
    turn = _start(database)
    columns = "conversation_id, message_id, question_id, owner, status, asking, created_at"
    with pytest.raises(sqlite3.IntegrityError), database.write() as writer:
        writer.execute(
            f"INSERT INTO turns(id, {columns}) SELECT 'turn_2', {columns} FROM turns WHERE id = ?", (turn.id,)
        )


def test_the_same_client_key_is_the_same_turn_however_often_it_is_sent(database: Database) -> None:
    def send(_: int) -> tuple[Turn, bool]:
        return turns.start(database, "u_ann", conversation_id=None, question="Hello?", asking={}, client_key="click")

    with ThreadPoolExecutor(8) as clicks:
        started = list(clicks.map(send, range(8)))
    assert len({turn.id for turn, _ in started}) == 1
    assert sum(is_new for _, is_new in started) == 1
    assert len(conversations.list_page(database, "u_ann")) == 1
    assert _start(database, "u_bob", client_key="click").owner == "u_bob"


def test_a_conversation_goes_on_from_the_branch_on_show(database: Database) -> None:
    first = _ended(database, question="One?")
    _ended(database, question="Two?", conversation_id=first.conversation_id)
    assert [text for _, text in _texts(database, first.conversation_id)] == ["One?", "", "Two?", ""]


def test_another_answer_and_another_question_stand_beside_the_old_ones(database: Database) -> None:
    first = _ended(database, question="One?")
    messages.update(database, first.message_id, text="first answer")
    again = _ended(database, question="ignored", replaces=first.message_id)
    assert again.question_id == first.question_id
    assert _texts(database, first.conversation_id) == [("user", "One?"), ("assistant", "")]

    edited = _ended(database, question="One, please?", replaces=first.question_id)
    assert edited.conversation_id == first.conversation_id
    assert _texts(database, first.conversation_id) == [("user", "One, please?"), ("assistant", "")]
    assert messages.get(database, "u_ann", first.message_id).text == "first answer"
    assert conversations.get(database, "u_ann", first.conversation_id).messages == 5


def test_nobody_touches_what_is_not_theirs(database: Database) -> None:
    turn = _ended(database)
    assert messages.branch(database, "u_bob", turn.conversation_id) == []
    assert turns.active(database, "u_bob", turn.conversation_id) is None
    assert conversations.list_page(database, "u_bob") == []
    for act in (
        lambda: turns.get(database, "u_bob", turn.id),
        lambda: messages.get(database, "u_bob", turn.message_id),
        lambda: conversations.get(database, "u_bob", turn.conversation_id),
        lambda: conversations.rename(database, "u_bob", turn.conversation_id, "mine"),
        lambda: conversations.touch(database, "u_bob", turn.conversation_id),
        lambda: _start(database, "u_bob", conversation_id=turn.conversation_id),
        lambda: _start(database, "u_bob", replaces=turn.message_id),
    ):
        with pytest.raises(NotFound):
            act()
    assert conversations.get(database, "u_ann", turn.conversation_id).title == "What was the revenue?"


def test_a_conversation_in_the_trash_takes_no_questions(database: Database) -> None:
    turn = _ended(database)
    with database.write() as writer:
        writer.execute("UPDATE conversations SET state = 'trash'")
    with pytest.raises(NotFound):
        _start(database, conversation_id=turn.conversation_id)


def test_a_log_is_read_from_any_place_and_has_no_double_numbers(database: Database) -> None:
    turn = _start(database)
    rows = [EventRow(turn.id, seq, "token", "2026-11-20T13:00:00.000Z", {"text": f"€{seq}"}) for seq in range(2, 12)]
    turns.append(database, rows)
    assert turns.events(database, turn.id, after=1) == rows
    assert turns.events(database, turn.id, after=5, limit=2) == rows[4:6]
    assert turns.events(database, turn.id, after=11) == []
    with pytest.raises(Conflict):
        turns.append(database, [EventRow(turn.id, 12, "token", "", {}), rows[0]])
    assert len(turns.events(database, turn.id)) == 11
    with pytest.raises(Conflict):
        turns.append(database, [EventRow("turn_none", 1, "token", "", {})])


def test_unfinished_turns_of_everybody(database: Database) -> None:
    first, second = _start(database), _start(database, "u_bob")
    _ended(database)
    turns.begin(database, second.id)
    assert [(turn.id, turn.status) for turn in turns.unfinished(database)] == [
        (first.id, "queued"), (second.id, "running"),
    ]  # fmt: skip


def test_messages_keep_values_as_values(database: Database) -> None:
    turn = _ended(database)
    kept = {
        "text": "Revenue rose [1].", "status": "complete", "model": "m", "query": "revenue 2023",
        "citations": [{"number": 1, "boxes": [[0.1, 0.2, 0.3, 0.4]]}], "sources": [{"number": 1}],
        "steps": [{"name": "search"}], "usage": {"total_tokens": 7}, "timings": {"total": 1.5},
        "error": {"error_code": "model_timeout"}, "cached": True,
    }  # fmt: skip
    messages.update(database, turn.message_id, **kept)
    message = messages.get(database, "u_ann", turn.message_id)
    assert {name: getattr(message, name) for name in kept} == kept
    with pytest.raises(ValueError, match="no such column"):
        messages.update(database, turn.message_id, conversation_id="conv_other")


def test_the_list_is_paged_the_last_touched_first(database: Database) -> None:
    made = [conversations.create(database, "u_ann", title=str(number)).id for number in range(7)]
    conversations.create(database, "u_bob")
    with database.write() as writer:  # two of them in the same millisecond
        for number, conversation_id in enumerate(made):
            at = f"2026-11-20T13:00:00.{number // 2:03d}Z"
            writer.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (at, conversation_id))
    conversations.touch(database, "u_ann", made[0])
    seen: list[str] = []
    before: str | None = None
    while page := conversations.list_page(database, "u_ann", limit=3, before=before):
        seen += [conversation.id for conversation in page]
        before = page[-1].cursor
    assert len(seen) == 7
    assert set(seen) == set(made)
    assert seen[0] == made[0]
    assert conversations.list_page(database, "u_ann", state="trash") == []


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What was\n the  revenue?", "What was the revenue?"),
        ("word " * 30, "word word word word word word word word word word word…"),
        ("x" * 200, "x" * 59 + "…"),
        ("  ", ""),
    ],
)
def test_titles(question: str, title: str) -> None:
    made = conversations.title_from(question)
    assert made == title
    assert len(made) <= 60


def test_an_untitled_conversation_is_named_after_its_first_question(database: Database) -> None:
    conversation = conversations.create(database, "u_ann")
    first = _ended(database, conversation_id=conversation.id, question="One?")
    assert conversations.get(database, "u_ann", conversation.id).title == "One?"
    conversations.rename(database, "u_ann", conversation.id, "Mine")
    _start(database, conversation_id=first.conversation_id, question="Two?")
    assert conversations.get(database, "u_ann", conversation.id).title == "Mine"
