"""What was said before a question, however long its conversation is."""

from __future__ import annotations

from rag.turns.history import exchanges_before
from store import messages
from store.database import Database
from store.turns import Turn
from tests.talks import ANN, BOB, exchange


def talk(database: Database, answers: list[str]) -> Turn:
    """Question 0, 1, 2 ... with these answers. -> the last one's turn."""
    with database.write():
        turn = exchange(database, "Question 0?", answers[0])
        for number, answer in enumerate(answers[1:], start=1):
            turn = exchange(database, f"Question {number}?", answer, conversation_id=turn.conversation_id)
    return turn


def questions(database: Database, turn: Turn, limit: int = 6) -> list[str]:
    return [one.question for one in exchanges_before(database, turn, limit)]


def test_the_last_ones_are_found_with_their_questions(database: Database) -> None:
    turn = talk(database, [f"Answer {number}." for number in range(60)])
    assert questions(database, turn) == [f"Question {number}?" for number in range(53, 59)]
    assert [one.answer for one in exchanges_before(database, turn, 2)] == ["Answer 57.", "Answer 58."]
    assert questions(database, turn, 100) == [f"Question {number}?" for number in range(59)]


def test_those_without_an_answer_do_not_count(database: Database) -> None:
    turn = talk(database, ["Yes.", "No.", *[""] * 80])
    assert questions(database, turn) == ["Question 0?", "Question 1?"]


def test_only_so_many_are_read(database: Database) -> None:
    turn = talk(database, [f"Answer {number}." for number in range(20)])
    assert [one.text for one in messages.path(database, ANN, turn.question_id, 2)] == ["Answer 18.", "Question 19?"]
    assert len(messages.path(database, ANN, turn.question_id, 1)) == 1
    assert len(messages.path(database, ANN, turn.question_id, 1_000)) == 39
    assert messages.path(database, BOB, turn.question_id, 2) == []
