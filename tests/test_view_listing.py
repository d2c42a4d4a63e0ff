"""The list of conversations as names on buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rag.verbs.talk import Talk
from rag.view import listing
from rag.view.compact import label
from rag.view.texts import TEXTS
from store.fulltext import Found, Mention
from store.snippets import Snippet
from store.states import Counts
from tests.view_rows import AT, NASTY, conversation

EN = TEXTS["en"]
TODAY = date(2026, 11, 20)


def test_conversations_stand_under_the_day_they_were_last_touched() -> None:
    found = [
        conversation("c1", "One", "2026-11-20T10:00:00.000Z"),
        conversation("c2", "", "2026-11-20T09:00:00.000Z"),
        conversation("c3", NASTY, "2026-11-19T09:00:00.000Z"),
    ]
    shown = listing.listed(found, 30, "active", "en", TODAY)
    assert [one.name for one in shown.entries] == ["One", EN["untitled"], label(NASTY)]
    assert [one.above for one in shown.entries] == [(("caption", "Today"),), (), (("caption", "Yesterday"),)]
    assert [one.key for one in shown.entries] == ["open-c1", "open-c2", "open-c3"]
    assert (shown.below, shown.has_more) == ((), False)


def test_one_more_than_fits_says_that_there_are_more() -> None:
    found = [conversation(f"c{number}", "One") for number in range(3)]
    shown = listing.listed(found, 2, "active", "en", TODAY)
    assert (len(shown.entries), shown.has_more) == (2, True)


def test_an_empty_list_says_so_in_its_own_words() -> None:
    below = [listing.listed([], 30, state, "en").below for state in ("active", "archived", "trash")]
    assert below == [(("caption", EN[name]),) for name in ("no_conversations", "no_archived", "no_trash")]
    assert listing.searched([], "de").below == (("caption", TEXTS["de"]["find_nothing"]),)


def test_what_was_found_shows_where_it_is_said_and_is_harmless() -> None:
    said = Mention("msg_1", "user", AT, Snippet("two <b>crowns</b>", ((7, 13),)))
    title = Snippet("Upkeep", ((0, 6),))
    hits = [Found(conversation("c1", "Upkeep"), title, (said,)), Found(conversation("c2", "Upkeep"), title, ())]
    shown = listing.searched(hits, "en")
    (kind, by_text), (_, by_title) = (one.below[0] for one in shown.entries)
    assert kind == "html"
    assert "two &lt;b&gt;<mark>crowns</mark>&lt;/b&gt;" in by_text
    assert "<mark>Upkeep</mark>" in by_title
    assert [one.key for one in shown.entries] == ["found-c1", "found-c2"]


def test_each_list_says_how_many_are_in_it_and_what_can_be_done_there() -> None:
    named = listing.states(Counts(6, 3, 2, 1, 40), "en")
    assert named == {"active": "Active 3", "archived": "Archive 2", "trash": "Trash 1"}
    assert {state: tuple(moves) for state, moves in listing.MOVES.items()} == {
        "active": ("archive", "delete"), "archived": ("unarchive", "delete"), "trash": ("restore",),
    }  # fmt: skip
    assert listing.MOVES["active"]["delete"] is Talk.trash
    assert all(name in texts for moves in listing.MOVES.values() for name in moves for texts in TEXTS.values())


def test_the_trash_says_how_long_it_keeps() -> None:
    one = conversation("c1", "One")
    assert listing.remarks(one, "en") == ()
    assert listing.remarks(replace(one, state="trash"), "en") == (("caption", EN["in_trash"]),)
