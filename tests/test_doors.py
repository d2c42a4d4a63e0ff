"""The same question by every door of one Folio: REST, four streams, live connection, the page and Streamlit. Each is
written by the same code to the same log, and shows what is in it.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, expect
from streamlit.testing.v1 import AppTest

import ui_streamlit
from rag.api.auth import COOKIE, Identities, load_key
from rag.app import App
from rag.events import TERMINAL_TYPES
from rag.model import SHARED_OWNER
from tests.api_server import API
from tests.conftest import wait_until
from tests.doubles import ChatServer
from tests.live_client import live
from tests.pages import LAST, Visitor, opened_browser
from tests.quoting import quoting_script
from tests.whole import REPORT, REVENUE, ingest, log_of

pytestmark = pytest.mark.browser
PAGE = Path(ui_streamlit.__file__).parent / ".streamlit" / "page.py"
FIGURE = "412 million crowns"
_OWN = {"turn_id", "seq", "at", "conversation_id", "message_id", "elapsed_ms", "timings"}
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """One App with REPORT in it for everybody, the server of its page and API, and a browser."""

    app: App
    identities: Identities
    address: str
    browser: Browser


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who comes by one door only: what another one asked is not there to be taken from the cache."""

    house: House
    user_id: str
    client: httpx.Client

    @property
    def token(self) -> str:
        return self.house.identities.token(self.user_id)

    def log(self, turn_id: str) -> list[JSON]:
        return [logged.to_json() for logged in log_of(self.house.app, self.user_id, turn_id)]

    def log_of_their_answer(self) -> list[JSON]:
        """They have asked once."""
        (listed,) = self.client.get("/chat/conversations").json()["data"]
        _, answer = self.client.get("/chat/history", params={"conversation_id": listed["id"]}).json()["data"]
        return self.log(self.house.app.talk.trace(self.user_id, answer["id"])["turn_id"])

    def as_logged(self, shown: list[JSON]) -> list[JSON]:
        events = self.log(shown[0]["turn_id"])
        assert shown == events
        return events


@pytest.fixture(scope="module", params=["extractive", "scripted"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Once with the built-in answerer, once with a model that streams its words and quotes its passages."""
    with pytest.MonkeyPatch.context() as patch, ChatServer(quoting_script()) as model:
        for name in [name for name in os.environ if name.startswith(("FOLIO_", "OPENAI_"))]:
            patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("cwd"))
        patch.setenv("FOLIO_DATA", str(tmp_path_factory.mktemp("data")))
        patch.setenv("FOLIO_OFFLINE", "true")
        if request.param == "scripted":
            patch.setenv("OPENAI_BASE_URL", model.base_url)
            patch.setenv("OPENAI_API_KEY", "key")
        app, _ = ui_streamlit._opened()
        identities = Identities(load_key(app.settings))
        try:
            ingest(app, SHARED_OWNER, REPORT, "report.pdf")
            with served(app) as address, opened_browser() as browser:
                yield House(app, identities, address, browser)
        finally:
            ui_streamlit._opened.clear()


@contextmanager
def served(app: App) -> Iterator[str]:
    from ui_gradio import create_server  # noqa: PLC0415 -- Gradio takes seconds to import

    config = uvicorn.Config(
        lambda: create_server(app), factory=True, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def test_every_door_leads_to_the_same_events(house: House) -> None:
    told = {}
    for number, (name, door) in enumerate(DOORS.items()):
        user_id = f"u_{number}"
        headers = {"Authorization": f"Bearer {house.identities.token(user_id)}"}
        with httpx.Client(base_url=f"{house.address}{API}", headers=headers, timeout=30) as client:
            told[name] = told_by(door(Caller(house, user_id, client)))
    first = told["rest"]
    assert (first[0]["type"], first[-1]["type"]) == ("queued", "done")
    assert FIGURE in text_of(first)
    assert {"step", "sources", "token", "citation"} <= {event["type"] for event in first}
    for name, events in told.items():
        assert events == first, name


def told_by(events: list[JSON]) -> list[JSON]:
    """What a log says, without whose it is and how long it took, and however the text was cut into tokens."""
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events if event["type"] in TERMINAL_TYPES] == [events[-1]["type"]]
    told: list[JSON] = []
    for event in events:
        said = {name: value for name, value in event.items() if name not in _OWN}
        if said["type"] == "token" and told and told[-1]["type"] == "token":
            told[-1] = {**said, "text": told[-1]["text"] + said["text"]}
        else:
            told.append(said)
    return told


def text_of(events: list[JSON]) -> str:
    return "".join(event["text"] for event in events if event["type"] == "token")


# ---- the doors: each asks, checks what it is shown against the log, and gives the log's rows


def rest(caller: Caller) -> list[JSON]:
    answer = caller.client.post("/chat/", json={"question": REVENUE}).json()["data"]
    events = caller.log(answer["turn_id"])
    assert answer["answer"] == text_of(events)
    cited = [event["quote"] for event in events if event["type"] == "citation"]
    assert [citation["quote"] for citation in answer["citations"]] == cited
    return events


def frames(response: httpx.Response) -> list[JSON]:
    assert response.status_code == HTTPStatus.OK, response.text
    return [json.loads(line.removeprefix("data: ")) for line in response.text.split("\n") if line.startswith("data: ")]


def fast_stream(caller: Caller) -> list[JSON]:
    return caller.as_logged(frames(caller.client.post("/fast_chat/stream", json={"question": REVENUE})))


def chat_stream(caller: Caller) -> list[JSON]:
    body = {"question": REVENUE, "search_mode": "hybrid"}
    return caller.as_logged(frames(caller.client.post("/chat/stream", json=body)))


def session_stream(caller: Caller) -> list[JSON]:
    started = caller.client.post("/chat/start", json={"question": REVENUE}).json()["data"]
    shown = frames(caller.client.get("/chat/stream", params={"session_id": started["session_id"]}))
    assert frames(caller.client.get(f"/chat/turns/{started['turn_id']}/events")) == shown
    return caller.as_logged(shown)


def live_connection(caller: Caller) -> list[JSON]:
    begun = caller.client.post("/chat/conversation").json()["data"]["id"]
    with live(caller.house.address, begun, caller.token) as talker:
        talker.synced()
        talker.send("chat_message", question=REVENUE)
        return caller.as_logged(talker.turn())


def gradio_page(caller: Caller) -> list[JSON]:
    visitor = Visitor(caller.house.browser, caller.house.address)
    visitor.context.add_cookies([{"name": COOKIE, "value": caller.token, "url": caller.house.address}])
    visitor.open()
    visitor.ask(REVENUE)
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
    events = caller.log_of_their_answer()
    expect(visitor.page.locator(f"{LAST} .prose")).to_contain_text(FIGURE)
    cited = [event for event in events if event["type"] == "citation"]
    expect(visitor.page.locator(f"{LAST} .prose .chip")).to_have_count(len(cited))
    steps = {event["name"] for event in events if event["type"] == "step"}
    expect(visitor.page.locator(f"{LAST} .steps li")).to_have_count(len(steps))
    visitor.leave()
    assert visitor.problems == []
    return events


def streamlit_page(caller: Caller) -> list[JSON]:
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.session_state["user"] = caller.user_id
    page.run().chat_input[0].set_value(REVENUE).run()
    wait_until(lambda: page.run().pills)
    events = caller.log_of_their_answer()
    html = "\n".join(element.proto.body for element in page.get("html"))
    assert FIGURE in html
    cited = [event for event in events if event["type"] == "citation"]
    assert html.count('class="f-chip"') == len(cited)
    shown = re.findall(r'<ol class="f-steps">(.*?)</ol>', html, re.DOTALL)
    assert [one.count("<li") for one in shown] == [len({event["name"] for event in events if event["type"] == "step"})]
    assert not page.exception
    return events


DOORS: dict[str, Callable[[Caller], list[JSON]]] = {
    "rest": rest,
    "fast_chat/stream": fast_stream,
    "chat/stream": chat_stream,
    "chat/start and GET chat/stream": session_stream,
    "live connection": live_connection,
    "page": gradio_page,
    "streamlit": streamlit_page,
}
