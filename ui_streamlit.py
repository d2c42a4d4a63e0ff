"""The Streamlit front end: widgets and wiring. What is said, and how foreign text is made harmless, is in rag.view.

`app` is the server that `streamlit run` finds here: Streamlit behind the API's outer layer, which gives each browser
the same signed cookie as the other front end. A browser that keeps no cookies is a new user in each session: it sees
its own things until the tab is closed, and nobody else's. The page's script is .streamlit/page.py; it calls `main`.

A turn lives in the App, never in a run of the script, which only follows it, a slice at a time. So a rerun, a reload
or a second tab attaches again, and Stop is a verb of the App: the text so far stays.

Foreign text goes to the page as text (st.text), as HTML that is escaped or came through rag.view's sanitiser (st.html,
which sanitises once more), or through `label`. Nothing else that reads Markdown gets any.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st
from markupsafe import Markup
from starlette.middleware import Middleware
from starlette.types import ASGIApp
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_status_container import StatusContainer

from rag.api.auth import COOKIE, SESSION_COOKIE, Identities, load_key
from rag.api.edge import Edge
from rag.api.gate import Gate
from rag.app import App, open_app
from rag.errors import CODES, FolioError, InternalError
from rag.events import JSON, Answer, advance
from rag.model import SEARCH_MODES, Asking
from rag.settings import load_settings
from rag.view import answers, documents, page, sources
from rag.view.answers import Exchange
from rag.view.figures import duration, period
from rag.view.markdown import answer_html
from rag.view.templates import STATIC
from rag.view.texts import TEXTS, Texts, choose_language

log = logging.getLogger(__name__)

HERE: Final = Path(__file__).parent / ".streamlit"
FRAME_S: Final = 0.1  # an answer is redrawn this often
SLICE_S: Final = 1.0  # and followed this long, before other parts of the page have their turn
TICK_S: Final = 0.3
MOMENT_S: Final = 0.01
SHOWN: Final = 30  # exchanges, and documents; more on request
QUOTE_CHARS: Final = 40
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_STARTERS = re.compile(r"(:|@|\bwww(?=\.))")  # of links, icons, emoji and colours, found by Streamlit in plain text too
_CHIP: Final = Markup('\u2060<span class="f-chip" data-status="{}" title="“{}”\n{}">{}</span>')
_FOUND: Final = Markup('<p class="f-found"><b>{}</b> {}</p>')
_HIT: Final = Markup('<span class="f-hit" title="{}">{} · {}</span> ')
_NAME: Final = Markup('<div class="f-clip" title="{0}">{0}</div><div class="f-small f-muted">{1}</div>')
_PASSAGE: Final = Markup('<p class="f-small">{}</p>')
_PROSE: Final = Markup('<div class="f-prose">{}</div>')
_QUOTE: Final = Markup('<p class="f-quote" data-status="{}">{}</p><div class="f-small f-muted">{}</div>')
_STEP: Final = Markup('<li><span>{}</span><span class="f-muted">{}</span><span class="time">{}</span></li>')
_STEPS: Final = Markup('<ol class="f-steps">{}</ol>')
Slots = tuple[StatusContainer, DeltaGenerator, DeltaGenerator, DeltaGenerator, DeltaGenerator]


def label(text: str) -> str:
    """Foreign text as one line of Markdown that reads as that text and does nothing: for labels and messages."""
    return _PUNCTUATION.sub(r"\\\1", _STARTERS.sub("\\1\u2060", " ".join(text.split())))


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened[0].close())
def _opened() -> tuple[App, Identities]:
    """The one App of this process, and what reads its cookies. Raises what open_app raises."""
    folio = open_app(load_settings())
    return folio, Identities(load_key(folio.settings))


def _state(answer: Answer) -> Literal["running", "complete", "error"]:
    return "error" if answer.status == "error" else "complete" if answer.is_finished else "running"


class Page:
    """One look at the page by one user. `state` is what the session keeps from one look to the next."""

    def __init__(self, folio: App, user_id: str, accept_language: str) -> None:
        self.folio = folio
        self.user_id = user_id
        self.language = choose_language(accept_language)
        self.texts = TEXTS[self.language]
        self.state = st.session_state
        self.shown_id = st.query_params.get("conversation", "")
        self.live: Answer | None = None

    def show(self) -> None:
        st.html(HERE / "folio.css")
        with st.sidebar:
            self._rail()
            self._documents()
            self._pickers()
        st.chat_input(self.texts["ask_placeholder"], key="question", on_submit=self._submit)
        self._thread()

    # ---- the sidebar

    def _rail(self) -> None:
        st.markdown("### Folio")
        new = self.texts["new_chat"]
        st.button(new, icon=":material/add:", on_click=self._open, args=("",), width="stretch")
        found = self.folio.conversations(self.user_id)
        with st.container(key="rail"):
            for name, members in groupby(found, key=lambda one: period(one.updated_at)):
                st.caption(self.texts[name])
                for one in members:
                    st.button(
                        label(one.title or self.texts["untitled"]),
                        key=f"open-{one.id}",
                        type="secondary" if one.id == self.shown_id else "tertiary",
                        width="stretch",
                        on_click=self._open,
                        args=(one.id,),
                    )
        if not found:
            st.caption(self.texts["no_conversations"])

    def _open(self, conversation_id: str) -> None:
        st.query_params.from_dict({"conversation": conversation_id} if conversation_id else {})

    def _pickers(self) -> None:
        models = {
            one.name: "model_extractive" if one.is_extractive else ""
            for one in self.folio.models(self.user_id)
            if one.included
        }
        names = {name: self.texts[key] if key else label(name) for name, key in models.items()}
        st.selectbox(self.texts["model"], list(names), key="model", format_func=lambda name: names[name])
        modes = {mode: self.texts[f"mode_{mode}"] for mode in SEARCH_MODES}
        st.selectbox(self.texts["mode"], SEARCH_MODES, key="mode", format_func=lambda mode: modes[mode])
        if degraded := page.degraded_line(self.folio.health(), self.language):
            st.caption(label(degraded))

    def _documents(self) -> None:
        st.markdown(f"#### {self.texts['documents']}")
        self.state.setdefault("uploads", 0)  # a new key is what empties the field
        st.file_uploader(
            self.texts["attach"],
            accept_multiple_files=True,
            key=f"files-{self.state['uploads']}",
            on_change=self._upload,
            label_visibility="collapsed",
            max_upload_size=max(1, int(self.folio.settings.max_document_mb)),
        )
        for sentence in self.state.get("refused", ()):
            st.error(label(sentence))
        is_busy = bool(self.folio.library.active_tasks(self.user_id))
        st.fragment(self._rows, run_every=0.5 if is_busy else None)(is_busy)

    def _upload(self) -> None:
        """Files were chosen: each is taken or refused by itself."""
        files = self.state[f"files-{self.state['uploads']}"]
        self.state["uploads"] += 1
        self.state["refused"] = []
        for file in files:
            if problem := self._problem(partial(self.folio.library.upload, self.user_id, file, file.name)):
                self.state["refused"].append(problem if file.name in problem else f"{file.name}: {problem}")

    def _rows(self, was_busy: bool) -> None:
        """The documents, drawn again and again until nothing is being worked on any more."""
        is_busy = bool(self.folio.library.active_tasks(self.user_id))
        found = self.folio.library.documents(self.user_id)
        for one in self._some(found, "documents"):
            self._row(documents.row(one, self.folio.library.newest_task(self.user_id, one.id), self.language))
        if not found:
            st.caption(self.texts["no_documents"])
        if was_busy and not is_busy:
            st.rerun()

    def _row(self, row: documents.Row) -> None:
        facts = [row.kind, *row.facts, *([self.texts["shared"]] if row.is_shared else [])]
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.html(str(_NAME.format(row.name, " · ".join(facts))))
            if not row.is_shared:
                remove = partial(self.folio.library.delete_document, self.user_id, row.document_id)
                named, key = label(self.texts["delete_named"].format(name=row.name)), f"delete-{row.document_id}"
                with st.popover("", icon=":material/delete:", type="tertiary", help=named, key=f"about-{key}"):
                    st.write(self.texts["delete_sure"])
                    st.button(self.texts["delete"], key=key, on_click=self._try, args=(remove,))
        if row.percent is not None:
            st.progress(min(100, int(row.percent)), text=row.stage)
        for note in row.notes:
            st.caption(label(note))
        if row.error:
            st.error(label(f"{row.error} {row.way_on}"))

    def _some(self, found: Sequence[Any], name: str) -> Sequence[Any]:
        """The first of many; all of them on request."""
        if len(found) <= SHOWN or self.state.get(f"all-{name}"):
            return found
        more = self.texts["degraded_more"].format(n=len(found) - SHOWN)
        st.button(more, key=f"more-{name}", on_click=self.state.update, args=({f"all-{name}": True},), type="tertiary")
        return found[:SHOWN]

    # ---- the conversation

    def _thread(self) -> None:
        turn, history = None, []
        try:
            if self.shown_id:  # the turn first: one that ends in between is found finished in the history
                turn = self.folio.active_turn(self.user_id, self.shown_id)
                history = self.folio.history(self.user_id, self.shown_id)
        except FolioError as error:
            self.state["notice"] = page.refusal(error)
        if notice := self.state.pop("notice", ""):
            st.error(label(notice))
        if "sample" in self.state:
            st.fragment(self._await_sample, run_every=TICK_S)()
        elif not history:
            self._welcome()
        shown = answers.exchanges(history)
        for exchange in reversed(self._some(shown[::-1], f"of-{self.shown_id}")):
            if turn is None or exchange.key != turn.message_id:
                st.fragment(self._exchange)(exchange)
                continue
            st.fragment(self._follow, run_every=TICK_S)(exchange, turn.id)
            stop = partial(self.folio.stop, self.user_id, turn.id)
            st.button(self.texts["stop"], key="stop", icon=":material/stop:", on_click=self._try, args=(stop,))

    def _welcome(self) -> None:
        found = self.folio.library.documents(self.user_id)
        sample = self.folio.library.sample()
        is_loaded = any(document.name == sample.name for document in found)
        st.markdown(f"## {self.texts['tagline']}")
        st.write(self.texts["promise_ready" if found else "promise"])
        if found and not is_loaded:
            return
        st.markdown(f"##### {self.texts['sample_ask' if is_loaded else 'sample']}")
        if not is_loaded:
            st.caption(f"{sample.name} · {self.texts['sample_about']}")
        for question in sample.questions:
            st.button(label(question), on_click=self._try, args=(partial(self._take_sample, question),))

    def _take_sample(self, question: str) -> None:
        """One click: the sample is loaded, and asked as soon as it can be searched."""
        sample = self.folio.library.sample()
        with sample.path.open("rb") as stream:
            task = self.folio.library.upload(self.user_id, stream, sample.name)
        self.state["sample"] = (task.id, question)

    def _await_sample(self) -> None:
        task_id, question = self.state["sample"]
        task = self.folio.library.task(self.user_id, task_id)
        if not (task.searchable or task.is_finished):
            st.progress(min(100, int(task.progress_percentage)), text=self.texts[f"stage_{task.status}"])
            return
        del self.state["sample"]
        if task.searchable:
            self._ask(question)
        else:
            self.state["notice"] = str((task.error or {}).get("message", ""))
        st.rerun()

    def _submit(self) -> None:
        self._ask(self.state["question"] or "")

    def _ask(self, question: str) -> None:
        """A question is taken, or refused with a sentence."""
        problem = page.question_problem(question, self.folio.settings.max_question_chars, self.language)
        asking = Asking(
            question.strip(),
            conversation_id=st.query_params.get("conversation") or None,
            model=self.state.get("model"),
            search_mode=self.state.get("mode") or "hybrid",
        )
        if problem:
            self.state["notice"] = problem
        else:
            self._try(lambda: self._open(self.folio.ask(self.user_id, asking).conversation_id))

    def _try(self, verb: Callable[[], object]) -> None:
        if problem := self._problem(verb):
            self.state["notice"] = problem

    def _problem(self, verb: Callable[[], object]) -> str:
        """What the App says against it, as sentences; empty when it was done."""
        try:
            verb()
        except FolioError as error:
            return page.refusal(error)
        return ""

    # ---- answers

    def _follow(self, exchange: Exchange, turn_id: str) -> None:
        """The answer in the writing: as far as it is, then as it grows. At its end the page is drawn anew."""
        # The first look is part of drawing the whole page, which must not wait.
        slice_s, answer = (MOMENT_S, Answer()) if self.live is None else (SLICE_S, self.live)
        slots, shown = self._frame(exchange.question, answer), answer
        began = drawn = time.monotonic()
        with closing(self.folio.follow(self.user_id, turn_id, answer.last_seq, heartbeat_s=slice_s / 10)) as events:
            for logged in events:
                answer = answer if logged is None else advance(answer, logged)
                self.state["followed"] = turn_id  # here Streamlit breaks a run off when something was clicked
                if time.monotonic() - drawn >= FRAME_S:
                    self._update(slots, answer, shown)
                    shown, drawn = answer, time.monotonic()
                if time.monotonic() - began >= slice_s:
                    break
        self._update(slots, answer, shown)
        self.live = answer
        if answer.is_finished and self.state.get("ended") != turn_id:
            self.state["ended"] = turn_id  # once: an end that could not be stored would come up again
            st.rerun()

    def _exchange(self, exchange: Exchange) -> None:
        """A question with its answer, which has ended."""
        _, _, _, _, below = self._frame(exchange.question, exchange.answer)
        with below:
            self._ending(exchange)

    def _frame(self, question: str, answer: Answer) -> Slots:
        """A question and its answer so far -> the places of what may grow. Nothing is blank before it is drawn."""
        with st.chat_message("user", avatar=":material/person:"):
            st.text(question)
        below = st.chat_message("assistant", avatar=":material/auto_stories:")
        with below:
            status = st.status(self._title(answer), state=_state(answer), expanded=not answer.is_finished)
            steps = status.html(self._steps(answer))
            return status, steps, st.html(self._sources(answer)), st.html(self._prose(answer)), below

    def _update(self, slots: Slots, answer: Answer, shown: Answer) -> None:
        """Draws what has changed."""
        status, steps, found, prose, _ = slots
        if self._title(answer) != self._title(shown):
            status.update(label=self._title(answer), state=_state(answer))
        if answer.steps != shown.steps:
            steps.html(self._steps(answer))
        if answer.sources != shown.sources:
            found.html(self._sources(answer))
        if (answer.text, answer.citations) != (shown.text, shown.citations):
            prose.html(self._prose(answer))

    def _title(self, answer: Answer) -> str:
        if answer.is_finished:
            return label(f"{self.texts['how']} · {duration(sum(step.elapsed_ms for step in answer.steps))}")
        if answer.position > 0:
            return self.texts["queued"].format(n=answer.position)
        return label(f"{answer.steps[-1].label if answer.steps else self.texts['queued_next']} …")

    def _steps(self, answer: Answer) -> str:
        times = {"finished": "{}", "started": "", "skipped": self.texts["step_skipped"]}
        rows = (
            (step.label, step.detail, times.get(step.status, self.texts["step_failed"]), duration(step.elapsed_ms))
            for step in answer.steps
        )
        return _STEPS.format(Markup("").join(_STEP.format(*row[:2], row[2].format(row[3])) for row in rows))

    def _prose(self, answer: Answer) -> str:
        return _PROSE.format(answer_html(answer.text, answer.citations, partial(self._chip, answer)))

    def _sources(self, answer: Answer) -> str:
        """What was found, by document; a passage's beginning shows when the pointer rests on its number."""
        places: dict[str, list[Markup]] = {}
        for hit in answer.sources:
            place = self.texts["page_short"].format(n=hit["pages"][0])
            places.setdefault(hit["document"], []).append(_HIT.format(hit["snippet"], hit["number"], place))
        found = (_FOUND.format(name, Markup("").join(hits)) for name, hits in places.items())
        return _PROSE.format(Markup("").join(found))

    def _chip(self, answer: Answer, index: int) -> str:
        citation = answer.citations[index]
        place = f"{citation['document']} · {self.texts['page'].format(n=citation['page'])}"
        return _CHIP.format(citation["status"], citation["quote"], place, citation["number"])

    def _ending(self, exchange: Exchange) -> None:
        """What stands under an answer: how it ended, what it rests on, the source that was picked."""
        answer = exchange.answer
        if answer.error is not None:
            st.error(label(f"{answer.error.message} {CODES[answer.error.error_code][2]}"))
        elif answer.status != "complete":
            st.caption(self.texts.get(f"was_{answer.status}", ""))
        if answer.status != "complete":
            again = self.texts["retry" if answer.error else "again"]
            key = f"again-{exchange.key}"
            st.button(again, key=key, icon=":material/refresh:", on_click=self._ask, args=(exchange.question,))
        if answer.citations:
            picked = st.pills(
                self.texts["sources"],
                range(len(answer.citations)),
                format_func=lambda index: self._citation_name(answer.citations[index]),
                key=f"cited-{exchange.key}",
                label_visibility="collapsed",
            )
            if picked is not None:
                with st.container(border=True):
                    if problem := self._problem(partial(self._source, answer.citations[picked])):
                        st.error(label(problem))
        tokens = int(answer.usage.get("total_tokens") or 0)
        spent = self.texts["tokens"].format(n=f"{tokens:,}") if tokens else ""
        facts = [answer.model, spent, self.texts["cached"] if answer.cached else ""]
        st.caption(label(" · ".join(filter(None, facts))))

    def _citation_name(self, citation: JSON) -> str:
        quote, place = citation["quote"], self.texts["page_short"].format(n=citation["page"])
        shown = quote if len(quote) <= QUOTE_CHARS else f"{quote[:QUOTE_CHARS].rstrip()}…"
        return label(f"{citation['number']} · {place} · “{shown}”")

    def _source(self, citation: JSON) -> None:
        """A quote, whether it stands where it is said to, and that place: the page as a picture, or the passage."""
        status, quote, number = citation["status"], citation["quote"], citation["page"]
        verdict = self.texts[f"status_{status}"].format(n=int(citation["similarity"] * 100))
        where = f"{verdict} · {citation['document']}, {self.texts['page'].format(n=number)}"
        st.html(str(_QUOTE.format(status, quote, where)))
        document = self.folio.library.document(self.user_id, citation["document_id"])
        if not sources.Source(document, number).has_image:
            passage = self.folio.library.passage(self.user_id, citation["passage_id"])
            st.html(str(_PASSAGE.format(sources.mark_quote(passage.text, quote))))
            return
        boxed = None if status == "missing" else quote
        picture = self.folio.library.page_image(self.user_id, document.id, number, quote=boxed)
        st.image(picture, width="stretch", alt=self.texts["page_image"].format(n=number, name=document.name))


def main() -> None:
    """The script: one look at the page."""
    st.set_page_config("Folio", str(STATIC / "icon.svg"), menu_items={})
    language = st.context.headers.get("Accept-Language", "")
    try:
        folio, identities = _opened()
    except FolioError as error:
        st.markdown("## Folio")
        st.error(label(page.refusal(error)))
        st.button(TEXTS[choose_language(language)]["retry"])
        return
    if folio.settings.auth != "none":
        user_id = _member(folio, TEXTS[choose_language(language)])
    else:
        known = identities.user(st.context.cookies.get(COOKIE, ""))
        user_id = known[0] if known else st.session_state.setdefault("user", f"u_{secrets.token_hex(12)}")
    if user_id is not None:
        Page(folio, user_id, language).show()


def _member(folio: App, texts: Texts) -> str | None:
    """Who is signed in: by the other front end's cookie, or by the form that is shown to everybody else."""
    for token in (st.session_state.get("session", ""), st.context.cookies.get(SESSION_COOKIE, "")):
        proof = folio.accounts.proof(token) if token else None
        if proof is not None:
            return proof[0].account.user_id
    st.markdown(f"## {texts['sign_in_title']}")
    if folio.settings.auth != "password":
        st.info(texts["sign_in_elsewhere"])
        return None
    with st.form("sign_in"):
        name = st.text_input(texts["name_or_email"], max_chars=254)
        password = st.text_input(texts["password"], type="password", max_chars=256)
        is_sent = st.form_submit_button(texts["sign_in"])
    if is_sent:
        try:
            st.session_state["session"] = folio.accounts.sign_in(name, password, address="streamlit").token
        except FolioError as error:
            st.error(label(error.message))
        else:
            st.rerun()
    return None


def _edge(inner: ASGIApp) -> ASGIApp:
    """The API's outer layer round Streamlit; none where the settings do not fit, which is what the page then says."""
    try:
        return Edge(inner, Gate(Identities(load_key(load_settings()))), lambda path: None)
    except FolioError as error:
        log.error("%s", error.message)  # noqa: TRY400 -- a sentence is all there is to say
        return inner


@asynccontextmanager
async def _keeping_app(server: st.App) -> AsyncIterator[None]:
    """The App opens with the server, so that nobody waits for it, and closes with it."""
    with suppress(FolioError):  # the page opens it again, and says what is in the way
        await asyncio.to_thread(_opened)
    yield
    await asyncio.to_thread(_opened.clear)


def _defect(error: Exception) -> bool:
    """A run of the script broke off by our fault: the log has it, the reader a sentence."""
    log.error("the page's script failed", exc_info=error)
    st.error(label(page.refusal(InternalError("internal_error", "Something went wrong on our side."))))
    return True


app = st.App(HERE / "page.py", middleware=[Middleware(_edge)], lifespan=_keeping_app, on_script_error=_defect)
