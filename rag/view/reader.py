"""What the App has for somebody who looks at a page, made ready to be shown: the one place here that asks the App.

Methods raise what the verbs of the App raise, and may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO, Final

from rag.app import App
from rag.errors import FolioError, RequestError
from rag.events import Answer
from rag.export import Format, file_of
from rag.model import Asking
from rag.verbs.talk import Changes
from rag.view import answers, compact, documents, listing, looking, page, papers
from rag.view.answers import Exchange
from rag.view.figures import size
from rag.view.growing import looks, so_far
from rag.view.papers import Look, Shown
from rag.view.rail import STATES
from rag.view.sources import Source
from rag.view.texts import TEXTS, Language, Texts, figure
from store.conversations import Conversation, State
from store.tasks import Task
from store.turns import Turn

MOMENT_S: Final = 0.01
SLICE_S: Final = 1.0  # an answer is followed this long, before other parts of a page have their turn
LOOKS: Final = 10  # in a slice


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is made when it is wanted; `text`: what it is called on a button."""

    text: str
    make: Callable[[], bytes]
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Opened:
    """`turn`: whose answer is being written. `problem`: why there is nothing to be shown."""

    conversation: Conversation | None = None
    turn: Turn | None = None
    exchanges: Sequence[Exchange] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, and in which language."""

    app: App
    user_id: str
    language: Language

    @property
    def texts(self) -> Texts:
        return TEXTS[self.language]

    # ---- conversations

    def conversations(self, state: State, limit: int, wanted: str = "") -> listing.Listing:
        """The latest of a state's; or, wherever they are, those in which `wanted` is said or which are called so."""
        if wanted:
            return listing.searched(self.app.talk.search(self.user_id, wanted, where=STATES), self.language)
        found = self.app.conversations(self.user_id, state=state, limit=limit + 1)
        return listing.listed(found, limit, state, self.language)

    def opened(self, conversation_id: str) -> Opened:
        """A conversation that is shown, or why it is not; "" is one that has not begun."""
        if not conversation_id:
            return Opened()
        try:
            conversation = self.app.conversation(self.user_id, conversation_id)
            # The turn first: one that ends in between is found finished among the exchanges.
            turn = self.app.active_turn(self.user_id, conversation_id)
            return Opened(conversation, turn, self.exchanges(conversation_id))
        except FolioError as error:
            return Opened(problem=page.refusal(error, self.language))

    def exports(self, conversation: Conversation) -> Iterator[Export]:
        """The files a conversation can be had as."""
        for form in page.EXPORTS:
            make = partial(self._exported, conversation.id, form)
            yield Export(self.texts[f"export_{form}"], make, *file_of(conversation, form))

    def _exported(self, conversation_id: str, form: Format) -> bytes:
        return self.app.talk.export(self.user_id, conversation_id, form).content

    def exchanges(self, conversation_id: str, turn: Turn | None = None) -> list[Exchange]:
        """The branch on show, with the answer in the writing (`turn`'s) as far as it is."""
        talk, user_id = self.app.talk, self.user_id
        versions, thumbs = talk.versions(user_id, conversation_id), talk.reactions(user_id, conversation_id)
        shown = answers.exchanges(self.app.history(user_id, conversation_id), versions, thumbs)
        if turn is None:
            return shown
        grown = self.so_far(turn.id)
        return [replace(one, answer=grown) if one.key == turn.message_id else one for one in shown]

    def so_far(self, turn_id: str) -> Answer:
        """The answer as far as its log goes now."""
        with closing(self.app.follow(self.user_id, turn_id, heartbeat_s=MOMENT_S)) as events:
            return so_far(events)

    def slice(self, turn_id: str, answer: Answer) -> Generator[Answer, None, None]:
        """Looks at an answer that is being written, for a slice of time or to its end; `answer`: what was seen so far.

        Where nothing was, the slice is a moment: it is part of drawing a whole page, which must not wait.
        """
        slice_s = SLICE_S if answer.last_seq else MOMENT_S
        look_s = slice_s / LOOKS
        with closing(self.app.follow(self.user_id, turn_id, answer.last_seq, heartbeat_s=look_s)) as events:
            yield from looks(events, answer, every_s=look_s, beat_s=look_s, for_s=slice_s)

    def asking(self, data: Mapping[str, Any]) -> Asking:
        """What the page sent along with a question, see `page.asking_of`.

        Raises RequestError(invalid_request), in the reader's language, for a question that cannot be asked.
        """
        asking = page.asking_of(data, self.app.settings.passages)
        problem = page.question_problem(
            page.text_of(data, "question"), self.app.settings.max_question_chars, self.language
        )
        if problem:
            raise RequestError("invalid_request", problem)
        return asking

    def pickers(self) -> dict[str, dict[str, str]]:
        """What can be picked for a question, by the picker: each with what it is called."""
        models = page.model_names(self.app.models(self.user_id), self.language)
        found = {"model": models, "mode": page.mode_names(self.language)}
        return {**found, "rerank": page.reranking_names(self.language)} if self.can_rerank else found

    def picked(self, state: MutableMapping[Any, Any]) -> dict[str, str | None]:
        """What was picked, by the picker; `state` has it under the same names."""
        return {name: state.get(name) for name in self.pickers()}

    @property
    def can_rerank(self) -> bool:
        """Whether a model is set that puts passages in order again."""
        return bool(self.app.settings.reranker or self.app.settings.reranker_path)

    def asked_with(self, conversation_id: str) -> dict[str, str]:
        """What the pickers show for a conversation: what its last answer was asked with, where that can be picked."""
        try:
            shown = self.app.history(self.user_id, conversation_id) if conversation_id else []
        except FolioError:
            return {}  # it is not there, and `opened` says so
        answer = next((one for one in reversed(shown) if one.role == "assistant"), None)
        if answer is None:
            return {}
        said = page.choices_of(self.app.talk.trace(self.user_id, answer.id)["settings"])
        return {name: said[name] for name, names in self.pickers().items() if said[name] in names}

    def remarks(self) -> tuple[compact.Line, ...]:
        """What stands under the pickers: what a model would add where there is none, and what is not at its best."""
        return (*(() if self.has_model else (("html", str(compact.connect(self.language))),)), *self.degraded())

    def degraded(self) -> tuple[compact.Line, ...]:
        """What of Folio is not at its best."""
        line = page.degraded_line(self.app.health(), self.language)
        return (("caption", compact.label(line)),) if line else ()

    @property
    def has_model(self) -> bool:
        """Whether answers can be more than quotes."""
        return page.has_model(self.app.models(self.user_id))

    def again(self, message_id: str, data: Mapping[str, Any]) -> Turn:
        """Another answer to the same question, by the model and the search that the page names."""
        asking = page.asking_of(data, self.app.settings.passages)
        before: Mapping[str, Any] = self.app.talk.trace(self.user_id, message_id)["settings"].get("settings") or {}
        picked = self.pickers()  # what cannot be picked here stays as it was
        settings = {name: value for name, value in before.items() if name not in picked} | asking.settings
        changes = Changes(model=asking.model, search_mode=asking.search_mode, settings=settings)
        return self.app.talk.regenerate(self.user_id, message_id, changes)

    def parts(self, answer: Answer) -> compact.Parts:
        """Everything that grows while an answer is written."""
        return compact.parts(answer, self.language)

    def ending(self, exchange: Exchange) -> compact.Ending:
        """What stands under an answer that has ended."""
        return compact.ending(exchange, self.language)

    def judge(self, message_id: str, thumb: str, reason: str = "") -> None:
        """A thumb for an answer, "up" or "down"; with any other word, none any more."""
        known = next((one for one in compact.THUMBS if one == thumb), None)
        if known is None:
            self.app.talk.withdraw(self.user_id, message_id)
        else:
            self.app.talk.react(self.user_id, message_id, known, reason)

    # ---- documents and sources

    @property
    def has_documents(self) -> bool:
        return self.app.library.document_page(self.user_id, 1, 0)[1] > 0

    @property
    def accepted(self) -> str:
        """What can be added, as a label."""
        biggest = figure(self.texts, size(int(self.app.settings.max_document_mb * 1024**2)))
        return compact.label(self.texts["kinds"].format(size=biggest))

    @property
    def is_busy(self) -> bool:
        """Whether any document is being worked on."""
        return self.app.library.is_busy(self.user_id)

    def upload(self, files: Iterable[tuple[str, BinaryIO]]) -> list[str]:
        """Files as (name, stream): each is taken or refused by itself. -> why, for those that are refused."""
        refused = []
        for name, stream in files:
            if problem := page.attempt(partial(self.app.library.upload, self.user_id, stream, name), self.language):
                refused.append(problem if name in problem else f"{name}: {problem}")
        return refused

    def do(self, verb: str, task_id: str) -> None:
        """What a row offers, see `documents.Row.verbs`."""
        verbs = {"retry": self.app.library.retry, "cancel": self.app.library.cancel}
        verbs[verb](self.user_id, task_id)

    def delete(self, document_id: str) -> None:
        self.app.library.delete_document(self.user_id, document_id)

    def shown(self, look: Look) -> Shown:
        """The documents that are looked at. The work goes with what is drawn, but for one query of all names."""
        entries = self.app.library.entries(self.user_id)
        found = papers.sought_among(entries, look)
        drawn = self.app.library.with_tasks(self.user_id, [one.id for one in found[: look.count]])
        return Shown([documents.row(*one, self.language) for one in drawn], len(found), entries)

    def pane(self, look: Look) -> dict[str, Any]:
        """The documents pane, see `papers.pane`."""
        return papers.pane(self.shown(look), look, self.language, self.app.settings.max_document_bytes)

    def sample(self) -> page.Sample:
        """The sample document, as it is offered to somebody with these documents."""
        sample = self.app.library.sample()
        return page.Sample(sample.name, sample.questions, self.app.library.has_name(self.user_id, sample.name))

    def take_sample(self) -> Task:
        """The sample becomes one of the user's documents."""
        sample = self.app.library.sample()
        with sample.path.open("rb") as stream:
            return self.app.library.upload(self.user_id, stream, sample.name)

    def welcome(self) -> compact.Welcome:
        """What stands where there is no conversation."""
        return compact.welcome(self.sample(), self.has_documents, self.language)

    def look(self, sight: looking.Sight) -> looking.Look:
        """A page of a document, with the quote on it that was picked, if one was; or why there is nothing to see."""
        try:
            return self._look(sight)
        except FolioError as error:
            why = self.texts["source_gone"] if error.code == "not_found" else page.refusal(error, self.language)
            return looking.Look((("error", compact.label(why)),))

    def _look(self, sight: looking.Sight) -> looking.Look:
        library, number = self.app.library, sight.number
        document = library.document(self.user_id, sight.document_id)
        if Source(document, number).has_image:
            picture = library.page_image(self.user_id, document.id, number, quote=sight.boxed)
            return looking.pictured(sight, document, picture, self.language)
        written = dict(library.document_text(self.user_id, document.id)).get(number, "")
        passage = library.passage(self.user_id, sight.passage_id) if sight.passage_id else None
        return looking.written(sight, document, written, passage, self.language)
