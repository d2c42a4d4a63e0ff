"""What each sentence of an answer rests on: a quote that code has found, a retrieved passage, or nothing. Pure.

quote     a citation of the sentence is verified, and what the sentence has of numbers stands in what it cites, none in
          the place of another that the quote has, and none from the column of another year or from another row (see
          `columns`); it does not deny what the quote says, nor the reverse (see `contrary`); in one language they
          have words in common, more than a third of the sentence's or two
passage   no such quote, but one retrieved passage holds most of the sentence's words, and all of its numbers, with
          the same conditions
none      neither; the reader should look twice

Only sentences that claim something are marked: no headings, heads of tables, questions, lead-ins ("They are:"), code,
or words about what the documents do not say; what a model adds to these of its own is marked. Numbers are compared by
value: "1.234,5" is "1,234.5".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from rag.answer.amounts import amounts
from rag.answer.columns import as_sentence, misdated, mislabelled, parts_of, sources_of
from rag.answer.contrary import is_contrary
from rag.answer.language import guess_language
from rag.answer.library import is_library_list
from rag.answer.refusal import is_about_sources, is_fixed_refusal, is_polite, is_refusal
from rag.answer.sentences import split_sentences
from rag.answer.terms import is_number, terms

JSON = Mapping[str, Any]
Kind = Literal["quote", "passage", "none"]
KINDS: tuple[Kind, ...] = ("quote", "passage", "none")
MIN_SHARE = 0.7  # of a sentence's words, in one passage
_MIN_TERMS = 2
_MARKER = re.compile(r"[\[【]\^?\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*[\]】]")
_FENCE = re.compile(r"^(```|~~~).*?(?:^\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"\s{0,3}#{1,6}\s|\s*(?:\*\*|__)[^*_\n]+(?:\*\*|__)\s*\Z")
_RULE = r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$"
_TABLE_HEAD = re.compile(rf"^[^\n]*\|[^\n]*\n{_RULE}", re.MULTILINE)
_UNDERLINED = re.compile(r"(?:\A|(?<=\n\n))[^\n|]+\n {0,3}(?:=+|-{2,})[ \t]*$", re.MULTILINE)  # a heading
_ITEM_NUMBER = re.compile(r"\(?\d{1,3}[.)]\s+")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_MIN_RELATED = 1 / 3  # of a sentence's words in what it cites
_HAS_DIGIT = re.compile(r"\d")
_HAS_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


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
    is_refused = is_refusal(text, has_citations=bool(citations))
    if is_fixed_refusal(text) or (not hits and is_library_list(text)):
        return Support(())
    spans = [span for span in _claims(text) if not (is_refused and is_polite(text[slice(*span)]))]
    cited = _cited(spans, citations)
    by_number = {int(hit["number"]): _Text(str(hit.get("text", "")), str(hit.get("heading") or "")) for hit in hits}
    language = guess_language(text)
    found = [
        _supported(_said(text, start, end), start, end, _Cited.of(cited.get(at, ()), by_number, language), by_number)
        for at, (start, end) in enumerate(spans)
    ]
    return Support(tuple(found))


def _claims(text: str) -> Iterator[tuple[int, int]]:
    """The sentences that claim something, as spans of the text; markers and code are blanked out, not cut out."""
    plain = _FENCE.sub(_blank, text)
    for pattern in (_MARKER, _TABLE_HEAD, _UNDERLINED):
        plain = pattern.sub(_blank, plain)
    for sentence in split_sentences(plain):
        begin = plain.rfind("\n", 0, sentence.start) + 1
        line = plain[begin : sentence.end]
        number = None if plain[begin : sentence.start].strip(" \t>*+-") else _ITEM_NUMBER.match(plain, sentence.start)
        start = number.end() if number else sentence.start
        said = plain[start : sentence.end]
        if said.rstrip("*_ ").endswith((":", "：", "?", "？", "؟")) or _HEADING.match(line):
            continue
        if is_about_sources(said):
            continue
        if len(terms(said)) >= _MIN_TERMS:
            yield start, sentence.end


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


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of the answer without markers. `dated`: the same, with the years of its own table's columns."""

    text: str
    dated: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Text:
    """A retrieved passage."""

    text: str
    heading: str

    def misplaces(self, said: str, quotes: Sequence[str] = ()) -> bool:
        """Whether the sentence has a figure of another year's column, or of another row."""
        if _HAS_YEAR.search(said) and misdated(said, sources_of(said, quotes, self.text, self.heading)):
            return True
        return _HAS_DIGIT.search(said) is not None and mislabelled(said, self.text, self.heading)

    def denies(self, said: str) -> bool:
        return any(is_contrary(said, each.text) for each in parts_of(self.text, self.heading))


@dataclass(frozen=True, slots=True)
class _Cited:
    """What a sentence cites: its verified quotes, and the passages they stand in."""

    numbers: tuple[int, ...]
    quoted: tuple[str, ...]
    texts: tuple[_Text, ...]
    language: str

    @property
    def quotes(self) -> str:
        return " \n".join(self.quoted)

    @property
    def passages(self) -> str:
        return " \n".join(each.text for each in self.texts)

    @classmethod
    def of(cls, citations: Sequence[JSON], hits: Mapping[int, _Text], language: str) -> _Cited:
        """`language`: the answer's."""
        verified = [citation for citation in citations if citation["status"] == "verified"]
        own = tuple(dict.fromkeys(int(citation["number"]) for citation in verified))
        quoted = tuple(str(citation["quote"]) for citation in verified)
        return cls(own, quoted, tuple(hits[number] for number in own if number in hits), language)

    def supports(self, said: _Said) -> bool:
        """Whether the quotes can carry a sentence."""
        if not self.numbers:
            return False
        quoted, around = _held(self.quotes), _held(self.passages)
        figures = amounts(said.text)
        if not all(figure & (quoted.figures | around.figures) for figure in figures):
            return False
        if _replaces(figures, amounts(self.quotes)) or any(is_contrary(said.text, quote) for quote in self.quoted):
            return False
        if any(each.misplaces(said.dated, self.quoted) for each in self.texts):
            return False
        return self._is_related(said.terms, quoted.terms | around.terms)

    def _is_related(self, wanted: frozenset[str], held: frozenset[str]) -> bool:
        words = frozenset(term for term in wanted if not is_number(term))
        shared = len(words & held)
        if shared >= _MIN_TERMS or (shared and shared > _MIN_RELATED * len(words)) or (not words and wanted & held):
            return True
        return guess_language(f"{self.quotes}\n{self.passages}") != self.language


def _replaces(said: Sequence[frozenset[str]], quoted: Sequence[frozenset[str]]) -> bool:
    """Whether the sentence has a year, or another number, where the quote has a different one."""
    for is_year in (True, False):
        ours, theirs = ([each for each in side if _is_year(each) is is_year] for side in (said, quoted))
        if _left_over(ours, theirs) and _left_over(theirs, ours):
            return True
    return False


def _is_year(figure: frozenset[str]) -> bool:
    return all(_YEAR.match(reading) for reading in figure)


def _left_over(figures: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> bool:
    return any(not any(figure & other for other in others) for figure in figures)


def _said(text: str, start: int, end: int) -> _Said:
    said = _MARKER.sub(" ", text[start:end])
    return _Said(said, as_sentence(said, _MARKER.sub(" ", text)), frozenset(terms(said)))


def _supported(said: _Said, start: int, end: int, cited: _Cited, hits: Mapping[int, _Text]) -> SentenceSupport:
    if cited.supports(said):
        return SentenceSupport(start, end, "quote", cited.numbers)
    figures = amounts(said.text)
    holding = [
        number
        for number, each in hits.items()
        if _holds(said.terms, figures, each.text) and not (each.misplaces(said.dated) or each.denies(said.text))
    ]
    return SentenceSupport(start, end, "passage" if holding else "none", tuple(holding[:3]))


@dataclass(frozen=True, slots=True)
class _Held:
    terms: frozenset[str]
    figures: frozenset[str]


def _holds(wanted: frozenset[str], figures: Sequence[frozenset[str]], text: str) -> bool:
    held = _held(text)
    words = {term for term in wanted if not is_number(term)}
    share = len(words & held.terms) / len(words) if words else 1.0
    return share >= MIN_SHARE and all(figure & held.figures for figure in figures)


@lru_cache(maxsize=512)
def _held(text: str) -> _Held:
    return _Held(frozenset(terms(text)), frozenset().union(*amounts(text)))
