"""The list of conversations as names on buttons, for a front end that draws with few widgets of its own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from markupsafe import Markup

from rag.verbs.talk import Talk
from rag.view.compact import Line, label
from rag.view.figures import period
from rag.view.rail import NOTHING, STATES, marked
from rag.view.texts import TEXTS, Language
from store.conversations import Conversation, State
from store.fulltext import Found
from store.states import Counts

# What can be done with a conversation, by where it is: what that is called in the texts -> the verb.
MOVES: Final[Mapping[State, Mapping[str, Callable[[Talk, str, str], object]]]] = {
    "active": {"archive": Talk.archive, "delete": Talk.trash},
    "archived": {"unarchive": Talk.unarchive, "delete": Talk.trash},
    "trash": {"restore": Talk.restore},
}
_MENTION: Final = Markup('<div class="f-small f-muted f-snippet">{}</div>')


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation: `key` is its button's, `name` a label; `above` is what begins with it ("Today")."""

    id: str
    key: str
    name: str
    above: tuple[Line, ...] = ()
    below: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """`below`: what is said of an empty list. `has_more`: there are others, which can be asked for."""

    entries: tuple[Entry, ...]
    below: tuple[Line, ...]
    has_more: bool = False


def states(counts: Counts, language: Language) -> dict[State, str]:
    """The lists there are, each with its name and, if there are any, how many conversations are in it."""
    counted = {state: getattr(counts, state) or "" for state in STATES}
    return {state: f"{TEXTS[language][f'state_{state}']} {number}".rstrip() for state, number in counted.items()}


def listed(
    found: Sequence[Conversation], limit: int, state: State, language: Language, today: date | None = None
) -> Listing:
    """A state's conversations, the latest first, under the days they were last touched; at most `limit` of them."""
    texts, entries = TEXTS[language], []
    for day, members in groupby(found[:limit], key=lambda one: period(one.updated_at, today)):
        for place, one in enumerate(members):
            entries.append(
                Entry(one.id, f"open-{one.id}", name(one, language), () if place else (("caption", texts[day]),))
            )
    nothing: Line = ("caption", texts[NOTHING[state]])
    return Listing(tuple(entries), () if entries else (nothing,), len(found) > limit)


def searched(hits: Sequence[Found], language: Language) -> Listing:
    """What was found, each with where it is said; with its title where only that has what was looked for."""
    entries = []
    for hit in hits:
        mention = _MENTION.format(marked(hit.mentions[0].snippet if hit.mentions else hit.title))
        one = hit.conversation
        entries.append(Entry(one.id, f"found-{one.id}", name(one, language), below=(("html", str(mention)),)))
    nothing: Line = ("caption", TEXTS[language]["find_nothing"])
    return Listing(tuple(entries), () if entries else (nothing,))


def remarks(conversation: Conversation, language: Language) -> tuple[Line, ...]:
    """What is to be known of a conversation that is opened."""
    return (("caption", TEXTS[language]["in_trash"]),) if conversation.state == "trash" else ()


def name(conversation: Conversation, language: Language) -> str:
    """What a conversation is called, as a label."""
    return label(conversation.title or TEXTS[language]["untitled"])
