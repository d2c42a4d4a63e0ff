"""What can be done with an answer, in a real browser: versions, models, thumbs, copies, settings, traces, drafts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect

from rag.turns.titles import INSTRUCTION
from store.database import Database
from tests.conftest import wait_until
from tests.doubles import Asked, Reply, pieces
from tests.pages import LAST, QUESTION, QUOTE, Place, Visitor, cited, visiting, with_sample

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    with visiting(place) as somebody:
        yield somebody


def counting(place: Place) -> None:
    """The model numbers its answers; none has a citation."""

    def script(asked: Asked) -> Reply:
        return Reply() if INSTRUCTION in asked.prompt else Reply(pieces(f"Answer {len(place.answers)}."))

    place.model.script = script


def choose(visitor: Visitor, **values: str) -> None:
    """In the answer settings."""
    visitor.page.click(".settings summary")
    for name, value in values.items():
        visitor.page.select_option(f"#folio-{name}", value)
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator(".settings .sheet")).to_be_hidden()


def answered(visitor: Visitor, text: str) -> None:
    expect(visitor.page.locator(f"{LAST} .prose")).to_have_text(text)
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")


def test_answers_and_questions_have_versions(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    counting(place)
    choose(visitor, mode="none")
    visitor.ask("What is a lamp?")
    answered(visitor, "Answer 1.")
    page.click('.answer [data-act="again"]')
    answered(visitor, "Answer 2.")
    expect(page.locator(".answer .stepper")).to_have_text("2/2")
    page.click('.answer [data-act="version"] >> nth=0')
    answered(visitor, "Answer 1.")
    expect(page.locator(".answer .stepper")).to_have_text("1/2")
    page.click('[data-act="again-with"]')
    page.click('.choosing .choice:has-text("Quotes only")')
    expect(page.locator(".answer .stepper")).to_have_text("3/3")
    expect(page.locator(".exchange")).to_have_count(1)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")  # until then nothing else is begun

    page.click('[data-act="edit"]')
    expect(page.locator(".editing textarea")).to_be_focused()
    page.fill(".editing textarea", "What is a lens?")
    page.keyboard.press("Enter")
    answered(visitor, "Answer 3.")
    expect(page.locator(".said")).to_have_text("What is a lens?")
    expect(page.locator(".asked .stepper")).to_have_text("2/2")
    page.click('.asked [data-act="version"] >> nth=0')
    expect(page.locator(".said")).to_have_text("What is a lamp?")
    visitor.reload()
    expect(page.locator(".asked .stepper")).to_have_text("1/2")
    page.click('[data-act="edit"]')
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)


def reasons(database: Database) -> list[str]:
    with database.read() as reader:
        return [row[0] for row in reader.execute("SELECT reason FROM reactions").fetchall()]


def test_thumbs_with_a_reason_stay(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    counting(place)
    choose(visitor, mode="none")
    visitor.ask("Is it good?")
    answered(visitor, "Answer 1.")
    page.click('[data-thumb="down"]')
    page.fill(".reasoning input", "It says <b>nothing</b>.")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Thank you")
    with closing(Database.open_reader(place.data / "folio.db")) as database:  # the page does not wait for it
        wait_until(lambda: reasons(database) == ["It says <b>nothing</b>."])
    visitor.reload()
    expect(page.locator('[data-thumb="down"]')).to_have_attribute("aria-pressed", "true")
    page.click('[data-thumb="up"]')
    expect(page.locator('[data-thumb="down"]')).to_have_attribute("aria-pressed", "false")
    page.click('[data-thumb="up"]')
    expect(page.locator('[aria-pressed="true"][data-thumb]')).to_have_count(0)


def test_a_copy_has_its_sources_and_a_cached_answer_says_so(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    place.model.script = lambda asked: Reply() if INSTRUCTION in asked.prompt else Reply(pieces(f"So {cited(asked)}."))
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    page.click('[data-act="copy"]')
    expect(page.locator(".toast")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("So [")
    assert f'Page 7: "{QUOTE}"' in copied

    page.click(".fresh")
    visitor.ask(QUESTION)
    expect(page.locator(f"{LAST} .note")).to_contain_text("From the cache, made just now")
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    page.click(f'{LAST} .note [data-act="again"]')
    expect(page.locator(".answer .stepper")).to_have_text("2/2")
    expect(page.locator(f"{LAST} .note")).to_have_count(0)


def test_settings_are_kept_for_each_conversation_and_shown_in_the_trace(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    counting(place)
    with_sample(visitor)
    choose(visitor, mode="keyword", passages="4", language="de")
    visitor.ask(QUESTION)
    answered(visitor, "Answer 1.")
    assert "Answer in German, always" in place.answers[-1].prompt
    expect(page.locator(".hit")).to_have_count(4)
    expect(page.locator("#folio-summary")).to_have_text("scripted · Words only · Deutsch")
    page.click(".trace summary")
    page.click('[data-act="trace"]')
    trace = page.locator(".traced")
    expect(trace.locator(".facts-list")).to_contain_text("Words only")
    expect(trace.locator(".facts-list")).to_contain_text("Deutsch")
    expect(trace.locator("tbody tr")).to_have_count(4)
    expect(trace.locator(".bars li")).to_have_count(4)
    expect(trace).to_contain_text("4 of 4 candidates went into the prompt")
    trace.locator("tbody button").first.click()
    expect(page.locator('[data-region="source"] figure.page')).to_have_attribute("data-ui-loaded", "yes")

    shown = page.url
    page.click(".fresh")
    choose(visitor, mode="hybrid", language="")
    expect(page.locator("#folio-summary")).to_have_text("scripted · Words + meaning")
    visitor.open(shown.removeprefix(visitor.address))
    expect(page.locator("#folio-summary")).to_have_text("scripted · Words only · Deutsch")
    page.evaluate("localStorage.clear()")  # another browser of the same user
    visitor.reload()
    expect(page.locator("#folio-summary")).to_have_text("scripted · Words only · Deutsch")


def test_drafts_survive_a_reload_and_wait_in_their_conversation(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    counting(place)
    choose(visitor, mode="none")
    visitor.ask("A question?")
    answered(visitor, "Answer 1.")
    page.fill("#folio-question", "and half of")
    page.click(".fresh")
    expect(page.locator("#folio-question")).to_have_value("")
    page.fill("#folio-question", "something new")
    visitor.reload()
    expect(page.locator("#folio-question")).to_have_value("something new")
    page.click('[data-region="rail"] nav a')
    expect(page.locator("#folio-question")).to_have_value("and half of")
    page.press("#folio-question", "End")
    page.keyboard.type(" another")
    draft = f"{visitor.address}/api/v1/chat/conversation/{page.url.partition('=')[2]}/draft"
    kept = {"text": "and half of another"}
    wait_until(lambda: kept.items() <= visitor.context.request.get(draft).json()["data"].items())
    page.evaluate("localStorage.clear()")
    visitor.reload()
    expect(page.locator("#folio-question")).to_have_value("and half of another")
    page.press("#folio-question", "Shift+Enter")
    page.keyboard.type("line")
    page.keyboard.press("Enter")
    answered(visitor, "Answer 2.")
    expect(page.locator(f"{LAST} .said")).to_have_text("and half of another\nline")
    visitor.reload()
    expect(page.locator("#folio-question")).to_have_value("")


def test_a_conversation_can_be_exported_in_every_form(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    expect(page.locator(".of-chat")).to_be_hidden()
    counting(place)
    choose(visitor, mode="none")
    visitor.ask("To keep?")
    answered(visitor, "Answer 1.")
    page.click(".exporting summary")
    links = [link.get_attribute("href") or "" for link in page.locator("[data-export]").all()]
    identity = page.url.partition("conversation=")[2]
    assert links == [
        f"api/v1/chat/conversation/{identity}/export?format={form}" for form in ("md", "html", "docx", "json")
    ]
