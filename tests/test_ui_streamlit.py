"""The Streamlit front end: its script run for real over a real App, and the server once in a real browser."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

import ui_streamlit
from rag.app import App, open_app
from rag.settings import Settings
from rag.view import compact
from tests.conftest import wait_until
from tests.doubles import ChatServer, Piece, Reply, pieces
from tests.material import pdf
from tests.pages import Visitor, opened_browser
from tests.streamlit_server import streamlit_served

ROOT = Path(ui_streamlit.__file__).parent
QUESTION = "What did maintenance cost?"
REPORT = pdf(["Maintenance cost 2,214 thousand crowns in 2025.\nStaff cost 1,960 thousand crowns in 2025."])
HOSTILE = "![x](https://evil.example/a.png) <img src=x onerror=alert(1)> [click](https://evil.example) www.evil.example"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data folder of its own, nothing from outside, and the App closed at the end."""
    for name in [name for name in os.environ if name.startswith(("FOLIO_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOLIO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FOLIO_OFFLINE", "true")
    yield
    ui_streamlit._opened.clear()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A model that says "Half an answer" and goes on when the gate is opened."""
    opened = threading.Event()
    with ChatServer(lambda asked: Reply((*pieces("Half an answer"), Piece(", and the rest.", gate=opened)))) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        yield opened
        ui_streamlit._opened.clear()


def visit(user_id: str = "u_ann", conversation: str = "") -> AppTest:
    """The page as `user_id` sees it."""
    page = AppTest.from_file(ROOT / ".streamlit" / "page.py", default_timeout=120)
    page.session_state["user"] = user_id
    if conversation:
        page.query_params["conversation"] = conversation
    return page.run()


def folio() -> App:
    return ui_streamlit._opened()[0]


def with_report(page: AppTest, name: str = "report.pdf", content: bytes = REPORT) -> None:
    """Uploads through the page and waits until nothing is worked on any more."""
    page.file_uploader[0].set_value((name, content, "application/pdf")).run()
    wait_until(lambda: not folio().library.active_tasks("u_ann"))
    page.run()


def ask(page: AppTest, question: str = QUESTION) -> None:
    page.chat_input[0].set_value(question).run()


def labels(page: AppTest) -> str:
    """What stands on all buttons."""
    return "\n".join(button.label for button in page.button).replace("\\", "").replace("\u2060", "")


def html(page: AppTest) -> str:
    """Everything that is given to the browser as HTML."""
    return "\n".join(element.proto.body for element in page.get("html"))


def test_upload_ask_cite() -> None:
    page = visit()
    assert [button.label for button in page.button if "maintenance" in button.label]  # the sample's questions
    with_report(page)
    assert "report.pdf" in labels(page)
    assert any("1 page" in caption.value for caption in page.caption)
    ask(page)
    wait_until(lambda: page.run().pills)
    assert page.status[0].state == "complete"
    assert page.text[0].value == QUESTION
    assert "2,214 thousand crowns" in html(page)
    assert 'class="f-chip" data-status="verified"' in html(page)
    assert 'class="f-hit"' in html(page)
    assert not page.get("image")
    page.pills[0].set_value(0).run()
    assert "Word for word on this page" in html(page)
    assert page.get("image")
    assert page.pills[0].value is None  # it can be picked again
    assert not page.exception


def test_the_sample_is_loaded_and_asked_by_one_click() -> None:
    page = visit()
    next(button for button in page.button if "maintenance" in button.label).click().run()
    wait_until(lambda: page.run().pills)
    assert "2,214" in html(page)
    assert "sample" not in page.session_state


def test_a_second_page_attaches_to_an_answer_and_stop_keeps_the_text(gate: threading.Event) -> None:
    page = visit()
    with_report(page)
    ask(page)
    wait_until(lambda: "Half an answer" in html(page.run()))
    conversation = page.query_params["conversation"]
    second = visit(conversation=conversation)
    wait_until(lambda: "Half an answer" in html(second.run()))
    assert second.status[0].state == "running"
    second.button("stop").click().run()
    wait_until(lambda: second.run().status[0].state == "complete")
    assert "Half an answer" in html(second)
    assert any("Stopped" in caption.value for caption in second.caption)
    assert "Half an answer" in html(page.run())


def test_an_answer_goes_on_while_nobody_looks(gate: threading.Event) -> None:
    page = visit()
    with_report(page)
    ask(page)
    conversation = page.query_params["conversation"]
    gate.set()
    wait_until(lambda: folio().active_turn("u_ann", conversation) is None)
    assert "Half an answer, and the rest." in html(visit(conversation=conversation))


def test_users_see_only_their_own() -> None:
    page = visit()
    with_report(page)
    ask(page)
    other = visit("u_bob", page.query_params["conversation"])
    assert "report.pdf" not in labels(other)
    assert QUESTION not in " ".join(button.label for button in other.button)
    assert [error.value for error in other.error] == [compact.label("It does not exist, or it is not yours.")]


@pytest.mark.parametrize(("question", "said"), [("  ", "Write a question first"), ("x" * 8_001, "too long")])
def test_a_question_that_cannot_be_asked_is_a_sentence(question: str, said: str) -> None:
    page = visit()
    ask(page, question)
    assert [error for error in page.error if said in error.value]
    assert not page.query_params


def test_a_file_that_cannot_be_taken_is_a_sentence_with_a_way_on() -> None:
    page = visit()
    page.file_uploader[0].set_value([("odd.bin", bytes(range(256)), ""), ("report.pdf", REPORT, "")]).run()
    assert len(page.error) == 1
    assert "odd" in page.error[0].value
    assert "Convert the file" in page.error[0].value
    assert [document.name for document in folio().library.documents("u_ann")] == ["report.pdf"]


def test_a_document_is_deleted() -> None:
    page = visit()
    with_report(page)
    document = folio().library.documents("u_ann")[0]
    page.button(f"delete-{document.id}").click().run()
    assert folio().library.documents("u_ann") == []
    assert "report.pdf" not in labels(page)


def test_a_document_is_looked_into_page_by_page() -> None:
    page = visit()
    with_report(page, "two.pdf", pdf(["The first page.", "The second page."]))
    document = folio().library.documents("u_ann")[0]
    page.button(f"look-{document.id}").click().run()
    assert page.get("image")
    assert page.button("icon-chevron_left").disabled
    page.button("icon-chevron_right").click().run()
    assert page.button("icon-chevron_right").disabled
    assert any(caption.value == "Page 2 of 2" for caption in page.caption)


def test_a_document_that_failed_can_be_tried_again() -> None:
    page = visit()
    with_report(page, "empty.pdf", pdf([""]))
    document = folio().library.documents("u_ann")[0]
    assert [error for error in page.error if "text" in error.value]
    before = folio().library.newest_task("u_ann", document.id)
    page.button(f"icon-retry-{document.id}").click().run()
    wait_until(lambda: not folio().library.active_tasks("u_ann"))
    after = folio().library.newest_task("u_ann", document.id)
    assert before is not None
    assert after is not None
    assert (before.id, after.updated_at > before.updated_at) == (after.id, True)


def test_files_are_dropped_in_the_middle_of_an_empty_page_and_later_beside_the_conversation() -> None:
    page = visit()
    assert not page.sidebar.get("file_uploader")
    assert "up to 50 MB each" in page.file_uploader[0].label
    with_report(page)
    ask(page)
    assert page.sidebar.get("file_uploader")
    assert len(page.file_uploader) == 1


def test_conversations_are_listed_and_opened() -> None:
    page = visit()
    ask(page)
    conversation = page.query_params["conversation"]
    next(button for button in page.button if button.label == "New chat").click().run()
    assert not page.text
    page.button(f"open-{conversation}").click().run()
    assert page.text[0].value == QUESTION


def test_a_held_folder_says_who_holds_it(tmp_path: Path) -> None:
    with open_app(Settings(data=tmp_path / "data", offline=True, _env_file=None)):  # type: ignore[call-arg]
        page = visit()
        assert f"process {os.getpid()}" in page.error[0].value
        assert not page.exception
        assert not page.chat_input
    assert page.button[0].click().run().chat_input


def test_hostile_text_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(lambda asked: Reply(pieces(HOSTILE))) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        page = visit()
        with_report(page, f"{HOSTILE[:80]}.pdf".replace("/", "_"))
        ask(page, HOSTILE)
        wait_until(lambda: page.run().status[0].state == "complete")
        assert page.text[0].value == HOSTILE
        assert not [tag for tag in ("<img", "<a ", "href", "<script") if tag in html(page)]
        assert all("![" not in button.label for button in page.button)
        ui_streamlit._opened.clear()


@given(st.text(st.characters(exclude_characters="\0\u2060")))
def test_a_label_reads_as_the_text_and_is_no_markup(text: str) -> None:
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(compact.label(text))
    inner = [child for token in shown for child in token.children or ()]
    assert {token.type for token in shown} <= {"paragraph_open", "inline", "paragraph_close"}
    assert {child.type for child in inner} <= {"text", "text_special"}
    said = "".join(child.content for child in inner).replace("\u2060", "")
    assert said == " ".join(text.split())


@pytest.mark.browser
def test_in_a_browser(tmp_path: Path) -> None:
    with streamlit_served(tmp_path / "log") as address, opened_browser() as browser:
        _look(Visitor(browser, address))
    assert (tmp_path / "data" / "folio.db").exists()
    assert not (tmp_path / "data" / "folio.db-wal").exists()  # the App was closed in order
    assert "Traceback" not in (tmp_path / "log").read_text()


def _look(visitor: Visitor) -> None:
    page = visitor.page
    page.set_default_timeout(60_000)
    page.goto(visitor.address)
    page.get_by_text("What did maintenance cost").click()
    expect(page.locator(".f-chip").first).to_be_visible()
    expect(page.locator('[class*="st-key-again-"]')).to_be_visible()  # the answer has ended: the page was drawn anew
    # Before there is a picture: Streamlit scrolls with what grows, and a menu goes out of sight with its button.
    page.locator(".st-key-about button").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown").click()
    assert "2,214 thousand crowns" in download.value.path().read_text()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Maintenance cost").first.click()
    drawer = page.get_by_role("dialog", name="Tern Rock Annual Report 2025.pdf")
    expect(drawer.locator('[data-testid="stImage"] img')).to_be_visible()
    drawer.get_by_role("button", name="Page after").click()
    expect(drawer.get_by_text("The quote stands on page 7")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Answer again").click()
    expect(page.get_by_role("button", name="1/2")).to_be_visible()  # the part drawn by itself had all drawn anew
    cookie = next(cookie for cookie in visitor.context.cookies() if cookie["name"] == "folio_user")
    assert cookie["httpOnly"]
    page.reload()
    expect(page.locator(".f-chip").first).to_be_visible()
    expect(page.get_by_text("Tern Rock Annual Report 2025.pdf").first).to_be_visible()
    visitor.context.clear_cookies()
    page.goto(visitor.address)
    expect(page.get_by_text("Or try it with a sample")).to_be_visible()  # another user, nothing here
    assert visitor.problems == []
