"""Neighbouring passages of a page as one run of text. Pure.

Passages overlap, so that nothing is cut apart that belongs together; shown one after the other they repeat themselves
and hide that the second goes on where the first ends. In a run each passage keeps its number and loses what its
neighbour says already: any text still stands under a number whose passage holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.model import Hit, Passage

_BETWEEN = 3  # characters between neighbours: blanks and line ends, which no passage begins or ends with
_ENDS = (re.compile(r"\n"), re.compile(r"[.!?。！？।؟]\s"))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of a hit. `continues`: the number of the hit whose excerpt it goes on from, or None."""

    hit: Hit
    text: str
    continues: int | None = None


def excerpts(hits: Sequence[Hit]) -> list[Excerpt]:
    """Every hit in the order found, but those of a run together in the order of their page, where its best one is.

    Nothing is said twice; a hit that others of its run say wholly is left out.
    """
    found: list[Excerpt] = []
    for run in _runs(hits):
        cut = run[0].passage.start
        before: int | None = None
        for at, hit in enumerate(run):
            passage = hit.passage
            end = _cut(passage, run[at + 1].passage) if at + 1 < len(run) else passage.end
            if len(run) == 1:
                found.append(Excerpt(hit, passage.text))
            elif text := passage.text[max(0, cut - passage.start) : max(0, end - passage.start)].strip():
                found.append(Excerpt(hit, text, before))
                before = hit.number
                cut = max(cut, end)
    return found


def unsaid(hit: Hit, said: Sequence[Hit]) -> str:
    """What a hit adds to the text of others."""
    passage = hit.passage
    if not _has_place(passage):
        return passage.text
    gaps = [(passage.start, passage.end)]
    for other in said:
        if _is_same_page(other.passage, passage):
            start, end = other.passage.start, other.passage.end
            gaps = [
                part for first, last in gaps for part in ((first, min(last, start)), (max(first, end), last))
                if part[0] < part[1]
            ]  # fmt: skip
    return "".join(passage.text[first - passage.start : last - passage.start] for first, last in gaps)


def _runs(hits: Sequence[Hit]) -> Iterator[list[Hit]]:
    """Hits that stand next to each other, in the order of the page; the run of the best hit first."""
    left = list(hits)
    while left:
        best = left[0]
        page = sorted(
            (hit for hit in left if hit is best or _is_same_page(hit.passage, best.passage)),
            key=lambda hit: hit.passage.start,
        )
        run: list[Hit] = []
        end = 0
        for hit in page:
            if run and hit.passage.start > end + _BETWEEN:
                if best in run:
                    break
                run = []
            run.append(hit)
            end = max(end if len(run) > 1 else 0, hit.passage.end)
        left = [hit for hit in left if hit not in run]
        yield run


def _is_same_page(one: Passage, other: Passage) -> bool:
    return (one.document_id, one.page) == (other.document_id, other.page) and _has_place(one) and _has_place(other)


def _has_place(passage: Passage) -> bool:
    """Whether the text is exactly the page's from `start` to `end`; what was gathered from a page is not."""
    return len(passage.text) == passage.end - passage.start


def _cut(passage: Passage, following: Passage) -> int:
    """Where a passage ends for the one that follows to go on, by the page: at the last line or sentence end that both
    hold, else where the first ends.
    """
    if following.end <= passage.end:
        return passage.end
    shared = passage.text[max(0, following.start - passage.start) :]
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(shared)]
        if ends:
            return passage.end - len(shared) + ends[-1]
    return passage.end
