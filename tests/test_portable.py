"""Everything a user owns, taken away and brought back: to another data folder, to another user, twice."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.app import App, open_app
from rag.errors import RequestError
from rag.model import Asking
from tests.conftest import wait_until
from tests.material import pdf
from tests.whole import REPORT, REVENUE, ingest, settings_for

ANN, BOB = "u_ann", "u_bob"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[App]:
    """Where the user comes from."""
    with open_app(settings_for(tmp_path / "there")) as app:
        yield app


@pytest.fixture
def here(tmp_path: Path) -> Iterator[App]:
    with open_app(settings_for(tmp_path / "here")) as app:
        yield app


@pytest.fixture
def archive(there: App) -> bytes:
    """A document, a conversation with two versions of an answer, and a thumb."""
    ingest(there, ANN, REPORT, "annual report.pdf")
    turn = there.ask(ANN, Asking(REVENUE))
    there.answer(ANN, turn.id)
    there.talk.react(ANN, turn.message_id, "up", "right")
    there.answer(ANN, there.talk.regenerate(ANN, turn.message_id).id)
    target = io.BytesIO()
    there.portable.write(ANN, target)
    return target.getvalue()


def test_it_all_comes_back_elsewhere(here: App, archive: bytes) -> None:
    made = here.portable.read(BOB, io.BytesIO(archive))
    assert (made.documents, made.conversations, made.already_there, made.refused) == (1, 1, 0, [])
    conversation = here.conversations(BOB)[0]
    answer = here.history(BOB, conversation.id)[-1]
    assert "412 million" in answer.text
    assert conversation.messages == 3
    assert [one.thumb for one in here.talk.reactions(BOB, conversation.id).values()] == ["up"]
    assert here.conversations(ANN) == []


def test_citations_lead_to_the_document_as_it_is_called_here(here: App, archive: bytes) -> None:
    here.portable.read(BOB, io.BytesIO(archive))
    document = here.library.documents(BOB)[0]
    answer = here.history(BOB, here.conversations(BOB)[0].id)[-1]
    assert {cited["document_id"] for cited in answer.citations} == {document.id}
    ingest(here, BOB, REPORT, "annual report.pdf")  # the same bytes: waits until the document has been read
    passage = here.library.passage(BOB, answer.citations[0]["passage_id"])
    assert "412 million" in passage.text


def test_the_same_archive_twice_adds_nothing(here: App, archive: bytes) -> None:
    here.portable.read(BOB, io.BytesIO(archive))
    again = here.portable.read(BOB, io.BytesIO(archive))
    assert (again.conversations, again.already_there) == (0, 1)
    assert len(here.library.documents(BOB)) == 1
    assert len(here.conversations(BOB)) == 1


def test_it_goes_on_from_there(here: App, archive: bytes) -> None:
    here.portable.read(BOB, io.BytesIO(archive))
    conversation = here.conversations(BOB)[0]
    ingest(here, BOB, REPORT, "annual report.pdf")
    turn = here.ask(BOB, Asking("And in 2021?", conversation_id=conversation.id))
    assert "380 million" in here.answer(BOB, turn.id).text


def _archive(**files: str) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, text in files.items():
            target.writestr(name.replace("_", "."), text)
    return io.BytesIO(made.getvalue())


ABOUT = json.dumps({"format": "folio-export", "version": 1})


@pytest.mark.parametrize(
    "source",
    [
        io.BytesIO(b"no archive"),
        _archive(notes_txt="hello"),
        _archive(folio_json="[1]"),
        _archive(folio_json=json.dumps({"format": "folio-export", "version": 99})),
        _archive(folio_json=ABOUT, documents_jsonl='{"id": "d"}\n', conversations_jsonl=""),
        _archive(folio_json=ABOUT, documents_jsonl="", conversations_jsonl='{"id": 3, "messages": 4}\n'),
        _archive(folio_json=ABOUT, documents_jsonl="", conversations_jsonl="not json\n"),
    ],
)
def test_what_is_no_archive_is_refused_with_a_sentence(here: App, source: io.BytesIO) -> None:
    with pytest.raises(RequestError, match="not an export of Folio"):
        here.portable.read(BOB, source)
    assert here.conversations(BOB) == []


def test_a_replaced_version_comes_along_and_its_citations_open(there: App, here: App, archive: bytes) -> None:
    newer = pdf(["# Annual Report\nThe net revenue of Halden Mills was 500 million crowns in 2022."])
    ingest(there, ANN, newer, "annual report.pdf")
    target = io.BytesIO()
    there.portable.write(ANN, target)
    for _ in range(2):  # the second time nothing is added, and the newer version stays the one in use
        made = here.portable.read(BOB, target)
        wait_until(lambda: not here.library.active_tasks(BOB))
    assert (made.documents, made.already_there) == (1, 1)
    [document] = here.library.documents(BOB)
    assert document.sha256 == hashlib.sha256(newer).hexdigest()
    assert len(here.library.documents(BOB)) == 1
    cited = here.history(BOB, here.conversations(BOB)[0].id)[-1].citations[0]
    assert cited["document_id"] != document.id
    assert "412 million" in dict(here.library.document_text(BOB, cited["document_id"]))[cited["page"]]


def test_runs_of_golden_questions_come_along(there: App, here: App, archive: bytes) -> None:
    [document] = there.library.documents(ANN)
    questions = there.lab.read(f"Nr;Frage;Seite\n7;{REVENUE};1\n".encode(), "golden.csv")
    run = there.lab.start(ANN, questions, Asking("-", documents=(document.id,)), name="Golden")
    wait_until(lambda: there.lab.run(ANN, run.id).summary is not None)
    target = io.BytesIO()
    there.portable.write(ANN, target)
    assert [here.portable.read(BOB, target).runs for _ in range(2)] == [1, 0]
    [kept] = here.lab.runs(BOB)
    assert (kept.name, kept.status, kept.own_columns) == ("Golden", "completed", ["Nr", "Frage", "Seite"])
    assert kept.summary == there.lab.run(ANN, run.id).summary
    here_now = here.library.documents(BOB)[0].id
    row = here.lab.row(BOB, kept.id, 1)
    assert (kept.settings["documents"], row.trace["citations"][0]["document_id"]) == ([here_now], here_now)
    assert here.lab.runs(ANN) == []
