"""Answers, sources and rows as short HTML for a front end that draws with few widgets of its own. Pure.

Foreign text is escaped, or came through rag.view's sanitiser; `label` makes it harmless where Markdown is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from markupsafe import Markup

from rag.answer.support import support_of
from rag.events import JSON, Answer
from rag.view.figures import duration
from rag.view.lab import support_line
from rag.view.markdown import answer_html
from rag.view.sources import mark_quote
from rag.view.texts import TEXTS, Language
from store.conversations import State
from store.fulltext import Found, Snippet

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
_SNIPPET: Final = Markup('<div class="f-small f-muted f-snippet">{}</div>')
_STEP: Final = Markup('<li><span>{}</span><span class="f-muted">{}</span><span class="time">{}</span></li>')
_STEPS: Final = Markup('<ol class="f-steps">{}</ol>')


# What can be done with a conversation, by where it is.
MOVES: Final[Mapping[State, tuple[str, ...]]] = {
    "active": ("archive", "delete"),
    "archived": ("unarchive", "delete"),
    "trash": ("restore",),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """An answer so far, part by part: `title` is a label, the rest HTML."""

    title: str
    state: Literal["running", "complete", "error"]
    steps: str
    found: str
    prose: str


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
        return label(f"{texts['how']} · {duration(sum(step.elapsed_ms for step in answer.steps))}")
    if answer.position > 0:
        return texts["queued"].format(n=answer.position)
    return label(f"{answer.steps[-1].label if answer.steps else texts['queued_next']} …")


def steps(answer: Answer, language: Language) -> Markup:
    """The steps with their durations, one a line."""
    texts = TEXTS[language]
    times = {"finished": "{}", "started": "", "skipped": texts["step_skipped"]}
    rows = (
        (step.label, step.detail, times.get(step.status, texts["step_failed"]), duration(step.elapsed_ms))
        for step in answer.steps
    )
    return _STEPS.format(Markup("").join(_STEP.format(*row[:2], row[2].format(row[3])) for row in rows))


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
    tokens = int(answer.usage.get("total_tokens") or 0)
    spent = texts["tokens"].format(n=f"{tokens:,}") if tokens else ""
    model = texts["model_extractive"] if answer.model == "extractive" else answer.model
    rests = support_of(answer.text, answer.citations, answer.sources).to_json() if answer.is_finished else None
    support = support_line(rests, language) if rests else ""
    return label(" · ".join(filter(None, [model, spent, texts["cached"] if answer.cached else "", support])))


def citation_name(citation: JSON, language: Language) -> str:
    """A citation on a button, as a label."""
    quote, place = citation["quote"], TEXTS[language]["page_short"].format(n=citation["page"])
    shown = quote if len(quote) <= QUOTE_CHARS else f"{quote[:QUOTE_CHARS].rstrip()}…"
    return label(f"{citation['number']} · {place} · “{shown}”")


def quote(citation: JSON, language: Language) -> Markup:
    """A quote, and whether it stands where it is said to."""
    texts, status = TEXTS[language], citation["status"]
    verdict = texts[f"status_{status}"].format(n=int(citation["similarity"] * 100))
    where = f"{verdict} · {citation['document']}, {texts['page'].format(n=citation['page'])}"
    return _QUOTE.format(status, citation["quote"], where)


def passage(text: str, quoted: str) -> Markup:
    """A passage with the quote marked."""
    return _PASSAGE.format(mark_quote(text, quoted))


def document_name(name: str, facts_: list[str]) -> Markup:
    return _NAME.format(name, " · ".join(facts_))


def mention(one: Found) -> Markup:
    """Where a conversation says what was looked for; its title where only that has it."""
    return _SNIPPET.format(_marked(one.mentions[0].snippet if one.mentions else one.title))


def _marked(snippet: Snippet) -> Markup:
    pieces, last = Markup(""), 0
    for start, end in snippet.marks:
        pieces += Markup("{}<mark>{}</mark>").format(snippet.text[last:start], snippet.text[start:end])
        last = end
    return pieces + snippet.text[last:]


def _chip(answer: Answer, language: Language, index: int) -> str:
    citation = answer.citations[index]
    place = f"{citation['document']} · {TEXTS[language]['page'].format(n=citation['page'])}"
    return _CHIP.format(citation["status"], citation["quote"], place, citation["number"])
