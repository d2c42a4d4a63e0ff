"""Bad input gets a sentence and a code, and nothing is lost or left behind: through App, as every door calls it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.app import App, open_app
from rag.errors import CODES, FolioError
from rag.model import Asking
from tests import material
from tests.conftest import wait_until
from tests.whole import FERRY, NOTES, answer_to, ingest, refused, settings_for

ANN = "u_ann"
MEGABYTE = 1024 * 1024


class Zeros(io.RawIOBase):
    """A stream of so many zero bytes, that counts what was read of it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.read_so_far = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than Buffer
        count = min(len(buffer), self.size - self.read_so_far)
        buffer[:count] = bytes(count)
        self.read_so_far += count
        return count


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(settings_for(tmp_path_factory.mktemp("data"))) as opened:
        yield opened


def outcome_of(app: App, user_id: str, content: bytes, name: str) -> tuple[str, str]:
    """(code, sentence) of a file that is refused at the door or fails on its way."""
    try:
        task = app.library.upload(user_id, io.BytesIO(content), name)
    except FolioError as error:
        return error.code, error.message
    wait_until(lambda: app.library.task(user_id, task.id).is_finished)
    error_ = app.library.task(user_id, task.id).error or {"error_code": "", "message": ""}
    return str(error_["error_code"]), str(error_["message"])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "empty_document"),
        ("empty.pdf", b"", "empty_document"),
        ("spaces.txt", b" \n\t\n ", "empty_document"),
        ("none.pdf", material.zero_page_pdf(), "empty_document"),
        ("secret.pdf", material.encrypted_pdf(), "encrypted_document"),
        ("noise.pdf", material.damaged_pdf(), "damaged_document"),
        ("cut.pdf", material.pdf(["A page of words."])[:400], "damaged_document"),
        ("scan.pdf", material.image_only_pdf(2), "no_text"),
        ("picture.pdf", material.png(), "no_text"),
        ("song.txt", material.wav(), "damaged_document"),
        ("program.docx", material.program(), "unsupported_type"),
        ("bomb.docx", material.docx_bomb(), "parser_limit"),
        ("entities.docx", material.docx_with_entities(), "damaged_document"),
    ],
)
def test_a_file_that_is_no_document_gets_a_sentence_and_a_code(app: App, name: str, content: bytes, code: str) -> None:
    user_id = f"u_{name}"
    found, sentence = outcome_of(app, user_id, content, name)
    assert found == code
    assert code in CODES
    assert sentence.endswith((".", "?"))
    assert "Traceback" not in sentence
    assert "/" not in sentence
    assert not any(document.searchable for document in app.library.documents(user_id))
    assert answer_to(app, user_id, "What does it say?").status == "complete"


def test_a_scan_says_that_it_has_no_text_and_a_mixed_file_names_the_page(app: App) -> None:
    _, sentence = outcome_of(app, "u_scan", material.image_only_pdf(1), "scan.pdf")
    assert "text" in sentence
    mixed = ingest(app, "u_mixed", material.mixed_pdf(), "mixed.pdf")
    assert mixed.searchable
    assert any("2" in warning for warning in mixed.warnings)


def test_a_failed_file_can_be_deleted_and_sent_again(app: App) -> None:
    assert outcome_of(app, "u_again", material.damaged_pdf(), "noise.pdf")[0] == "damaged_document"
    for document in app.library.documents("u_again"):
        app.library.delete_document("u_again", document.id)
    assert app.library.documents("u_again") == []
    assert outcome_of(app, "u_again", material.damaged_pdf(), "noise.pdf")[0] == "damaged_document"


def test_51_megabytes_are_too_many_and_are_not_read_to_the_end(app: App) -> None:
    zeros = Zeros(51 * MEGABYTE)
    with refused("too_large") as raised:
        app.library.upload(ANN, io.BufferedReader(zeros), "large.txt")
    assert "50 MB" in raised.value.message
    assert "large.txt" in raised.value.message
    assert 50 * MEGABYTE < zeros.read_so_far < 51 * MEGABYTE
    assert app.library.documents(ANN) == []
    assert not list((app.settings.data / "files").glob("upload-*"))


def test_a_users_share_is_limited(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = settings_for(tmp_path_factory.mktemp("data"), max_files=2, max_storage_mb=1, max_document_mb=0.9)
    with open_app(settings) as app:
        app.library.upload(ANN, io.BytesIO(b"one " * 150_000), "one.txt")
        with refused("storage_full"):
            app.library.upload(ANN, io.BytesIO(b"two " * 150_000), "two.txt")
        with refused("too_large"):
            app.library.upload(ANN, io.BytesIO(b"three " * 200_000), "three.txt")
        app.library.upload(ANN, io.BytesIO(b"small"), "small.txt")
        with refused("storage_full"):
            app.library.upload(ANN, io.BytesIO(b"smaller"), "smaller.txt")
        app.library.upload("u_bob", io.BytesIO(b"two " * 150_000), "two.txt")  # the other one's share is untouched


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/päss 🦉\u202e.txt", "päss 🦉.txt"),
        ("C:\\temp\\..\\note\n\x00.md", "note.md"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("..", "document"),
        ("a" * 400 + ".txt", "a" * 195 + "….txt"),
    ],
)
def test_a_name_is_data_and_never_a_path(app: App, name: str, shown: str) -> None:
    document = ingest(app, "u_names", f"These are the words of {shown}.".encode(), name)
    assert document.name == shown
    path = app.library.document_file("u_names", document.id)
    assert path.name == document.sha256
    assert (app.settings.data / "files") in path.parents
    answer = answer_to(app, "u_names", "Which words are these?", documents=(document.id,))
    assert {citation["document"] for citation in answer.citations} <= {shown}


@pytest.mark.parametrize("question", ["", "   \n\t ", "\u00a0\u2003", "why " * 5_000])
def test_a_question_that_is_none_leaves_nothing_behind(app: App, question: str) -> None:
    with refused("invalid_request") as raised:
        app.ask("u_asking", Asking(question))
    assert len(raised.value.message) < 200
    with refused("invalid_request"):
        app.search("u_asking", Asking(question), 5)
    assert app.conversations("u_asking") == []


def test_a_long_question_is_told_how_long_it_may_be(app: App) -> None:
    with refused("invalid_request") as raised:
        app.ask(ANN, Asking("x" * 20_000))
    assert "20,000" in raised.value.message
    assert "8,000" in raised.value.message
    assert raised.value.details == {"characters": 20_000, "max_characters": 8_000}
    assert answer_to(app, ANN, "x" * 8_000).status == "complete"


@pytest.mark.parametrize("question", ["null\x00byte", '"(unbalanced OR', "🦉" * 500, '[1] [2: "x"]'])
def test_any_other_question_gets_an_answer(app: App, question: str) -> None:
    answer = answer_to(app, "u_odd", question)
    assert answer.status == "complete", answer.error


@pytest.mark.parametrize(
    "asking",
    [
        Asking("\ud800 a lone surrogate, as JSON can bring it"),
        Asking(FERRY, client_key="\ud800"),
        Asking(FERRY, conversation_id="\ud800"),
        Asking(FERRY, documents=("\ud800",)),
        Asking(FERRY, model="\ud800"),
    ],
)
def test_what_is_no_text_is_refused_as_that(app: App, asking: Asking) -> None:
    with refused("invalid_request"):
        app.ask("u_surrogate", asking)
    assert app.conversations("u_surrogate") == []


def test_what_is_not_there_is_said(app: App) -> None:
    for asking in (
        Asking(FERRY, conversation_id="conv_none"),
        Asking(FERRY, documents=("doc_none",)),
        Asking(FERRY, documents=("' OR 1=1 --",)),
    ):
        with refused("not_found"):
            app.ask(ANN, asking)
    with refused("invalid_request") as raised:
        app.ask(ANN, Asking(FERRY, model="gpt-none"))
    assert "extractive" in raised.value.message


def test_a_double_click_asks_once(app: App) -> None:
    ingest(app, "u_clicking", NOTES, "notes.md")
    both = threading.Barrier(2)

    def click(_: int) -> str:
        both.wait(60)
        return app.ask("u_clicking", Asking(FERRY, client_key="click-1")).id

    with ThreadPoolExecutor(2) as hands:
        first, second = hands.map(click, range(2))
    assert first == second
    assert app.answer("u_clicking", first).citations
    (conversation,) = app.conversations("u_clicking")
    assert [message.role for message in app.history("u_clicking", conversation.id)] == ["user", "assistant"]
    assert app.ask("u_clicking", Asking("Something else?", client_key="click-1")).id == first  # a late third click
    assert app.ask("u_other", Asking(FERRY, client_key="click-1")).id != first  # keys are a user's own
