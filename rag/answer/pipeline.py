"""A question becomes events. One synchronous generator; everything it needs is passed in.

    condense -> select -> search (or read, in document mode) -> sources -> generate -> done

It yields every event but Queued and the terminals Stopped, Interrupted and Failed: whoever runs the turn writes those.
    exhausted   ends with Done
    stopped     `stop` is set: what was held back is shown, then it ends without Done
    abandoned   close() the generator: the model's connection is closed
    a failure   what was held back is shown, the step fails, and the FolioError is raised
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypedDict

from rag.answer.builtin import quoted
from rag.answer.citing import CitationParser
from rag.answer.clock import Clock
from rag.answer.condense import condense
from rag.answer.corpus import Corpus
from rag.answer.gathering import gather
from rag.answer.grounding import Grounding
from rag.answer.library import about_library
from rag.answer.misspelled import Reread, reread
from rag.answer.models import ChatModel, TextPiece, Usage
from rag.answer.notes import found_in, joined
from rag.answer.overview import beginnings, is_overview, whole_documents
from rag.answer.prompt import Prompt, build_chat, build_prompt
from rag.answer.reading import read_documents
from rag.answer.replies import Reply, not_found, reply
from rag.answer.row_tables import pieces
from rag.errors import FolioError
from rag.events import JSON, Cited, Done, Event, Sources, Step, StepStatus, Token
from rag.model import Asking, Exchange, Hit

LABELS = {
    "condense": "Preparing search query",
    "select": "Selecting relevant documents",
    "read": "Reading documents",
    "generate": "Generating answer",
    "again": "Searching once more",
}
CONDENSE_TIMEOUT_S = 4.0
READING_SHARE = 0.7  # of the budget, for whole documents; history, rules and question need the rest
Events = Generator[Event, None, None]


class _Limits(TypedDict):
    budget_tokens: int
    language: object


@dataclass(frozen=True, slots=True)
class _Answerer:
    name: str
    model: ChatModel | None
    context_tokens: int


def answer(
    asking: Asking,
    *,
    message_id: str,
    model: ChatModel | None,
    model_name: str,
    corpus: Corpus,
    stop: threading.Event,
    history: Sequence[Exchange] = (),
    context_tokens: int = 16_000,
) -> Events:
    """The events of one answer. `model` None: the built-in extractive answerer. `history`: oldest first.

    `asking.question` has been checked by the caller. Raises FolioError.
    """
    run = _Run(asking, _Answerer(model_name, model, context_tokens), corpus, stop, history)
    yield from run.events()
    if not stop.is_set():
        run.clock.note("total_ms")
        yield Done(message_id, model_name, run.usage, run.clock.timings)


class _Run:
    def __init__(
        self, asking: Asking, answerer: _Answerer, corpus: Corpus, stop: threading.Event, history: Sequence[Exchange]
    ) -> None:
        self.asking = asking
        self.answerer = answerer
        self.model = answerer.model
        self.corpus = corpus
        self.stop = stop
        self.history = history
        self.clock = Clock()
        self.usage: JSON = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        self.query = asking.question
        self.wholes: tuple[str, ...] = ()  # documents that the question asks about as wholes, by name
        self.read_as = ""  # what was read for words that no document has
        self.excerpts: Sequence[Hit] = ()  # what a prompt shows of pages that were read part by part

    def events(self) -> Events:
        if self.asking.search_mode == "none":
            yield from self.chat()
            return
        known = self.corpus.known(self.asking.documents)
        listed = about_library(self.asking.question, known)
        if not listed:
            yield from self.condense()
        if self.stop.is_set():
            return
        self.wholes = whole_documents(self.query, known)
        count = self.corpus.count_documents(self.asking.documents)
        yield from self.select(count)
        if listed or not count:
            yield Sources(())
            missing: Reply = "no_documents" if self.asking.documents is None else "not_ready"
            yield from self.say(listed or reply(missing, self.asking.question))
            return
        hits = yield from (self.read() if self.reads_whole else self.search(count))
        yield Sources(tuple(hit.to_json() for hit in hits))
        if self.stop.is_set():
            return
        if not hits:
            yield from self.say(not_found(self.asking.question, ()))
        elif self.model is None:
            yield from self.quote(hits)
        else:
            yield from self.generate(self.model, self.prompt(hits), hits)

    @property
    def reads_whole(self) -> bool:
        """Whether documents are read from their beginning: when that was asked for, or a search could not help."""
        return self.asking.search_mode == "document" or self.is_overview

    @property
    def reads_in_parts(self) -> bool:
        """Whether all of the documents is read even where it does not fit: it costs a model call for each part."""
        return self.asking.search_mode == "document" and not (self.model is None and self.is_overview)

    @property
    def is_overview(self) -> bool:
        return bool(self.wholes) or is_overview(self.query)

    def chat(self) -> Events:
        """Without documents: the model alone, or the word that the built-in answerer cannot."""
        yield Step("condense", "skipped", LABELS["condense"], self.query)
        if self.model is None:
            yield from self.say(reply("needs_model", self.asking.question))
        else:
            prompt = build_chat(self.asking.question, self.history, **self.limits)
            yield from self.generate(self.model, prompt, ())

    def condense(self) -> Events:
        if not self.history:
            self.clock.timings["condense_ms"] = 0.0
            yield Step("condense", "skipped", LABELS["condense"], self.query)
            return
        began = time.monotonic()
        yield Step("condense", "started", LABELS["condense"])
        done = condense(self.asking.question, self.history, self.model, self.stop, CONDENSE_TIMEOUT_S)
        self.query = done.query
        self.clock.note("condense_ms", began)
        status: StepStatus = "skipped" if done.by == "question" else "finished"
        yield Step("condense", status, LABELS["condense"], self.query, self.clock.elapsed_ms(began))

    def select(self, count: int) -> Events:
        chosen = "" if self.asking.documents is None else "chosen "
        detail = f"{count} {chosen}document{'' if count == 1 else 's'}" if count else "nothing to search yet"
        yield Step("select", "finished", LABELS["select"], detail)

    def search(self, count: int) -> Generator[Event, None, Sequence[Hit]]:
        label = f"Searching {count} document{'' if count == 1 else 's'}"
        asking = self.asking
        began = time.monotonic()
        yield Step("search", "started", label)
        try:
            hits, note = self.corpus.search(self.query, asking.search_mode, asking.documents, asking.passages)
        except FolioError:
            yield Step("search", "failed", label, elapsed_ms=self.clock.elapsed_ms(began))
            raise
        self.clock.note("search_ms", began)
        detail = joined(found_in(hits), note)
        yield Step("search", "finished", label, detail, self.clock.elapsed_ms(began))
        if not hits and (again := (yield from self.search_again(hits))):
            self.query, hits = again.query, again.hits
        return hits

    def search_again(self, hits: Sequence[Hit]) -> Generator[Event, None, Reread | None]:
        began = time.monotonic()
        again = reread(self.query, hits, self.corpus, self.asking)
        if again is not None:
            self.read_as = again.words
            detail = joined(found_in(again.hits), f"read {again.words}")
            yield Step("search", "finished", LABELS["again"], detail, self.clock.elapsed_ms(began))
        return again

    def read(self) -> Generator[Event, None, Sequence[Hit]]:
        label, began = LABELS["read"], time.monotonic()
        yield Step("read", "started", label)
        documents = list(self.corpus.document_pages(self.wholes or self.asking.documents))
        budget_tokens = int(self.answerer.context_tokens * READING_SHARE)
        whole = read_documents(documents, budget_tokens)
        hits, detail = whole.hits, whole.detail
        if whole.is_cut and self.reads_in_parts:
            try:
                gathered = yield from gather(self.query, documents, budget_tokens, self.model, self.stop, label)
            except FolioError:
                yield Step("read", "failed", label, elapsed_ms=self.clock.elapsed_ms(began))
                raise
            self.excerpts, hits, detail = gathered.excerpts, gathered.hits, gathered.detail
        self.clock.note("search_ms", began)
        yield Step("read", "finished", label, detail, self.clock.elapsed_ms(began))
        return hits

    def prompt(self, hits: Sequence[Hit]) -> Prompt:
        hits = self.excerpts or hits
        return build_prompt(self.asking.question, hits, self.history, query=self.query, **self.limits)

    @property
    def limits(self) -> _Limits:
        """Of a prompt: how long it may be, and the language that was asked for."""
        return {"budget_tokens": self.answerer.context_tokens, "language": self.asking.settings.get("language")}

    def say(self, text: str) -> Events:
        """A fixed sentence as the answer."""
        self.clock.note("first_token_ms")
        yield Token(text)

    def quote(self, hits: Sequence[Hit]) -> Events:
        """The built-in answer: the sentences themselves."""
        began = time.monotonic()
        yield Step("generate", "started", LABELS["generate"], self.answerer.name)
        picks = beginnings(hits) if self.is_overview else quoted(self.query, hits, self.page_text)
        if not picks and not self.is_overview and not self.read_as:
            again = yield from self.search_again(hits)
            if again is not None and (found := quoted(again.query, again.hits, self.page_text)):
                hits, picks = again.hits, found
                yield Sources(tuple(hit.to_json() for hit in hits))
        if not picks:
            yield from self.say(not_found(self.asking.question, hits))
        grounding = Grounding(hits, self.corpus.page)
        if picks and self.read_as:
            notice = reply("read_as", self.asking.question).format(words=self.read_as)
            yield from grounding.show(f"{notice}\n\n")
        for piece in pieces(picks):
            if self.stop.is_set():
                break
            self.clock.note("first_token_ms")
            yield from grounding.show(piece.before)
            yield from grounding.cite(piece.pick.number, piece.pick.quote)
            yield from grounding.show(piece.after)
        yield self.generated(began)

    def page_text(self, document_id: str, number: int) -> str | None:
        page = self.corpus.page(document_id, number)
        return page.text if page is not None else None

    def generate(self, model: ChatModel, prompt: Prompt, hits: Sequence[Hit]) -> Events:
        began = time.monotonic()
        fits = f"; {prompt.used} of {len(hits)} passages fit its prompt" if prompt.used < len(hits) else ""
        yield Step("generate", "started", LABELS["generate"], f"{self.answerer.name}{fits}")
        parser = CitationParser(len(hits))
        grounding = Grounding(hits, self.corpus.page)
        failure: FolioError | None = None
        with closing(model.stream(prompt.messages, self.stop)) as pieces:
            try:
                for piece in pieces:
                    yield from self.piece(piece, parser, grounding)
            except FolioError as error:
                failure = error
        for part in parser.flush():
            yield from grounding.show(part)
        if failure is not None:
            elapsed_ms = self.clock.elapsed_ms(began)
            yield Step("generate", "failed", LABELS["generate"], self.answerer.name, elapsed_ms)
            raise failure
        yield self.generated(began)

    def piece(self, piece: TextPiece | Usage, parser: CitationParser, grounding: Grounding) -> Iterable[Token | Cited]:
        if isinstance(piece, Usage):
            total = piece.input_tokens + piece.output_tokens
            self.usage = {
                "input_tokens": piece.input_tokens, "output_tokens": piece.output_tokens, "total_tokens": total,
            }  # fmt: skip
            return
        self.clock.note("first_token_ms")
        for part in parser.feed(piece.text):
            yield from grounding.show(part)

    def generated(self, began: float) -> Step:
        detail = "stopped" if self.stop.is_set() else self.answerer.name
        return Step("generate", "finished", LABELS["generate"], detail, self.clock.elapsed_ms(began))
