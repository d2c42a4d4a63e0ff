"""What each sentence of an answer rests on: a quote that code has found, a retrieved passage, or nothing. Pure.

quote     a citation of the sentence is verified, and what the sentence has of numbers stands in what it cites
passage   no such quote, but one retrieved passage holds most of the sentence's words, and all of its numbers
none      neither; the reader should look twice

Only sentences that claim something are marked: no headings, questions, lead-ins ("They are:"), heads of
tables, code, or refusals.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from rag.answer.quotes import numbers
from rag.answer.refusal import is_refusal
from rag.answer.sentences import split_sentences
from rag.answer.terms import is_number, terms

JSON = Mapping[str, Any]
Kind = Literal["quote", "passage", "none"]
KINDS: tuple[Kind, ...] = ("quote", "passage", "none")
MIN_SHARE = 0.7  # of a sentence's words, in one passage
_MIN_TERMS = 2
_MARKER = re.compile(r"[\[【]\^?\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*[\]】]")
_FENCE = re.compile(r"^(```|~~~).*?(?:^\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_TABLE_HEAD = re.compile(
    r"^(?=[^\n]*\|)[^\n]*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$", re.MULTILINE
)
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """answer[start:end] is the sentence. `numbers`: the hits it rests on, as its markers count them."""

    start: int
    end: int
    kind: Kind
    numbers: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "kind": self.kind, "numbers": list(self.numbers)}


@dataclass(frozen=True, slots=True)
class Support:
    """`sentences` in reading order, never overlapping."""

    sentences: tuple[SentenceSupport, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many sentences there are of each kind; every kind is there."""
        found = Counter(sentence.kind for sentence in self.sentences)
        return {kind: found[kind] for kind in KINDS}

    def to_json(self) -> dict[str, Any]:
        return {"sentences": [sentence.to_json() for sentence in self.sentences], "counts": self.counts}


def support_of(text: str, citations: Sequence[JSON], hits: Sequence[JSON]) -> Support:
    """An answer, its citations (with `offset`) and its hits, as the contract has them -> what its sentences rest on."""
    if is_refusal(text, has_citations=bool(citations)):
        return Support(())
    spans = list(_claims(text))
    cited = _cited(spans, citations)
    by_number = {int(hit["number"]): str(hit.get("text", "")) for hit in hits}
    found = [
        _supported(text[start:end], start, end, cited.get(at, ()), by_number) for at, (start, end) in enumerate(spans)
    ]
    return Support(tuple(found))


def _claims(text: str) -> Iterator[tuple[int, int]]:
    """The sentences that claim something, as spans of the text; markers and code are blanked out, not cut out."""
    plain = _MARKER.sub(_blank, _TABLE_HEAD.sub(_blank, _FENCE.sub(_blank, text)))
    for sentence in split_sentences(plain):
        said = plain[sentence.start : sentence.end]
        line = plain[plain.rfind("\n", 0, sentence.start) + 1 : sentence.end]
        if said.rstrip("*_ ").endswith((":", "：", "?", "？", "؟")) or _HEADING.match(line):
            continue
        if len(terms(said)) >= _MIN_TERMS:
            yield sentence.start, sentence.end


def _blank(match: re.Match[str]) -> str:
    return "".join("\n" if char == "\n" else " " for char in match.group())


def _cited(spans: Sequence[tuple[int, int]], citations: Sequence[JSON]) -> dict[int, list[JSON]]:
    """Place of a sentence -> the citations whose markers stand in it or right behind it."""
    found: dict[int, list[JSON]] = {}
    for citation in citations:
        offset = int(citation.get("offset", 0))
        before = [at for at, (start, _) in enumerate(spans) if start < offset]
        if spans:
            found.setdefault(before[-1] if before else 0, []).append(citation)
    return found


def _supported(
    sentence: str, start: int, end: int, citations: Sequence[JSON], hits: Mapping[int, str]
) -> SentenceSupport:
    said = _MARKER.sub(" ", sentence)
    figures = set(numbers(said))
    verified = [citation for citation in citations if citation["status"] == "verified"]
    own = tuple(dict.fromkeys(int(citation["number"]) for citation in verified))
    evidence = " \n".join([*(str(c["quote"]) for c in verified), *(hits.get(number, "") for number in own)])
    if verified and figures <= set(numbers(evidence)):
        return SentenceSupport(start, end, "quote", own)
    wanted = frozenset(terms(said))
    holding = [number for number, text in hits.items() if _holds(wanted, figures, text)]
    return SentenceSupport(start, end, "passage" if holding else "none", tuple(holding[:3]))


def _holds(wanted: frozenset[str], figures: set[str], text: str) -> bool:
    held, held_figures = _held(text)
    words = {term for term in wanted if not is_number(term)}
    share = len(words & held) / len(words) if words else 1.0
    return share >= MIN_SHARE and figures <= held_figures


@lru_cache(maxsize=512)
def _held(text: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(terms(text)), frozenset(numbers(text))
