"""Everything a user owns, taken away and brought back: to another data folder, to another user, twice."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.app import App, open_app
from rag.errors import RequestError
from rag.model import Asking
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
