"""Questions about a section of a document ("summarise section 3", "what does the chapter on fog say?"). Pure.

The section is found by its heading, in the documents that search put first; its own first sentences answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.labels import is_heading
from rag.answer.picks import Pick
from rag.answer.sentences import Sentence, split_sentences
from rag.answer.terms import is_number, is_stop_word, terms, tokens
from rag.model import Hit
from rag.search.texts import readable_name

MAX_SENTENCES = 6
_MIN_CHARS = 15
_ENOUGH = 3
_NUMBER = r"(\d{1,3}(?:\.\d{1,3})*|[ivx]{1,5})"
_SECTION = r"(?:section|chapter|part|item|article|clause|paragraph|abschnitt|kapitel|teil|artikel|paragraf|ziffer|§)"
_NUMBERED = re.compile(
    rf"(?<!\w){_SECTION}s?\s*(?<!\w){_NUMBER}(?![\w,]|\.\d)(?:\s*\(([\da-z]{{1,2}})\)|\s+(?:abs(?:atz|\.)|para(?:graph|\.))"
    r"\s*(\d{1,2}))?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"\b(?:the|der|die|das|den|dem|im|in)\s+{_SECTION}\s+(?:on|about|called|titled|named|headed|über|zu|zum|zur|namens)\s+"
    r"[\"“„'‘]?(.+)", re.IGNORECASE,
)  # fmt: skip
_AFTER = re.compile(
    r"[\"”“'’]?\s*(?:\b(?:say|says|state|states|contain|contains|cover|covers|about|tell|tells|in|of|from)\b|[?.!]).*",
    re.I,
)
_MARK = re.compile(rf"\s*(?:{_SECTION}\s+)?{_NUMBER}(?=[.):\s]|\Z)", re.IGNORECASE)
_PART = re.compile(r"\s*\(([\da-z]{1,2})\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The section's number ("3", "2.1") or the terms of its name; the question's other terms tell the document.

    `part`: of "§ 12 (3)" the 3, or "".
    """

    number: str
    name: frozenset[str]
    others: frozenset[str]
    part: str = ""


def section_asked(question: str) -> Wanted | None:
    """Which section a question is about; None when it is about none."""
    if found := _NUMBERED.search(question):
        rest = question[: found.start()] + question[found.end() :]
        part = (found[2] or found[3] or "").lower()
        return Wanted(found[1].lower().rstrip("."), frozenset(), frozenset(terms(rest)), part)
    if found := _NAMED.search(question):
        name = _AFTER.sub("", found[1], count=1)
        wanted = frozenset(term for word, term in tokens(name) if not is_stop_word(word))
        return Wanted("", wanted, frozenset(terms(question.replace(name, " ")))) if wanted else None
    return None


def section_picks(wanted: Wanted, pages: Sequence[Hit], limit: int = MAX_SENTENCES) -> tuple[Pick, ...]:
    """The heading and the first sentences of the section that is wanted, of the best document that has it."""
    best: tuple[float, tuple[Pick, ...]] = (0.0, ())
    for hit in pages:
        text = hit.passage.text
        sentences = split_sentences(text)
        about = frozenset(terms(f"{readable_name(hit.passage.document)} {hit.passage.heading}"))
        for at, sentence in enumerate(sentences):
            if not is_heading(text, sentence) or not (fit := _fit(wanted, text[sentence.start : sentence.end])):
                continue
            picks = _part_of(_below(hit, sentences, at, wanted.number, limit), wanted.part)
            fit += len(about & wanted.others) + 0.1 / hit.number
            if len(picks) > 1 and fit > best[0]:
                best = (fit, picks)
    return best[1]


def _fit(wanted: Wanted, heading: str) -> float:
    """How well a heading is the one that is wanted; 0: it is not."""
    if wanted.number:
        mark = _MARK.match(heading)
        return float(mark is not None and mark[1].lower().rstrip(".") == wanted.number)
    said = [term for term in terms(heading) if not is_number(term)]
    return len(wanted.name & set(said)) / max(len(wanted.name), len(said)) if wanted.name <= set(said) else 0.0


def _below(hit: Hit, sentences: Sequence[Sentence], at: int, number: str, limit: int) -> tuple[Pick, ...]:
    text = hit.passage.text
    level = _level(text, sentences[at])
    found = [_pick(hit, sentences[at])]
    for sentence in sentences[at + 1 :]:
        if is_heading(text, sentence) and (
            _is_beside(number, text[sentence.start : sentence.end])
            or _ends_section(level, _level(text, sentence), len(found))
        ):
            break
        if sentence.end - sentence.start >= _MIN_CHARS and len(found) <= limit:
            found.append(_pick(hit, sentence))
    return tuple(found)


def _part_of(picks: tuple[Pick, ...], part: str) -> tuple[Pick, ...]:
    """The heading and what its numbered part says; all of it where it has no such part."""
    marks = [_PART.match(pick.quote) for pick in picks]
    first = next((at for at, mark in enumerate(marks) if part and mark and mark[1].lower() == part), None)
    if first is None:
        return picks
    last = next((at for at in range(first + 1, len(picks)) if marks[at]), len(picks))
    return picks[:1] + picks[first:last]


def _is_beside(number: str, heading: str) -> bool:
    """Whether a heading has another number than the section's or one of its own sections'."""
    mark = _MARK.match(heading)
    return bool(number) and mark is not None and not f"{mark[1].lower().rstrip('.')}.".startswith(f"{number}.")


def _ends_section(level: int, other: int, shown: int) -> bool:
    """Whether a heading begins another section. Without levels it may be one of this section's own: what was shown so
    far decides.
    """
    return 0 < other <= level if level else shown > _ENOUGH


def _level(text: str, sentence: Sentence) -> int:
    """Of a heading in Markdown; 0 for others."""
    return text[text.rfind("\n", 0, sentence.start) + 1 : sentence.start].count("#")


def _pick(hit: Hit, sentence: Sentence) -> Pick:
    return Pick(hit.number, hit.passage.text[sentence.start : sentence.end], sentence.start, sentence.end)
