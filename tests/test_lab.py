"""The tools for analysts on a whole App: the chat's own path, and one user's things only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.app import App, open_app
from rag.evaluate.golden import GoldenSet
from rag.model import Asking
from rag.verbs.lab import MAX_OPEN_RUNS, run_json
from rag.view.lab import why_sentences
from store.evaluated import Run
from tests.conftest import wait_until
from tests.doubles import Asked, ChatServer, Reply, pieces
from tests.material import pdf
from tests.whole import FERRY, NOTES, REPORT, REVENUE, answer_to, ingest, refused, settings_for

ANN, BOB = "u_ann", "u_bob"
HOW = Asking("")
SENTENCE = "The net revenue of Halden Mills was 412 million crowns in 2022."
PULP = "The price of spruce pulp rose by 14 percent in the autumn of 2022."


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A user's App with a report and notes; answers are quotes."""
    with open_app(settings_for(tmp_path / "data")) as opened:
        ingest(opened, ANN, REPORT, "report.pdf")
        ingest(opened, ANN, NOTES, "notes.md")
        yield opened


def questions(app: App) -> GoldenSet:
    lines = f"question;expected answer;file;page\n{REVENUE};412 million;report;1\n{FERRY};seven;notes.md;1\n"
    return app.lab.read(f"{lines}Who sings?;;report.pdf;2\n".encode(), "golden.csv")


def finished(app: App, run: Run, user_id: str = ANN) -> Run:
    wait_until(lambda: app.lab.run(user_id, run.id).summary is not None)
    return app.lab.run(user_id, run.id)


def test_a_run_gives_what_the_chat_gives_and_leaves_no_conversation(app: App) -> None:
    run = finished(app, app.lab.start(ANN, questions(app), HOW, name=" My\n set "))
    assert (run.name, run.status, run.done, run_json(run)["progress_percentage"]) == ("My set", "completed", 3, 100.0)
    assert "not been downloaded" in run.notes[0]
    figures = run.summary or {}
    assert (figures["recall@1"], figures["answer_match"], figures["verified_quotes"]) == (round(2 / 3, 4), 1.0, 1.0)
    assert figures["refusals"] == round(1 / 3, 4)
    assert app.conversations(ANN) == []
    chat = answer_to(app, ANN, REVENUE)
    row = app.lab.row(ANN, run.id, 1)
    assert row.answer == chat.text
    assert row.trace["retrieved"] == list(chat.sources)
    assert row.trace["citations"] == list(chat.citations)
    assert [step["name"] for step in row.trace["steps"]] == [step.name for step in chat.steps]


def test_a_run_goes_on_after_a_restart(tmp_path: Path) -> None:
    with open_app(settings_for(tmp_path / "data")) as app:
        ingest(app, ANN, NOTES, "notes.md")
        rows = app.lab.read_rows([{"question": f"{FERRY} {number}"} for number in range(300)])
        run = app.lab.start(ANN, rows, HOW)
        wait_until(lambda: app.lab.run(ANN, run.id).done > 0, 20)
    with open_app(settings_for(tmp_path / "data")) as app:
        assert app.lab.run(ANN, run.id).done > 0
        assert finished(app, run).done == 300


def test_two_runs_are_compared_row_by_row(app: App) -> None:
    first = finished(app, app.lab.start(ANN, questions(app), HOW))
    second = finished(app, app.lab.again(ANN, first.id, Asking("", search_mode="none")))
    found = app.lab.compare(ANN, first.id, second.id)
    assert found["flips"]["answer"] == {"gained": 0, "lost": 2}
    assert found["flips"]["page"] == {"gained": 0, "lost": 2}
    assert (second.settings["search_mode"], second.name) == ("none", first.name)
    with refused("not_found"):
        app.lab.compare(ANN, first.id, "run_none")


def test_a_sheet_is_filled(app: App) -> None:
    run = finished(app, app.lab.start(ANN, questions(app), HOW))
    assert b"412 million crowns" in app.lab.sheet(ANN, run.id, "csv")
    again = app.lab.read(app.lab.sheet(ANN, run.id, "xlsx"), "filled.xlsx")
    assert [row.question for row in again.rows] == [REVENUE, FERRY, "Who sings?"]
    assert again.rows[0].expected == "412 million"


def test_what_cannot_be_is_refused_before_anything_is_recorded(app: App) -> None:
    for how, code in (
        (Asking("", model="none such"), "invalid_request"), (Asking("", documents=("doc_x",)), "not_found"),
        (Asking("", settings={"weights": "a"}), "invalid_request"),
    ):  # fmt: skip
        with refused(code):
            app.lab.start(ANN, questions(app), how)
    with refused("invalid_request"):
        app.lab.read(b"nothing,here\n1,2\n", "x.csv")
    assert app.lab.runs(ANN) == []


def test_too_many_runs_at_once_are_refused(tmp_path: Path) -> None:
    with ChatServer(lambda asked: Reply(pieces("Yes."), ending="silence")) as server:
        settings = settings_for(tmp_path / "d", openai_base_url=server.base_url)
        with open_app(settings) as app:
            rows = app.lab.read_rows([{"question": "Who?"}])
            runs = [app.lab.start(ANN, rows, Asking("", search_mode="none")) for _ in range(MAX_OPEN_RUNS)]
            with refused("rate_limited"):
                app.lab.start(ANN, rows, HOW)
            server.wait_for(1)
            assert app.lab.cancel(ANN, runs[0].id).status == "cancelled"
            assert server.asked[0].left.wait(20.0), "the model's connection is still open"
            assert app.lab.run(ANN, runs[0].id).summary is not None
            with refused("conflict"):
                app.lab.resume(ANN, runs[1].id)


def test_runs_are_their_users_alone(app: App) -> None:
    run = finished(app, app.lab.start(ANN, questions(app), HOW))
    for look in (app.lab.run, app.lab.rows, app.lab.cancel, app.lab.resume, app.lab.delete):
        with refused("not_found"):
            look(BOB, run.id)
    with refused("not_found"):
        app.lab.row(BOB, run.id, 1)
    with refused("not_found"):
        app.lab.sheet(BOB, run.id, "csv")
    with refused("not_found"):
        app.lab.again(BOB, run.id, HOW)
    assert app.lab.runs(BOB) == []
    app.lab.delete(ANN, run.id)
    assert app.lab.runs(ANN) == []


def test_the_inspector_shows_more_of_what_the_chat_finds(app: App) -> None:
    asking = Asking("Halden Mills 2022 autumn", passages=1)
    seen = app.lab.inspect(ANN, asking)
    assert (seen.limit, seen.in_prompt, len(seen.hits)) == (1, 1, 2)
    assert list(seen.hits[:1]) == app.search(ANN, asking, 1)
    assert seen.hits[1].keyword is not None
    assert seen.hits[1].keyword.rank == 2
    assert "keywords" in seen.note
    assert app.lab.inspect(BOB, asking).hits == ()
    assert app.lab.inspect(ANN, Asking("List all figures")).limit == 16
    assert app.lab.inspect(ANN, Asking(REVENUE, search_mode="none")).hits == ()


def test_one_question_with_two_settings(app: App) -> None:
    found = app.lab.ab(ANN, Asking(REVENUE), Asking(REVENUE, search_mode="none"))
    assert "412 million" in found["a"]["answer"]
    assert (found["b"]["ranked"], found["b"]["retrieved"]) == ([], [])
    assert [(move["a"], move["b"]) for move in found["moves"]] == [(1, None), (2, None)]
    assert found["a"]["settings"]["search_mode"] == "hybrid"
    assert found["a"]["elapsed_ms"] > 0
    assert app.conversations(ANN) == []


def test_why_a_sentence_was_not_found(app: App) -> None:
    def kind(sentence: str, question: str = REVENUE, **how: object) -> str:
        return app.lab.why(ANN, sentence, Asking(question, **how)).kind  # type: ignore[arg-type]

    assert kind(SENTENCE) == "in_prompt"
    assert kind("Bananas are yellow.") == "not_extracted"
    assert kind(SENTENCE.replace("412", "421")) == "other_characters"
    assert kind(PULP, passages=1) == "cut"
    assert kind(PULP, question="When does the ferry leave?") == "not_matched"
    notes = next(document.id for document in app.library.documents(ANN) if document.name == "notes.md")
    assert kind(SENTENCE, documents=(notes,)) == "filtered"
    assert app.lab.why(BOB, SENTENCE, Asking(REVENUE)).kind == "not_extracted"
    cut = app.lab.why(ANN, PULP, Asking(REVENUE, passages=1))
    assert (cut.document, cut.page, cut.passage_number, cut.place, cut.limit) == ("report.pdf", 2, 2, 2, 1)
    assert cut.keyword is not None
    assert (cut.keyword.rank, cut.semantic) == (2, None)
    for empty in ("", " . ", "x" * 5_000):
        with refused("invalid_request"):
            app.lab.why(ANN, empty, Asking(REVENUE))


def test_why_of_an_answer_looks_at_what_it_had_and_cited(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE, passages=1))
    app.answer(ANN, turn.id)
    assert app.lab.why(ANN, SENTENCE, Asking("-"), message_id=turn.message_id).kind == "used"
    assert app.lab.why(ANN, "Annual Report", Asking("-"), message_id=turn.message_id).kind == "not_used"
    missed = app.lab.why(ANN, PULP, Asking("-"), message_id=turn.message_id)
    assert (missed.kind, missed.question) == ("cut", REVENUE)
    with refused("invalid_request"):
        app.lab.why(ANN, SENTENCE, Asking("-"), message_id=turn.question_id)
    with refused("not_found"):
        app.lab.why(BOB, SENTENCE, Asking("-"), message_id=turn.message_id)


def test_why_of_whole_documents_looks_at_pages(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE, search_mode="document"))
    app.answer(ANN, turn.id)
    assert app.lab.why(ANN, PULP, Asking(REVENUE, search_mode="document")).kind == "in_prompt"
    assert app.lab.why(ANN, SENTENCE, Asking("-"), message_id=turn.message_id).kind == "used"
    assert app.lab.why(ANN, PULP, Asking("-"), message_id=turn.message_id).kind == "not_used"


def test_why_of_a_page_that_did_not_fit(tmp_path: Path) -> None:
    pages = [f"# Part {n}\n" + f"The mill number {n} stands by the river and grinds its corn.\n" * 30 for n in range(9)]
    with open_app(settings_for(tmp_path / "d", context_tokens=1_200)) as app:
        ingest(app, ANN, pdf([*pages, "# End\nThe last mill was sold for 12 crowns."]), "mills.pdf")
        found = app.lab.why(ANN, "The last mill was sold for 12 crowns.", Asking("Why?", search_mode="document"))
    assert (found.kind, found.place) == ("cut_by_prompt", None)
    assert "read at once" in why_sentences(found.to_json(), "en")[0]


def test_a_prompt_too_small_for_its_passages_is_said(tmp_path: Path) -> None:
    def script(asked: Asked) -> Reply:
        return Reply(pieces("No idea."))

    long = "\n\n".join(
        f"Halden Mills paragraph {n}. " + " ".join(f"The mill number {n} has room {k} by the river." for k in range(30))
        for n in range(20)
    )
    with ChatServer(script) as server:
        settings = settings_for(tmp_path / "d", openai_base_url=server.base_url, context_tokens=1_000)
        with open_app(settings) as app:
            ingest(app, ANN, long.encode(), "long.txt")
            seen = app.lab.inspect(ANN, Asking("Halden Mills paragraph river"))
            assert 0 < seen.in_prompt < seen.limit
            lost = seen.hits[seen.limit - 1].passage.text
            found = app.lab.why(ANN, lost, Asking("Halden Mills paragraph river"))
            assert (found.kind, found.place, found.in_prompt) == ("cut_by_prompt", seen.limit, seen.in_prompt)


def test_support_and_policy_are_in_the_trace(app: App) -> None:
    turn = app.ask(ANN, Asking(REVENUE))
    app.answer(ANN, turn.id)
    trace = app.talk.trace(ANN, turn.message_id)
    assert trace["support"]["counts"] == {"quote": 2, "passage": 0, "none": 0}
    assert trace["policy"] == "as set (by the rule)"
    thanks = app.ask(ANN, Asking("Thank you!"))
    assert app.answer(ANN, thanks.id).text.startswith("You are welcome.")
    assert app.talk.trace(ANN, thanks.message_id)["policy"] == "no search; small talk (by the rule)"


def test_a_spreadsheet_that_somebody_made_is_run(app: App) -> None:
    rows = app.lab.read(app.lab.sheet(ANN, finished(app, app.lab.start(ANN, questions(app), HOW)).id, "xlsx"), "x.xlsx")
    assert finished(app, app.lab.start(ANN, rows, HOW)).summary is not None
    assert io.BytesIO(app.lab.sheet(ANN, app.lab.runs(ANN)[0].id, "xlsx")).read(2) == b"PK"
