"""Questions answered by a chat model, through a whole App and the scripted server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from rag.app import App, open_app
from rag.events import Token, fold
from rag.model import Asking
from store.documents import Document
from tests.conftest import wait_until
from tests.doubles import Asked, ChatServer, Piece, Reply, pieces
from tests.quoting import quoting_script
from tests.whole import REPORT, REVENUE, answer_to, ingest, log_of, refused, settings_for

ANN = "u_ann"


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with ChatServer(quoting_script()) as serving:
        yield serving


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, server: ChatServer) -> Iterator[App]:
    settings = settings_for(
        tmp_path_factory.mktemp("data"), openai_base_url=server.base_url, openai_api_key="k", openai_model="scripted"
    )
    with open_app(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(app: App) -> Document:
    ingest(app, "u_bob", b"Bob keeps the secret recipe of Halden Mills in 2022.\n", "secret.txt")
    return ingest(app, ANN, REPORT, "report.pdf")


@pytest.fixture(autouse=True)
def script(server: ChatServer) -> Iterator[None]:
    """Each test begins with the model that quotes, and with no requests seen. None may use another's cached answer."""
    server.script = quoting_script()
    server.asked.clear()
    yield
    server.script = quoting_script()


def questions(server: ChatServer) -> list[Asked]:
    """The requests for answers, without those for a conversation's title."""
    return [asked for asked in server.asked if "title" not in str(asked.messages[0]["content"])]


def test_a_model_answers_with_verified_quotes(app: App, report: Document, server: ChatServer) -> None:
    assert [(model.name, model.is_default) for model in app.models()] == [("scripted", True), ("extractive", False)]
    answer = answer_to(app, ANN, REVENUE, use_cache=False)
    assert (answer.status, answer.model) == ("complete", "scripted")
    assert answer.text.startswith("According to report.pdf, The net revenue of Halden Mills was 412 million crowns")
    assert '"' not in answer.text
    assert {(citation["document_id"], citation["status"]) for citation in answer.citations} == {(report.id, "verified")}
    assert all(citation["boxes"] for citation in answer.citations)
    assert answer.usage["total_tokens"] > 100
    assert answer_to(app, ANN, REVENUE, use_cache=False, model="extractive").model == "extractive"
    assert len(questions(server)) == 1


def test_a_prompt_holds_nothing_of_other_users_and_no_secrets(app: App, report: Document, server: ChatServer) -> None:
    answer_to(app, ANN, REVENUE, use_cache=False)
    (asked,) = questions(server)
    assert "412 million crowns" in asked.prompt
    assert "secret recipe" not in asked.prompt
    assert asked.authorization == "Bearer k"
    assert "tools" not in asked.body


def test_a_plain_number_is_resolved_to_the_sentence_that_supports_it(
    app: App, report: Document, server: ChatServer
) -> None:
    server.script = lambda asked: Reply(pieces("Net revenue was 412 million crowns in 2022 [", "1", "]."))
    answer = answer_to(app, ANN, REVENUE, use_cache=False)
    assert answer.text == "Net revenue was 412 million crowns in 2022 [1]."
    (citation,) = answer.citations
    assert (citation["page"], citation["status"]) == (1, "verified")
    assert "412 million crowns" in citation["quote"]


def test_a_quote_that_is_not_there_is_missing(app: App, report: Document, server: ChatServer) -> None:
    server.script = lambda asked: Reply(pieces('They moved to Oslo [1: "the head office moved to Oslo in spring"].'))
    (citation,) = answer_to(app, ANN, REVENUE, use_cache=False).citations
    assert citation["status"] == "missing"
    assert citation["boxes"] == []


def test_a_follow_up_is_condensed_by_the_model(app: App, report: Document, server: ChatServer) -> None:
    first = app.ask(ANN, Asking(REVENUE, use_cache=False))
    app.answer(ANN, first.id)

    def script(asked: Asked) -> Reply:
        if "Follow-up:" in asked.prompt:
            return Reply(pieces("What was the net revenue of Halden Mills in 2021?"))
        return quoting_script()(asked)

    server.script = script
    second = app.ask(ANN, Asking("and the year before?", conversation_id=first.conversation_id))
    answer = app.answer(ANN, second.id)
    assert "380 million crowns" in answer.text
    assert [step.detail for step in answer.steps if step.name == "condense"] == [
        "What was the net revenue of Halden Mills in 2021?"
    ]


def test_stop_keeps_the_text_and_the_next_question_can_be_asked_at_once(
    app: App, report: Document, server: ChatServer
) -> None:
    held = threading.Event()
    server.script = lambda asked: Reply((Piece("Net revenue "), Piece("never comes", gate=held)))
    turn = app.ask(ANN, Asking(REVENUE, use_cache=False))
    with closing(app.follow(ANN, turn.id)) as events:
        shown = next(logged for logged in events if logged is not None and isinstance(logged.event, Token))
    app.stop(ANN, turn.id)
    server.script = quoting_script()
    next_turn = app.ask(ANN, Asking(REVENUE, turn.conversation_id, use_cache=False))

    assert questions(server)[0].left.wait(20.0), "the model's connection stayed open"
    stopped = app.answer(ANN, turn.id)
    assert (stopped.status, stopped.text) == ("stopped", "Net revenue ")
    assert isinstance(shown.event, Token)
    assert app.history(ANN, turn.conversation_id)[1].text == "Net revenue "
    app.stop(ANN, turn.id)  # stopping what has ended does nothing
    assert app.answer(ANN, turn.id) == stopped
    assert "412 million crowns" in app.answer(ANN, next_turn.id).text


def test_an_answer_goes_on_without_anybody_watching(app: App, report: Document, server: ChatServer) -> None:
    held = threading.Event()
    server.script = lambda asked: Reply((Piece("Net revenue "), Piece("was 412 million crowns [1].", gate=held)))
    turn = app.ask(ANN, Asking(REVENUE, use_cache=False))
    with closing(app.follow(ANN, turn.id)) as events:
        seen = [next(events)]
        while not isinstance(seen[-1] and seen[-1].event, Token):
            seen.append(next(events))
    running = app.active_turn(ANN, turn.conversation_id)
    assert running is not None
    assert running.id == turn.id
    with refused("conflict"):
        app.ask(ANN, Asking("And another?", conversation_id=turn.conversation_id))
    held.set()
    wait_until(lambda: app.active_turn(ANN, turn.conversation_id) is None)
    before = [logged for logged in seen if logged is not None]
    whole = [*before, *log_of(app, ANN, turn.id, before[-1].seq)]
    assert whole == log_of(app, ANN, turn.id)
    assert fold(whole).text == "Net revenue was 412 million crowns [1]."


@pytest.mark.parametrize(("ending", "code"), [("drop", "model_error"), ("garbage", "model_error")])
def test_a_model_that_breaks_off_keeps_the_text_so_far(
    app: App, report: Document, server: ChatServer, ending: str, code: str
) -> None:
    server.script = lambda asked: Reply(pieces("Net revenue "), ending=ending)  # type: ignore[arg-type]
    turn = app.ask(ANN, Asking(REVENUE, use_cache=False))
    answer = app.answer(ANN, turn.id)
    assert (answer.status, answer.text.strip()) == ("error", "Net revenue")
    assert answer.error is not None
    assert (answer.error.error_code, answer.error.retryable) == (code, True)
    assert "Traceback" not in answer.error.message
    shown = app.history(ANN, turn.conversation_id)[-1]
    assert (shown.status, shown.text.strip()) == ("error", "Net revenue")
    assert app.answer(ANN, app.ask(ANN, Asking(REVENUE, turn.conversation_id, use_cache=False)).id).error is not None


def test_a_model_that_is_silent_is_given_up(tmp_path_factory: pytest.TempPathFactory, server: ChatServer) -> None:
    server.script = lambda asked: Reply((), ending="silence")
    settings = settings_for(tmp_path_factory.mktemp("data"), openai_base_url=server.base_url, first_token_timeout_s=0.2)
    with open_app(settings) as app:
        ingest(app, ANN, b"The ferry to Stromness leaves at seven.", "ferry.txt")
        answer = answer_to(app, ANN, "When does the ferry to Stromness leave?")
    assert answer.error is not None
    assert answer.error.error_code == "model_timeout"
    assert answer.sources
