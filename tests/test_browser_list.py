"""The list of conversations in a real browser: its parts, searching, renaming, moving, and addresses."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from rag.api.auth import COOKIE, Identities
from rag.turns.titles import INSTRUCTION
from rag.view import rail
from store.database import Database
from tests.conftest import LIMIT_S, wait_until
from tests.doubles import Asked, Reply, pieces
from tests.long_tasks import worked
from tests.pages import LAST, Place, Visitor, served, visiting
from tests.talks import exchange

pytestmark = pytest.mark.browser
SECRET, ANN = "a secret for tests of the list, long enough", "u_ann"


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    shared_place.model.script = says
    return shared_place


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    with visiting(place) as somebody:
        somebody.page.click(".settings summary")
        somebody.page.select_option("#folio-mode", "none")
        yield somebody


def says(asked: Asked) -> Reply:
    return Reply() if INSTRUCTION in asked.prompt else Reply(pieces("Answered about lighthouses."))


def talk(visitor: Visitor, question: str) -> None:
    """A conversation of its own."""
    visitor.page.click(".fresh")
    visitor.ask(question)
    expect(visitor.page.locator(".said")).to_have_text(question)
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")


def items(visitor: Visitor) -> Locator:
    return visitor.page.locator('[data-region="rail"] nav li')


def use(visitor: Visitor, item: Locator, act: str) -> None:
    """Clicks one of the small buttons that appear over an item."""
    item.hover()
    item.locator(act).click()


def test_rename_archive_delete_undo_restore(visitor: Visitor) -> None:
    page = visitor.page
    talk(visitor, "The first one?")
    talk(visitor, "The second one?")
    first = items(visitor).filter(has_text="The first one?")
    expect(first.locator(".preview")).to_have_text("Answered about lighthouses.")
    expect(first.locator(".age")).to_have_text("now")

    use(visitor, first, '[data-act="rename"]')
    page.fill(".renaming", "Harbour <b>dues</b>")
    page.keyboard.press("Enter")
    renamed = items(visitor).filter(has_text="Harbour <b>dues</b>")
    expect(renamed).to_have_count(1)
    use(visitor, renamed, '[data-act="rename"]')
    page.fill(".renaming", "never")
    page.keyboard.press("Escape")
    expect(renamed).to_have_count(1)

    use(visitor, renamed, '[data-verb="archive"]')
    expect(items(visitor)).to_have_count(1)
    expect(page.locator('[data-state="archived"] .count')).to_have_text("1")
    page.click(".toast button")
    expect(items(visitor)).to_have_count(2)

    use(visitor, renamed, '[data-verb="trash"]')
    expect(items(visitor)).to_have_count(1)
    page.click('.states [data-state="trash"]')
    expect(items(visitor)).to_have_text(re.compile("Harbour"))
    items(visitor).locator("a").click()
    expect(page.locator(".notice")).to_contain_text("in the trash")
    page.click('.notice [data-verb="restore"]')
    expect(page.locator(".notice")).to_have_count(0)
    expect(items(visitor)).to_have_count(0)
    page.click('.states [data-state="active"]')
    expect(items(visitor)).to_have_count(2)


def test_a_list_that_was_read_before_a_change_does_not_replace_the_newer(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.page
    talk(visitor, "The old name?")
    page.evaluate(
        """() => {
            window.seen = [];
            const region = document.querySelector('[data-region="rail"]');
            const look = () => window.seen.push(region.querySelector("nav a").title);
            new MutationObserver(look).observe(region, { childList: true, subtree: true, attributes: true });
        }"""
    )
    is_held, may_go, is_sent = threading.Event(), threading.Event(), threading.Event()
    draw = rail.list_html

    def slow(*shown: Any) -> Any:
        drawn = draw(*shown)
        if not is_held.is_set():
            is_held.set()
            may_go.wait(LIMIT_S)
            is_sent.set()
        return drawn

    monkeypatch.setattr(rail, "list_html", slow)
    page.click('.states [data-state="active"]')
    wait_until(is_held.is_set)
    use(visitor, items(visitor), '[data-act="rename"]')
    page.fill(".renaming", "The new name")
    page.keyboard.press("Enter")
    expect(items(visitor).locator(".name")).to_have_text("The new name")
    page.evaluate("window.seen.length = 0")
    may_go.set()
    wait_until(is_sent.is_set)
    talk(visitor, "Something after it?")  # its answer comes the same way, later
    expect(items(visitor)).to_have_count(2)
    assert "The old name?" not in page.evaluate("window.seen")
    assert page.evaluate("window.seen.length") > 0


def test_what_is_in_the_trash_goes_for_good_at_a_second_click(visitor: Visitor) -> None:
    page = visitor.page
    talk(visitor, "Rubbish?")
    use(visitor, items(visitor), '[data-verb="trash"]')
    page.click('.states [data-state="trash"]')
    use(visitor, items(visitor), '[data-verb="delete"]')
    expect(page.locator(".toast")).to_contain_text("for good?")
    expect(items(visitor)).to_have_count(1)
    items(visitor).locator('[data-verb="delete"]').click()
    expect(page.locator('[data-region="rail"] .hint')).to_contain_text("The trash is empty")
    expect(page.locator(".welcome h1")).to_be_visible()
    expect(page).not_to_have_url(re.compile("conversation"))


def test_search_finds_titles_and_what_was_said_and_leads_there(visitor: Visitor) -> None:
    page = visitor.page
    talk(visitor, "How many puffins nest there?")
    talk(visitor, "Something else?")
    page.keyboard.press("Control+k")
    expect(page.locator("#folio-search")).to_be_focused()
    page.keyboard.type("puffin")
    expect(items(visitor)).to_have_count(1)
    expect(items(visitor).locator(".name mark")).to_have_text("puffins")
    page.locator(".mention").first.click()
    expect(page.locator(".said")).to_have_text("How many puffins nest there?")
    expect(page.locator(".exchange[data-ui-found]")).to_have_count(1)
    page.fill("#folio-search", "zebra <img src=x>")
    expect(page.locator('[data-region="rail"] .hint')).to_contain_text("zebra <img src=x>")
    page.fill("#folio-search", "puffins " + "z" * 300)
    expect(page.locator('[data-region="rail"] .hint')).to_contain_text("puffins zzz")
    page.press("#folio-search", "Escape")
    expect(items(visitor)).to_have_count(2)


def test_an_address_leads_to_its_conversation_and_back_and_forth(visitor: Visitor) -> None:
    page = visitor.page
    talk(visitor, "The first place?")
    first = page.url
    talk(visitor, "The second place?")
    expect(page).not_to_have_url(first)
    visitor.reload()
    expect(page.locator(".said")).to_have_text("The second place?")
    visitor.open(first.removeprefix(visitor.address))
    expect(page.locator(".said")).to_have_text("The first place?")
    items(visitor).filter(has_text="second").locator("a").first.click()
    expect(page.locator(".said")).to_have_text("The second place?")
    page.go_back()
    expect(page.locator(".said")).to_have_text("The first place?")
    page.go_forward()
    expect(page.locator(".said")).to_have_text("The second place?")


def test_long_lists_and_conversations_open_at_once(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("long")
    with closing(Database.open(data / "folio.db")) as database, database.write():  # at once, not row by row
        where = exchange(database, "Question 0?", "Answer 0.").conversation_id
        for number in range(1, 250):  # 500 messages in all
            text = f"Answer {number}.\n\n- " + "\n- ".join(["A line of a list that says something."] * 12)
            exchange(database, f"Question {number}?", text, conversation_id=where)
        for number in range(70):
            exchange(database, f"Another {number}?")
    with served(data, secret=SECRET) as address:
        visitor = Visitor(place.browser, address)
        token = Identities(SECRET.encode()).token(ANN)
        visitor.context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        page = visitor.page
        visitor.open()
        expect(items(visitor)).to_have_count(30)
        page.click('[data-act="more"]')
        expect(items(visitor)).to_have_count(60)
        with worked(place.browser) as work:
            took_ms = page.evaluate(
                """(id) => new Promise((resolve) => {
                    const began = performance.now();
                    const seen = new MutationObserver(() => {
                        if (!document.querySelector('.exchange:last-child .said')?.textContent.includes("249")) return;
                        seen.disconnect();
                        requestAnimationFrame(() => resolve(performance.now() - began));
                    });
                    seen.observe(document.body, { childList: true, subtree: true });
                    const link = document.createElement("a");
                    link.dataset.act = "open";
                    link.dataset.conversation = id;
                    document.body.append(link);
                    link.click();
                })""",
                where,
            )
        own_ms = took_ms - work.waited_ms  # what other programs take of the machine is not the page's
        sys.stdout.write(f"500 messages opened in {took_ms:.0f} ms, {own_ms:.0f} ms of them its own\n")
        assert work.busy_ms < 1_000
        assert own_ms < 1_000
        expect(page.locator(".exchange")).to_have_count(30)
        page.locator(".earlier").click()
        expect(page.locator(".exchange")).to_have_count(90)
        page.fill("#folio-search", '"Question 42?"')
        page.locator(".mention", has_text="Question 42?").first.click()
        expect(page.locator(".exchange[data-ui-found] .said")).to_have_text("Question 42?")
        visitor.context.close()
        assert visitor.problems == []
