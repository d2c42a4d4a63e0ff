"""The two flows through a whole App with the built-in answerer: a file becomes searchable, a question its answer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from rag.app import App, open_app
from rag.events import Cited, Done, Sources, Step, Token
from rag.model import SHARED_OWNER, Asking
from store.documents import Document
from tests.conftest import wait_until
from tests.whole import FERRY, NOTES, REPORT, REVENUE, answer_to, ingest, log_of, refused, settings_for

ANN, BOB = "u_ann", "u_bob"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(settings_for(tmp_path_factory.mktemp("data"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(app: App) -> Document:
    return ingest(app, ANN, REPORT, "report.pdf")


@pytest.fixture(scope="module")
def notes(app: App) -> Document:
    return ingest(app, ANN, NOTES, "notes.md")


def test_a_dropped_file_tells_how_far_it_is(app: App) -> None:
    task = app.library.upload("u_progress", io.BytesIO(REPORT), "report.pdf")
    active = [active.id for active in app.library.active_tasks("u_progress")]
    assert active == [task.id] or app.library.task("u_progress", task.id).is_finished  # already, on a busy machine
    seen = [app.library.task("u_progress", task.id)]

    def is_finished() -> bool:
        seen.append(app.library.task("u_progress", task.id))
        return seen[-1].is_finished

    wait_until(is_finished)
    percentages = [each.progress_percentage for each in seen]
    assert percentages == sorted(percentages)
    last = app.library.task_json(seen[-1])
    assert (last["status"], last["progress_percentage"], last["searchable"]) == ("completed", 100, True)
    assert (last["counts"]["pages"], last["counts"]["passages"]) == (2, 2)
    assert last["counts"]["keyword_points"] == 2
    assert app.library.active_tasks("u_progress") == []


def test_a_question_is_answered_with_a_quote_on_its_page(app: App, report: Document) -> None:
    answer = answer_to(app, ANN, REVENUE)
    assert answer.status == "complete"
    assert answer.text.startswith("The net revenue of Halden Mills was 412 million crowns in 2022. [1]")
    first = answer.citations[0]
    assert (first["document_id"], first["document"], first["page"]) == (report.id, "report.pdf", 1)
    assert (first["status"], first["similarity"]) == ("verified", 1.0)
    assert "412 million crowns" in first["quote"]
    assert app.library.document_text(ANN, report.id)[0][1].count(first["quote"]) == 1
    assert first["boxes"]
    assert all(0 <= edge <= 1 for box in first["boxes"] for edge in box)
    assert app.library.passage(ANN, first["passage_id"]).text.count(first["quote"]) == 1

    plain = app.library.page_image(ANN, report.id, 1)
    boxed = app.library.page_image(ANN, report.id, 1, quote=first["quote"])
    assert plain[:8] == boxed[:8] == b"\x89PNG\r\n\x1a\n"
    assert plain != boxed
    assert app.library.page_image(ANN, report.id, 1, quote="nobody wrote this anywhere") == plain


def test_the_steps_come_as_a_person_reads_them(app: App, report: Document, notes: Document) -> None:
    turn = app.ask(ANN, Asking(REVENUE, use_cache=False))
    log = log_of(app, ANN, turn.id)
    assert [logged.seq for logged in log] == list(range(1, len(log) + 1))
    kinds = [type(logged.event) for logged in log]
    assert kinds.index(Sources) < kinds.index(Token) < kinds.index(Cited)
    assert kinds.count(Done) == 1
    assert kinds[-1] is Done
    labels = [logged.event.label for logged in log if isinstance(logged.event, Step)]
    assert list(dict.fromkeys(labels)) == [
        "Preparing search query", "Selecting relevant documents", "Searching 2 documents", "Generating answer",
    ]  # fmt: skip
    ended = [logged.event for logged in log if isinstance(logged.event, Step) and logged.event.status == "finished"]
    assert any(step.elapsed_ms > 0 for step in ended)


def test_without_a_dense_model_it_says_so(app: App, report: Document) -> None:
    by_both = answer_to(app, ANN, REVENUE)
    assert any("Search goes by keywords until then." in step.detail for step in by_both.steps)
    by_keyword = answer_to(app, ANN, REVENUE, search_mode="keyword")
    assert not any("Search goes by keywords" in step.detail for step in by_keyword.steps)
    assert by_keyword.sources
    health = app.health()
    assert health["status"] == "degraded"
    assert "semantic_search" in {each["what"] for each in health["degraded"]}


def test_a_follow_up_is_understood(app: App, report: Document) -> None:
    first = app.ask(ANN, Asking(REVENUE))
    app.answer(ANN, first.id)
    second = app.ask(ANN, Asking("and the year before?", conversation_id=first.conversation_id))
    answer = app.answer(ANN, second.id)
    condense = next(step for step in answer.steps if step.name == "condense")
    assert (condense.status, condense.detail) == ("finished", "What was the net revenue of Halden Mills in 2021?")
    assert "380 million crowns" in answer.text
    history = app.history(ANN, first.conversation_id)
    assert [message.role for message in history] == ["user", "assistant", "user", "assistant"]
    assert history[-1].query == "What was the net revenue of Halden Mills in 2021?"


def test_what_the_documents_do_not_answer_gets_that_as_its_answer(app: App, report: Document) -> None:
    answer = answer_to(app, ANN, "Who conducted the orchestra in Buenos Aires?")
    assert answer.status == "complete"
    assert "could not find" in answer.text
    assert answer.citations == ()
    empty_handed = answer_to(app, "u_newcomer", REVENUE)
    assert (empty_handed.status, empty_handed.sources) == ("complete", ())
    assert "document" in empty_handed.text


def test_a_reload_shows_the_same_bytes(app: App, report: Document) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    with closing(app.follow(ANN, turn.id)) as left_early:
        assert next(left_early) is not None
    first = [logged.to_json() for logged in log_of(app, ANN, turn.id)]
    assert [logged.to_json() for logged in log_of(app, ANN, turn.id)] == first
    for seen in range(len(first) + 1):
        assert [logged.to_json() for logged in log_of(app, ANN, turn.id, seen)] == first[seen:]
    answer = app.answer(ANN, turn.id)
    shown = app.history(ANN, turn.conversation_id)[-1]
    assert (shown.text, shown.status) == (answer.text, "complete")
    assert (shown.citations, shown.sources) == (list(answer.citations), list(answer.sources))
    assert app.active_turn(ANN, turn.conversation_id) is None


def test_only_the_chosen_documents_are_searched(app: App, report: Document, notes: Document) -> None:
    assert answer_to(app, ANN, FERRY, documents=(report.id,)).citations == ()
    there = answer_to(app, ANN, FERRY, documents=(notes.id,))
    assert {citation["document_id"] for citation in there.citations} == {notes.id}
    whole = answer_to(app, ANN, FERRY, documents=(notes.id,), search_mode="document")
    assert "seven in the morning" in whole.text
    assert "Reading documents" in [step.label for step in whole.steps]


def test_the_same_bytes_twice_are_one_document(app: App, report: Document) -> None:
    before = app.library.newest_task(ANN, report.id)
    again = app.library.upload(ANN, io.BytesIO(REPORT), "another name.pdf")
    assert again == before
    assert [document.sha256 for document in app.library.documents(ANN)].count(report.sha256) == 1
    bobs = ingest(app, BOB, REPORT, "mine.pdf")
    assert bobs.id != report.id
    assert [document.name for document in app.library.documents(BOB)] == ["mine.pdf"]
    app.library.delete_document(BOB, bobs.id)


def test_another_users_things_are_not_there(app: App, report: Document) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    answer = app.answer(ANN, turn.id)
    task = app.library.newest_task(ANN, report.id)
    assert task is not None
    verbs: list[Callable[[], object]] = [
        lambda: app.library.task(BOB, task.id),
        lambda: app.library.document(BOB, report.id),
        lambda: app.library.document_text(BOB, report.id),
        lambda: app.library.document_file(BOB, report.id),
        lambda: app.library.page_image(BOB, report.id, 1),
        lambda: app.library.delete_document(BOB, report.id),
        lambda: app.library.passage(BOB, answer.citations[0]["passage_id"]),
        lambda: app.conversation(BOB, turn.conversation_id),
        lambda: app.history(BOB, turn.conversation_id),
        lambda: app.follow(BOB, turn.id),
        lambda: app.answer(BOB, turn.id),
        lambda: app.stop(BOB, turn.id),
        lambda: app.ask(BOB, Asking(REVENUE, conversation_id=turn.conversation_id)),
        lambda: app.ask(BOB, Asking(REVENUE, documents=(report.id,))),
        lambda: app.search(BOB, Asking(REVENUE, documents=(report.id,)), 5),
        lambda: app.library.upload(BOB, io.BytesIO(NOTES), "notes.md", conversation_id=turn.conversation_id),
    ]
    for verb in verbs:
        with refused("not_found"):
            verb()
    assert app.library.documents(BOB) == []
    assert app.conversations(BOB) == []
    assert app.library.active_tasks(BOB) == []
    assert app.library.newest_task(BOB, report.id) is None
    assert app.active_turn(BOB, turn.conversation_id) is None
    assert app.search(BOB, Asking(REVENUE), 5) == []
    assert answer_to(app, BOB, REVENUE).sources == ()


def test_shared_documents_are_read_by_all_and_deleted_by_none(app: App) -> None:
    shared = ingest(app, SHARED_OWNER, b"The library of Lund opens at ten on Sundays.\n", "library.txt")
    question = "When does the library of Lund open?"
    for user_id in (ANN, "u_cid"):
        assert shared.id in {document.id for document in app.library.documents(user_id)}
        assert app.library.document_text(user_id, shared.id)[0][0] == 1
        assert "ten on Sundays" in answer_to(app, user_id, question).text
        with refused("not_found"):
            app.library.delete_document(user_id, shared.id)
    app.library.delete_document(SHARED_OWNER, shared.id)
    assert app.search(ANN, Asking(question), 5) == []


def test_a_deleted_document_is_gone_from_everything_at_once(app: App) -> None:
    user_id = "u_deleting"
    kept = ingest(app, user_id, NOTES, "notes.md")
    gone = ingest(app, user_id, REPORT, "report.pdf")
    before = app.ask(user_id, Asking(REVENUE))
    cited = app.answer(user_id, before.id).citations
    assert cited
    app.library.delete_document(user_id, gone.id)
    assert app.search(user_id, Asking(REVENUE), 5) == []
    assert [document.id for document in app.library.documents(user_id)] == [kept.id]
    reads: list[Callable[[], Any]] = [
        lambda: app.library.document(user_id, gone.id),
        lambda: app.library.document_text(user_id, gone.id),
        lambda: app.library.page_image(user_id, gone.id, 1),
        lambda: app.library.passage(user_id, cited[0]["passage_id"]),
        lambda: app.library.delete_document(user_id, gone.id),
    ]
    for read in reads:
        with refused("not_found"):
            read()
    assert app.answer(user_id, before.id).citations == cited  # what was said stays said
    again = ingest(app, user_id, REPORT, "report.pdf")
    assert again.id != gone.id
    assert app.search(user_id, Asking(REVENUE), 5)


def test_the_sample_answers_its_own_questions(app: App) -> None:
    sample = app.library.sample()
    document = ingest(app, "u_sample", sample.path.read_bytes(), sample.name)
    assert len(sample.questions) == 3
    for question in sample.questions:
        answer = answer_to(app, "u_sample", question)
        assert {citation["document_id"] for citation in answer.citations} == {document.id}, question
