"""The Streamlit front end: widgets and wiring. What is shown, and how foreign text is made harmless, is in rag.view.

`app` is the server that `streamlit run` finds here: Streamlit behind the API's outer layer, which gives each browser
the same signed cookie as the other front end. The page's script is .streamlit/page.py; it calls `main`.

A turn lives in the App, never in a run of the script, which only follows it, a slice at a time: a rerun, a reload or a
second tab attaches again. Foreign text goes to the page as text (st.text), as HTML that rag.view has made harmless
(st.html, which sanitises once more), or through `label`; nothing else that reads Markdown gets any.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st
from starlette.middleware import Middleware
from streamlit.delta_generator import DeltaGenerator

from rag.api.beside import Visitors, edged
from rag.app import App, open_app
from rag.errors import FolioError
from rag.events import Answer
from rag.settings import load_settings
from rag.view import compact, documents, listing, page, papers
from rag.view.answers import Exchange
from rag.view.compact import label
from rag.view.looking import Sight
from rag.view.reader import Reader
from rag.view.texts import TEXTS, Language, choose_language
from store.conversations import Conversation

log = logging.getLogger(__name__)

HERE: Final = Path(__file__).parent / ".streamlit"
TICK_S: Final = 0.3
RAIL_PX: Final = 320
SHOWN: Final = 30  # conversations, exchanges, and documents; more on request
WIDGETS: Final[Mapping[compact.Kind, Callable[[str], object]]] = {
    "title": st.header, "heading": lambda text: st.markdown(f"##### {text}"), "text": st.write, "caption": st.caption,
    "error": st.error, "html": st.html,
}  # fmt: skip


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened[0].close())
def _opened() -> tuple[App, Visitors]:
    """The one App of this process, and who is who to it. Raises what open_app raises."""
    folio = open_app(load_settings())
    return folio, Visitors(folio)


def _draw(lines: Iterable[compact.Line]) -> None:
    for kind, text in lines:
        WIDGETS[kind](text)


class Page:
    """One look at the page by one user. `state` is what the session keeps from one look to the next."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.user_id, self.texts = reader, reader.user_id, reader.texts
        self.folio, self.library, self.talk = reader.app, reader.app.library, reader.app.talk
        self.state, self.shown_id = st.session_state, st.query_params.get("conversation", "")
        self.live = Answer()  # as far as the answer in the writing has been followed

    def show(self) -> None:
        self.state["is_stale"] = False
        for sheet in (HERE / "folio.css", compact.words(self.reader.language)):
            st.html(sheet)
        with st.sidebar:
            self._rail()
            st.markdown(f"#### {self.texts['documents']}")
            if self.shown_id:
                self._field()
            st.fragment(self._rows, run_every=0.5 if (is_busy := self.reader.is_busy) else None)(is_busy)
            if self.state.get("opened") != self.shown_id:  # the pickers show how its last answer was asked
                self.state.update(self.reader.asked_with(self.shown_id), opened=self.shown_id)
            for key, names in self.reader.pickers().items():
                st.selectbox(self.texts[key], list(names), key=key, format_func=names.__getitem__)
            _draw(self.reader.remarks())
        st.chat_input(self.texts["ask_placeholder"], key="question", on_submit=self._ask)
        self._thread()
        if sight := self.state.get("sight"):
            st.dialog(label(sight.name), width=620, position="right", on_dismiss=self._look)(self._drawer)()

    def _try(self, verb: Callable[[], object]) -> None:
        """Does it; what is said against it stands above the conversation."""
        self.state["is_stale"] = True
        if problem := page.attempt(verb, self.reader.language):
            self.state["notice"] = problem

    def _button(self, text: str, key: str, verb: Callable[[], object], icon: str = "", **more: Any) -> None:
        drawn = f":material/{icon}:" if icon else None
        st.button(text, key, on_click=self._try, args=(verb,), type="tertiary", icon=drawn, **more)

    def _some(self, found: Sequence[Exchange], name: str) -> Sequence[Exchange]:
        """The first of many; all of them on request."""
        hidden = 0 if self.state.get(f"all-{name}") else max(0, len(found) - SHOWN)
        if hidden:
            more = self.texts["degraded_more"].format(n=hidden)
            self._button(more, f"more-{name}", lambda: self.state.update({f"all-{name}": True}))
        return found[: len(found) - hidden]

    def _open(self, conversation_id: str) -> None:
        st.query_params.from_dict({"conversation": conversation_id} if conversation_id else {})
        self.state["refused"] = []  # they have been read

    def _rail(self) -> None:
        st.markdown("### Folio")
        st.button(self.texts["new_chat"], icon=":material/add:", on_click=self._open, args=("",), width="stretch")
        find, states = self.texts["find"], listing.states(self.talk.counts(self.user_id), self.reader.language)
        wanted = st.text_input(find, key="find", placeholder=find, label_visibility="collapsed").strip()
        state = st.segmented_control(
            self.texts["conversations"], list(states), key="listed", default="active",
            format_func=states.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        shown = self.reader.conversations(state or "active", self.state.setdefault("limit", SHOWN), wanted)
        with st.container(key="rail"):
            for one in shown.entries:
                _draw(one.above)
                kind: Literal["secondary", "tertiary"] = "secondary" if one.id == self.shown_id else "tertiary"
                st.button(one.name, one.key, type=kind, width="stretch", on_click=self._open, args=(one.id,))
                _draw(one.below)
            _draw(shown.below)
        if shown.has_more:
            self._button(self.texts["more"], "list-more", lambda: self.state.update(limit=self.state["limit"] + SHOWN))

    def _field(self) -> None:
        """Where files are dropped: in the middle of an empty page, else with the documents."""
        self.state.setdefault("uploads", 0)  # a new key is what empties the field
        st.file_uploader(
            self.reader.accepted, accept_multiple_files=True, key=f"files-{self.state['uploads']}",
            on_change=self._upload, label_visibility="collapsed" if self.shown_id else "visible",
            max_upload_size=max(1, int(self.folio.settings.max_document_mb)),
        )  # fmt: skip
        _draw(("error", label(sentence)) for sentence in self.state.get("refused", ()))

    def _upload(self) -> None:
        files = self.state[f"files-{self.state['uploads']}"]
        refused = self.reader.upload((file.name, file) for file in files)
        self.state.update(uploads=self.state["uploads"] + 1, refused=refused)

    def _rows(self, was_busy: bool) -> None:
        """The documents, drawn again and again until nothing is being worked on any more, or something was done."""
        if self.state["is_stale"] or (was_busy and not self.reader.is_busy):
            st.rerun()
        for row in (shown := self.reader.shown(papers.Look(self.state.setdefault("documents", SHOWN)))).rows:
            self._row(row)
        if shown.found > (count := len(shown.rows)):
            self._button(self.texts["more"], "more-documents", lambda: self.state.update(documents=count + SHOWN))
        _draw(() if shown.rows else (("caption", self.texts["no_documents"]),))

    def _row(self, row: documents.Row) -> None:
        key = row.document_id
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", key=f"row-{key}"):
            self._button(label(row.name), f"look-{key}", partial(self._look, Sight(key, row.name)), width="stretch")
            for verb, icon, about in compact.row_verbs(row, self.reader.language):
                self._button(about, f"icon-{verb}-{key}", partial(self.reader.do, verb, row.task_id), icon)
            if not row.is_shared:
                named = label(self.texts["delete_named"].format(name=row.name))
                with st.popover(named, icon=":material/delete:", type="tertiary", key=f"icon-delete-{key}"):
                    st.write(self.texts["delete_sure"])
                    self._button(self.texts["delete"], f"delete-{key}", partial(self.reader.delete, key))
        _draw(compact.row_lines(row, self.reader.language))
        if row.percent is not None:
            st.progress(min(100, int(row.percent)), text=row.stage)

    def _look(self, sight: Sight | None = None, picked: str = "") -> None:
        """Opens the drawer, or closes it. `picked`: where it was chosen, so that it can be chosen again."""
        self.state.update({"sight": sight, "is_stale": True} | ({picked: None} if picked else {}))

    def _drawer(self) -> None:
        """A page of a document; its pages can be turned."""
        shown = self.reader.look(self.state["sight"])
        if shown.turns:
            with st.container(horizontal=True, vertical_alignment="center", key="turning"):
                for icon, about, there in shown.turns:
                    self._button(about, f"icon-{icon}", partial(self._look, there), icon, disabled=there is None)
                st.caption(shown.place)
        _draw(shown.lines)
        if shown.picture:
            st.image(shown.picture, width="stretch", alt=shown.alt)

    def _thread(self) -> None:
        if (opened := self.reader.opened(self.shown_id)).conversation:
            self._about(opened.conversation)
        if notice := self.state.pop("notice", "") or opened.problem:
            st.error(label(notice))
        if "sample" in self.state:
            st.fragment(self._reading, run_every=TICK_S)()
        elif not opened.exchanges:
            self._welcome()
        for exchange in reversed(self._some(opened.exchanges[::-1], f"of-{self.shown_id}")):
            if (turn := opened.turn) and turn.message_id == exchange.key:
                st.fragment(self._follow, run_every=TICK_S)(exchange, turn.id)
                self._button(self.texts["stop"], "stop", partial(self.folio.stop, self.user_id, turn.id), "stop")
            else:
                st.fragment(self._exchange)(exchange)

    def _about(self, one: Conversation) -> None:
        key = f"title-{one.id}"
        rename = partial(self._try, lambda: self.talk.rename(self.user_id, one.id, self.state[key]))
        with st.popover(listing.name(one, self.reader.language), key="about", type="tertiary"):
            if one.state != "trash":
                st.text_input(self.texts["rename"], one.title, key=key, max_chars=200, on_change=rename)
            with st.container(horizontal=True):
                for name, move in listing.MOVES[one.state].items():
                    self._button(self.texts[name], name, partial(move, self.talk, self.user_id, one.id))
            st.caption(self.texts["export"])
            with st.container(horizontal=True):
                for file in self.reader.exports(one):
                    st.download_button(file.text, file.make, file.name, file.mime, type="tertiary", on_click="ignore")
        _draw(listing.remarks(one, self.reader.language))

    def _welcome(self) -> None:
        shown = self.reader.welcome()
        _draw(shown.lines)
        if not self.shown_id:
            self._field()
        st.fragment(self._reading, run_every=TICK_S if self.reader.is_busy else None)()
        _draw(shown.offer)
        for question in shown.questions:
            take = partial(lambda asked: self.state.update(sample=(self.reader.take_sample().id, asked)), question)
            st.button(label(question), on_click=self._try, args=(take,))

    def _reading(self) -> None:
        """What is being read, where there is nothing else to see. The sample's question is asked once it can be."""
        task_id, question = self.state.get("sample", ("", ""))
        if question:
            st.chat_message("user", avatar=":material/person:").text(question)
        for row in self.reader.shown(papers.Look(SHOWN)).rows:
            if row.percent is not None:
                st.progress(min(100, int(row.percent)), text=label(f"{row.name} · {row.stage}"))
        if question and ((task := self.library.task(self.user_id, task_id)).searchable or task.is_finished):
            del self.state["sample"]
            if task.searchable:  # otherwise what went wrong stands with the document
                self._ask(question)
            st.rerun()

    def _ask(self, question: str = "") -> None:
        """A question, or else what was written, is taken, or refused with a sentence."""
        asked, conversation = question or self.state["question"], st.query_params.get("conversation")
        said = {**self.reader.picked(self.state), "question": asked, "conversation": conversation}
        self._try(lambda: self._open(self.folio.ask(self.user_id, self.reader.asking(said)).conversation_id))

    def _follow(self, exchange: Exchange, turn_id: str) -> None:
        """The answer in the writing: as far as it is, then as it grows. At its end the page is drawn anew."""
        _, frame = _frame(exchange.question, self.reader.parts(self.live))
        with closing(self.reader.slice(turn_id, self.live)) as looks:
            for answer in looks:
                self.state["followed"] = turn_id  # here Streamlit breaks a run off when something was clicked
                frame.draw(self.reader.parts(answer))
                self.live = answer
        if self.live.is_finished and self.state.get("ended") != turn_id:
            self.state["ended"] = turn_id  # once: an end that could not be stored would come up again
            st.rerun()

    def _exchange(self, exchange: Exchange) -> None:
        """A question with its answer, which has ended: how it did, what can be done with it, what it rests on."""
        if self.state["is_stale"]:  # something was done here, where only this much is drawn
            st.rerun()
        under, key, cited = self.reader.ending(exchange), exchange.key, exchange.answer.citations
        pills, thumbs = f"cited-{key}", f"thumb-{key}"
        with _frame(exchange.question, self.reader.parts(exchange.answer))[0]:
            _draw(under.said)
            if under.citations:
                st.pills(
                    self.texts["sources"], range(len(cited)), format_func=under.citations.__getitem__,
                    key=pills, on_change=lambda: self._look(Sight.of(cited[self.state[pills]]), pills),
                    label_visibility="collapsed",
                )  # fmt: skip
            with st.container(horizontal=True, vertical_alignment="center"):
                if exchange.answer.text:
                    judge = partial(self._try, lambda: self.reader.judge(key, compact.thumb(self.state[thumbs])))
                    st.feedback("thumbs", key=thumbs, default=under.thumb, on_change=judge)
                again = partial(self.reader.again, key, self.reader.picked(self.state))
                self._button(under.again, f"again-{key}", again, "refresh")
                for version, icon, place in under.beside:
                    self._button(place, f"show-{version}", partial(self.talk.show, self.user_id, version), icon)
                st.caption(under.facts)


def _frame(question: str, shown: compact.Parts) -> tuple[DeltaGenerator, compact.Frame]:
    """A question with its answer so far, and what may grow of it. Nothing is blank before it is drawn."""
    st.chat_message("user", avatar=":material/person:").text(question)
    with (answer := st.chat_message("assistant", avatar=":material/auto_stories:")):
        # Folded from the beginning: what is under way is its title, and nothing moves up when it has ended.
        status = st.status(shown.title, state=shown.state, type="compact")
        places = status.html(shown.steps), st.html(shown.found), st.html(shown.prose)
    return answer, compact.Frame(shown, status, places)


def main() -> None:
    """The script: one look at the page."""
    st.set_page_config("Folio", str(page.ICON), initial_sidebar_state=RAIL_PX, menu_items={})
    language = choose_language(st.context.locale or "")
    try:
        folio, visitors = _opened()
    except FolioError as error:
        _draw((("title", "Folio"), ("error", label(page.refusal(error, language)))))
        st.button(TEXTS[language]["retry"])
        return
    user_id = visitors.user_id(st.context.cookies, st.session_state)
    if user_id is None:
        _sign_in(folio, language)
    else:
        Page(Reader(folio, user_id, language)).show()


def _sign_in(folio: App, language: Language) -> None:
    """A form; or, where another place does it, the other front end."""
    texts = TEXTS[language]
    st.header(texts["sign_in_title"])
    if folio.settings.auth != "password":
        st.info(texts["sign_in_elsewhere"])
        return
    with st.form("sign_in"):
        name = st.text_input(texts["name_or_email"], max_chars=254)
        password = st.text_input(texts["password"], type="password", max_chars=256)
        is_sent = st.form_submit_button(texts["sign_in"], type="primary")
    if is_sent:
        enter = partial(folio.accounts.sign_in, name, password, address="streamlit")
        if problem := page.attempt(lambda: st.session_state.update(token=enter().token), language):
            st.error(label(problem))
        else:
            st.rerun()


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
    st.error(label(page.defect(choose_language(st.context.locale or ""))))
    return True


app = st.App(HERE / "page.py", middleware=[Middleware(edged)], lifespan=_keeping_app, on_script_error=_defect)
