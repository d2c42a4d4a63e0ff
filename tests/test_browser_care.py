"""Care for everybody, in a real browser: axe-core, the keyboard, hostile texts, and a page that never lags."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from rag.turns.titles import INSTRUCTION
from tests.doubles import Asked, Reply, pieces
from tests.long_tasks import watched
from tests.pages import LAST, QUESTION, SAMPLE, Place, Visitor, cited, visiting, with_sample

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


def answers(asked: Asked) -> Reply:
    return (
        Reply() if INSTRUCTION in asked.prompt else Reply(pieces(f"It cost **2,214** {cited(asked)}.\n\n- One\n- Two"))
    )


def serious(visitor: Visitor) -> list[str]:
    """What axe-core finds that keeps people out, as "rule: element"."""
    page = visitor.page
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)")
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]  # fmt: skip


# What can be pressed in the chat, by its words, where a finger finds less than 34 pixels of height or 24 of width.
SMALL = """() => [...document.querySelectorAll('#folio [data-region="thread"] :is(button, summary)')]
  .filter((one) => one.checkVisibility())
  .filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    const around = getComputedStyle(one, "::before");
    const [more, beside] = around.position === "absolute" ? [parseFloat(around.top), parseFloat(around.left)] : [0, 0];
    return height - 2 * more < 34 || width - 2 * beside < 24;
  })
  .map((one) => one.getAttribute("aria-label") || one.innerText)"""


def test_on_a_phone_a_finger_finds_what_can_be_pressed(place: Place) -> None:
    place.model.script = answers
    with visiting(place, **PHONE) as visitor:
        visitor.page.locator("[data-files]").last.set_input_files(SAMPLE)
        visitor.page.click('[data-pane="side"]')
        expect(visitor.page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1)
        visitor.page.click('[data-pane="chat"]')
        visitor.ask(QUESTION)
        expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
        expect(visitor.page.locator(f"{LAST} .chip")).to_be_visible()
        assert visitor.page.evaluate(SMALL) == []


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing_serious(place: Place, options: dict[str, object]) -> None:
    place.model.script = answers
    with visiting(place, **options) as visitor:
        page, is_phone = visitor.page, options is PHONE
        assert serious(visitor) == []
        page.locator("[data-files]").last.set_input_files(SAMPLE)
        if is_phone:
            page.click('[data-pane="side"]')
        expect(page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1)
        assert serious(visitor) == []
        if is_phone:
            page.click('[data-pane="chat"]')
        visitor.ask(QUESTION)
        expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
        page.locator(".trace summary").click()
        page.locator(".all summary").click()
        page.locator(".settings summary").click()
        assert serious(visitor) == []
        page.keyboard.press("Escape")
        page.locator(".chip").click()
        expect(page.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
        assert serious(visitor) == []
        page.keyboard.press("Escape")
        page.locator('[data-act="trace"]').click()
        expect(page.locator(".traced")).to_be_visible()
        assert serious(visitor) == []


def test_the_keyboard_is_enough(place: Place) -> None:
    place.model.script = answers
    with visiting(place) as visitor:
        page = visitor.page
        with_sample(visitor)
        visitor.ask(QUESTION)
        expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
        page.focus(".chip")
        page.keyboard.press("Space")
        expect(page.locator('[data-region="source"] h2')).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".chip")).to_be_focused()
        page.keyboard.press("Control+k")
        expect(page.locator("#folio-search")).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(page.locator('[data-region="rail"] nav a').first).to_be_focused()
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("#folio button, #folio a, #folio input, #folio select")]
                .filter((one) => !(one.textContent.trim() || one.ariaLabel || one.labels?.length)).length"""
        )
        assert nameless == 0


def test_on_a_phone_the_keyboard_reaches_only_what_is_on_show(place: Place) -> None:
    place.model.script = answers
    with visiting(place, **PHONE) as visitor:
        page = visitor.page
        with_sample(visitor)
        question = page.locator("#folio-question")
        for pane, shown in (("rail", "#folio-search"), ("side", '[data-region="documents"] [data-use]')):
            page.click(f'.tabs [data-pane="{pane}"]')
            expect(question).not_to_be_visible()
            expect(page.locator(shown)).to_be_visible()
            walked = [walk(visitor) for _ in range(12)]
            assert len(set(walked)) > 4
            assert not {"composer", "thread", "welcome"} & {each.split()[0] for each in walked}, walked
        page.focus(".skip")
        page.keyboard.press("Enter")
        expect(question).to_be_focused()
        visitor.ask(QUESTION)
        page.locator(".chip").click()
        expect(page.locator('[data-region="source"] h2')).to_be_focused()
        assert {walk(visitor).split()[0] for _ in range(12)} <= {"source", "page"}
        page.keyboard.press("Escape")
        expect(page.locator(".chip")).to_be_focused()


def walk(visitor: Visitor) -> str:
    """Presses Tab. -> where that led: region, place of the element in it."""
    visitor.page.keyboard.press("Tab")
    led: str = visitor.page.evaluate(
        """() => {
            const region = document.activeElement.closest("[data-region]");
            if (!region) return "page";
            return `${region.dataset.region} ${[...region.querySelectorAll("*")].indexOf(document.activeElement)}`;
        }"""
    )
    return led


def test_typing_never_lags_while_an_answer_streams(place: Place) -> None:
    lines = [
        f"**Line {number}** of an answer with `code`, a list and more.\n\n- one\n- two\n\n" for number in range(120)
    ]
    place.model.script = lambda asked: (
        Reply() if INSTRUCTION in asked.prompt else Reply(pieces(f"{cited(asked)} ", *lines, delay_s=0.02))
    )
    with visiting(place) as visitor:
        page = visitor.page
        with_sample(visitor)
        with watched(place.browser, page) as tasks:
            visitor.ask(QUESTION)
            expect(page.locator(".chip")).to_have_count(1)
            page.focus("#folio-question")
            page.keyboard.type("the next question, typed while the answer streams", delay=20)
            expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
        assert page.input_value("#folio-question").endswith("streams")
        assert tasks[0].lasted_ms > 250  # the one that was made to see whether they are seen
        assert [one for one in tasks[1:] if one.own_ms > 200] == [], tasks


def test_the_page_speaks_german(place: Place) -> None:
    with visiting(place, locale="de-DE") as visitor:
        page = visitor.page
        expect(page.locator(".welcome h1")).to_have_text("Frag deine Dokumente")
        expect(page.locator('.states [data-state="trash"]')).to_have_text("Papierkorb")
        expect(page.locator("#folio-summary")).to_have_text("scripted · Wörter + Bedeutung")
        assert page.evaluate("document.documentElement.lang") == "de"
        visitor.upload(
            {"name": "old.doc", "mimeType": "x/y", "buffer": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}
        )
        refused = page.locator("#folio-uploads .error")
        expect(refused).to_contain_text("„old.doc“ ist eine Datei einer alten Office-Version")
        expect(refused.locator(".way-on")).to_contain_text("Wandle die Datei")
        page.goto(f"{visitor.address}/c/nobody")  # an address that leads nowhere
        expect(page.locator("h1")).to_have_text("Hier ist nichts")
        assert serious(visitor) == []
        page.click("text=Zu Folio")
        expect(page.locator(".welcome h1")).to_have_text("Frag deine Dokumente")
        visitor.problems[:] = [
            each for each in visitor.problems if "of 4" not in each
        ]  # 415 and 404, as they should be
