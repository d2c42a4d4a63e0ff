"""The verbs for conversations, on a whole App."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from rag.__main__ import main
from rag.app import App, open_app
from rag.events import Step, Token
from rag.model import Asking
from rag.verbs.talk import Changes
from tests.conftest import soonest, wait_until
from tests.doubles import Asked, ChatServer, Piece, Reply, pieces
from tests.material import pdf
from tests.whole import FERRY, NOTES, REPORT, REVENUE, ingest, log_of, refused, settings_for

ANN, BOB = "u_ann", "u_bob"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A user's App with a report and notes; answers are quotes."""
    with open_app(settings_for(tmp_path / "data")) as opened:
        ingest(opened, ANN, REPORT, "report.pdf")
        ingest(opened, ANN, NOTES, "notes.md")
        yield opened


def test_the_same_question_again_comes_from_the_cache_at_once(app: App) -> None:
    first = app.answer(ANN, app.ask(ANN, Asking(REVENUE)).id)
    asked: list[str] = []

    def ask_again() -> float:
        begun = monotonic()
        asked.append(app.ask(ANN, Asking(REVENUE)).id)
        with closing(app.follow(ANN, asked[-1])) as events:
            next(each for each in events if each is not None and isinstance(each.event, Token))
        return monotonic() - begun

    soonest(ask_again, 0.5)  # 0.01 s on an idle machine
    again = app.answer(ANN, asked[-1])
    assert (again.cached, again.text, again.citations, again.sources) == (
        True, first.text, first.citations, first.sources,
    )  # fmt: skip
    assert again.steps[0].detail.startswith("made 20")
    assert not app.answer(ANN, app.ask(ANN, Asking(REVENUE, use_cache=False)).id).cached
    assert not app.answer(BOB, app.ask(BOB, Asking(REVENUE)).id).cached
    ingest(app, ANN, b"The mill closed.", "more.txt")
    assert not app.answer(ANN, app.ask(ANN, Asking(REVENUE)).id).cached


def test_another_answer_and_another_question(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE, passages=3))
    first = app.answer(ANN, turn.id)
    again = app.talk.regenerate(ANN, turn.message_id, Changes(search_mode="keyword", passages=5))
    answer = app.answer(ANN, again.id)
    assert not answer.cached
    assert answer.text == first.text
    assert (again.asking["search_mode"], again.asking["passages"], again.question_id) == (
        "keyword", 5, turn.question_id,
    )  # fmt: skip
    edited = app.talk.edit(ANN, turn.question_id, FERRY)
    assert "seven in the morning" in app.answer(ANN, edited.id).text
    assert edited.asking["passages"] == 5
    assert app.history(ANN, turn.conversation_id)[0].text == FERRY
    assert app.talk.versions(ANN, turn.conversation_id)[edited.question_id] == (turn.question_id, edited.question_id)
    app.talk.show(ANN, turn.message_id)
    follow_up = app.ask(ANN, Asking("and the year before?", conversation_id=turn.conversation_id))
    assert "380 million" in app.answer(ANN, follow_up.id).text
    with refused("invalid_request"):
        app.talk.regenerate(ANN, turn.question_id)
    with refused("invalid_request"):
        app.talk.edit(ANN, turn.message_id, FERRY)
    with refused("not_found"):
        app.talk.regenerate(BOB, turn.message_id)
    with refused("invalid_request"):
        app.talk.regenerate(ANN, turn.message_id, Changes(model="none such"))


def test_citations_keep_their_version_when_the_document_is_replaced(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    cited = app.answer(ANN, turn.id).citations[0]
    old = app.library.document(ANN, cited["document_id"])
    chosen = app.ask(ANN, Asking(REVENUE, documents=(old.id,)))
    app.answer(ANN, chosen.id)

    new = ingest(app, ANN, pdf(["The net revenue of Halden Mills was 499 million crowns in 2022."]), "report.pdf")
    assert (old.version, new.version, old.name) == (1, 2, new.name)
    assert old.id not in [document.id for document in app.library.documents(ANN)]
    wait_until(lambda: {hit.passage.document_id for hit in app.search(ANN, Asking(REVENUE), 50)} == {new.id})
    assert "499 million" in app.answer(ANN, app.ask(ANN, Asking(REVENUE)).id).text

    kept = app.history(ANN, turn.conversation_id)[-1].citations[0]
    assert kept == cited
    assert "412 million" in app.library.document_text(ANN, kept["document_id"])[0][1]
    assert app.library.passage(ANN, kept["passage_id"]).version == 1
    assert app.library.page_image(ANN, kept["document_id"], kept["page"], quote=kept["quote"]).startswith(b"\x89PNG")
    assert app.library.document_file(ANN, old.id).read_bytes() == REPORT
    again = app.talk.regenerate(ANN, chosen.message_id)
    assert again.asking["documents"] == [new.id]
    assert "499 million" in app.answer(ANN, again.id).text


def test_a_trace_can_be_opened_later(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    answer = app.answer(ANN, turn.id)
    trace = app.talk.trace(ANN, turn.message_id)
    assert (trace["question"], trace["query"], trace["status"], trace["model"]) == (
        REVENUE, REVENUE, "complete", "extractive",
    )  # fmt: skip
    assert trace["retrieved"] == list(answer.sources)
    assert trace["retrieved"][0]["scores"]["keyword"]["rank"] == 1
    assert [step["name"] for step in trace["steps"]] == ["condense", "select", "search", "generate"]
    assert trace["settings"]["search_mode"] == "hybrid"
    assert {"search_ms", "first_token_ms", "total_ms"} <= trace["timings"].keys()
    assert trace["asked_at"] <= trace["started_at"] <= trace["ended_at"]
    assert json.loads(json.dumps(trace)) == trace
    with refused("invalid_request"):
        app.talk.trace(ANN, turn.question_id)
    with refused("not_found"):
        app.talk.trace(BOB, turn.message_id)


def test_what_cannot_be_is_refused_in_a_sentence(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    app.answer(ANN, turn.id)
    where = turn.conversation_id
    for title in ("", " \n", "x" * 201):
        with refused("invalid_request"):
            app.talk.rename(ANN, where, title)
    assert app.talk.rename(ANN, where, " My\n title ").title == "My title"
    with refused("invalid_request"):
        app.talk.react(ANN, turn.question_id, "up")
    with refused("invalid_request"):
        app.talk.react(ANN, turn.message_id, "up", "x" * 2_001)
    with refused("invalid_request"):
        app.talk.save_draft(ANN, where, "x" * 100_001)
    with refused("conflict"):
        app.talk.delete(ANN, where)
    app.talk.trash(ANN, where)
    with refused("conflict"):
        app.talk.archive(ANN, where)
    with refused("not_found"):
        app.talk.restore(BOB, where)


def test_to_the_trash_stops_the_answer_and_a_model_names_the_conversation(tmp_path: Path) -> None:
    held = threading.Event()

    def script(asked: Asked) -> Reply:
        if "title" in str(asked.messages[0]["content"]):
            return Reply(pieces("Ferry times"))
        return Reply((Piece("The ferry "), Piece("never", gate=held)) if "ferry" in asked.question else pieces("Yes."))

    with ChatServer(script) as server, open_app(settings_for(tmp_path / "d", openai_base_url=server.base_url)) as app:
        turn = app.ask(ANN, Asking("Does it sail?", search_mode="none"))
        app.answer(ANN, turn.id)
        wait_until(lambda: app.conversation(ANN, turn.conversation_id).title == "Ferry times")
        slow = app.ask(ANN, Asking("When does the ferry leave?", search_mode="none"))
        with closing(app.follow(ANN, slow.id)) as events:
            next(each for each in events if each is not None and isinstance(each.event, Token))
        assert app.talk.trash(ANN, slow.conversation_id).state == "trash"
        assert app.answer(ANN, slow.id).status == "stopped"
        asked = server.asked[-1]
        assert asked.left.wait(20.0), "the model's connection is still open"


def test_backup_of_a_served_folder_by_another_process_and_restore(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    answer = app.answer(ANN, turn.id)
    app.talk.react(ANN, turn.message_id, "down", "wrong\nyear")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOLIO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "500")
    box = tmp_path / "box.zip"
    command = [sys.executable, "-m", "rag", "backup", str(box)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 files" in done.stdout
    assert main(["feedback"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["thumb"], record["reason"], record["question"]) == ("down", "wrong\nyear", REVENUE)
    assert main(["backup", str(box)]) == 1
    assert main(["restore", str(box)]) == 1
    assert "is in use by process" in capsys.readouterr().err
    with zipfile.ZipFile(box) as whole:
        assert not [name for name in whole.namelist() if "index" in name]

    monkeypatch.setenv("FOLIO_DATA", str(tmp_path / "new"))
    assert main(["restore", str(box)]) == 0
    with open_app(settings_for(tmp_path / "new")) as restored:
        assert restored.history(ANN, turn.conversation_id) == app.history(ANN, turn.conversation_id)
        assert [logged.event for logged in log_of(restored, ANN, turn.id)] == [
            logged.event for logged in log_of(app, ANN, turn.id)
        ]
        wait_until(lambda: restored.search(ANN, Asking(REVENUE), 5))
        fresh = restored.answer(ANN, restored.ask(ANN, Asking(REVENUE, use_cache=False)).id)
        assert fresh.text == answer.text
        assert [step.status for step in fresh.steps if isinstance(step, Step)][-1] == "finished"
    for arguments in (["restore", str(tmp_path / "none.zip")], ["backup", str(tmp_path / "none" / "box.zip")]):
        assert main(arguments) == 1
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    assert main(["restore", str(tmp_path / "bad.zip")]) == 1
    assert "cannot be restored" in capsys.readouterr().err
