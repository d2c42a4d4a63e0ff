"""The list of conversations: under its days, by state, as a search found them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.view import rail
from rag.view.rail import Look, look_of
from rag.view.texts import TEXTS
from store.fulltext import Found, Mention
from store.snippets import Snippet
from store.states import Counts
from tests.view_rows import NASTY, conversation

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
COUNTS = Counts(total=6, active=4, archived=2, trash=0, messages=12)


def test_conversations_stand_under_their_days_with_their_age() -> None:
    shown = [
        conversation("conv_1", "Now"),
        conversation("conv_2", "", "2026-11-19T09:00:00.000Z"),
        conversation("conv_3", NASTY, "2026-11-15T09:00:00.000Z"),
        conversation("conv_4", "Old", "2025-01-01T09:00:00.000Z"),
    ]
    html = rail.list_html(shown, {"conv_1": f"**Bold** [1] {NASTY}"}, COUNTS, Look(), "en", NOW)
    order = [html.index(text) for text in ("Today", "Now", "Yesterday", "conv_2", "Last 7 days", "Older", "Old<")]
    assert order == sorted(order)
    assert 'href="?conversation=conv_1"' in html
    assert '<span class="age">2 h</span>' in html
    assert '<span class="preview">Bold &lt;img' in html
    assert "<img" not in html
    assert 'data-act="more"' not in html


def test_each_state_has_its_count_and_its_verbs() -> None:
    def verbs(look: Look, state: str) -> set[str]:
        one = conversation("conv_1", "A")
        object.__setattr__(one, "state", state)
        html = rail.list_html([one], {}, COUNTS, look, "en", NOW)
        return {part.split('"')[0] for part in html.split('data-verb="')[1:]}

    assert verbs(Look(), "active") == {"archive", "trash"}
    assert verbs(Look("archived"), "archived") == {"unarchive", "trash"}
    assert verbs(Look("trash"), "trash") == {"restore", "delete"}
    html = rail.list_html([], {}, COUNTS, Look("trash"), "de", NOW)
    assert TEXTS["de"]["no_trash"] in html
    assert 'data-state="archived" aria-pressed="false">Archiv<span class="count">2</span>' in html
    assert 'data-state="trash" aria-pressed="true">Papierkorb</button>' in html


def test_more_can_be_asked_for_when_there_is_more() -> None:
    shown = [conversation(f"conv_{number}", str(number)) for number in range(3)]
    html = rail.list_html(shown, {}, COUNTS, Look(count=2), "en", NOW)
    assert 'data-act="more"' in html
    assert "conv_2" not in html


def test_a_search_shows_where_the_words_stand() -> None:
    found = Found(
        conversation("conv_1", "Sales & costs"),
        Snippet("Sales & costs", ((0, 5),)),
        (Mention("msg_9", "assistant", "2026-11-20T13:00:00.000Z", Snippet(f"{NASTY} sales rose", ((31, 36),))),),
    )
    html = rail.found_html([found], COUNTS, Look(query="sales"), "en", NOW)
    assert "<mark>Sales</mark> &amp; costs" in html
    assert "<mark>sales</mark> rose" in html
    assert 'data-message="msg_9"' in html
    assert "<img" not in html


def test_a_search_without_a_find_says_so() -> None:
    html = rail.found_html([], COUNTS, Look(query=NASTY), "en", NOW)
    assert "Nothing was found for" in html
    assert "<img" not in html


@pytest.mark.parametrize("said", [None, 3, {"state": "gone", "query": 3, "count": "x"}, []])
def test_what_a_page_says_wrongly_is_the_beginning(said: object) -> None:
    assert look_of(said) == Look()


def test_the_key_of_a_look_is_what_the_page_makes_of_it() -> None:
    assert look_of({"state": "trash", "query": ' ä"b ', "count": 60}).key == '["trash","ä\\"b",60]'


def test_a_preview_is_one_short_line_without_markup() -> None:
    assert rail.preview_of("# Head\n\n- **One** [2]\n- `two`") == "Head One two"
    assert len(rail.preview_of("word " * 100)) <= 91


def test_what_was_said_is_shown_without_its_markdown() -> None:
    text = "It cost **2,214 crowns** [1].\n| Year | `Crowns` |\n|---|---:|\n| snake_case | 2 * 3 |"
    said = Snippet(text, ((text.index("crowns"), text.index("crowns") + 6),))
    html = rail.marked(said, rail._plain)
    assert html == "It cost 2,214 <mark>crowns</mark>. · Year · Crowns · snake_case · 2 * 3 · "
    assert rail.marked(said) == text.replace("crowns**", "<mark>crowns</mark>**")
