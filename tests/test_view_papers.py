"""Which of many documents are drawn, and how much is sent of the rest."""

from __future__ import annotations

import json

from rag.view.documents import row
from rag.view.papers import MOST, PAGE, Look, Shown, look_of, pane, sought_among
from store.outline import Entry
from tests.view_rows import NASTY, document


def shown(total: int, look: Look) -> Shown:
    entries = [Entry(f"doc_{number}", f"Report {number}.md", number % 50 == 1) for number in range(total)]
    found = sought_among(entries, look)
    rows = [row(document(id=one.id, name=one.name), None, "en") for one in found[: look.count]]
    return Shown(rows, len(found), entries)


def test_what_a_page_looks_at_is_taken_as_far_as_it_fits() -> None:
    assert look_of({"count": 300, "sought": "tern", "known": "abc"}) == Look(300, "tern", "abc")
    assert look_of({"count": 10**9}) == Look(MOST)
    assert look_of({"count": "5", "sought": 7, "known": None}) == look_of("no") == look_of(None) == Look(PAGE)


def test_the_key_of_a_look_is_what_the_page_writes_of_it() -> None:
    assert Look(300, 'ü "x"').key == '["ü \\"x\\"",300]'


def test_names_are_found_in_any_case() -> None:
    entries = [Entry("1", "STRASSE.md", False), Entry("2", "Ärger.md", False), Entry("3", "other.txt", False)]
    assert [one.id for one in sought_among(entries, Look(sought="är"))] == ["2"]
    assert [one.id for one in sought_among(entries, Look(sought=".MD"))] == ["1", "2"]


def test_more_can_be_asked_for_when_there_is_more() -> None:
    assert 'data-act="more-papers"' in pane(shown(PAGE + 1, Look()), Look(), "en", 1024)["html"]
    assert 'data-act="more-papers"' not in pane(shown(PAGE, Look()), Look(), "en", 1024)["html"]
    one = Look(sought="Report 777.md")
    drawn = pane(shown(1_000, one), one, "en", 1024)["html"]
    assert drawn.count('class="name"') == 2  # and the one of the template
    assert 'data-act="more-papers"' not in drawn
    assert '<span class="count">1000</span>' in drawn


def test_names_are_sent_once_and_again_when_something_has_changed() -> None:
    first = pane(shown(60, Look()), Look(), "en", 1024)
    assert first["all"][1] == ["doc_1", "Report 1.md", False]
    assert len(first["all"]) == 60
    told = Look(known=first["key"])
    assert pane(shown(60, told), told, "en", 1024)["all"] is None
    assert pane(shown(61, told), told, "en", 1024)["all"] is not None


def test_what_is_sent_again_does_not_grow_with_all_there_is() -> None:
    sizes = []
    for total in (200, 5_000):
        told = Look(known=shown(total, Look()).key)
        sizes.append(len(json.dumps(pane(shown(total, told), told, "en", 1024))))
    assert sizes[1] < 1.01 * sizes[0]


def test_names_are_data() -> None:
    entry = Entry("doc_1", NASTY, False)
    value = pane(Shown([row(document(name=NASTY), None, "en")], 1, [entry]), Look(), "en", 1024)
    assert "<img" not in value["html"]
    assert value["all"] == [["doc_1", NASTY, True]]
