"""The sample page in a real browser: it asks in each of its three ways."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from rag.api.sample_client import policy
from tests.pages import QUESTION, QUOTE, SAMPLE, Place, Visitor, answering

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    made = Visitor(place.browser, place.address)
    made.page.goto(f"{place.address}/api/client")
    made.page.evaluate(
        """async ([name, bytes]) => {
            const form = new FormData();
            form.append("file", new Blob([new Uint8Array(bytes)]), name);
            const sent = await (await fetch("/api/v1/files/upload", {method: "POST", body: form})).json();
            for (;;) {
                const path = `/api/v1/docs/processing/${sent.data.task_id}/status`;
                if ((await (await fetch(path)).json()).data.searchable) return;
            }
        }""",
        [SAMPLE.name, list(SAMPLE.read_bytes())],
    )
    yield made
    made.context.close()
    assert made.problems == []


def _ask(visitor: Visitor, way: str) -> None:
    visitor.page.select_option("#mode", way)
    visitor.page.fill("#question", QUESTION)
    visitor.page.click("#ask")


@pytest.mark.parametrize("way", ["fetch", "eventsource", "websocket"])
def test_each_way_shows_steps_answer_and_citations(place: Place, visitor: Visitor, way: str) -> None:
    gate = threading.Event()
    place.model.script = answering(gate, before="It was dear <b>", after="{}.")
    _ask(visitor, way)
    page = visitor.page
    expect(page.locator("#answer")).to_have_text("It was dear <b>")  # while the rest is not written yet
    gate.set()
    expect(page.locator("#state")).to_have_text("done")
    expect(page.locator("#citations li")).to_contain_text(QUOTE)
    expect(page.locator("#steps li").last).to_contain_text("Generating answer")


@pytest.mark.parametrize("way", ["fetch", "eventsource", "websocket"])
def test_an_answer_is_stopped(place: Place, visitor: Visitor, way: str) -> None:
    gate = threading.Event()
    place.model.script = answering(gate, before="Half ", after="never")
    _ask(visitor, way)
    expect(visitor.page.locator("#answer")).to_contain_text("Half")
    visitor.page.click("#stop")
    expect(visitor.page.locator("#state")).to_have_text("stopped")
    expect(visitor.page.locator("#ask")).to_be_enabled()
    gate.set()


def test_the_policy_names_the_hashes_of_what_is_inline() -> None:
    told = policy("<style>a</style><script>b</script>")
    assert "script-src 'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='" in told
    assert "unsafe" not in told
