"""Naughty texts in a real browser: each a question, an answer, a title, a file name, and a line of a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from rag.api.auth import COOKIE, Identities
from rag.ingest.admission import display_name
from store import conversations, documents
from store.database import Database
from tests.conftest import wait_until
from tests.doubles import Reply, pieces
from tests.naughty import BIG_LIST, NAUGHTY
from tests.pages import LAST, Place, Visitor, served, visiting
from tests.talks import ANN, exchange

pytestmark = pytest.mark.browser
SECRET = "a secret for tests of naughty texts, long enough"
RAIL, PANE, SOURCE = (f'[data-region="{name}"]' for name in ("rail", "documents", "source"))
ACTIVE = ":is(img, script, iframe, object, embed, base, meta, link, style, video, audio, form form)"
PROSE_TAGS = {
    "p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "code", "pre", "blockquote", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td", "span",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


def unharmed(page: Page) -> None:
    """Nothing that a text brought along is an element that acts, has a handler, or leads away."""
    found = page.evaluate(
        """(active) => [...document.querySelectorAll("#folio *")].filter((one) =>
            one.matches(active) ||
            [...one.attributes].some(({ name }) => name.startsWith("on") || name === "srcdoc") ||
            [one.href, one.src, one.action].some((to) => to && !String(to).startsWith(location.origin))
        ).map((one) => one.outerHTML.slice(0, 200))""",
        ACTIVE,
    )
    assert found == []


def shown(page: Page, selector: str) -> list[str]:
    texts: list[str] = page.locator(selector).evaluate_all("(all) => all.map((one) => one.textContent)")
    return texts


def parsed(text: str) -> str:
    """A text as an HTML parser hands it on: lines end in one way."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def seeded(data: Path, texts: Sequence[str]) -> str:
    """Ann's data: a conversation that asks and answers every text, one titled by each, a document named by each.

    -> the id of the first.
    """
    with closing(Database.open(data / "folio.db")) as database, database.write():  # at once, not row by row
        where = exchange(database, "Naughty?", "Nice.", ANN).conversation_id
        for text in texts:
            exchange(database, text, text, ANN, conversation_id=where)
            conversations.create(database, ANN, title=text)
        for number, text in enumerate(texts):
            sha256 = hashlib.sha256(f"{number}".encode()).hexdigest()
            name = display_name(f"{text}.md")
            made = documents.create(database, owner=ANN, name=name, media_type="text/markdown", sha256=sha256, bytes=1)
            documents.update(database, made.id, status="ready", title=text)
    return where


def test_every_text_is_shown_letter_by_letter(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert len(BIG_LIST) >= 515
    data = tmp_path_factory.mktemp("naughty")
    where = seeded(data, NAUGHTY)
    names = [display_name(f"{text}.md") for text in NAUGHTY]
    with served(data, secret=SECRET) as address:
        visitor = Visitor(place.browser, address)
        token = Identities(SECRET.encode()).token(ANN)
        visitor.context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        page = visitor.page
        page.route("**/page/rail.js", whole_list)
        page.route("**/page/documents.js", whole_list)
        visitor.open(f"/?conversation={where}")
        expect(page.locator(f"{PANE} .row[data-key]")).to_have_count(len(names))
        expect(page.locator(".earlier")).to_be_visible()
        page.locator(".earlier").evaluate("(button) => { button.dataset.count = 1000; button.click(); }")
        expect(page.locator(".exchange")).to_have_count(len(NAUGHTY) + 1)
        assert shown(page, ".said")[1:] == [parsed(text) for text in NAUGHTY]
        titles = [parsed(text) for text in NAUGHTY]
        expect(page.locator(f"{RAIL} nav li")).to_have_count(len(titles) + 1)
        assert sorted(shown(page, f"{RAIL} nav .name")) == sorted([*titles, "Naughty?"])
        assert sorted(shown(page, f"{PANE} .row[data-key] .name")) == sorted(names)
        tags = page.locator(".prose *").evaluate_all("(all) => [...new Set(all.map((one) => one.localName))]")
        assert set(tags) <= PROSE_TAGS
        unharmed(page)
        visitor.context.close()
        assert visitor.problems == []


def whole_list(route: Route) -> None:
    """A list in one page instead of many."""
    script = route.fetch()
    route.fulfill(response=script, body=re.sub(r"const PAGE = \d+;", "const PAGE = 1_000;", script.text()))


def batches(texts: Sequence[str], max_chars: int) -> Iterator[str]:
    """The texts, a line each, in questions of at most `max_chars`."""
    batch = ""
    for text in texts:
        if len(batch) + len(text) + 1 > max_chars:
            yield batch
            batch = ""
        batch += f"{text}\n"
    yield batch


def test_naughty_texts_go_through_every_part_of_the_page(place: Place) -> None:
    place.model.script = lambda asked: Reply(pieces(*(f"{text}\n\n" for text in NAUGHTY)))
    with visiting(place) as visitor:
        page = visitor.page
        body = "\n\n".join(["The treasure lies under the oak.", *NAUGHTY])
        name = "<svg onload=alert(1)> \u202efdp.md"
        visitor.upload({"name": name, "mimeType": "text/markdown", "buffer": body.encode("utf-8", "replace")})
        expect(page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1)
        for number, question in enumerate(batches(NAUGHTY, 7_900), start=1):
            visitor.ask(f"Where is the treasure? {question}")
            expect(page.locator(".exchange")).to_have_count(number)
            expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
        page.locator(f"{LAST} .trace summary").click()
        page.locator(f"{LAST} .all summary").click()
        page.locator(f'{LAST} [data-act="trace"]').click()
        expect(page.locator(".traced")).to_be_visible()
        page.keyboard.press("Escape")
        page.locator(".row[data-key] .name").click()
        expect(page.locator(SOURCE)).to_contain_text("under the oak")
        unharmed(page)
        page.locator(f"{RAIL} li").hover()
        page.locator('[data-act="rename"]').click()
        page.fill(".renaming", "<img src=x onerror=alert(1)>{{7*7}}${7*7}")
        page.keyboard.press("Enter")
        expect(page.locator(f"{RAIL} nav .name")).to_have_text("<img src=x onerror=alert(1)>{{7*7}}${7*7}")
        page.fill("#folio-search", "treasure <script>")
        draft = " ".join(NAUGHTY)[:5_000]
        page.fill("#folio-question", draft)
        kept = f"{visitor.address}/api/v1/chat/conversation/{page.url.partition('=')[2]}/draft"
        wait_until(lambda: visitor.context.request.get(kept).json()["data"]["text"] == draft)
        visitor.reload()
        expect(page.locator(".exchange")).to_have_count(number)
        unharmed(page)
