"""Documents that do not fit one prompt: read part by part for what answers the question, then answered from that.

A model copies out of each part the passages that matter; the built-in answerer picks each part's best sentences. Where
there are more parts than a model can read in reasonable time, it reads those that hold most of the question's words,
and the built-in answerer all others. The pages these stand on are the sources of the answer, and what was copied is all
that the last prompt shows of them.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from rag.answer.citing import CitationParser, Marker
from rag.answer.extractive import extract
from rag.answer.models import ChatModel
from rag.answer.prompt import build_notes, estimate_tokens
from rag.answer.reading import PAGE_OVERHEAD_TOKENS, DocumentText, read_documents
from rag.answer.terms import terms
from rag.events import Step
from rag.model import Hit

MAX_PARTS = 16  # of them a model reads; more would take minutes
MAX_PARTS_BUILT_IN = 200
PART_TIMEOUT_S = 90.0
_UNQUOTED_CHARS = 1_500  # of a page that a model names without quoting it


@dataclass(frozen=True, slots=True)
class Gathered:
    """`hits`: pages, numbered from 1 in reading order. `excerpts`: the same with only what was copied as their text.

    `detail`: what was read, and what was left out, in a sentence's part.
    """

    hits: tuple[Hit, ...]
    excerpts: tuple[Hit, ...]
    detail: str


def gather(
    question: str,
    documents: Sequence[DocumentText],
    part_tokens: int,
    model: ChatModel | None,
    stop: threading.Event,
    label: str,
) -> Generator[Step, None, Gathered]:
    """Says how far it is ("part 2 of 7") before each part; ends early once `stop` is set. Raises ModelError."""
    whole = read_documents(documents, part_tokens * MAX_PARTS_BUILT_IN)
    parts = split_parts(whole.hits, part_tokens)[:MAX_PARTS_BUILT_IN]
    by_model = _promising(question, parts, MAX_PARTS) if model else frozenset[int]()
    found: dict[int, list[str]] = {}
    for number, part in enumerate(parts, start=1):
        if stop.is_set():
            break
        yield Step("read", "started", label, f"part {number} of {len(parts)}")
        copied = _copied_by_model(question, part, model, stop) if model and number - 1 in by_model else {}
        for page, quotes in (copied or _picked(question, part)).items():
            found.setdefault(page, []).extend(quotes)
    by_number = {hit.number: hit for hit in whole.hits}
    hits = tuple(replace(by_number[page], number=at) for at, page in enumerate(sorted(found), start=1))
    excerpts = tuple(
        replace(hit, passage=replace(hit.passage, text="\n".join(dict.fromkeys(found[page])), start=0, end=0))
        for hit, page in zip(hits, sorted(found), strict=True)
    )
    count = f"{len(parts)} part{'' if len(parts) == 1 else 's'}"
    if 0 < len(by_model) < len(parts):
        count += f" ({len(by_model)} of them by the model)"
    return Gathered(hits, excerpts, f"{whole.detail}; read in {count}, {len(hits)} pages kept")


def _promising(question: str, parts: Sequence[Sequence[Hit]], count: int) -> frozenset[int]:
    """Places of the parts that hold most of the question's terms; of parts alike, the first."""
    if len(parts) <= count:
        return frozenset(range(len(parts)))
    wanted = frozenset(terms(question))
    held = [len(wanted & _terms_of(part)) for part in parts]
    return frozenset(sorted(range(len(parts)), key=lambda at: (-held[at], at))[:count])


def _terms_of(part: Sequence[Hit]) -> frozenset[str]:
    return frozenset(term for hit in part for term in terms(hit.passage.text))


def split_parts(hits: Sequence[Hit], part_tokens: int) -> list[list[Hit]]:
    """Runs of pages of at most `part_tokens` each; a page that is longer is a part of its own."""
    parts: list[list[Hit]] = []
    used = 0
    for hit in hits:
        cost = estimate_tokens(hit.passage.text) + PAGE_OVERHEAD_TOKENS
        if not parts or used + cost > part_tokens:
            parts.append([])
            used = 0
        parts[-1].append(hit)
        used += cost
    return parts


def _copied_by_model(
    question: str, part: Sequence[Hit], model: ChatModel, stop: threading.Event
) -> dict[int, list[str]]:
    """Page number -> what the model copied from it. Numbers are those of the part, so that they stay small."""
    local = [replace(hit, number=at) for at, hit in enumerate(part, start=1)]
    reply = model.complete(build_notes(question, local), stop, PART_TIMEOUT_S)
    parser = CitationParser(len(local))
    copied: dict[int, list[str]] = {}
    for piece in (*parser.feed(reply), *parser.flush()):
        if not isinstance(piece, Marker):
            continue
        for number in piece.numbers:
            hit = part[number - 1]
            copied.setdefault(hit.number, []).append(piece.quote or hit.passage.text[:_UNQUOTED_CHARS])
    return copied


def _picked(question: str, part: Sequence[Hit]) -> dict[int, list[str]]:
    """Page number -> the sentences that answer best; for a model, what stands in when it copied nothing."""
    picked: dict[int, list[str]] = {}
    for pick in extract(question, part).picks:
        picked.setdefault(pick.number, []).append("\n".join(filter(None, (pick.header, pick.quote))))
    return picked
