"""The tools for analysts and support marks in a real browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from rag.turns.titles import INSTRUCTION
from tests.doubles import Asked, Piece, Reply, pieces
from tests.naughty import NAUGHTY
from tests.pages import LAST, QUESTION, QUOTE, Place, Visitor, cited, visiting, with_sample
from tests.test_browser_care import PHONE, serious

pytestmark = pytest.mark.browser
SOURCE = '[data-region="source"]'
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    place.model.script = answer
    with visiting(place) as somebody:
        yield somebody


def answer(asked: Asked) -> Reply:
    if INSTRUCTION in asked.prompt or f"Question: {QUESTION}" not in asked.prompt:
        return Reply(pieces("Nobody knows that."))
    return Reply(pieces(f"It cost **2,214 thousand crowns** {cited(asked)}. The keeper likes marmalade sandwiches."))


def tool(visitor: Visitor, name: str) -> Locator:
    """The panel of a tool, opened from the bar."""
    if visitor.page.locator(".bench").is_hidden():
        visitor.page.click('[data-act="tools"]')
    visitor.page.click(f"#tool-{name}")
    return visitor.page.locator(f"#panel-{name}")


def golden(*rows: str, name: str = "board.csv") -> FilePayload:
    text = "\n".join(["question,expected answer,file,page", *rows])
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_an_answer_says_what_its_sentences_rest_on(visitor: Visitor) -> None:
    page = visitor.page
    with_sample(visitor)
    visitor.ask(QUESTION)
    support = page.locator(f"{LAST} .support")
    expect(support.locator("summary")).to_have_text("1 of 2 sentences rest on a verified quote · 1 without support")
    support.locator("summary").click()
    expect(support.locator('[data-support="quote"] .sentence')).to_have_text("It cost 2,214 thousand crowns.")
    expect(support.locator('[data-support="none"]')).to_contain_text("marmalade")
    visitor.reload()
    expect(support.locator("summary")).to_contain_text("1 of 2")

    page.locator(".trace summary").click()
    page.locator('[data-act="trace"]').click()
    page.locator('[data-act="why-not"]').click()
    why = page.locator("#panel-why")
    expect(why.locator(".about-answer")).to_be_visible()
    expect(why.locator('[name="question"]')).to_have_value(QUESTION)
    why.locator('[name="sentence"]').fill(QUOTE)
    page.keyboard.press("Enter")
    expect(why.locator(".lab-why")).to_have_attribute("data-verdict", "used")


def test_what_search_finds_and_its_settings_in_the_chat(visitor: Visitor) -> None:
    page = visitor.page
    with_sample(visitor)
    panel = tool(visitor, "inspect")
    expect(page).to_have_url(re.compile("tools=inspect"))
    panel.locator('[name="question"]').fill(QUESTION)
    panel.locator('[name="mode"]').select_option("keyword")
    panel.locator('[name="passages"]').select_option("4")
    panel.locator('[name="weights"]').select_option("3:1")
    panel.locator('[type="submit"]').click()
    rows = panel.locator(".candidates tbody tr[data-key]")
    expect(rows.first).to_contain_text("p. 7")
    assert rows.count() > 4
    expect(panel.locator(".candidates tbody tr").nth(4)).to_contain_text("do not reach the answer (4 do)")
    rows.first.locator('[data-act="hit"]').click()
    expect(page.locator(f"{SOURCE} .place")).to_contain_text("Page 7 of 9")
    page.keyboard.press("Escape")
    expect(panel).to_be_visible()
    panel.locator('[data-act="lab-use"]').click()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).not_to_have_url(re.compile("tools="))
    expect(page.locator("#folio-summary")).to_contain_text("Words only")
    expect(page.locator("#folio-passages")).to_have_value("4")
    expect(page.locator("#folio-weights")).to_have_value("3:1")
    visitor.ask(QUESTION)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    identity = page.locator(LAST).get_attribute("data-key")
    trace = visitor.context.request.get(f"{visitor.address}/api/v1/chat/messages/{identity}/trace").json()["data"]
    assert trace["settings"]["settings"] == {"weights": "3:1"}

    page.goto(f"{visitor.address}/?tools=why")  # a deep link, and the way back
    expect(page.locator("#panel-why")).to_be_visible()
    page.click("#tool-ab")
    page.locator('[data-region="rail"] nav a').first.click()
    expect(page.locator(".bench")).to_be_hidden()
    expect(page.locator(".exchange")).to_have_count(1)


def test_why_a_sentence_was_not_found(visitor: Visitor) -> None:
    with_sample(visitor)
    panel = tool(visitor, "why")
    panel.locator('[name="question"]').fill(QUESTION)
    panel.locator('[name="sentence"]').fill("Maintenance cost 2,241 thousand crowns in 2025")
    panel.locator('[type="submit"]').click()
    expect(panel.locator(".verdict")).to_contain_text("written otherwise (97 % the same)")
    expect(panel.locator(".lab-why")).to_contain_text("“2,241” is “2,214” in the document.")
    panel.locator('[name="sentence"]').fill("?!")
    panel.locator('[type="submit"]').click()
    expect(panel.locator(".problem")).to_contain_text("Give the sentence")
    expect(panel.locator('[type="submit"]')).to_be_enabled()


def test_one_question_with_two_settings(visitor: Visitor) -> None:
    with_sample(visitor)
    panel = tool(visitor, "ab")
    panel.locator('[name="question"]').fill(QUESTION)
    panel.locator('[data-how="how_b"] [name="model"]').select_option("extractive")
    panel.locator('[type="submit"]').click()
    sides = panel.locator(".lab-ab article")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("It cost 2,214 thousand crowns")
    expect(sides.nth(1)).to_contain_text("Quotes only (no model)")
    expect(sides.nth(1).locator(".chip").first).to_be_visible()
    expect(panel.locator(".lab-moves tbody tr").first).to_contain_text("p. 7")


def test_golden_questions_are_run_looked_at_compared_and_deleted(visitor: Visitor) -> None:
    page = visitor.page
    with_sample(visitor)
    panel = tool(visitor, "golden")
    expect(panel.locator(".hint")).to_contain_text("expected answer")
    page.set_input_files("[data-golden]", {"name": "a.csv", "mimeType": "text/csv", "buffer": b" "})
    expect(panel.locator(".problem")).to_contain_text("There are no questions in it.")
    visitor.problems.clear()  # the browser notes every refusal
    rows = (f'{QUESTION},"2,214 thousand crowns",tern,7', "Who is the king?,Nobody,,", ",x,,")
    page.set_input_files("[data-golden]", golden(*rows))
    run = panel.locator(".lab-run")
    expect(run).to_have_attribute("data-status", "completed")
    expect(panel.locator(".problem")).to_be_empty()
    expect(run.locator(".problems")).to_contain_text("Notes on the file: 1")
    expect(run.locator('.cases [data-match="yes"]')).to_contain_text("Rank: 1")
    expect(run.locator(".figures")).to_contain_text("Right page found")
    run.locator('[data-act="lab-row"]').first.click()
    expect(page.locator(f"{SOURCE} .traced")).to_contain_text(QUESTION)
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        run.locator("a[href$='format=csv']").click()
    assert download.value.suggested_filename.endswith(".csv")

    panel.locator('.golden-side [name="model"]').select_option("extractive")
    run.locator('[data-verb="again"]').click()
    expect(panel.locator(".lab-runs li")).to_have_count(2)
    expect(panel.locator('.lab-runs [data-status="completed"]')).to_have_count(2)
    expect(panel.locator('[data-act="lab-compare"]')).to_be_disabled()
    for box in panel.locator("[data-compare]").all():
        box.check()
    panel.locator('[data-act="lab-compare"]').click()
    expect(panel.locator(".lab-comparison")).to_contain_text("Right page: 0 gained, 0 lost")
    visitor.reload()
    panel.locator(".run-name").first.click()
    expect(run).to_contain_text("Quotes only (no model)")
    run.locator('[data-verb="delete"]').click()
    run.locator('[data-verb="delete"]').click()
    expect(panel.locator(".lab-runs li")).to_have_count(1)
    expect(run).to_have_count(0)


def test_a_run_is_cancelled_and_goes_on(visitor: Visitor, place: Place) -> None:
    page, gate = visitor.page, threading.Event()
    place.model.script = lambda asked: Reply((Piece("One", gate=gate),))
    with_sample(visitor)
    panel = tool(visitor, "golden")
    page.set_input_files("[data-golden]", golden(*(f"What is said of light {number}?,,," for number in range(130))))
    run = panel.locator(".lab-run")
    expect(run).to_have_attribute("data-status", "running")
    expect(run.locator("progress")).to_be_visible()
    run.locator('[data-verb="cancel"]').click()
    expect(run).to_have_attribute("data-status", "cancelled")
    run.locator('[data-verb="resume"]').click()
    expect(run.locator("progress")).to_be_visible()
    run.locator('[data-verb="cancel"]').click()
    expect(run).to_have_attribute("data-status", "cancelled")
    run.locator('[data-act="lab-more"]').click()
    expect(run.locator(".cases li")).to_have_count(130)
    gate.set()


def test_hostile_texts_stay_texts(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    place.model.script = lambda asked: Reply(pieces(HOSTILE, *(f"{text}\n\n" for text in NAUGHTY[:200])))
    body = "\n\n".join(["The treasure lies under the oak.", HOSTILE, *NAUGHTY])
    visitor.upload({"name": "a.md", "mimeType": "text/markdown", "buffer": body.encode("utf-8", "replace")})
    expect(page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1)
    for name in ("inspect", "why", "ab"):
        panel = tool(visitor, name)
        panel.locator('[name="question"]').fill(f"Where is the treasure? {HOSTILE}")
        if name == "why":
            panel.locator('[name="sentence"]').fill(HOSTILE)
        panel.locator('[type="submit"]').click()
        expect(panel.locator(".result > *")).to_be_visible()
    panel = tool(visitor, "golden")
    page.set_input_files("[data-golden]", golden(f"{HOSTILE},{HOSTILE},,", name=f"{HOSTILE}.csv".replace("/", "")))
    expect(panel.locator(".lab-run")).to_have_attribute("data-status", "completed")
    expect(panel.locator(".case-question")).to_have_text(HOSTILE)
    assert page.locator("#folio :is(img, script, iframe, object, embed, [onload], [onerror])").count() == 0


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing_serious_in_the_tools(place: Place, options: dict[str, object]) -> None:
    place.model.script = lambda asked: Reply(pieces("Nobody knows that."))  # of notes.csv, which says nothing
    with visiting(place, **options) as visitor:
        page = visitor.page
        visitor.upload(golden(f"{QUESTION},,,", name="notes.csv"))
        for name in ("inspect", "why", "ab"):
            panel = tool(visitor, name)
            panel.locator('[name="question"]').fill(QUESTION)
            if name == "why":
                panel.locator('[name="sentence"]').fill("The keeper likes marmalade.")
            panel.locator('[type="submit"]').click()
            expect(panel.locator(".result > *")).to_be_visible()
            assert serious(visitor) == []
        panel = tool(visitor, "golden")
        page.set_input_files("[data-golden]", golden(f"{QUESTION},crowns,tern,7"))
        expect(panel.locator(".lab-run")).to_have_attribute("data-status", "completed")
        assert serious(visitor) == []
        wide = page.evaluate("document.querySelector('[data-region=lab]').scrollWidth - innerWidth")
        assert wide <= 0
