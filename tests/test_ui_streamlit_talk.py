"""Conversations in the Streamlit front end: found, renamed, archived, deleted, judged, answered again."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import ui_streamlit
from tests.conftest import wait_until
from tests.test_ui_streamlit import ask, folio, html, settings, visit, with_report

__all__ = ["settings"]  # the fixture that gives each test its data folder


def answered() -> AppTest:
    """A page with one answered question."""
    page = visit()
    with_report(page)
    ask(page)
    wait_until(lambda: page.run().pills)
    return page


def press(page: AppTest, key: str) -> None:
    next(button for button in page.button if button.key == key).click().run()


def shown(page: AppTest) -> str:
    value = page.query_params["conversation"]
    return value if isinstance(value, str) else value[0]


def titles(page: AppTest) -> list[str]:
    return [button.label for button in page.button if str(button.key).startswith("open-")]


def test_a_conversation_is_renamed_archived_and_comes_back() -> None:
    page = answered()
    page.text_input(f"title-{shown(page)}").set_value("Upkeep of the rock").run()
    assert titles(page) == ["Upkeep of the rock"]
    press(page, "archive")
    assert titles(page) == []
    page.segmented_control("listed").set_value("archived").run()
    assert titles(page) == ["Upkeep of the rock"]
    press(page, "unarchive")
    page.segmented_control("listed").set_value("active").run()
    assert titles(page) == ["Upkeep of the rock"]


def test_a_deleted_conversation_is_in_the_trash_and_is_restored() -> None:
    page = answered()
    press(page, "delete")
    assert any("trash" in caption.value for caption in page.caption)
    assert titles(page) == []
    press(page, "restore")
    assert len(titles(page)) == 1


def test_conversations_are_found_by_what_was_said() -> None:
    page = answered()
    page.text_input("find").set_value("crowns").run()
    assert [button.key for button in page.button if str(button.key).startswith("found-")] == [f"found-{shown(page)}"]
    assert "<mark>crowns</mark>" in html(page)
    page.text_input("find").set_value("nowhere to be read").run()
    assert any(caption.value == "Nothing found." for caption in page.caption)


def test_a_conversation_can_be_had_as_a_file() -> None:
    page = answered()
    assert [button.label for button in page.download_button] == [
        "Markdown", "Web page (HTML)", "Word (DOCX)", "Data (JSON)",
    ]  # fmt: skip


def test_an_answer_is_judged_and_the_thumb_is_taken_back() -> None:
    page = answered()
    answer = folio().history("u_ann", shown(page))[-1].id
    page.feedback(f"thumb-{answer}").set_value(1).run()
    assert folio().talk.reactions("u_ann", shown(page))[answer].thumb == "up"
    page.feedback(f"thumb-{answer}").set_value(None).run()
    assert folio().talk.reactions("u_ann", shown(page)) == {}


def test_another_answer_stands_beside_the_first_and_one_steps_between_them() -> None:
    page = answered()
    first = folio().history("u_ann", shown(page))[-1].id
    press(page, f"again-{first}")
    wait_until(lambda: page.run().pills)
    second = folio().history("u_ann", shown(page))[-1].id
    assert second != first
    press(page, f"show-{first}")
    assert folio().history("u_ann", shown(page))[-1].id == first


def test_how_a_conversation_was_asked_is_picked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [box.key for box in visit().selectbox] == ["model", "mode"]
    ui_streamlit._opened.clear()
    monkeypatch.setenv("FOLIO_RERANKER", "BAAI/bge-reranker-base")
    page = visit()
    with_report(page)
    page.selectbox("rerank").set_value("off").run()
    page.selectbox("mode").set_value("keyword").run()
    ask(page)
    wait_until(lambda: page.run().pills)
    answer = folio().history("u_ann", shown(page))[-1]
    settings_ = folio().talk.trace("u_ann", answer.id)["settings"]
    assert (settings_["search_mode"], settings_["settings"]) == ("keyword", {"rerank": "off"})
    other = visit(conversation=shown(page))
    assert [box.value for box in other.selectbox] == ["extractive", "keyword", "off"]
    press(other, f"again-{answer.id}")
    wait_until(lambda: folio().active_turn("u_ann", shown(page)) is None)
    newest = folio().history("u_ann", shown(page))[-1]
    assert folio().talk.trace("u_ann", newest.id)["settings"]["settings"] == {"rerank": "off"}
