"""The Gradio front end: components, wiring and the server they are mounted on. What is shown is made by rag.view.

Each region of the page is one gr.HTML whose value is patched into place by rag/view/static/page.js; clicks come back as
that script's events. No state is kept here: every event says which conversation it is about, every answer is followed
from its log, so a closed tab ends nothing and a reload attaches again.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Otherwise Gradio makes a table of all past events, with pandas, after each event.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from markupsafe import escape
from starlette.datastructures import Headers, MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api import create_api, identify
from rag.app import App, open_app
from rag.errors import FolioError, InternalError, RequestError
from rag.events import Answer, Logged, advance, fold
from rag.model import SEARCH_MODES, Asking
from rag.settings import Settings, load_settings
from rag.view import answers, documents, page, shell, sources
from rag.view.templates import STATIC
from rag.view.texts import TEXTS, Language, choose_language
from store.turns import Turn

log = logging.getLogger(__name__)

REGIONS: Final = ("rail", "bar", "thread", "welcome", "composer", "degraded", "documents", "source")
WIRES: Final = ("live", "notice")  # values that have no place of their own on the page
EVENTS: Final = ("start", "ask", "stop", "open", "source", "sample", "watch", "remove")
FRAME_S: Final = 0.08  # an answer is redrawn some twelve times a second
BEAT_S: Final = 5.0  # and said to be alive this often while nothing comes
MOMENT_S: Final = 0.01
POLL_S: Final = 0.3
SAMPLE_WAIT_S: Final = 60.0
MAX_BYTES_AT_ONCE: Final = 1024 * 1024  # of a WebSocket's frame; the API takes less, and says so
MAX_EVENTS: Final = 400  # at once, over all pages; what runs at once in Folio is limited by its own queues

Data = Mapping[str, Any]
Update = dict[gr.HTML, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, and in which language."""

    user_id: str
    language: Language


class Page:
    """The page's components and what happens when something is clicked."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.at = {name: _component(name) for name in (*REGIONS, *WIRES)}
        for name in EVENTS:
            getattr(self.at["composer"], name)(
                self._guarded(getattr(self, name)),
                inputs=None,
                outputs=list(self.at.values()),
                show_progress="hidden",
                trigger_mode="always_last" if name == "watch" else "multiple",
                concurrency_limit=None,
                api_visibility="private",
            )

    def _guarded(self, handler: Callable[[Reader, Data], Iterator[Update]]) -> Callable[..., Iterator[Update]]:
        """A handler as Gradio calls it. Whatever goes wrong in it ends as sentences in the page."""

        def guarded(event: gr.EventData, request: gr.Request) -> Iterator[Update]:
            data: Data = event._data if isinstance(event._data, dict) else {}
            try:
                yield from handler(_reader(request), data)
            except FolioError as error:
                yield self._notice(page.refusal(error), data)
            except Exception:  # a UI callback: nothing is above it but Gradio
                log.exception("the page's event failed")
                defect = InternalError("internal_error", "Something went wrong on our side.")
                yield self._notice(page.refusal(defect), data)

        return guarded

    def _notice(self, sentence: str, data: Data) -> Update:
        return {self.at["notice"]: {"text": sentence, "key": _text(data, "key"), "id": secrets.token_hex(4)}}

    # ---- what is shown

    def start(self, reader: Reader, data: Data) -> Iterator[Update]:
        """The page was opened: everything is drawn, and an answer in the writing is attached to."""
        models, limits = self.app.models(reader.user_id), self.app.settings
        yield {
            self.at["bar"]: str(page.bar_html(reader.language, has_account=limits.auth != "none")),
            self.at["composer"]: str(page.composer_html(models, limits.max_question_chars, reader.language)),
            **self._surroundings(reader),
        }
        if _text(data, "conversation"):
            yield from self.open(reader, data)

    def open(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A conversation is shown; if an answer is being written in it, that goes on."""
        conversation_id = _text(data, "conversation")
        try:
            conversation = self.app.conversation(reader.user_id, conversation_id)
        except FolioError:
            yield {self.at["thread"]: {"conversation": None, "moved": True, "html": "", "title": "", "busy": False}}
            raise
        turn = self.app.active_turn(reader.user_id, conversation_id)
        shown = answers.exchanges(self.app.history(reader.user_id, conversation_id))
        if turn is not None:
            so_far = self._so_far(reader, turn)
            shown = [replace(one, answer=so_far) if one.key == turn.message_id else one for one in shown]
        html = answers.thread_html(shown, reader.language)
        value = {"conversation": conversation_id, "title": conversation.title, "html": str(html), "busy": bool(turn)}
        yield {self.at["thread"]: value, self.at["rail"]: self._rail(reader)}
        if turn is not None:
            yield from self._follow(reader, turn)

    def _surroundings(self, reader: Reader) -> Update:
        """What depends on the documents and on the state of the server."""
        found = self.app.library.documents(reader.user_id)
        limit = self.app.settings.max_document_bytes
        sample = self.app.library.sample()
        names = {document.name for document in found}
        offered = page.Sample(sample.name, sample.questions, sample.name in names)
        return {
            self.at["documents"]: self._documents(reader),
            self.at["welcome"]: str(page.welcome_html(offered, bool(found), limit, reader.language)),
            self.at["degraded"]: str(escape(page.degraded_line(self.app.health(), reader.language))),
            self.at["rail"]: self._rail(reader),
        }

    def _documents(self, reader: Reader) -> str:
        rows = [
            documents.row(document, self.app.library.newest_task(reader.user_id, document.id), reader.language)
            for document in self.app.library.documents(reader.user_id)
        ]
        return str(documents.documents_html(rows, reader.language, self.app.settings.max_document_bytes))

    def _rail(self, reader: Reader) -> str:
        return str(page.rail_html(self.app.conversations(reader.user_id), reader.language))

    # ---- asking

    def ask(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A question was sent: it is taken or refused at once, then its answer is followed."""
        question, limit = _text(data, "question"), self.app.settings.max_question_chars
        problem = page.question_problem(question, limit, reader.language)
        if problem:
            yield self._notice(problem, data)
            return
        mode = _text(data, "mode")
        asking = Asking(
            question.strip(),
            conversation_id=_text(data, "conversation") or None,
            model=_text(data, "model") or None,
            search_mode=next((known for known in SEARCH_MODES if known == mode), "hybrid"),
            client_key=_text(data, "key") or None,
        )
        turn = self.app.ask(reader.user_id, asking)
        taken = self._follow(reader, turn, _text(data, "key"))
        yield {**next(taken), self.at["rail"]: self._rail(reader)}
        yield from taken

    def _follow(self, reader: Reader, turn: Turn, key: str = "") -> Iterator[Update]:
        """The answer as it grows, from what there is of it to its end. Yields at least once."""
        title = self.app.conversation(reader.user_id, turn.conversation_id).title
        answer = self._so_far(reader, turn)
        yield self._live(reader, turn, answer, title, key)
        if answer.is_finished:
            return
        drawn, is_new = time.monotonic(), False
        with closing(self.app.follow(reader.user_id, turn.id, answer.last_seq, heartbeat_s=FRAME_S)) as events:
            for logged in events:
                answer = advance(answer, logged) if logged is not None else answer
                is_new = is_new or logged is not None
                age_s = time.monotonic() - drawn
                if answer.is_finished or (is_new and age_s >= FRAME_S) or age_s >= BEAT_S:
                    yield self._live(reader, turn, answer, title, key)
                    drawn, is_new = time.monotonic(), False

    def _so_far(self, reader: Reader, turn: Turn) -> Answer:
        """The answer as far as its log goes now: up to the first moment in which nothing new comes."""
        with closing(self.app.follow(reader.user_id, turn.id, heartbeat_s=MOMENT_S)) as events:
            return fold(_until_silent(events))

    def _live(self, reader: Reader, turn: Turn, answer: Answer, title: str, key: str) -> Update:
        exchange = answers.Exchange(turn.message_id, turn.conversation_id, str(turn.asking["question"]), answer)
        value = {
            "conversation": turn.conversation_id,
            "turn": turn.id,
            "key": key,
            "title": title,
            "html": str(answers.exchange_html(exchange, reader.language)),
            "finished": answer.is_finished,
            "beat": round(time.monotonic(), 3),
        }
        return {self.at["live"]: value}

    def stop(self, reader: Reader, data: Data) -> Iterator[Update]:
        """The answer ends here; its follower sees that by itself."""
        self.app.stop(reader.user_id, _text(data, "turn"))
        yield {self.at["live"]: gr.skip()}

    # ---- documents and sources

    def watch(self, reader: Reader, _: Data) -> Iterator[Update]:
        """Rows that move for as long as anything is being worked on."""
        drawn: Update = {}
        while True:
            is_busy = bool(self.app.library.active_tasks(reader.user_id))
            shown = self._surroundings(reader)
            if shown != drawn:
                yield shown
                drawn = shown
            if not is_busy:
                return
            time.sleep(POLL_S)

    def sample(self, reader: Reader, data: Data) -> Iterator[Update]:
        """One click: the sample is loaded, and asked as soon as it can be searched."""
        sample = self.app.library.sample()
        with sample.path.open("rb") as stream:
            task = self.app.library.upload(reader.user_id, stream, sample.name)
        deadline = time.monotonic() + SAMPLE_WAIT_S
        while not (task.searchable or task.is_finished):
            if time.monotonic() > deadline:
                yield self._notice(TEXTS[reader.language]["sample_slow"], data)
                return
            yield {self.at["documents"]: self._documents(reader)}
            time.sleep(POLL_S / 3)
            task = self.app.library.task(reader.user_id, task.id)
        yield self._surroundings(reader)
        if task.searchable:
            yield from self.ask(reader, data)
        else:
            yield self._notice(str((task.error or {}).get("message", "")), data)

    def remove(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A document is deleted."""
        self.app.library.delete_document(reader.user_id, _text(data, "document"))
        yield self._surroundings(reader)

    def source(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A citation or a hit was clicked: its page, its quote, its passage."""
        citation = self._citation(reader, data)
        passage_id = str(citation["passage_id"]) if citation else _text(data, "passage")
        passage = self.app.library.passage(reader.user_id, passage_id)
        document = self.app.library.document(reader.user_id, passage.document_id)
        shown = sources.Source(document, int(citation["page"]) if citation else passage.page, passage, citation)
        html = str(sources.source_html(shown, reader.language))
        yield {self.at["source"]: {"html": html, "id": secrets.token_hex(4)}}

    def _citation(self, reader: Reader, data: Data) -> Mapping[str, Any] | None:
        """The citation that was clicked, from the finished message or from the answer in the writing."""
        message_id, conversation_id = _text(data, "message"), _text(data, "conversation")
        if not message_id:
            return None
        turn = self.app.active_turn(reader.user_id, conversation_id)
        if turn is not None and turn.message_id == message_id:
            found = self._so_far(reader, turn).citations
        else:
            history = self.app.history(reader.user_id, conversation_id)
            found = tuple(next((one.citations for one in history if one.id == message_id), ()))
        index = data.get("index")
        if not isinstance(index, int) or not 0 <= index < len(found):
            raise RequestError("not_found", "This citation is not there any more.")
        return found[index]


def _component(name: str) -> gr.HTML:
    """One region. Its value never goes through Gradio's template: page.js patches it in, which keeps what is open."""
    events = ", ".join(f"'{event}'" for event in EVENTS)  # Gradio allows the events that it finds quoted here
    return gr.HTML(
        html_template=f'<div data-region="{name}"></div>',
        js_on_load=f"(window.folio ??= []).push({{name: '{name}', element, props, watch, trigger}}); // {events}",
        apply_default_css=False,
        elem_id=f"folio-{name}",
        elem_classes=["folio-region" if name in REGIONS else "folio-wire"],
    )


def _until_silent(events: Iterator[Logged | None]) -> Iterator[Logged]:
    for logged in events:
        if logged is None:
            return
        yield logged


def _text(data: Data, name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _reader(request: gr.Request) -> Reader:
    if request.request is None:
        raise RequestError("not_authenticated", "The request has no sender.")
    return Reader(identify(request.request), choose_language(request.request.headers.get("accept-language", "")))


def build(app: App) -> gr.Blocks:
    """The page, not yet served."""
    demo = gr.Blocks(title="Folio", analytics_enabled=False, delete_cache=(3600, 3600), fill_width=True)
    with demo, gr.Column(elem_id="folio"):
        Page(app)
    demo.max_threads = MAX_EVENTS
    demo.queue(default_concurrency_limit=None)
    return demo


def create_server(app: App) -> FastAPI:
    """The HTTP API with the page mounted at /. It does not open or close `app`."""
    server = create_api(app)
    server.mount("/page", StaticFiles(directory=STATIC))
    system = ["ui-sans-serif", "system-ui", "sans-serif"]
    gr.mount_gradio_app(
        server,
        build(app),
        path="/",
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        footer_links=[],
        show_error=False,
        allowed_paths=[],
        blocked_paths=[str(app.settings.data.resolve())],
        max_file_size=1,  # files go to the API; Gradio's own upload takes nothing
        theme=gr.themes.Base(font=system, font_mono=["ui-monospace", "monospace"]),
    )
    server.add_middleware(_Dressed)
    return server


class _Dressed:
    """Sends the page itself as rag.view.shell dresses it; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        found = sha256(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file()))
        self._version = found.hexdigest()[:12]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        language = choose_language(Headers(scope=scope).get("accept-language", ""))
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def dressed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            nonce = secrets.token_urlsafe(16)
            page_bytes = shell.dress(body.decode(), nonce, self._version, language).encode()
            headers = MutableHeaders(scope=start)
            headers["Content-Length"] = str(len(page_bytes))
            headers["Content-Security-Policy"] = shell.policy(nonce)
            headers["Cache-Control"] = "no-store"
            await send(start)
            await send({"type": "http.response.body", "body": page_bytes})

        await self._app({**scope, "headers": plain}, receive, dressed)


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve_page(settings: Settings, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serves page and API until interrupted; `ready` is called with the address once it answers.

    Raises RequestError(conflict) when the port is taken, and what open_app raises.
    """
    with closing(_listen(settings)) as listener, open_app(settings) as app:
        host, port = listener.getsockname()[:2]
        # A factory, so that Gradio is built where a loop is running: elsewhere it makes loops that nobody closes.
        config = uvicorn.Config(
            lambda: create_server(app),
            factory=True,
            log_level="warning",
            server_header=False,
            ws_max_size=MAX_BYTES_AT_ONCE,
            timeout_graceful_shutdown=2,
            proxy_headers=False,  # FOLIO_TRUSTED_PROXIES says whom to believe
        )
        _Server(config, lambda: ready(f"http://{host}:{port}")).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        message = f"Cannot listen on {settings.host}:{settings.port}: {reason}. Set FOLIO_PORT to another port."
        raise RequestError("conflict", message) from error


def main() -> None:
    """What a Space runs."""
    logging.basicConfig(level=logging.INFO)
    serve_page(load_settings(), lambda url: log.info("Folio is ready at %s", url))


if __name__ == "__main__":
    main()
