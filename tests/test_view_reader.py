"""What the App has for somebody who looks at a page: over a real App, without any page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from rag.app import App, open_app
from rag.events import Answer
from rag.view.compact import label
from rag.view.looking import Sight
from rag.view.page import EXPORTS
from rag.view.papers import Look
from rag.view.reader import Reader
from rag.view.texts import TEXTS
from tests.conftest import wait_until
from tests.whole import FERRY, NOTES, REPORT, REVENUE, answer_to, ingest, refused, settings_for

ANN = "u_ann"
EN = TEXTS["en"]


@pytest.fixture(scope="module")
def folio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(settings_for(tmp_path_factory.mktemp("reader"), passages=3, max_question_chars=200)) as opened:
        ingest(opened, ANN, REPORT, "report.pdf")
        ingest(opened, ANN, NOTES, "notes.md")
        yield opened


@pytest.fixture(scope="module")
def answered(folio: App) -> Answer:
    return answer_to(folio, ANN, REVENUE)


@pytest.fixture
def reader(folio: App) -> Reader:
    return Reader(folio, ANN, "en")


def test_a_conversation_is_opened_with_what_was_said(reader: Reader, answered: Answer) -> None:
    opened = reader.opened(answered.conversation_id)
    assert opened.conversation is not None
    assert (opened.turn, opened.problem) == (None, "")
    (one,) = opened.exchanges
    assert (one.question, one.key, one.versions) == (REVENUE, answered.message_id, (answered.message_id,))
    assert "412 million crowns" in one.answer.text


def test_what_has_not_begun_is_empty_and_what_is_not_ours_a_sentence(reader: Reader, answered: Answer) -> None:
    assert reader.opened("").problem == ""
    other = replace(reader, user_id="u_bob").opened(answered.conversation_id)
    assert (other.conversation, other.exchanges, other.problem) == (None, (), reader.opened("conv_none").problem)
    assert other.problem.endswith(".")


def test_conversations_are_listed_and_found(reader: Reader, answered: Answer) -> None:
    assert answered.conversation_id in [one.id for one in reader.conversations("active", 30).entries]
    assert reader.conversations("trash", 30).below == (("caption", EN["no_trash"]),)
    assert answered.conversation_id in [one.id for one in reader.conversations("trash", 30, "Halden").entries]


def test_a_turn_is_followed_slice_by_slice_to_its_end(folio: App, reader: Reader) -> None:
    turn = folio.ask(ANN, reader.asking({"question": FERRY}))
    seen: list[Answer] = [Answer()]

    def is_finished() -> bool:
        with closing(reader.slice(turn.id, seen[-1])) as looks:
            seen.extend(looks)
        return seen[-1].is_finished

    wait_until(is_finished)
    assert [one.last_seq for one in seen] == sorted(one.last_seq for one in seen)
    assert seen[-1] == reader.so_far(turn.id)
    assert "seven in the morning" in seen[-1].text


def test_a_question_is_asked_with_what_the_page_chose_and_refused_in_its_language(reader: Reader) -> None:
    asking = reader.asking({"question": " Why? ", "model": None, "mode": "keyword"})
    assert (asking.question, asking.model, asking.search_mode, asking.passages) == ("Why?", None, "keyword", 3)
    for question in ("  ", None, "x" * 201):
        with refused("invalid_request"):
            reader.asking({"question": question})
    with pytest.raises(Exception, match=TEXTS["de"]["question_empty"]):
        replace(reader, language="de").asking({"question": ""})


def test_another_answer_is_made_by_what_is_chosen_now(folio: App, reader: Reader) -> None:
    first = answer_to(folio, ANN, REVENUE)
    turn = reader.again(first.message_id, {"mode": "keyword"})
    wait_until(lambda: folio.active_turn(ANN, first.conversation_id) is None)
    (one,) = reader.exchanges(first.conversation_id)
    assert (one.key, one.versions) == (turn.message_id, (first.message_id, turn.message_id))
    assert folio.talk.trace(ANN, turn.message_id)["settings"]["search_mode"] == "keyword"


def test_a_thumb_is_given_and_taken_back(reader: Reader, answered: Answer) -> None:
    def thumb() -> str:
        return reader.exchanges(answered.conversation_id)[0].thumb

    reader.judge(answered.message_id, "down", "Too short.")
    assert thumb() == "down"
    reader.judge(answered.message_id, "sideways")
    assert thumb() == ""


def test_a_citation_comes_with_its_page_or_its_passage_or_a_sentence(
    folio: App, reader: Reader, answered: Answer
) -> None:
    pictured = reader.look(Sight.of(answered.citations[0]))
    assert (pictured.picture or b"").startswith(b"\x89PNG")
    assert "report.pdf" in pictured.alt
    written = reader.look(Sight.of(answer_to(folio, ANN, FERRY).citations[0]))
    assert written.picture is None
    assert "<mark>" in written.lines[-1][1]
    (gone,) = reader.look(Sight("doc_none", "report.pdf")).lines
    assert gone[0] == "error"


def test_every_format_can_be_had_and_is_made_when_it_is_wanted(reader: Reader, answered: Answer) -> None:
    conversation = reader.opened(answered.conversation_id).conversation
    assert conversation is not None
    files = list(reader.exports(conversation))
    assert [file.text for file in files] == [EN[f"export_{form}"] for form in EXPORTS]
    for file in files:
        made = reader.app.talk.export(ANN, conversation.id, EXPORTS[files.index(file)])
        assert (file.name, file.mime) == (made.name, made.media_type)
        assert len(file.make()) > 100
    assert json.loads(files[EXPORTS.index("json")].make())


def test_files_are_taken_or_refused_each_by_itself(folio: App) -> None:
    reader = Reader(folio, "u_cleo", "en")
    odd, notes = ("odd.bin", io.BytesIO(bytes(range(256)))), ("notes.md", io.BytesIO(NOTES))
    (refused_,) = reader.upload([odd, notes])
    assert "odd.bin" in refused_
    wait_until(lambda: not reader.is_busy)
    (row,) = reader.shown(Look()).rows
    assert row.name == "notes.md"
    reader.delete(row.document_id)
    assert reader.shown(Look()).rows == []


def test_the_sample_is_offered_until_it_is_there(folio: App) -> None:
    reader = Reader(folio, "u_dora", "en")
    assert not reader.sample().is_loaded
    assert ("heading", EN["sample"]) in reader.welcome().offer
    reader.take_sample()
    assert reader.sample().is_loaded
    assert ("heading", EN["sample_ask"]) in reader.welcome().offer
    wait_until(lambda: not reader.is_busy)


def test_what_can_be_picked_and_what_is_missing_is_named(reader: Reader) -> None:
    pickers = reader.pickers()
    assert pickers["model"] == {"extractive": EN["model_extractive"]}
    assert pickers["mode"]["none"] == EN["mode_none"]
    assert all(kind == "caption" and text == label(text.replace("\\", "")) for kind, text in reader.degraded())
