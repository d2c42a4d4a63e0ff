"""Markers out of a stream: every accepted form, everything that must not be taken for one, any way of cutting it up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.citing import CitationParser, Marker
from rag.answer.marks import MAX_MARKER_CHARS

Shown = list[str | Marker]


def joined(parts: Shown) -> Shown:
    """Neighbouring texts put together: how they were cut is no part of the result."""
    out: Shown = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        elif part != "":
            out.append(part)
    return out


def parse(text: str, count: int = 9, *, size: int | None = None) -> Shown:
    parser = CitationParser(count)
    pieces = [text] if size is None else [text[at : at + size] for at in range(0, len(text), size)]
    return joined([part for piece in pieces for part in parser.feed(piece)] + parser.flush())


def shown(parts: Shown) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def markers(text: str, count: int = 9) -> list[tuple[tuple[int, ...], str | None, str]]:
    return [(part.numbers, part.quote, part.text) for part in parse(text, count) if isinstance(part, Marker)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[2]", [((2,), None, "[2]")]),
        ("[1, 3]", [((1, 3), None, "[1, 3]")]),
        ("[1;3]", [((1, 3), None, "[1;3]")]),
        ("[1-3]", [((1, 2, 3), None, "[1-3]")]),
        ("[1][2]", [((1,), None, "[1]"), ((2,), None, "[2]")]),
        ('[2: "net sales rose"]', [((2,), "net sales rose", "[2]")]),
        ('[2 : "net sales rose".]', [((2,), "net sales rose", "[2]")]),
        ('[2, "net sales rose"]', [((2,), "net sales rose", "[2]")]),
        ('[2 "net sales rose"]', [((2,), "net sales rose", "[2]")]),
        ("[2: “net sales rose”]", [((2,), "net sales rose", "[2]")]),
        ("[2: „der Umsatz stieg“]", [((2,), "der Umsatz stieg", "[2]")]),
        ("[2: « le chiffre »]", [((2,), "le chiffre", "[2]")]),
        ("[2: 'it's true']", [((2,), "it's true", "[2]")]),
        ("[2：「売上高」]", [((2,), "売上高", "[2]")]),
        ("[2: net sales rose again]", [((2,), "net sales rose again", "[2]")]),
        ('[2: "as shown in [3], sales rose"]', [((2,), "as shown in [3], sales rose", "[2]")]),
        ('[2: "use row["a"] here"]', [((2,), 'use row["a"] here', "[2]")]),
        ('[2: "he said "yes" to it"]', [((2,), 'he said "yes" to it', "[2]")]),
        ('[2: "two\nlines"]', [((2,), "two\nlines", "[2]")]),
        ('[2: "first part" ... "second part"]', [((2,), "first part … second part", "[2]")]),
        ('[2: "a fact", 3: "another fact"]', [((2,), "a fact", "[2]"), ((3,), "another fact", "[3]")]),
        ('[1, 2: "a fact"]', [((1, 2), "a fact", "[1][2]")]),
        ('[2: "he said \\"yes\\" to it"]', [((2,), 'he said "yes" to it', "[2]")]),
        ('[2: "net sales rose" (p. 3)]', [((2,), "net sales rose", "[2]")]),
        ('[2: "net sales rose", pp. 3-5]', [((2,), "net sales rose", "[2]")]),
        ('[2, page 3: "net sales rose"]', [((2,), "net sales rose", "[2]")]),
        ("[2, S. 3]", [((2,), None, "[2]")]),
        ("[Quelle 2 (Seite 3)]", [((2,), None, "[2]")]),
        ("[cite: 1, 3]", [((1, 3), None, "[1][3]")]),
        ("[Ref. 2]", [((2,), None, "[2]")]),
        ("[ 2 ]", [((2,), None, "[2]")]),
        ("[^2]", [((2,), None, "[2]")]),
        ("【2】", [((2,), None, "[2]")]),
        ("【2†L1-L4】", [((2,), None, "[2]")]),
        ("[Source 2]", [((2,), None, "[2]")]),
        ("[source 2, 3]", [((2, 3), None, "[2][3]")]),
        ('[#2: "net sales rose"]', [((2,), "net sales rose", "[2]")]),
    ],
)
def test_every_accepted_form_becomes_a_marker(
    text: str, expected: list[tuple[tuple[int, ...], str | None, str]]
) -> None:
    assert markers(f"Sales rose {text}, they say.") == expected
    assert (
        shown(parse(f"Sales rose {text}, they say."))
        == f"Sales rose {''.join(mark for _, _, mark in expected)}, they say."
    )


@pytest.mark.parametrize(
    "text",
    [
        "arr[0]", "a[1:3]", "a[1: n]", "m[i][j]", "[2023]", "[10]", "[1.5]", "[-1]", "[01]", "[]", "[ ]", "[x] done",
        "[3-2]", "[1 2]", "[see 2]", "[^note]", "[2: short one]", "row[2: the first three words]", "[2", "[2: ", "[1,]",
        '[12: "out of range"]', "`x[1]`", "``a ` [1]``", '[2: "one\n\n two"]', "a]b", '{"k": [0, 1]}', "【99】",
        "[link](http://x)", "[S. 3]", "[2, please]", "a[2, s]", '[2: "never closed] and the answer goes on',
    ],
)  # fmt: skip
def test_everything_else_passes_byte_for_byte(text: str) -> None:
    assert parse(f"Before {text} after") == [f"Before {text} after"]


@pytest.mark.parametrize(
    "text",
    ["```\nx = y[1]\n```\n", "~~~\n[1]\n~~~\n", "````\n```\n[1]\n````\n", "  ```python\nprint(a[1])", "```\n~~~\n[1]"],
)
def test_a_fence_is_passed_byte_for_byte(text: str) -> None:
    assert parse(f"Before\n{text}") == [f"Before\n{text}"]


def test_code_ends_where_it_ends() -> None:
    assert markers("`x[1]` is a list [2]. A stray ` here\nand then [3].\n```\n[1]\n```\nAfter [4].") == [
        ((2,), None, "[2]"), ((3,), None, "[3]"), ((4,), None, "[4]"),
    ]  # fmt: skip


def test_offsets_point_into_the_text_shown() -> None:
    parts = parse('Sales rose [2: "net sales rose"] and fell [1, 3]. 【4】')
    text = shown(parts)
    assert text == "Sales rose [2] and fell [1, 3]. [4]"
    for part in parts:
        if isinstance(part, Marker):
            assert text[part.offset : part.offset + len(part.text)] == part.text


def test_text_is_not_held_back_unless_it_may_become_a_marker() -> None:
    parser = CitationParser(3)
    assert parser.feed("Sales rose ") == ["Sales rose "]
    assert parser.feed("by 3 ([") == ["by 3 ("]
    assert parser.feed("not a marker") == ["[not a marker"]
    assert parser.feed('[2: "net') == []
    assert parser.feed('"') == []
    assert parser.feed("] ok") == [Marker((2,), "net", len("Sales rose by 3 ([not a marker"), "[2]"), " ok"]


def test_an_endless_quote_is_given_up() -> None:
    text = '[2: "' + "word " * 400
    parser = CitationParser(3)
    out = ""
    for char in text:
        out += "".join(part for part in parser.feed(char) if isinstance(part, str))
    assert len(text) - len(out) < MAX_MARKER_CHARS
    assert parse(text + "[1]", 3)[0] == text


def test_a_marker_cut_off_in_its_quote_keeps_the_words_that_arrived() -> None:
    assert parse('Sales rose [2: "net sales rose by three per') == [
        "Sales rose ", Marker((2,), "net sales rose by three", 11, "[2]"),
    ]  # fmt: skip
    assert parse('Sales rose [2: "net') == ["Sales rose ", Marker((2,), None, 11, "[2]")]
    assert parse("Sales rose [2") == ["Sales rose [2"]


FRAGMENTS = st.sampled_from(
    ["[", "]", "【", "】", "`", "``", "```", "~~~", "\n", "\n\n", '"', "“", "”", "'", ":", ": ", ", ", " ", "-",
     "2", "3", "12", "0", "^", "†", "source ", "claim ", "the net sales rose", '[2: "net sales"]', "[1, 3]", "[2: “",
     "a[1:3]", "…", "é", "漢字"]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=30).map("".join)


@given(TEXTS, st.data())
def test_any_way_of_cutting_the_text_gives_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    parser = CitationParser(5)
    parts: Shown = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        parts += parser.feed(text[start:end])
    parts += parser.flush()
    whole = parse(text, 5)
    assert joined(parts) == whole
    assert parse(text, 5, size=1) == whole


@given(TEXTS)
def test_nothing_but_markers_changes(text: str) -> None:
    """With no passages there are no markers; with some, all text between them stands in the source in order."""
    assert shown(parse(text, 0)) == text
    at = 0
    for part in parse(text, 5):
        if isinstance(part, str):
            found = text.find(part, at)
            assert found >= 0
            at = found + len(part)


@given(st.text(max_size=200))
def test_text_without_brackets_is_never_touched(text: str) -> None:
    plain = text.replace("[", "(").replace("【", "(")
    assert shown(parse(plain, 9, size=3)) == plain
