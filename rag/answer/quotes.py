"""Does a quote really stand there? Pure: a quote, the passage it names, that passage's page -> where it stands, or not.

verified     found word for word (in normal form, see `normal`): never in the middle of a word or of a number
approximate  most of it is there: at least 90 % by edit distance with the same numbers and the same negations, or parts
             of it in this order with something left out (…) between them
missing      neither
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answer.normal import Normal, normalise
from rag.answer.sentences import split_sentences
from rag.answer.terms import is_number, terms
from rag.model import Box, Passage, QuoteStatus, Word

MIN_SIMILARITY = 90.0  # rapidfuzz counts in percent
MIN_APPROXIMATE_CHARS = 12
MIN_PART_CHARS = 6
_ELISION = re.compile(r"\s*[\[(]?(?:\.{3,}|…)[\])]?\s*")
_EDGE = " \t.,;:\"'|-"
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|\Z))")
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|neither|nor|nicht|kein\w*|nie|ohne|ne|pas|jamais|sans|nunca|sin)\b|n't\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Match:
    """A quote's place in a text: text[start:end]. `similarity` 0..1; `parts` are the places of what was quoted."""

    status: QuoteStatus
    similarity: float
    start: int
    end: int
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of a quote.

    `passage` is where it was found (another than was named, when only that holds it); `start` and `end` are offsets
    in the page's text (0, 0 when missing); `boxes` one box a line, empty without word boxes of that page.
    """

    status: QuoteStatus
    similarity: float
    passage: Passage
    start: int = 0
    end: int = 0
    boxes: tuple[Box, ...] = ()
    parts: tuple[tuple[int, int], ...] = ()


def verify(
    quote: str,
    passage: Passage,
    page_text: str | None = None,
    words: Sequence[Word] = (),
    others: Sequence[Passage] = (),
) -> Verified:
    """Looks in the passage, then on its page, then in the other passages: word for word first, then approximately.

    `words` are the boxes of the passage's own page. A quote found in another passage has no boxes yet:
    `boxes_of(found.parts, words of that page)` makes them.
    """
    for search in (find_exact, find_elided, find_similar):
        for place, text, offset in _places(passage, page_text, others):
            match = search(quote, text)
            if match is not None:
                return _found(match, place, offset, words if place is passage else ())
    return Verified("missing", 0.0, passage)


def _places(passage: Passage, page_text: str | None, others: Iterable[Passage]) -> Iterator[tuple[Passage, str, int]]:
    yield passage, passage.text, passage.start
    if page_text is not None:
        yield passage, page_text, 0
    for other in others:
        if other.passage_id != passage.passage_id:
            yield other, other.text, other.start


def _found(match: Match, passage: Passage, offset: int, words: Sequence[Word]) -> Verified:
    parts = tuple((start + offset, end + offset) for start, end in match.parts)
    found = Verified(match.status, match.similarity, passage, match.start + offset, match.end + offset, parts=parts)
    return replace(found, boxes=boxes_of(parts, words))


def find(quote: str, text: str) -> Match | None:
    """The quote in one text: word for word, else with something left out, else approximately; None when missing."""
    return find_exact(quote, text) or find_elided(quote, text) or find_similar(quote, text)


def find_exact(quote: str, text: str) -> Match | None:
    """The quote word for word. Full stops and quotation marks at its ends may be the answer's own."""
    needle = normalise(quote).text
    hay = normalise(text)
    for wanted in dict.fromkeys((needle, needle.strip(_EDGE))):
        at = _find_whole(wanted, hay.text, 0)
        if at >= 0:
            start, end = hay.source_span(at, at + len(wanted))
            return Match("verified", 1.0, start, end, ((start, end),))
    return None


def find_elided(quote: str, text: str) -> Match | None:
    """A quote with "..." in it: its parts word for word and in order. Approximate, as what was left out is unknown."""
    pieces = [piece.strip(_EDGE) for piece in _ELISION.split(normalise(quote).text)]
    wanted = [piece for piece in pieces if piece]
    if len(wanted) < 2 or any(len(piece) < MIN_PART_CHARS for piece in wanted):
        return None
    hay = normalise(text)
    at = 0
    parts: list[tuple[int, int]] = []
    for piece in wanted:
        at = _find_whole(piece, hay.text, at)
        if at < 0:
            return None
        parts.append(hay.source_span(at, at + len(piece)))
        at += len(piece)
    similarity = round(sum(map(len, wanted)) / len(normalise(quote).text), 3)
    return Match("approximate", min(similarity, 0.99), parts[0][0], parts[-1][1], tuple(parts))


def find_similar(quote: str, text: str) -> Match | None:
    """The stretch of the text nearest to the quote, when it says the same: numbers and negations are equal."""
    needle = normalise(quote).text.strip(_EDGE)
    hay = normalise(text)
    if len(needle) < MIN_APPROXIMATE_CHARS or len(hay.text) < 0.8 * len(needle):
        return None
    span = _nearest(_lowered(needle), hay)
    if span is None:
        return None
    start, end, similarity = span
    if not says_the_same(needle, hay.text[start:end]):
        return None
    place = hay.source_span(start, end)
    return Match("approximate", min(similarity, 0.99), *place, (place,))


def _nearest(needle: str, hay: Normal) -> tuple[int, int, float] | None:
    from rapidfuzz import fuzz  # noqa: PLC0415 -- compiled; needed only when a quote is not there word for word

    lowered = _lowered(hay.text)
    best: tuple[int, int, float] | None = None
    aligned = fuzz.partial_ratio_alignment(needle, lowered, score_cutoff=MIN_SIMILARITY - 12)
    if aligned is None:
        return None
    for start, end in _edges(hay.text, aligned.dest_start, aligned.dest_end):
        score = fuzz.ratio(needle, lowered[start:end], score_cutoff=MIN_SIMILARITY)
        if score and (best is None or score / 100 > best[2]):
            best = (start, end, round(score / 100, 3))
    return best


def _edges(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretch with its ends at word borders: the cut words taken in, or left out."""
    starts, ends = {_word_start(text, start)}, {_word_end(text, end)}
    following, preceding = text.find(" ", start, end), text.rfind(" ", start, end)
    if following >= 0:
        starts.add(following + 1)
    if preceding >= 0:
        ends.add(preceding)
    return [(left, right) for left in sorted(starts) for right in sorted(ends) if left < right]


def _word_start(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace() and is_within_word(text, at):
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and is_within_word(text, at):
        at += 1
    return at


def is_within_word(text: str, at: int) -> bool:
    """Whether a cut before text[at] would split a word or a number ("1|5", "1|.5", "pro|fit"; not "漢|字")."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before.isdigit() and after.isdigit():
        return True
    if before.isdigit() and after in ".,":
        return at + 1 < len(text) and text[at + 1].isdigit()
    if before in ".," and after.isdigit():
        return at > 1 and text[at - 2].isdigit()
    return before.isalpha() and after.isalpha() and _has_blanks(before) and _has_blanks(after)


def _has_blanks(letter: str) -> bool:
    """Whether the letter's script puts blanks between words."""
    return not (
        "\u0e00" <= letter <= "\u109f"
        or "\u1780" <= letter <= "\u17ff"
        or "\u2e80" <= letter <= "\ud7ff"
        or letter >= "\uf900"
    )


def _find_whole(needle: str, hay: str, at: int) -> int:
    while needle and (at := hay.find(needle, at)) >= 0:
        if not is_within_word(hay, at) and not is_within_word(hay, at + len(needle)):
            return at
        at += 1
    return -1


def says_the_same(quote: str, text: str) -> bool:
    """Whether both hold the same numbers and the same negations (how often, not where)."""
    return numbers(quote) == numbers(text) and len(_NEGATION.findall(quote)) == len(_NEGATION.findall(text))


def numbers(text: str) -> list[str]:
    """The numbers of a text, sorted, without thousands' commas."""
    return sorted(_THOUSANDS.sub("", number) for number in _NUMBER.findall(text))


def _lowered(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


def boxes_of(parts: Iterable[tuple[int, int]], words: Sequence[Word]) -> tuple[Box, ...]:
    """Stretches of a page's text -> one box for each line they touch: the union of its words' boxes."""
    lines: list[Box] = []
    for start, end in parts:
        line: Box | None = None
        for word in words:
            if word.end <= start or word.start >= end:
                continue
            if line is not None and _on_line(line, word.box):
                line = _union(line, word.box)
                lines[-1] = line
            else:
                line = word.box
                lines.append(line)
    return tuple(lines)


def _on_line(line: Box, box: Box) -> bool:
    """Same height, and further right: a second column starts a line of its own."""
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    return overlap > 0.5 * min(line[3] - line[1], box[3] - box[1]) and box[0] >= line[0]


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def best_sentence(claim: str, text: str) -> str:
    """The sentence of a passage that supports a claim best, as it stands there; the first when none does."""
    wanted = set(terms(claim))
    best, best_score = "", -1.0
    for sentence in split_sentences(text):
        candidate = text[sentence.start : sentence.end]
        held = _terms_of(candidate)
        score = sum(map(_weight, wanted & held)) / (len(held) + 8) ** 0.5
        if score > best_score:
            best, best_score = candidate, score
    return best


def _weight(term: str) -> float:
    """A figure tells its sentence from others; a year stands above all rows of a table."""
    is_year = len(term) == 4 and term.startswith(("19", "20"))
    return 3.0 if is_number(term) and not is_year else 1.0


@lru_cache(maxsize=1024)
def _terms_of(text: str) -> frozenset[str]:
    return frozenset(terms(text))
