"""The list of conversations: active, archived, in the trash, or what a search found. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup, escape

from rag.view.answers import age_text
from rag.view.figures import period
from rag.view.templates import render
from rag.view.texts import TEXTS, Language
from store.conversations import Conversation, State
from store.fulltext import Found
from store.snippets import Snippet
from store.states import Counts

STATES: Final[tuple[State, ...]] = ("active", "archived", "trash")
PAGE: Final = 30  # conversations are shown at a time
MOST: Final = 1_000
_MARKER = re.compile(r"\s?\[\d{1,3}(?:,\s*\d{1,3})*\]")
_MARKUP = re.compile(r"[*_`#>|~]+|^\s*[-+]\s|-{3,}", re.MULTILINE)
_SOME_MARKUP = re.compile(
    r"\*{2,3}|`+|~~|#{2,6}\s|\s*\|(?:[\s|:]|-{2,})*"
)  # what a word within a sentence is not made of
_PREVIEW_CHARS = 90


@dataclass(frozen=True, slots=True)
class Look:
    """What of the list is looked at: one state, its newest `count`; with a query, what it finds instead."""

    state: State = "active"
    query: str = ""
    count: int = PAGE

    @property
    def key(self) -> str:
        """The page shows a list only if it still looks at it."""
        return json.dumps([self.state, self.query, self.count], ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Item:
    conversation: Conversation
    title: Markup
    preview: str
    age: str
    mentions: Sequence[tuple[str, Markup]] = ()


def look_of(value: object) -> Look:
    """What a page says it looks at; whatever does not fit is as at the beginning."""
    said: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    state: State = next((known for known in STATES if known == said.get("state")), "active")
    query, count = said.get("query"), said.get("count")
    return Look(
        state,
        query.strip()[:200] if isinstance(query, str) else "",
        min(max(count, 1), MOST) if isinstance(count, int) else PAGE,
    )


def list_html(
    shown: Sequence[Conversation],
    previews: Mapping[str, str],
    counts: Counts,
    look: Look,
    language: Language,
    moment: datetime | None = None,
) -> Markup:
    """A state's conversations, the latest first, under the days they were last touched.

    `shown` may have one more than `look.count`: then more can be asked for.
    """
    texts = TEXTS[language]
    today: date | None = None if moment is None else moment.date()
    groups = [
        (
            texts[name],
            [
                _Item(one, escape(one.title or texts["untitled"]), preview_of(previews.get(one.id, "")),
                      age_text(one.updated_at, texts, moment))
                for one in members
            ],
        )
        for name, members in groupby(shown[: look.count], key=lambda one: period(one.updated_at, today))
    ]  # fmt: skip
    has_more = len(shown) > look.count
    return _rendered(groups, counts, look, language, nothing=texts[NOTHING[look.state]], has_more=has_more)


NOTHING: Mapping[State, str] = {"active": "no_conversations", "archived": "no_archived", "trash": "no_trash"}


def found_html(
    found: Sequence[Found], counts: Counts, look: Look, language: Language, moment: datetime | None = None
) -> Markup:
    """What a search found: titles and what was said, with the words marked."""
    texts = TEXTS[language]
    items = [
        _Item(
            one.conversation,
            marked(one.title) if one.title.text else escape(texts["untitled"]),
            "",
            age_text(one.conversation.updated_at, texts, moment),
            [(mention.message_id, marked(mention.snippet, _plain)) for mention in one.mentions],
        )
        for one in found
    ]
    nothing = texts["found_none"].format(query=look.query)
    return _rendered([("", items)] if items else [], counts, look, language, nothing=nothing, has_more=False)


def _rendered(
    groups: Sequence[tuple[str, Sequence[_Item]]],
    counts: Counts,
    look: Look,
    language: Language,
    *,
    nothing: str,
    has_more: bool,
) -> Markup:
    states = [(state, TEXTS[language][f"state_{state}"], getattr(counts, state)) for state in STATES]
    return render("rail.html", language, groups=groups, states=states, look=look, nothing=nothing, has_more=has_more)


def marked(snippet: Snippet, said: Callable[[str], str] = str) -> Markup:
    """A snippet, escaped, with what was looked for in <mark>. `said`: how the text between the marks is written."""
    parts, done = [], 0
    for start, end in snippet.marks:
        parts += [escape(said(snippet.text[done:start])), Markup("<mark>{}</mark>").format(snippet.text[start:end])]
        done = end
    return Markup("").join([*parts, escape(said(snippet.text[done:]))])


def _plain(text: str) -> str:
    """A part of an answer without its Markdown and its markers; cells of a table are kept apart."""
    return _SOME_MARKUP.sub(lambda found: " · " if "|" in found[0] else "", _MARKER.sub("", text))


def preview_of(text: str) -> str:
    """The beginning of an answer on one line, without its Markdown and its markers."""
    line = " ".join(_MARKUP.sub(" ", _MARKER.sub("", text)).split())
    return line if len(line) <= _PREVIEW_CHARS else line[:_PREVIEW_CHARS].rstrip() + "…"
