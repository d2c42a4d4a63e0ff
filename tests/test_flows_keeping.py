"""What a data folder keeps: restarts, answers and documents cut off, a lost index, a dense model that comes later."""

from __future__ import annotations

import io
import shutil
import threading
from contextlib import closing
from pathlib import Path

from rag.app import open_app
from rag.events import Token
from rag.model import Asking
from tests.conftest import wait_until
from tests.doubles import ChatServer, Piece, Reply
from tests.tiny_model import write_model
from tests.whole import FERRY, NOTES, REPORT, REVENUE, answer_to, ingest, log_of, settings_for

ANN = "u_ann"


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    with open_app(settings) as app:
        report = ingest(app, ANN, REPORT, "report.pdf")
        turn = app.ask(ANN, Asking(REVENUE))
        log, hits = log_of(app, ANN, turn.id), app.search(ANN, Asking(REVENUE), 5)
        history, conversations = app.history(ANN, turn.conversation_id), app.conversations(ANN)
        image = app.library.page_image(ANN, report.id, 1, quote="412 million crowns")
        assert hits
    app.close()  # twice is fine
    with open_app(settings) as app:
        assert app.search(ANN, Asking(REVENUE), 5) == hits  # at once: nothing is indexed again
        assert [document.id for document in app.library.documents(ANN)] == [report.id]
        assert app.library.document(ANN, report.id).indexed_in == report.indexed_in
        assert [logged.to_json() for logged in log_of(app, ANN, turn.id)] == [logged.to_json() for logged in log]
        assert app.history(ANN, turn.conversation_id) == history
        assert app.conversations(ANN) == conversations
        assert app.library.page_image(ANN, report.id, 1, quote="412 million crowns") == image
        again = app.ask(ANN, Asking("and the year before?", conversation_id=turn.conversation_id))
        assert "380 million crowns" in app.answer(ANN, again.id).text


def test_an_answer_cut_off_by_the_end_keeps_its_text(tmp_path: Path) -> None:
    held = threading.Event()
    with ChatServer(lambda asked: Reply((Piece("The ferry "), Piece("never", gate=held)))) as server:
        settings = settings_for(tmp_path / "data", openai_base_url=server.base_url)
        with open_app(settings) as app:
            ingest(app, ANN, NOTES, "notes.md")
            turn = app.ask(ANN, Asking(FERRY))
            with closing(app.follow(ANN, turn.id)) as events:
                next(logged for logged in events if logged is not None and isinstance(logged.event, Token))
    with open_app(settings_for(tmp_path / "data")) as app:
        answer = app.answer(ANN, turn.id)
        assert (answer.status, answer.text) == ("interrupted", "The ferry ")
        assert app.history(ANN, turn.conversation_id)[-1].status == "interrupted"
        again = app.ask(ANN, Asking(FERRY, conversation_id=turn.conversation_id))
        assert "seven in the morning" in app.answer(ANN, again.id).text


def test_a_document_cut_off_by_the_end_is_finished_at_the_next_start(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    with open_app(settings) as app:
        task = app.library.upload(ANN, io.BytesIO(REPORT), "report.pdf")
    with open_app(settings) as app:
        wait_until(lambda: app.library.task(ANN, task.id).is_finished)
        assert app.library.task(ANN, task.id).status == "completed"
        assert app.search(ANN, Asking(REVENUE), 5)


def test_a_lost_index_is_made_again_from_the_database(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    with open_app(settings) as app:
        ingest(app, ANN, REPORT, "report.pdf")
        ingest(app, "u_bob", NOTES, "notes.md")
        passages = [hit.passage for hit in app.search(ANN, Asking(REVENUE), 5)]
    shutil.rmtree(tmp_path / "data" / "index")
    with open_app(settings) as app:
        wait_until(lambda: [hit.passage for hit in app.search(ANN, Asking(REVENUE), 5)] == passages)
        wait_until(lambda: app.search("u_bob", Asking(FERRY), 5))
        assert app.search("u_bob", Asking(REVENUE), 5) == []


def test_dense_vectors_follow_once_there_is_a_model(tmp_path: Path) -> None:
    """Documents from before the model came are found by meaning too; until then by their words."""
    data = tmp_path / "data"
    with open_app(settings_for(data)) as app:
        whale = ingest(app, ANN, b"whale whale whale", "one.txt")
        dog = ingest(app, ANN, b"dog dog dog", "two.txt")
        assert not app.library.document_json(whale)["dense"]
        assert app.search(ANN, Asking("sea", search_mode="semantic"), 5) == []
    model = write_model(tmp_path / "model", pooling="mean_tokens")
    with open_app(settings_for(data, embedding_path=model)) as app:
        wait_until(lambda: all(app.library.document_json(each)["dense"] for each in app.library.documents(ANN)))
        wait_until(lambda: not any(each["what"] == "semantic_search" for each in app.health()["degraded"]))
        hits = app.search(ANN, Asking("sea", search_mode="semantic"), 5)  # neither document holds the word
        assert [hit.passage.document_id for hit in hits] == [dog.id, whale.id]
        assert all(hit.semantic is not None and hit.keyword is None for hit in hits)
        both = app.search(ANN, Asking("whale"), 5)[0]
        assert both.passage.document_id == whale.id
        assert both.keyword is not None
        assert both.semantic is not None
        answer = answer_to(app, ANN, "whale")
        assert not any("Search goes by keywords" in step.detail for step in answer.steps)
        later = ingest(app, ANN, b"dog sea dog", "three.txt")
        assert app.library.document_json(later)["dense"]
        task = app.library.newest_task(ANN, later.id)
        assert task is not None
        assert (task.counts["dense_points"], task.warnings) == (1, ())
