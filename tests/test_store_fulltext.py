"""Finding conversations by what was said in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import conversations, messages, states
from store.database import Database
from store.fulltext import Found, search
from store.snippets import Snippet, snippet
from tests.talks import ANN, BOB, check_search_index, exchange


def _ids(found: list[Found]) -> list[str]:
    return [each.conversation.id for each in found]


def _marked(shown: Snippet) -> list[str]:
    return [shown.text[start:end] for start, end in shown.marks]


def test_titles_come_first_and_words_are_marked(database: Database) -> None:
    said = exchange(database, "How did they do?", "The net revenue of Halden was 412 million, a revenue record.")
    titled = exchange(database, "Revenue in 2022?", "It rose.")
    found = search(database, ANN, "REVENUE")
    assert _ids(found) == [titled.conversation_id, said.conversation_id]
    assert _marked(found[0].title) == ["Revenue"]
    assert found[1].title.marks == ()
    mention = found[1].mentions[0]
    assert (mention.message_id, mention.role) == (said.message_id, "assistant")
    assert _marked(mention.snippet) == ["revenue", "revenue"]


def test_every_word_must_be_there_and_the_last_may_be_a_beginning(database: Database) -> None:
    turn = exchange(database, "Wo liegt die Fähre?", "Die Fähre nach Stromness liegt am Kai.")
    for query in ("fahre stromness", "FÄHRE strom", "str", '"fähre" (kai)', "fähre, kai!"):
        assert _ids(search(database, ANN, query)) == [turn.conversation_id], query
    for query in ("fähre nirgends", "st", "stromnesss", "", "   ", "?!", "🙂", '"', "OR", "NOT AND"):
        assert search(database, ANN, query) == [], query


def test_a_script_without_blanks_is_found_by_a_character(database: Database) -> None:
    turn = exchange(database, "日本語の報告書は?", "売上は上がった。")
    for query in ("日", "日本", "売上"):
        assert _ids(search(database, ANN, query)) == [turn.conversation_id], query
    assert search(database, ANN, "米") == []


def test_words_that_are_there_come_before_longer_ones(database: Database) -> None:
    longer = exchange(database, "A", "investments")
    plain = [exchange(database, "B", "invest").conversation_id for _ in range(5)]
    assert set(_ids(search(database, ANN, "invest"))) == set(plain)
    assert _ids(search(database, ANN, "investm")) == [longer.conversation_id]


def test_the_search_is_in_step_with_every_change(database: Database) -> None:
    turn = exchange(database, "One?", "walrus")
    messages.update(database, turn.message_id, text="otter")
    conversations.rename(database, ANN, turn.conversation_id, "Badger")
    assert search(database, ANN, "walrus") == []
    assert search(database, ANN, "One")[0].mentions[0].message_id == turn.question_id
    assert _ids(search(database, ANN, "otter")) == _ids(search(database, ANN, "badger")) == [turn.conversation_id]
    messages.update(database, turn.message_id, text="")
    assert search(database, ANN, "otter") == []
    messages.update(database, turn.message_id, text="otter")
    with database.write() as writer:  # somebody signs in and takes their conversations along
        writer.execute("UPDATE conversations SET owner = 'shared'")
    assert search(database, ANN, "otter") == []
    assert _ids(search(database, "shared", "otter")) == [turn.conversation_id]
    check_search_index(database)
    states.trash(database, "shared", turn.conversation_id)
    assert search(database, "shared", "otter") == []
    assert _ids(search(database, "shared", "otter", states=("trash",))) == [turn.conversation_id]
    states.delete(database, "shared", turn.conversation_id)
    check_search_index(database)


def test_nobody_finds_what_is_not_theirs(database: Database) -> None:
    exchange(database, "Secret?", "walrus")
    assert search(database, BOB, "walrus") == []
    assert search(database, BOB, f"walrus owner:o{ANN.encode().hex()}") == []
    assert search(database, BOB, f"o{ANN.encode().hex()}") == []
    assert search(database, 'x" OR text:"walrus', "walrus") == []


def test_old_mentions_of_many_conversations_are_found(database: Database) -> None:
    old = exchange(database, "Old?", "walrus").conversation_id
    busy = exchange(database, "New?", "walrus").conversation_id
    for _ in range(450):
        exchange(database, "walrus?", "walrus", conversation_id=busy)
    found = search(database, ANN, "walrus")
    assert _ids(found) == [busy, old]
    assert [len(each.mentions) for each in found] == [3, 1]
    assert len(search(database, ANN, "walrus", limit=1)) == 1


@pytest.fixture(scope="module")
def filled() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder, closing(Database.open(Path(folder) / "folio.db")) as database:
        exchange(database, "What is O'Hara's \"net\" position?", "a-b c_d 1,5 % Ünïcode 漢字 ไทย")
        yield database


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_nothing_that_is_typed_is_an_error(filled: Database, query: str) -> None:
    for found in search(filled, ANN, query):
        for shown in (found.title, *(mention.snippet for mention in found.mentions)):
            ends = [0, *(offset for mark in shown.marks for offset in mark), len(shown.text)]
            assert ends == sorted(ends)


@given(st.text(alphabet="ab é\n<>…", max_size=600), st.text(alphabet="abé", min_size=1, max_size=3))
def test_a_snippet_is_part_of_the_text(text: str, word: str) -> None:
    shown = snippet(text, ["a"], word)
    assert len(shown.text) <= 240
    assert shown.text.strip("…").strip() in " ".join(text.split()) or "…" in text
    assert all(0 <= start < end <= len(shown.text) for start, end in shown.marks)


def test_a_snippet_shows_where_the_words_are() -> None:
    text = f"{'lorem ipsum ' * 60}the net revenue rose {'dolor sit ' * 60}"
    shown = snippet(text, ["revenue", "net"])
    assert _marked(shown) == ["net", "revenue"]
    assert shown.text.startswith("…")
    assert shown.text.endswith("…")
    assert snippet("x" * 1_000, ["none"]).text == "x" * 200 + "…"
