"""Quotes are found word for word through every disguise, told from near misses, and mapped back to exact places."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.normal import normalise
from rag.answer.quotes import best_sentence, boxes_of, find, find_exact, verify
from rag.model import Word
from tests.answer_material import passage, words_of

TEXT = (
    "The Company’s net sales grew 15.5% to $2,450 mil-\nlion in fiscal “2022”; its long-term ﬁnancing was "
    "not af-\r\nfected — see note\u00a03.\nOperating costs did\u00adn’t change. 売上高は\n増加した。 "
    "**Margins** were 2019–2021 flat."
)


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("net sales grew 15.5%", "net sales grew 15.5%"),
        ("The Company's net sales", "The Company’s net sales"),
        ("$2,450 million in fiscal", "$2,450 mil-\nlion in fiscal"),
        ('fiscal "2022"; its', "fiscal “2022”; its"),
        ("long-term financing", "long-term ﬁnancing"),
        ("long\u2011term financing", "long-term ﬁnancing"),
        ("was not affected - see note 3", "was not af-\r\nfected — see note\u00a03"),
        ("costs didn't change", "costs did\u00adn’t change"),
        ("売上高は増加した。", "売上高は\n増加した。"),
        ("Margins were 2019-2021 flat", "Margins** were 2019–2021 flat"),
        ("  net   sales\tgrew ", "net sales grew"),
        ("“net sales grew.”", "net sales grew"),
        ("２０２２", "2022"),
    ],
)
def test_a_quote_is_verified_through_its_disguises(quote: str, stands: str) -> None:
    match = find(quote, TEXT)
    assert match is not None
    assert (match.status, match.similarity) == ("verified", 1.0)
    assert TEXT[match.start : match.end] == stands


@pytest.mark.parametrize(
    "quote",
    ["grew 15", "5% to", "2,45", "net sale", "et sales", "450 million", "Net Sales grew", "net sales rose", "", "…"],
)
def test_a_part_of_a_word_or_number_is_not_verified(quote: str) -> None:
    match = find(quote, TEXT)
    assert match is None or match.status == "approximate"


def test_a_near_miss_is_approximate_when_it_says_the_same() -> None:
    match = find("the company's net sales grew by 15.5% to $2,450 million", TEXT)
    assert match is not None
    assert match.status == "approximate"
    assert 0.9 <= match.similarity < 1.0
    assert TEXT[match.start : match.end] == "The Company’s net sales grew 15.5% to $2,450 mil-\nlion"


@pytest.mark.parametrize(
    "quote",
    [
        "The Company's net sales grew 15.6% to $2,450 million in fiscal 2022",
        "The Company's net sales grew 15.5% to $2,540 million in fiscal 2022",
        "its long-term financing was affected - see note 3 below",
        "The weather in the region was unusually mild all year",
    ],
)
def test_another_number_or_a_lost_negation_is_missing(quote: str) -> None:
    assert find(quote, TEXT) is None


def test_a_quote_with_something_left_out_is_approximate_and_keeps_its_parts() -> None:
    match = find("net sales grew ... long-term financing", TEXT)
    assert match is not None
    assert match.status == "approximate"
    assert [TEXT[start:end] for start, end in match.parts] == ["net sales grew", "long-term ﬁnancing"]
    assert find("long-term financing ... net sales grew", TEXT) is None


def test_the_passage_comes_first_then_its_page_then_the_others() -> None:
    page = "Sales rose. Costs fell by a third. Sales rose."
    own = passage("Costs fell by a third. Sales rose.", start=12)
    other = passage("Profits were flat this year.", document="other.pdf", number=7)
    words = words_of(page)
    in_passage = verify("Sales rose", own, page, words, [other])
    assert (in_passage.start, in_passage.passage) == (35, own)
    on_page = verify("Sales rose. Costs fell", own, page, words, [other])
    assert (on_page.status, on_page.start, on_page.end) == ("verified", 0, 22)
    elsewhere = verify("Profits were flat", own, page, words, [other])
    assert (elsewhere.status, elsewhere.passage, elsewhere.boxes) == ("verified", other, ())
    nowhere = verify("Nothing of the sort", own, page, words, [other])
    assert (nowhere.status, nowhere.similarity, nowhere.passage) == ("missing", 0.0, own)


def test_without_its_page_a_passage_still_verifies() -> None:
    own = passage("Costs fell by a third.", start=12)
    found = verify("fell by a third", own)
    assert (found.status, found.start, found.boxes) == ("verified", 18, ())


def test_boxes_are_one_a_line_and_one_a_column() -> None:
    words = [
        Word(0, 3, (0.1, 0.10, 0.2, 0.12)),
        Word(4, 7, (0.3, 0.101, 0.4, 0.12)),
        Word(8, 11, (0.1, 0.13, 0.2, 0.15)),
        Word(12, 15, (0.6, 0.10, 0.7, 0.12)),
    ]
    assert boxes_of([(0, 11)], words) == ((0.1, 0.10, 0.4, 0.12), (0.1, 0.13, 0.2, 0.15))
    assert boxes_of([(5, 15)], words)[-1] == (0.6, 0.10, 0.7, 0.12)
    assert boxes_of([(3, 4)], words) == ()


def test_the_best_sentence_supports_the_claim() -> None:
    text = "Net sales rose. The company opened 47 stores in 2022. It closed 2 of them."
    assert best_sentence("They opened 47 new stores", text) == "The company opened 47 stores in 2022."
    assert best_sentence("Two were closed", text) == "It closed 2 of them."
    assert best_sentence("", text) == "Net sales rose."
    assert best_sentence("anything", "") == ""


WORDS = st.lists(
    st.sampled_from(
        ["net", "sales", "grew", "15.5%", "$2,450", "long-term", "ﬁnancing", "don’t", "“fiscal”", "2022", "—", "(3)",
         "café", "e\u0301t\u00e9", "売上高", "संख्या", "10–12", "of", "mil-\nlion", "soft\u00adly"]
    ),
    min_size=3,
    max_size=40,
)  # fmt: skip
BLANKS = st.lists(st.sampled_from([" ", "  ", "\n", "\r\n", "\u00a0", "\t", " \n "]), min_size=40, max_size=40)


def _disguised(text: str, seed: int) -> str:
    """The same words as a model might copy them."""
    chance = random.Random(seed)
    swaps = {"-\n": "", "“": '"', "”": '"', "’": "'", "—": "-", "–": "-", "ﬁ": "fi", "\u00ad": "", "e\u0301": "\u00e9"}
    for old, new in swaps.items():
        if chance.random() < 0.7:
            text = text.replace(old, new)
    return " ".join(text.split())


@given(WORDS, BLANKS, st.data())
def test_any_run_of_words_is_verified_at_its_place(words: list[str], blanks: list[str], data: st.DataObject) -> None:
    text = "".join(word + blank for word, blank in zip(words, blanks, strict=False))
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = sum(len(word) + len(blank) for word, blank in zip(words[:first], blanks, strict=False))
    stop = sum(len(word) + len(blank) for word, blank in zip(words[: last + 1], blanks, strict=False)) - len(
        blanks[last]
    )
    quote = _disguised(text[start:stop], data.draw(st.integers(0, 9)))
    match = find_exact(quote, text)
    if not any(char.isalnum() for char in quote):
        return
    assert match is not None
    # It may stand there earlier, too, and dashes at its ends may be left out.
    assert match.start <= start + 12
    stands = normalise(text[match.start : match.end]).text
    assert stands in normalise(quote).text
    assert len(stands) >= len(normalise(quote).text) - 12


@given(st.text(max_size=120))
def test_the_normal_form_maps_back_in_order(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    assert list(normal.starts) == sorted(normal.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(normal.starts, normal.ends, strict=True))


@given(st.text(alphabet="ab 1.,-'\n", max_size=60), st.text(alphabet="ab 1.,-'\n", max_size=12))
def test_whatever_is_verified_stands_there(text: str, quote: str) -> None:
    match = find_exact(quote, text)
    if match is not None:
        stands = normalise(text[match.start : match.end]).text
        assert stands
        assert stands in normalise(quote).text


@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_a_changed_number_never_passes(written: int, quoted: int) -> None:
    text = f"In the year under review the company sold {written} cars to its customers in all regions."
    match = find(text.replace(str(written), str(quoted)), text)
    assert (match is not None) == (written == quoted)
