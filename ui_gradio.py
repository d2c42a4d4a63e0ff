"""The Gradio front end: components, wiring and the server they are mounted on. What is shown is made by rag.view.

Each region of the page is one gr.HTML whose value is patched into place by rag/view/static/page.js; clicks come back as
that script's events. No state is kept here: every event says which conversation it is about, every answer is followed
from its log, so a closed tab ends nothing and a reload attaches again.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Otherwise Gradio makes a table of all past events, with pandas, after each event.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from markupsafe import Markup, escape
from starlette.staticfiles import StaticFiles

from rag.api import create_api, identify
from rag.api.dressed import Dressed
from rag.app import App, open_app
from rag.errors import FolioError, RequestError
from rag.events import Answer
from rag.settings import Settings, load_settings
from rag.verbs.lab import row_json, run_json
from rag.verbs.talk import Changes
from rag.view import answers, lab, page, papers, rail, sources, tools, wording
from rag.view.answers import Exchange
from rag.view.growing import looks
from rag.view.page import number_of as _number
from rag.view.page import text_of as _text
from rag.view.papers import Look
from rag.view.reader import Reader
from rag.view.templates import STATIC
from rag.view.texts import TEXTS, Language, choose_language
from rag.view.trace import trace_html
from store.turns import Turn

log = logging.getLogger(__name__)

REGIONS: Final = ("rail", "bar", "thread", "welcome", "composer", "degraded", "documents", "source", "lab")
WIRES: Final = ("live", "notice")  # values that have no place of their own on the page
EVENTS: Final = (
    "start", "browse", "open", "ask", "again", "edit", "version", "stop", "react", "move", "draft", "source", "look",
    "trace", "sample", "watch", "papers", "task", "lab",
)  # fmt: skip
LATEST: Final = 30  # exchanges of a conversation that are drawn at first
FRAME_S: Final = 0.08  # an answer is redrawn some twelve times a second
BEAT_S: Final = 5.0  # and said to be alive this often while nothing comes
POLL_S: Final = 0.3
WATCH_S: Final = 5.0
SAMPLE_WAIT_S: Final = 60.0
MAX_BYTES_AT_ONCE: Final = 1024 * 1024  # of a WebSocket's frame; the API takes less, and says so
MAX_EVENTS: Final = 400  # at once, over all pages; what runs at once in Folio is limited by its own queues

Data = Mapping[str, Any]
Update = dict[gr.HTML, Any]


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

    def _guarded(self, handler: Callable[[Reader, Data], Generator[Update]]) -> Callable[..., Iterator[Update]]:
        """A handler as Gradio calls it. Whatever goes wrong in it ends as sentences in the page."""

        def guarded(event: gr.EventData, request: gr.Request) -> Iterator[Update]:
            data: Data = event._data if isinstance(event._data, dict) else {}
            try:
                with closing(handler(_reader(self.app, request), data)) as updates:
                    yield from map(self._wired, updates)
            except FolioError as error:
                yield self._wired(self._notice(page.refusal(error, _language(request)), data))
            except Exception:  # a UI callback: nothing is above it but Gradio
                log.exception("the page's event failed")
                yield self._wired(self._notice(page.defect(_language(request)), data))

        return guarded

    def _wired(self, update: Update) -> Update:
        """As JSON: an object that waits in Gradio's page is turned into its successor there. No update may be empty.

        What is as before does not arrive: of the documents that it is so has to be told, too.
        """
        if (pane := update.get(self.at["documents"])) is not None:
            update = {**update, self.at["documents"]: {**pane, "id": secrets.token_hex(4)}}
        return {at: _as_json(value) for at, value in update.items()} or {self.at["live"]: gr.skip()}

    def _notice(self, sentence: str, data: Data) -> Update:
        return {self.at["notice"]: {"text": sentence, "key": _text(data, "key"), "id": secrets.token_hex(4)}}

    # ---- what is shown

    def start(self, reader: Reader, data: Data) -> Iterator[Update]:
        """The page was opened: everything is drawn, and an answer in the writing is attached to."""
        self.app.library.expect()
        models, limits = self.app.models(reader.user_id), self.app.settings
        yield {
            self.at["bar"]: str(page.bar_html(reader.language, has_account=limits.auth != "none")),
            self.at["composer"]: str(
                page.composer_html(
                    models,
                    limits.max_question_chars,
                    reader.language,
                    limits.passages,
                    can_listen=bool(self.app.health()["capabilities"]["transcription"]),
                    can_rerank=reader.can_rerank,
                )
            ),
            self.at["lab"]: {
                "frame": str(tools.tools_html(models, reader.language, limits.passages, can_rerank=reader.can_rerank))
            },
            **self._surroundings(reader, papers.look_of(data.get("papers"))),
            self.at["rail"]: self._rail(reader, data),
        }
        if _text(data, "conversation"):
            yield from self.open(reader, data)

    def open(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A conversation is shown; if an answer is being written in it, that goes on.

        "message": one that must be on show. "count": how many of the latest exchanges are drawn.
        """
        conversation_id, message_id = _text(data, "conversation"), _text(data, "message")
        try:
            conversation = self.app.conversation(reader.user_id, conversation_id)
        except RequestError as error:
            yield {self.at["thread"]: {"conversation": None, "moved": True, "html": "", "title": "", "busy": False}}
            raise RequestError(error.code, reader.texts["conversation_gone"]) from error
        turn = self.app.active_turn(reader.user_id, conversation_id)
        shown = reader.exchanges(conversation_id, turn)
        if message_id and not any(message_id in (one.key, one.question_id) for one in shown):
            self.app.talk.show(reader.user_id, message_id)
            shown = reader.exchanges(conversation_id, turn)
        value = {
            "conversation": conversation_id,
            "title": conversation.title,
            "html": str(
                answers.opened_html(
                    conversation.state,
                    shown,
                    answers.latest(shown, message_id, max(_number(data, "count"), LATEST)),
                    reader.language,
                )
            ),
            "busy": not any(one.key == turn.message_id and one.answer.is_finished for one in shown) if turn else False,
            "key": _text(data, "key"),
            "message": message_id,
            "draft": self.app.talk.draft(reader.user_id, conversation_id),
            "choices": page.choices_of(self._asked_with(reader, shown)),
        }
        yield {self.at["thread"]: value, self.at["rail"]: self._rail(reader, data)}
        if turn is not None:
            yield from self._follow(reader, turn, data)

    def _asked_with(self, reader: Reader, shown: Sequence[Exchange]) -> Mapping[str, Any]:
        """The settings of the last question."""
        if not shown:
            return {}
        settings: Mapping[str, Any] = self.app.talk.trace(reader.user_id, shown[-1].key)["settings"]
        return settings

    def _surroundings(self, reader: Reader, look: Look) -> Update:
        """What depends on the documents and on the state of the server."""
        shown, limit = reader.shown(look), self.app.settings.max_document_bytes
        return {
            self.at["documents"]: papers.pane(shown, look, reader.language, limit),
            self.at["welcome"]: str(
                page.welcome_html(
                    reader.sample(), bool(shown.entries), limit, reader.language, has_model=reader.has_model
                )
            ),
            self.at["degraded"]: str(escape(page.degraded_line(self.app.health(), reader.language))),
        }

    def _rail(self, reader: Reader, data: Data) -> dict[str, str | float]:
        """The list as the page looks at it, and when it was read: of two under way at once the page keeps the newer."""
        read_at = time.time()  # not since the start of a machine: a page outlives a server
        look, talk, user_id = rail.look_of(data.get("rail")), self.app.talk, reader.user_id
        counts = talk.counts(user_id)
        if look.query:
            html = rail.found_html(talk.search(user_id, look.query), counts, look, reader.language)
        else:
            shown = self.app.conversations(user_id, state=look.state, limit=look.count + 1)
            previews = talk.previews(user_id, [one.id for one in shown])
            html = rail.list_html(shown, previews, counts, look, reader.language)
        return {"look": look.key, "at": read_at, "html": str(html)}

    def browse(self, reader: Reader, data: Data) -> Iterator[Update]:
        """Another state, a search, or more of the list."""
        yield {self.at["rail"]: self._rail(reader, data)}

    def move(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A conversation is renamed, archived, deleted, brought back."""
        talk, conversation_id = self.app.talk, _text(data, "conversation")
        moves: dict[str, Callable[[str, str], object]] = {
            "archive": talk.archive, "unarchive": talk.unarchive, "trash": talk.trash, "restore": talk.restore,
            "delete": talk.delete, "rename": lambda user, id: talk.rename(user, id, _text(data, "title")),
        }  # fmt: skip
        verb = _text(data, "verb")
        if verb not in moves:
            raise RequestError("invalid_request", "There is no such thing to do with a conversation.")
        moves[verb](reader.user_id, conversation_id)
        done = {"did": verb, "conversation": conversation_id, "title": _text(data, "title").strip()}
        yield {self.at["rail"]: self._rail(reader, data), self.at["notice"]: {**done, "id": secrets.token_hex(4)}}

    def draft(self, reader: Reader, data: Data) -> Iterator[Update]:
        """What is being written is kept."""
        self.app.talk.save_draft(reader.user_id, _text(data, "conversation"), _text(data, "text"))
        yield {}

    # ---- asking

    def ask(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A question was sent: it is taken or refused at once, then its answer is followed.

        "last": the exchange that it was asked after; where another window has gone on since, that is shown as well.
        """
        asking, conversation_id = reader.asking(data), _text(data, "conversation")
        known = self.app.conversation(reader.user_id, conversation_id) if conversation_id else None
        turn = self.app.ask(reader.user_id, asking)
        if known and known.shown_message_id not in {None, _text(data, "last")}:
            yield from self.open(reader, {**data, "message": ""})
            return
        taken = self._follow(reader, turn, data, _text(data, "key"))
        yield {**next(taken), self.at["rail"]: self._rail(reader, data)}
        yield from taken

    def again(self, reader: Reader, data: Data) -> Iterator[Update]:
        """Another answer to the same question, by another model if one is named."""
        changes = Changes(model=_text(data, "model") or None)
        key = _text(data, "key") or None
        turn = self.app.talk.regenerate(reader.user_id, _text(data, "message"), changes, client_key=key)
        yield from self.open(reader, {**data, "conversation": turn.conversation_id, "message": ""})

    def edit(self, reader: Reader, data: Data) -> Iterator[Update]:
        """Another question in the place of an earlier one, asked with the settings of now."""
        asking = reader.asking(data)
        changes = Changes(asking.model, asking.search_mode, asking.documents, asking.passages, asking.settings)
        message_id, key = _text(data, "message"), asking.client_key
        turn = self.app.talk.edit(reader.user_id, message_id, asking.question, changes, client_key=key)
        yield from self.open(reader, {**data, "conversation": turn.conversation_id, "message": ""})

    def version(self, reader: Reader, data: Data) -> Iterator[Update]:
        """Another version of a question or an answer is shown."""
        conversation = self.app.talk.show(reader.user_id, _text(data, "message"))
        yield from self.open(reader, {**data, "conversation": conversation.id})

    def react(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A thumb, or none any more."""
        reader.judge(_text(data, "message"), _text(data, "thumb"), _text(data, "reason"))
        yield {}

    def _follow(self, reader: Reader, turn: Turn, data: Data, key: str = "") -> Iterator[Update]:
        """The answer as it grows, from what there is of it to its end. Yields at least once."""
        title = self.app.conversation(reader.user_id, turn.conversation_id).title
        answer = reader.so_far(turn.id)
        yield self._live(reader, turn, answer, title, key)
        if answer.is_finished:
            return
        with closing(self.app.follow(reader.user_id, turn.id, answer.last_seq, heartbeat_s=FRAME_S)) as events:
            for grown in looks(events, answer, every_s=FRAME_S, beat_s=BEAT_S):
                ended = {self.at["rail"]: self._rail(reader, data)} if grown.is_finished else {}
                yield {**self._live(reader, turn, grown, title, key), **ended}

    def _live(self, reader: Reader, turn: Turn, answer: Answer, title: str, key: str) -> Update:
        exchange = Exchange(
            turn.message_id, turn.conversation_id, str(turn.asking["question"]), answer, turn.question_id
        )
        if answer.is_finished:
            versions = self.app.talk.versions(reader.user_id, turn.conversation_id)
            own, asked = versions.get(turn.message_id, ()), versions.get(turn.question_id, ())
            exchange = replace(exchange, versions=own, question_versions=asked)
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
        yield {}

    # ---- documents and sources

    def watch(self, reader: Reader, data: Data) -> Iterator[Update]:
        """Rows that move while anything is being worked on. After a while the page is to ask "again": by then it may
        look at other rows.
        """
        look, drawn, ends_at = papers.look_of(data.get("papers")), None, time.monotonic() + WATCH_S
        while True:
            is_busy, at = reader.is_busy, self.at["documents"]
            shown = self._surroundings(reader, look)
            look = replace(look, known=shown[at]["key"])  # all names are told once
            fresh, is_over = {**shown, at: {**shown[at], "all": None}}, time.monotonic() >= ends_at
            if fresh != drawn or is_over:
                yield {**shown, at: {**shown[at], "again": is_busy and is_over}}
            drawn = fresh
            if not is_busy or is_over:
                return
            time.sleep(POLL_S)

    def papers(self, reader: Reader, data: Data) -> Iterator[Update]:
        """More documents are looked at, or others."""
        yield {self.at["documents"]: reader.pane(papers.look_of(data.get("papers")))}

    def sample(self, reader: Reader, data: Data) -> Iterator[Update]:
        """One click: the sample is loaded, and asked as soon as it can be searched."""
        task, look = reader.take_sample(), papers.look_of(data.get("papers"))
        deadline = time.monotonic() + SAMPLE_WAIT_S
        while not (task.searchable or task.is_finished):
            if time.monotonic() > deadline:
                yield self._notice(TEXTS[reader.language]["sample_slow"], data)
                return
            drawn = reader.pane(look)
            look = replace(look, known=drawn["key"])
            yield {self.at["documents"]: drawn}
            time.sleep(POLL_S / 3)
            task = self.app.library.task(reader.user_id, task.id)
        yield self._surroundings(reader, look)
        if task.searchable:
            yield from self.ask(reader, data)
        else:
            error = task.error or {"error_code": "", "message": ""}
            yield self._notice(wording.error_message(error["error_code"], error["message"], reader.language), data)

    def task(self, reader: Reader, data: Data) -> Iterator[Update]:
        """The reading of a document is stopped, or begun again; then its row is watched."""
        act = self.app.library.cancel if _text(data, "verb") == "cancel" else self.app.library.retry
        task = act(reader.user_id, _text(data, "task"))
        if task.status == "cancelled":
            yield {self.at["notice"]: {"did": "cancel", "id": secrets.token_hex(4)}}
        yield from self.watch(reader, data)

    def source(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A citation or a hit was clicked: its page, its quote, its passage."""
        citation = self._citation(reader, data)
        passage_id = str(citation["passage_id"]) if citation else _text(data, "passage")
        try:
            passage = self.app.library.passage(reader.user_id, passage_id)
            document = self.app.library.document(reader.user_id, passage.document_id)
        except RequestError as error:
            raise RequestError("not_found", reader.texts["source_gone"]) from error
        number = _number(data, "page") or (int(citation["page"]) if citation else passage.page)
        shown = sources.Source(document, number, passage, citation, self._text_of(reader, document.id, number))
        if citation:
            shown = replace(shown, message_id=_text(data, "message"), index=_number(data, "index"))
        yield self._beside(sources.source_html(shown, reader.language))

    def look(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A document is looked into: a page of it and that page's text."""
        document = self.app.library.document(reader.user_id, _text(data, "document"))
        number = _number(data, "page") or 1
        shown = sources.Source(document, number, text=self._text_of(reader, document.id, number))
        yield self._beside(sources.source_html(shown, reader.language))

    def trace(self, reader: Reader, data: Data) -> Iterator[Update]:
        """How an answer came about."""
        yield self._beside(trace_html(self.app.talk.trace(reader.user_id, _text(data, "message")), reader.language))

    def _beside(self, html: Markup) -> Update:
        return {self.at["source"]: {"html": str(html), "id": secrets.token_hex(4)}}

    def _text_of(self, reader: Reader, document_id: str, number: int) -> str:
        return dict(self.app.library.document_text(reader.user_id, document_id)).get(number, "")

    def _citation(self, reader: Reader, data: Data) -> Mapping[str, Any] | None:
        """The citation that was clicked, from the finished message or from the answer in the writing."""
        message_id, conversation_id = _text(data, "message"), _text(data, "conversation")
        if not message_id:
            return None
        turn = self.app.active_turn(reader.user_id, conversation_id)
        if turn is not None and turn.message_id == message_id:
            found = reader.so_far(turn.id).citations
        else:
            history = self.app.history(reader.user_id, conversation_id)
            found = tuple(next((one.citations for one in history if one.id == message_id), ()))
        index = data.get("index")
        if not isinstance(index, int) or not 0 <= index < len(found):
            raise RequestError("not_found", "This citation is not there any more.")
        return found[index]

    # ---- tools for analysts

    def lab(self, reader: Reader, data: Data) -> Iterator[Update]:
        """A tool was used: `verb` says which. What it gives comes as parts, each with its place."""
        verb, uses = _text(data, "verb"), {
            "inspect": self._inspect, "why": self._why, "ab": self._ab, "runs": self._runs, "row": self._row,
            "compare": self._compare, "cancel": self._act_on, "resume": self._act_on, "again": self._act_on,
            "delete": self._act_on,
        }  # fmt: skip
        if verb not in uses:
            raise RequestError("invalid_request", "There is no such tool.")
        yield uses[verb](reader, data)

    def _parts(self, more: Mapping[str, Any] | None = None, **parts: Markup) -> Update:
        drawn = {name: str(html) for name, html in parts.items()}
        return {self.at["lab"]: {"parts": drawn, "id": secrets.token_hex(4), **(more or {})}}

    def _inspect(self, reader: Reader, data: Data) -> Update:
        found = self.app.lab.inspect(reader.user_id, tools.asked_with(data, self.app.settings.passages))
        return self._parts(inspect=lab.inspection_html(found.to_json(), reader.language))

    def _why(self, reader: Reader, data: Data) -> Update:
        asking, answer_id = tools.asked_with(data, self.app.settings.passages), _text(data, "message") or None
        found = self.app.lab.why(reader.user_id, _text(data, "sentence"), asking, message_id=answer_id)
        return self._parts(why=lab.why_html(found.to_json(), reader.language))

    def _ab(self, reader: Reader, data: Data) -> Update:
        a, b = (tools.asked_with(data, self.app.settings.passages, how) for how in ("how", "how_b"))
        return self._parts(ab=tools.ab_html(self.app.lab.ab(reader.user_id, a, b), reader.language))

    def _runs(self, reader: Reader, data: Data) -> Update:
        """The list of runs, and the one that is looked at."""
        user_id, run_id = reader.user_id, _text(data, "run")
        runs = [run_json(run) for run in self.app.lab.runs(user_id)]
        parts = {"runs": lab.runs_html(runs, reader.language)}
        if run_id:
            rows = self.app.lab.rows(user_id, run_id, limit=max(_number(data, "rows"), tools.ROWS))
            run = run_json(self.app.lab.run(user_id, run_id))
            parts["run"] = lab.run_html(run, [row_json(row) for row in rows], reader.language)
        is_busy = any(run["status"] in {"queued", "running"} for run in runs)
        return self._parts({"busy": is_busy, "run": run_id}, **parts)

    def _row(self, reader: Reader, data: Data) -> Update:
        run = run_json(self.app.lab.run(reader.user_id, _text(data, "run")))
        row = row_json(self.app.lab.row(reader.user_id, run["run_id"], _number(data, "number")), with_trace=True)
        return self._beside(trace_html(lab.row_trace(run, row), reader.language))

    def _compare(self, reader: Reader, data: Data) -> Update:
        found = self.app.lab.compare(reader.user_id, _text(data, "a"), _text(data, "b"))
        return self._parts(run=lab.comparison_html(found, reader.language))

    def _act_on(self, reader: Reader, data: Data) -> Update:
        """A run is cancelled, resumed, deleted, or begun again with other settings."""
        user_id, run_id, verb = reader.user_id, _text(data, "run"), _text(data, "verb")
        if verb == "delete":
            self.app.lab.delete(user_id, run_id)
            return self._runs(reader, {**data, "run": ""})
        if verb == "again":
            run_id = self.app.lab.again(user_id, run_id, tools.asked_with(data, self.app.settings.passages)).id
        else:
            (self.app.lab.cancel if verb == "cancel" else self.app.lab.resume)(user_id, run_id)
        return self._runs(reader, {**data, "run": run_id})


def _as_json(value: object) -> str:
    """JSON in which no "<script" stands: Gradio looks for one, and warns of it, in every value of a gr.HTML."""
    return json.dumps(value).replace("<s", "\\u003cs").replace("<S", "\\u003cS")


def _component(name: str) -> gr.HTML:
    """One region. Its value never goes through Gradio's template: page.js patches it in, which keeps what is open."""
    events = ", ".join(f"'{event}'" for event in EVENTS)  # Gradio allows the events that it finds quoted here
    return gr.HTML(
        html_template=f'<div data-region="{name}"></div>',
        js_on_load=f"(window.folioParts ??= []).push({{name: '{name}', element, props, watch, trigger}}); // {events}",
        apply_default_css=False,
        elem_id=f"folio-{name}",
        elem_classes=["folio-region" if name in REGIONS else "folio-wire"],
    )


def _reader(app: App, request: gr.Request) -> Reader:
    if request.request is None:
        raise RequestError("not_authenticated", "The request has no sender.")
    return Reader(app, identify(request.request), _language(request))


def _language(request: gr.Request) -> Language:
    return choose_language("" if request.request is None else request.request.headers.get("accept-language", ""))


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
    server.add_middleware(Dressed)
    return server


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
    # The processes that read files would import this file by its path first, 4 s and 160 MB each; they need none of it.
    del __file__
    main()
