"""Documents that are looked into, page by page: values in, values out."""

from __future__ import annotations

from dataclasses import replace

from rag.view import looking
from rag.view.looking import Sight
from rag.view.texts import TEXTS
from tests.view_rows import NASTY, citation, document

EN = TEXTS["en"]
CITED = {**citation(1, 0, quote="Sales rose", document="a.pdf"), "page": 3}


def test_a_quote_is_boxed_on_its_own_page_only() -> None:
    sight = Sight.of(CITED)
    assert (sight.number, sight.boxed, sight.is_there) == (3, "Sales rose", True)
    assert (sight.turned(1).number, sight.turned(1).boxed, sight.turned(1).passage_id) == (4, None, "")
    assert Sight.of({**CITED, "status": "missing"}).boxed is None
    assert Sight("doc_1", "a.pdf").boxed is None


def test_pages_are_turned_as_far_as_there_are_any() -> None:
    of_three = document(pages=3)
    first = looking.pictured(Sight("doc_1", "a.pdf"), of_three, b"", "en")
    assert [there and there.number for _, _, there in first.turns] == [None, 2]
    last = looking.pictured(Sight("doc_1", "a.pdf", 3), of_three, b"", "de")
    assert [there and there.number for _, _, there in last.turns] == [2, None]
    assert last.place == "Seite 3 von 3"
    assert looking.pictured(Sight("doc_1", "a.pdf"), document(pages=1), b"", "en").turns == ()


def test_the_quote_comes_with_its_verdict_and_elsewhere_with_its_page() -> None:
    shown = looking.pictured(Sight.of(CITED), document(), b"png", "en")
    assert EN["status_verified"] in shown.lines[0][1]
    assert "quote boxed" in shown.alt
    turned = looking.pictured(Sight.of(CITED).turned(1), document(), b"png", "en")
    assert turned.lines == (("caption", EN["quoted_on"].format(n=3)),)
    assert "quote boxed" not in turned.alt


def test_a_written_page_is_harmless_and_has_its_quote_marked() -> None:
    shown = looking.written(Sight.of(CITED), document(), f"{NASTY} Sales rose.", None, "en")
    assert "<mark>Sales rose</mark>" in shown.lines[-1][1]
    assert "<img" not in shown.lines[-1][1]
    empty = looking.written(replace(Sight.of(CITED), citation=None), document(), "", None, "en")
    assert EN["no_text"] in empty.lines[-1][1]
