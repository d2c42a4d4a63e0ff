"""The whole of Folio on a real port with a scripted model, and a real browser that looks at it: for browser tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    FilePayload,
    Page,
    Request,
    expect,
    sync_playwright,
)

from rag.app import open_app
from rag.settings import Settings
from rag.turns.titles import INSTRUCTION
from tests.conftest import wait_until
from tests.doubles import Asked, ChatServer, Piece, Reply, Script, pieces
from tests.quoting import passages_of

WAIT_MS = 60_000  # for anything to be shown, on a machine however slow and busy
SAMPLE = Path(__file__).parent.parent / "samples" / "tern-rock-annual-report-2025.pdf"
QUESTION = "What did maintenance cost in 2025?"
QUOTE = "Maintenance cost 2,214 thousand crowns in 2025"
LAST = ".exchange:last-child"
CHROMIUM = "/usr/bin/chromium"
# Without these Chromium asks its maker's servers for updates.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
)  # fmt: skip


@contextmanager
def served(data: Path, **settings: Any) -> Iterator[str]:
    """Page and API over a data folder, at a port that is free unless `port` is set; gives the address."""
    from ui_gradio import create_server  # noqa: PLC0415 -- Gradio takes seconds to import; only these tests need it

    values = {"offline": True, "models": "", "openai_api_key": "", "openai_base_url": "", **settings}
    with open_app(Settings(data=data, _env_file=None, **values)) as app:  # type: ignore[call-arg]
        config = uvicorn.Config(
            lambda: create_server(app),
            factory=True,  # Gradio is built inside the server's loop, as in serve_page
            host="127.0.0.1",
            port=settings.get("port", 0),
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive())
            assert server.started, "the server did not start: its thread says why"
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


class Visitor:
    """A new anonymous user in a browser of their own. `problems`: what went wrong in the page, or left our origin.

    `tab`: one that somebody has left, in the place of a new browser with `options`.
    """

    def __init__(self, browser: Browser, address: str, tab: Page | None = None, **options: Any) -> None:
        self.address = address
        self.problems: list[str] = []
        self._is_leaving = False
        usual = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"}
        self.page: Page = tab or browser.new_context(**{**usual, **options}).new_page()
        self.context: BrowserContext = self.page.context
        self.page.set_default_timeout(WAIT_MS)
        self._listeners: dict[Any, Any] = {
            "request": self._on_request,
            "console": self._on_console,
            "dialog": self._on_dialog,
            "pageerror": lambda error: self.problems.append(f"uncaught: {error}"),
        }
        for event, listener in self._listeners.items():
            self.page.on(event, listener)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"asked {request.url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")  # the page opens none: a text did
        dialog.dismiss()

    def _on_console(self, message: ConsoleMessage) -> None:
        # A page that is left in the middle of an answer has its stream cut off, and Gradio's client says so.
        if message.type == "error" and not self._is_leaving:
            self.problems.append(f"console: {message.text}")

    def open(self, path: str = "/") -> None:
        """Goes there, and waits until everything is drawn."""
        self._is_leaving = True
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector("#folio-question", state="attached")
        self._is_leaving = False

    def leave(self) -> None:
        """Closes the browser's window, whatever is under way in it."""
        self._is_leaving = True
        self.context.close()

    def vacate(self) -> Page:
        """Leaves, and takes everything along that the tab and its browser knew, but for the cache."""
        self._is_leaving = True
        self.page.goto("about:blank")
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        self.page.unroute_all()
        session = self.context.new_cdp_session(self.page)
        session.send("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "local_storage,indexeddb"})
        session.detach()
        self.context.clear_cookies()
        self.context.clear_permissions()
        return self.page

    def reload(self) -> None:
        self.open(self.page.url.removeprefix(self.address))

    def ask(self, question: str) -> None:
        """Writes a question and sends it with Enter."""
        self.page.fill("#folio-question", question)
        self.page.press("#folio-question", "Enter")

    def upload(self, *files: Path | dict[str, Any] | FilePayload) -> None:
        """Through the file field of the documents pane."""
        self.page.set_input_files('[data-region="documents"] input[type="file"]', list(files))  # type: ignore[arg-type]

    def until(self, condition: str, argument: Any = None) -> None:
        """Waits until a JavaScript expression (or function of `argument`) holds."""
        self.page.wait_for_function(condition, arg=argument)


def with_sample(visitor: Visitor) -> None:
    visitor.upload(SAMPLE)
    expect(visitor.page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1)


def cited(asked: Asked, quote: str = QUOTE) -> str:
    """The marker a good model would write for a quote."""
    number = next(hit.number for hit in passages_of(asked.prompt) if quote in " ".join(hit.passage.text.split()))
    return f'[{number}: "{quote}"]'


def answering(gate: threading.Event, *, before: str = "", after: str = "") -> Script:
    """Says `before`, waits for the gate, then says `after`; condenses follow-ups by naming the year."""

    def script(asked: Asked) -> Reply:
        if INSTRUCTION in asked.prompt:
            return Reply()  # no title: the conversation keeps its own
        if not passages_of(asked.prompt):
            return Reply(pieces("What did maintenance cost in 2024?"))
        marker = cited(asked) if "{}" in before + after else ""
        return Reply((*pieces(before.format(marker)), Piece(after.format(marker), gate=gate)))

    return script


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Headless Chromium."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Place:
    """A Folio with a scripted model, and a browser. `model.script` may be exchanged by a test.

    `tabs`: what visitors have left, by the options of their browsers. The next one takes it over: a new browser costs
    more than twice the work of a page that is opened in a tab which knows its scripts.
    """

    address: str
    model: ChatServer
    browser: Browser
    data: Path
    tabs: dict[str, list[Page]] = field(default_factory=dict)

    @property
    def answers(self) -> list[Asked]:
        """What the model was asked, but for titles."""
        return [asked for asked in self.model.asked if INSTRUCTION not in asked.prompt]


def nothing(asked: Asked) -> Reply:
    return Reply(pieces("Nothing."))


@contextmanager
def scripted_place(data: Path) -> Iterator[Place]:
    """Folio over `data`; documents may have 1 MB."""
    with (
        opened_browser() as browser,
        ChatServer(nothing) as model,
        served(
            data, openai_base_url=model.base_url, openai_api_key="key", openai_model="scripted", max_document_mb=1
        ) as address,
    ):
        yield Place(address, model, browser, data)


@contextmanager
def visiting(place: Place, **options: Any) -> Iterator[Visitor]:
    """Somebody new on the page. In the end nothing may have gone wrong in it, and nobody else may have been asked."""
    place.model.asked.clear()
    left = place.tabs.setdefault(repr(sorted(options.items())), [])
    visitor = Visitor(place.browser, place.address, left.pop() if left else None, **options)
    visitor.open()
    yield visitor
    left.append(visitor.vacate())
    assert visitor.problems == [], visitor.problems
