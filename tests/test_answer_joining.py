"""Neighbouring passages in a prompt: nothing is said twice, and every word stands under a number that holds it."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from rag.answer.grounding import Grounding
from rag.answer.joining import excerpts, unsaid
from rag.answer.prompt import build_prompt
from rag.events import Cited
from rag.model import Hit
from tests.answer_material import MemoryCorpus, passage

PAGE = (
    "Net sales rose by 12% to $4.1 billion. Stores opened in Oslo and Bergen.\n"
    "Costs fell in the second half. Freight was cheaper.\n"
    "Inventories rose to $1.6 billion. The board proposes a dividend of $0.40."
)


def cut(*spans: tuple[int, int], page: int = 1, text: str = PAGE) -> list[Hit]:
    """Passages of a page, in the order they were found."""
    return [
        Hit(number, passage(text[start:end], page=page, start=start, number=start), 1.0 / number)
        for number, (start, end) in enumerate(spans, start=1)
    ]


def shown(hits: Sequence[Hit]) -> list[tuple[int, int | None, str]]:
    return [(one.hit.number, one.continues, one.text) for one in excerpts(hits)]


def test_neighbours_become_one_run_in_the_order_of_the_page() -> None:
    first, second = PAGE.index("Costs"), PAGE.index("Inventories")
    hits = cut((second, len(PAGE)), (0, first - 1), (first, second - 1))
    assert shown(hits) == [
        (2, None, PAGE[: first - 1]), (3, 2, PAGE[first : second - 1]), (1, 3, PAGE[second:]),
    ]  # fmt: skip


def test_what_they_share_is_said_once_and_cut_at_the_end_of_a_line_or_sentence() -> None:
    stores, costs, half = PAGE.index("Stores"), PAGE.index("Costs"), PAGE.index("second half")
    by_line = shown(cut((0, half), (stores, len(PAGE))))
    assert by_line == [(1, None, PAGE[:costs].strip()), (2, 1, PAGE[costs:])]
    by_sentence = shown(cut((0, PAGE.index("Bergen")), (PAGE.index("billion"), len(PAGE))))
    assert by_sentence == [(1, None, PAGE[:stores].strip()), (2, 1, PAGE[stores:])]
    anywhere = shown(cut((0, 20), (10, 60)))
    assert anywhere == [(1, None, PAGE[:20].strip()), (2, 1, PAGE[20:60].strip())]


def test_others_stay_as_they_were_found() -> None:
    apart = cut((PAGE.index("Inventories"), len(PAGE)), (0, 38))
    assert [(number, before) for number, before, _ in shown(apart)] == [(1, None), (2, None)]
    two_pages = [*cut((0, 80)), Hit(2, passage(PAGE[40:], page=2, start=40), 0.5)]
    assert [(number, before) for number, before, _ in shown(two_pages)] == [(1, None), (2, None)]
    gathered = [Hit(1, passage("copied", start=0), 1.0), Hit(2, passage("copied"), 0.5)]
    for hit in gathered:
        object.__setattr__(hit.passage, "end", 0)
    assert [text for _, _, text in shown(gathered)] == ["copied", "copied"]
    assert excerpts([]) == []


def test_a_passage_within_another_is_left_out() -> None:
    assert [number for number, _, _ in shown(cut((0, len(PAGE)), (10, 60)))] == [1]


def test_any_passages_of_a_page_are_said_once_and_whole() -> None:
    chance = random.Random(7)
    text = "".join(chance.choice("abcdefgh. \n") for _ in range(400))
    for _ in range(300):
        starts = [chance.randrange(380) for _ in range(chance.randint(1, 8))]
        hits = cut(*((start, min(400, start + chance.randint(5, 120))) for start in starts), text=text)
        covered = {at for hit in hits for at in range(hit.passage.start, hit.passage.end)}
        whole = "".join(text[at] for at in sorted(covered))
        found = excerpts(hits)
        letters = sorted("".join("".join(one.text for one in found).split()))
        assert letters == sorted("".join(whole.split()))
        assert all(one.text in one.hit.passage.text for one in found)
        fresh = sum(len(unsaid(hit, hits[:at])) for at, hit in enumerate(hits))
        assert fresh == len(covered)


def test_a_prompt_says_nothing_twice_and_holds_more_for_it() -> None:
    long = " ".join(f"Sentence {number} of this page is told once." for number in range(400))
    spans = [(start, min(len(long), start + 1_000)) for start in range(0, 8_000, 500)]
    hits = cut(*spans, text=long)
    prompt = build_prompt("What is told?", hits, budget_tokens=4_000)
    body = prompt.messages[-1].content
    told = re.findall(r"Sentence \d+ of", body)
    assert len(told) == len(set(told)) > 100
    assert prompt.tokens <= 4_000
    assert prompt.used > 4_000 * 4 // 1_100, "as many as would fit without sharing"
    assert body.count('continues="') == prompt.used - 1


def test_quotes_from_joined_passages_are_located_as_before() -> None:
    stores, half = PAGE.index("Stores"), PAGE.index("second half")
    hits = cut((0, half), (stores, len(PAGE)))
    grounding = Grounding(hits, MemoryCorpus({"report.pdf": [PAGE]}).page)
    for number, quote in (
        (1, "Net sales rose by 12%"),
        (2, "Freight was cheaper."),
        (1, "Costs fell in the second half"),
    ):
        (cited,) = [event for event in grounding.cite(number, quote) if isinstance(event, Cited)]
        assert (cited.citation["status"], cited.citation["number"]) == ("verified", number)
