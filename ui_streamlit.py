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
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st
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
from rag.talk import Changes
from rag.view import answers, compact, documents, page, sources
from rag.view.answers import Exchange
from rag.view.compact import label
from rag.view.figures import period
from rag.view.templates import STATIC
from rag.view.texts import TEXTS, Texts, choose_language
from store.conversations import Conversation, State
from store.reactions import Reaction

log = logging.getLogger(__name__)

HERE: Final = Path(__file__).parent / ".streamlit"
FRAME_S: Final = 0.1  # an answer is redrawn this often
SLICE_S: Final = 1.0  # and followed this long, before other parts of the page have their turn
TICK_S: Final = 0.3
MOMENT_S: Final = 0.01
LISTS: Final[tuple[State, ...]] = ("active", "archived", "trash")
SHOWN: Final = 30  # exchanges, and documents; more on request
Slots = tuple[StatusContainer, DeltaGenerator, DeltaGenerator, DeltaGenerator, DeltaGenerator]


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened[0].close())
def _opened() -> tuple[App, Identities]:
    """The one App of this process, and what reads its cookies. Raises what open_app raises."""
    folio = open_app(load_settings())
    return folio, Identities(load_key(folio.settings))


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
        self.versions: Mapping[str, Sequence[str]] = {}
        self.thumbs: Mapping[str, Reaction] = {}

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
        new, find, counts = self.texts["new_chat"], self.texts["find"], self.folio.talk.counts(self.user_id)
        st.button(new, icon=":material/add:", on_click=self._open, args=("",), width="stretch")
        wanted = st.text_input(find, key="find", placeholder=find, label_visibility="collapsed")
        listed = st.segmented_control(
            self.texts["conversations"], LISTS, key="listed", default="active", label_visibility="collapsed",
            format_func=lambda name: f"{self.texts[f'state_{name}']} {getattr(counts, name)}",
        )  # fmt: skip
        with st.container(key="rail"):
            if wanted.strip():
                self._hits(wanted)
            else:
                self._listed(listed or "active")

    def _hits(self, wanted: str) -> None:
        """What is found in titles and in what was said."""
        hits = self.folio.talk.search(self.user_id, wanted, where=LISTS)
        for hit in hits:
            self._entry(hit.conversation, "found")
            st.html(str(compact.mention(hit)))
        if not hits:
            st.caption(self.texts["find_nothing"])

    def _listed(self, state: State) -> None:
        limit = self.state.setdefault("listing", SHOWN)
        found = self.folio.conversations(self.user_id, state=state, limit=limit + 1)
        for name, members in groupby(found[:limit], key=lambda one: period(one.updated_at)):
            st.caption(self.texts[name])
            for one in members:
                self._entry(one, "open")
        if len(found) > limit:
            self._button(self.texts["show_more"], "list-more", lambda: self.state.update(listing=limit + SHOWN))
        if not found:
            st.caption(self.texts["no_conversations" if state == "active" else "state_empty"])

    def _entry(self, one: Conversation, key: str) -> None:
        kind: Literal["secondary", "tertiary"] = "secondary" if one.id == self.shown_id else "tertiary"
        name = label(one.title or self.texts["untitled"])
        st.button(name, key=f"{key}-{one.id}", type=kind, width="stretch", on_click=self._open, args=(one.id,))

    def _about(self, one: Conversation) -> None:
        """What can be done with the conversation on show."""
        talk = self.folio.talk
        verbs = {"archive": talk.archive, "unarchive": talk.unarchive, "delete": talk.trash, "restore": talk.restore}
        with st.popover(label(one.title or self.texts["untitled"]), key="about", type="tertiary"):
            if one.state != "trash":
                key = f"title-{one.id}"
                rename = partial(self._try, lambda: talk.rename(self.user_id, one.id, self.state[key]))
                st.text_input(self.texts["rename"], one.title, key=key, max_chars=200, on_change=rename)
            with st.container(horizontal=True):
                for name in compact.MOVES[one.state]:
                    self._button(self.texts[name], name, partial(verbs[name], self.user_id, one.id))
        if one.state == "trash":
            st.caption(self.texts["in_trash"])

    def _button(self, text: str, key: str, verb: Callable[[], object], icon: str = "", about: str = "") -> None:
        """A quiet button; what is said against its verb stands above the conversation."""
        drawn = f":material/{icon}:" if icon else None
        st.button(text, key, about or None, self._try, (verb,), type="tertiary", icon=drawn)

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
            st.html(str(compact.document_name(row.name, facts)))
            if not row.is_shared:
                remove = partial(self.folio.library.delete_document, self.user_id, row.document_id)
                named, key = label(self.texts["delete_named"].format(name=row.name)), f"delete-{row.document_id}"
                with st.popover("", icon=":material/delete:", type="tertiary", help=named, key=f"about-{key}"):
                    st.write(self.texts["delete_sure"])
                    self._button(self.texts["delete"], key, remove)
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
        self._button(more, f"more-{name}", lambda: self.state.update({f"all-{name}": True}))
        return found[:SHOWN]

    # ---- the conversation

    def _thread(self) -> None:
        turn, history = None, []
        try:
            if self.shown_id:
                self._about(self.folio.conversation(self.user_id, self.shown_id))
                # The turn first: one that ends in between is found finished in the history.
                turn = self.folio.active_turn(self.user_id, self.shown_id)
                history = self.folio.history(self.user_id, self.shown_id)
                self.versions = self.folio.talk.versions(self.user_id, self.shown_id)
                self.thumbs = self.folio.talk.reactions(self.user_id, self.shown_id)
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
            self._button(self.texts["stop"], "stop", stop, "stop")

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
        shown = self._parts(answer)
        slots = self._frame(exchange.question, shown)
        began = drawn = time.monotonic()
        with closing(self.folio.follow(self.user_id, turn_id, answer.last_seq, heartbeat_s=slice_s / 10)) as events:
            for logged in events:
                answer = answer if logged is None else advance(answer, logged)
                self.state["followed"] = turn_id  # here Streamlit breaks a run off when something was clicked
                if time.monotonic() - drawn >= FRAME_S:
                    shown, drawn = self._update(slots, self._parts(answer), shown), time.monotonic()
                if time.monotonic() - began >= slice_s:
                    break
        self._update(slots, self._parts(answer), shown)
        self.live = answer
        if answer.is_finished and self.state.get("ended") != turn_id:
            self.state["ended"] = turn_id  # once: an end that could not be stored would come up again
            st.rerun()

    def _exchange(self, exchange: Exchange) -> None:
        """A question with its answer, which has ended."""
        with self._frame(exchange.question, self._parts(exchange.answer))[-1]:
            self._ending(exchange)

    def _parts(self, answer: Answer) -> compact.Parts:
        return compact.parts(answer, self.language)

    def _frame(self, question: str, shown: compact.Parts) -> Slots:
        """A question and its answer so far -> the places of what may grow. Nothing is blank before it is drawn."""
        with st.chat_message("user", avatar=":material/person:"):
            st.text(question)
        below = st.chat_message("assistant", avatar=":material/auto_stories:")
        with below:
            status = st.status(shown.title, state=shown.state, expanded=shown.state == "running")
            return status, status.html(shown.steps), st.html(shown.found), st.html(shown.prose), below

    def _update(self, slots: Slots, new: compact.Parts, shown: compact.Parts) -> compact.Parts:
        """Draws what has changed. -> what is on show now."""
        status, steps, found, prose, _ = slots
        if new.title != shown.title:
            status.update(label=new.title, state=new.state)
        for slot, now, before in (
            (steps, new.steps, shown.steps),
            (found, new.found, shown.found),
            (prose, new.prose, shown.prose),
        ):
            if now != before:
                slot.html(now)
        return new

    def _ending(self, exchange: Exchange) -> None:
        """What stands under an answer: how it ended, what it rests on, the source that was picked."""
        answer = exchange.answer
        if answer.error is not None:
            st.error(label(f"{answer.error.message} {CODES[answer.error.error_code][2]}"))
        elif answer.status != "complete":
            st.caption(self.texts.get(f"was_{answer.status}", ""))
        self._again(exchange)
        if answer.citations:
            picked = st.pills(
                self.texts["sources"],
                range(len(answer.citations)),
                format_func=lambda index: compact.citation_name(answer.citations[index], self.language),
                key=f"cited-{exchange.key}",
                label_visibility="collapsed",
            )
            if picked is not None:
                with st.container(border=True):
                    if problem := self._problem(partial(self._source, answer.citations[picked])):
                        st.error(label(problem))
        st.caption(compact.facts(answer, self.language))

    def _again(self, exchange: Exchange) -> None:
        """Judging the answer, making another one, stepping between those there are."""
        key, talk = exchange.key, self.folio.talk
        again = self.texts["retry" if exchange.answer.error else "regenerate"]
        shown = self.versions.get(key, ())
        place = shown.index(key) if key in shown else 0
        with st.container(horizontal=True, vertical_alignment="center"):
            if exchange.answer.text:
                given = self.thumbs.get(key)
                thumb = None if given is None else int(given.thumb == "up")
                st.feedback("thumbs", key=f"thumb-{key}", default=thumb, on_change=self._judge, args=(key,))
            self._button(again, f"again-{key}", partial(self._regenerate, key), "refresh")
            for step, icon in ((-1, "chevron_left"), (1, "chevron_right")):
                if 0 <= place + step < len(shown):
                    named = self.texts["version_of"].format(n=place + step + 1, total=len(shown))
                    other = partial(talk.show, self.user_id, shown[place + step])
                    self._button("", f"version-{step}-{key}", other, icon, named)

    def _regenerate(self, message_id: str) -> None:
        """Another answer, by the model and the search that are chosen now."""
        changes = Changes(model=self.state.get("model"), search_mode=self.state.get("mode"))
        self.folio.talk.regenerate(self.user_id, message_id, changes)

    def _judge(self, message_id: str) -> None:
        talk, thumb = self.folio.talk, self.state[f"thumb-{message_id}"]
        if thumb is None:
            self._try(partial(talk.withdraw, self.user_id, message_id))
        else:
            self._try(partial(talk.react, self.user_id, message_id, "up" if thumb else "down"))

    def _source(self, citation: JSON) -> None:
        """A quote, whether it stands where it is said to, and that place: the page as a picture, or the passage."""
        quote, number = citation["quote"], citation["page"]
        st.html(str(compact.quote(citation, self.language)))
        document = self.folio.library.document(self.user_id, citation["document_id"])
        if not sources.Source(document, number).has_image:
            text = self.folio.library.passage(self.user_id, citation["passage_id"]).text
            st.html(str(compact.passage(text, quote)))
            return
        boxed = None if citation["status"] == "missing" else quote
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
