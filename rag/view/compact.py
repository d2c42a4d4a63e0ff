"""Answers, sources and rows as short HTML for a front end that draws with few widgets of its own. Pure.

Foreign text is escaped, or came through rag.view's sanitiser; `label` makes it harmless where Markdown is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, Protocol

from markupsafe import Markup

from rag.answer.support import support_of
from rag.events import JSON, Answer
from rag.view.answers import Exchange, cached_line, run_line, status_line, step_line, stepper, was_looked_up, way_on
from rag.view.documents import Row
from rag.view.figures import duration
from rag.view.lab import support_line
from rag.view.markdown import answer_html
from rag.view.page import Sample
from rag.view.templates import render
from rag.view.texts import TEXTS, Language, Texts, figure
from store.reactions import Thumb

QUOTE_CHARS: Final = 40
THUMBS: Final[tuple[Thumb, ...]] = ("down", "up")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_STARTERS = re.compile(r"(:|@|\bwww(?=\.))")  # of links, icons, emoji and colours, found by Streamlit in plain text too
_CHIP: Final = Markup('\u2060<span class="f-chip" data-status="{}" title="“{}”\n{}">{}</span>')
_FOUND: Final = Markup('<p class="f-found"><b>{}</b> {}</p>')
_HIT: Final = Markup('<span class="f-hit" title="{}">{} · {}</span> ')
_PROSE: Final = Markup('<div class="f-prose">{}</div>')
_STEP: Final = Markup('<li><span>{}</span><span class="f-muted">{}</span><span class="time">{}</span></li>')
_WORDS: Final = Markup("<style>:root {{ --f-attach: '{}'; }}</style>")
_ICONS: Final = {"retry": "refresh", "cancel": "close"}
_STEPS: Final = Markup('<ol class="f-steps">{}</ol>')


# A line of the page: what it is drawn as, and its text. Captions and errors are labels, what is only text is our own.
Kind = Literal["title", "heading", "text", "caption", "error", "html"]
Line = tuple[Kind, str]
State = Literal["running", "complete", "error"]


@dataclass(frozen=True, slots=True)
class Parts:
    """An answer so far, part by part: `title` is a label, the rest HTML."""

    title: str
    state: State
    steps: str
    found: str
    prose: str

    @property
    def html(self) -> tuple[str, str, str]:
        return self.steps, self.found, self.prose


@dataclass(frozen=True, slots=True)
class Ending:
    """What stands under an answer that has ended.

    `said`: why it did not come to its end, and what to do. `thumb`: the place of the reader's in THUMBS.
    `again`: what making another one is called.
    `beside`: the versions next to it, each with its message id, its icon and its place among them. The rest are labels.
    """

    said: tuple[Line, ...]
    thumb: int | None
    again: str
    beside: tuple[tuple[str, str, str], ...]
    citations: tuple[str, ...]
    facts: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """What stands where there is no conversation. `offer` introduces `questions`, which can be asked of the sample."""

    lines: tuple[Line, ...]
    offer: tuple[Line, ...] = ()
    questions: tuple[str, ...] = ()


class Status(Protocol):
    """A widget with a title, which shows how something that is under way is doing."""

    def update(self, *, label: str, state: State) -> object: ...


class Place(Protocol):
    """Where HTML stands."""

    def html(self, body: str, /) -> object: ...


@dataclass(slots=True)
class Frame:
    """An answer on the page: what of it is `shown`, and where what may grow stands."""

    shown: Parts
    status: Status
    places: Sequence[Place]

    def draw(self, new: Parts) -> None:
        """Draws what has changed."""
        if new.title != self.shown.title:
            self.status.update(label=new.title, state=new.state)
        for place, now, before in zip(self.places, new.html, self.shown.html, strict=True):
            if now != before:
                place.html(now)
        self.shown = new


def parts(answer: Answer, language: Language) -> Parts:
    """Everything that grows while an answer is written."""
    return Parts(
        title(answer, language),
        "error" if answer.status == "error" else "complete" if answer.is_finished else "running",
        str(steps(answer, language)),
        str(found(answer, language)),
        str(prose(answer, language)),
    )


def label(text: str) -> str:
    """Foreign text as one line of Markdown that reads as that text and does nothing: for labels and messages."""
    return _PUNCTUATION.sub(r"\\\1", _STARTERS.sub("\\1\u2060", " ".join(text.split())))


def title(answer: Answer, language: Language) -> str:
    """What is being done, or how long it took, as a label."""
    texts = TEXTS[language]
    if answer.is_finished:
        took = duration(sum(step.elapsed_ms for step in answer.steps))
        return label(f"{texts['how']} · {figure(texts, took)}")
    if answer.position > 0:
        return texts["queued"].format(n=answer.position)
    now = step_line(answer.steps[-1], answer, language).label if answer.steps else texts["queued_next"]
    return label(f"{now} …")


def steps(answer: Answer, language: Language) -> Markup:
    """The steps with their durations, one a line."""
    texts = TEXTS[language]
    instead = {"skipped": texts["step_skipped"], "failed": texts["step_failed"]}
    lines = (step_line(step, answer, language) for step in answer.steps)
    rows = (_STEP.format(line.label, line.detail, instead.get(line.status, line.time)) for line in lines)
    return _STEPS.format(Markup("").join(rows))


def prose(answer: Answer, language: Language) -> Markup:
    """The answer so far, with a chip at each citation; the quote shows when the pointer rests on it."""
    return _PROSE.format(answer_html(answer.text, answer.citations, partial(_chip, answer, language)))


def found(answer: Answer, language: Language) -> Markup:
    """What was found, by document; a passage's beginning shows when the pointer rests on its number."""
    places: dict[str, list[Markup]] = {}
    for hit in answer.sources:
        place = TEXTS[language]["page_short"].format(n=hit["pages"][0])
        places.setdefault(hit["document"], []).append(_HIT.format(hit["snippet"], hit["number"], place))
    lines = (_FOUND.format(name, Markup("").join(hits)) for name, hits in places.items())
    return _PROSE.format(Markup("").join(lines))


def facts(answer: Answer, language: Language) -> str:
    """Who answered, what it took, whether it is an earlier answer, and what its sentences rest on, as a label."""
    texts = TEXTS[language]
    rests = (
        support_of(answer.text, answer.citations, answer.sources).to_json()
        if answer.is_finished and was_looked_up(answer)
        else None
    )
    support = support_line(rests, language) if rests else ""
    return label(" · ".join(filter(None, [run_line(answer, texts), cached_line(answer, texts), support])))


def ending(exchange: Exchange, language: Language) -> Ending:
    """What stands under the answer to a question."""
    texts, answer = TEXTS[language], exchange.answer
    said = label(f"{status_line(answer, language)} {way_on(answer, language)}")
    return Ending(
        said=(("error" if answer.error else "caption", said),) if said else (),
        thumb=THUMBS.index(exchange.thumb) if exchange.thumb in THUMBS else None,
        again=texts["retry" if answer.error else "regenerate"],
        beside=tuple(_beside(exchange, texts)),
        citations=tuple(citation_name(citation, language) for citation in answer.citations),
        facts=facts(answer, language),
    )


def _beside(exchange: Exchange, texts: Texts) -> Iterator[tuple[str, str, str]]:
    shown = stepper(exchange.versions, exchange.key)
    if shown is None:
        return
    for number, message_id, icon in (
        (shown.number - 1, shown.before, "chevron_left"),
        (shown.number + 1, shown.after, "chevron_right"),
    ):
        if message_id:
            yield message_id, icon, texts["version_of"].format(n=number, total=shown.total)


def welcome(sample: Sample, has_documents: bool, language: Language) -> Welcome:
    """To somebody without documents a sample is offered, to somebody who has loaded it what can be asked of it."""
    texts = TEXTS[language]
    lines: tuple[Line, ...] = (
        ("title", texts["tagline"]), ("text", texts["promise_ready" if has_documents else "promise"]),
    )  # fmt: skip
    if has_documents and not sample.is_loaded:
        return Welcome(lines)
    about: Line = ("caption", label(f"{sample.name} · {texts['sample_about']}"))
    heading: Line = ("heading", texts["sample_ask" if sample.is_loaded else "sample"])
    return Welcome(lines, (heading,) if sample.is_loaded else (heading, about), tuple(sample.questions))


def connect(language: Language) -> Markup:
    """That there is no language model, what one would add, and how to connect one."""
    return render("connect.html", language)


def citation_name(citation: JSON, language: Language) -> str:
    """A citation on a button, as a label."""
    quote, place = citation["quote"], TEXTS[language]["page_short"].format(n=citation["page"])
    shown = quote if len(quote) <= QUOTE_CHARS else f"{quote[:QUOTE_CHARS].rstrip()}…"
    return label(f"{citation['number']} · {place} · “{shown}”")


def thumb(place: int | None) -> str:
    """A thumb by its place in THUMBS; "" for none."""
    return "" if place is None else THUMBS[place]


def row_lines(row: Row, language: Language) -> tuple[Line, ...]:
    """What there is to be said of a document: its facts, its warnings, and what went wrong with it."""
    shared = [TEXTS[language]["shared"]] if row.is_shared else []
    facts = " · ".join([row.kind, *row.facts, *shared])
    error = label(f"{row.error} {row.way_on}")
    return (
        *(("caption", label(said)) for said in (facts, *row.notes)), *((("error", error),) if row.error else ())
    )  # fmt: skip


def row_verbs(row: Row, language: Language) -> Iterator[tuple[str, str, str]]:
    """What can be done with the task of a document: the verb, its icon, and a label that says it in words."""
    for verb in row.verbs:
        yield verb, _ICONS[verb], label(TEXTS[language][f"{verb}_named"].format(name=row.name))


def words(language: Language) -> Markup:
    """A style sheet with the words of Streamlit's own that it lets nobody choose."""
    return _WORDS.format(TEXTS[language]["attach"])


def _chip(answer: Answer, language: Language, index: int) -> str:
    citation = answer.citations[index]
    place = f"{citation['document']} · {TEXTS[language]['page'].format(n=citation['page'])}"
    return _CHIP.format(citation["status"], citation["quote"], place, citation["number"])
