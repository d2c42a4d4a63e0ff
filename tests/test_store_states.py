"""Archive, trash, drafts, counts and titles of conversations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store import conversations, messages, states, turns
from store.conversations import Conversation, State
from store.database import Database
from store.errors import Conflict, NotFound
from store.states import Counts
from tests.talks import ANN, BOB, check_search_index, exchange


def _listed(database: Database, state: State) -> list[str]:
    return [conversation.id for conversation in conversations.list_page(database, ANN, state=state)]


def test_archive_and_trash_and_back(database: Database) -> None:
    plain, kept = (exchange(database).conversation_id for _ in range(2))
    assert states.archive(database, ANN, kept).state == "archived"
    assert (_listed(database, "active"), _listed(database, "archived")) == ([plain], [kept])
    for conversation_id in (plain, kept):
        before = conversations.get(database, ANN, conversation_id)
        assert states.trash(database, ANN, conversation_id).state == "trash"
        assert states.trash(database, ANN, conversation_id).state == "trash"
        for move in (states.archive, states.unarchive):
            with pytest.raises(Conflict):
                move(database, ANN, conversation_id)
        assert states.restore(database, ANN, conversation_id) == before
    assert states.restore(database, ANN, kept).state == "archived"
    assert states.unarchive(database, ANN, kept).state == "active"


def test_a_question_takes_its_conversation_out_of_the_archive_and_uses_up_the_draft(database: Database) -> None:
    conversation_id = exchange(database).conversation_id
    states.archive(database, ANN, conversation_id)
    states.save_draft(database, ANN, conversation_id, "And \ud83dthen")
    assert states.draft(database, ANN, conversation_id) == "And \ufffdthen"
    exchange(database, "And then?", conversation_id=conversation_id)
    assert states.draft(database, ANN, conversation_id) == ""
    assert conversations.get(database, ANN, conversation_id).state == "active"


def test_what_was_long_in_the_trash_goes_for_good(database: Database) -> None:
    old, fresh, live = (exchange(database, f"{name}?") for name in ("old", "fresh", "live"))
    many = [exchange(database, user_id=BOB).conversation_id for _ in range(120)]
    for conversation_id in many:
        states.trash(database, BOB, conversation_id)
    for turn in (old, fresh):
        states.trash(database, ANN, turn.conversation_id)
    with database.write() as writer:
        writer.execute("UPDATE conversations SET trashed_at = '2026-01-01T00:00:00.000Z' WHERE id <> ?",
                       (fresh.conversation_id,))  # fmt: skip
    assert states.purge(database, "2026-01-02T00:00:00.000Z") == 121
    assert _listed(database, "trash") == [fresh.conversation_id]
    assert _listed(database, "active") == [live.conversation_id]
    for gone in (lambda: messages.get(database, ANN, old.message_id), lambda: turns.get(database, ANN, old.id)):
        with pytest.raises(NotFound):
            gone()
    assert turns.events(database, old.id) == []
    check_search_index(database)


def test_only_what_is_in_the_trash_is_deleted_for_good(database: Database) -> None:
    conversation_id = exchange(database).conversation_id
    with pytest.raises(Conflict):
        states.delete(database, ANN, conversation_id)
    states.trash(database, ANN, conversation_id)
    states.delete(database, ANN, conversation_id)
    with pytest.raises(NotFound):
        conversations.get(database, ANN, conversation_id)


def test_counts(database: Database) -> None:
    assert states.counts(database, ANN) == Counts(0, 0, 0, 0, 0)
    first, second, third = (exchange(database).conversation_id for _ in range(3))
    exchange(database, user_id=BOB)
    exchange(database, conversation_id=third)
    states.archive(database, ANN, first)
    states.trash(database, ANN, second)
    assert states.counts(database, ANN) == Counts(total=3, active=1, archived=1, trash=1, messages=8)
    assert [states.count(database, ANN, state) for state in ("active", "archived", "trash")] == [1, 1, 1]
    assert states.count(database, "u_stranger", "active") == 0


def test_a_models_title_never_takes_the_place_of_the_users(database: Database) -> None:
    named, plain = (exchange(database, "What was the revenue?").conversation_id for _ in range(2))
    assert conversations.rename(database, ANN, named, "Mine").titled_by == "user"
    assert not conversations.retitle(database, ANN, named, "Revenue")
    assert conversations.get(database, ANN, named).title == "Mine"
    assert not conversations.retitle(database, BOB, plain, "Revenue")
    assert conversations.retitle(database, ANN, plain, "Revenue")
    assert not conversations.retitle(database, ANN, plain, "Again")
    made = conversations.get(database, ANN, plain)
    assert (made.title, made.titled_by) == ("Revenue", "model")
    assert conversations.rename(database, ANN, plain, "Mine").title == "Mine"


@pytest.mark.parametrize("move", [states.archive, states.unarchive, states.trash, states.restore, states.delete])
def test_nobody_moves_what_is_not_theirs(
    database: Database, move: Callable[[Database, str, str], Conversation | None]
) -> None:
    conversation_id = exchange(database).conversation_id
    with pytest.raises(NotFound):
        move(database, BOB, conversation_id)
    for draft in (
        lambda: states.draft(database, BOB, conversation_id),
        lambda: states.save_draft(database, BOB, conversation_id, "mine"),
    ):
        with pytest.raises(NotFound):
            draft()
    assert _listed(database, "active") == [conversation_id]
