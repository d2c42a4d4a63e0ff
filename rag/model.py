"""The values every room speaks in. Standard library only; nothing here does I/O.

Positions are character offsets into a page's text, counted from 0, end exclusive. Page and passage numbers count
from 1. Boxes are (x0, y0, x1, y1) in fractions of the page as it is shown, from its top left.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from typing import Any, Literal

Box = tuple[float, float, float, float]
SearchMode = Literal["hybrid", "keyword", "semantic", "document", "none"]
QuoteStatus = Literal["verified", "approximate", "missing"]
SEARCH_MODES: tuple[SearchMode, ...] = ("hybrid", "keyword", "semantic", "document", "none")
SHARED_OWNER = "shared"  # documents the operator imported: everyone reads them, only the command line changes them


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a page: text[start:end], and where it stands on the page image."""

    start: int
    end: int
    box: Box


_WORD = struct.Struct("<II4H")
_SCALE = 65535


Place = tuple[int, int, Box]  # a word as start, end, box


def pack_words(words: Iterable[Word]) -> bytes:
    """Words -> a compressed blob (16 bytes a word before compression, boxes to 1/65535 of the page)."""
    return pack_places((word.start, word.end, word.box) for word in words)


def pack_places(places: Iterable[Place]) -> bytes:
    """The same from words that need not be made first: a page has hundreds."""
    given = list(places)
    try:
        values = [
            value for start, end, (x0, y0, x1, y1) in given
            for value in (
                start, end,
                int(x0 * _SCALE + 0.5), int(y0 * _SCALE + 0.5), int(x1 * _SCALE + 0.5), int(y1 * _SCALE + 0.5),
            )
        ]  # fmt: skip
        packed = struct.pack("<" + "II4H" * len(given), *values)
    except (struct.error, ValueError, OverflowError):  # a box that sticks out of its page
        return pack_places((start, end, _inside(box)) for start, end, box in given)
    return zlib.compress(packed, 1)


def _inside(box: Box) -> Box:
    x0, y0, x1, y1 = (min(1.0, max(0.0, edge)) for edge in box)
    return x0, y0, x1, y1


def unpack_words(blob: bytes) -> list[Word]:
    """The inverse of pack_words."""
    return [
        Word(start, end, (x0 / _SCALE, y0 / _SCALE, x1 / _SCALE, y1 / _SCALE))
        for start, end, x0, y0, x1, y1 in _WORD.iter_unpack(zlib.decompress(blob))
    ]


@dataclass(frozen=True, slots=True)
class Timing:
    """A stretch of a recording's text: text[start:end] was said from `start_s` to `end_s`."""

    start: int
    end: int
    start_s: float
    end_s: float


_TIMING = struct.Struct("<IIff")
Seconds = tuple[float, float]


def pack_times(times: Iterable[Timing]) -> bytes:
    """Timings -> a compressed blob (16 bytes each before compression)."""
    return zlib.compress(b"".join(_TIMING.pack(*astuple(timing)) for timing in times), 1)


def seconds_of(times: bytes, start: int, end: int) -> Seconds | None:
    """From when to when text[start:end] was said, by the packed times of its page; None where nobody knows."""
    if not times:
        return None
    found = [
        (start_s, end_s) for first, last, start_s, end_s in _TIMING.iter_unpack(zlib.decompress(times))
        if first < end and start < last
    ]  # fmt: skip
    return (round(found[0][0], 2), round(found[-1][1], 2)) if found else None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: where it stands, and its level (1 is the highest)."""

    level: int
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a person would read it.

    `words` is packed by pack_words (empty where the format has no page image). `width` and `height` are in points,
    0 where there is no page image. `label` is what the document itself calls the page ("iv"), if it says.
    `ocr_confidence` is 0..100 for a page read by text recognition, else None; `turned` is by how many degrees clockwise
    the page was turned to stand upright (0, 90, 180, 270): it is shown like that, and boxes and sizes are of that.
    `times` is packed by pack_times, of a recording's transcript only.
    """

    number: int
    text: str
    words: bytes = b""
    headings: tuple[Heading, ...] = ()
    width: float = 0.0
    height: float = 0.0
    label: str | None = None
    ocr_confidence: float | None = None
    turned: int = 0
    times: bytes = b""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of a file. `title` is what the document calls itself, or empty."""

    pages: tuple[Page, ...]
    title: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def ocr_pages(self) -> int:
        """How many pages were read by text recognition."""
        return sum(page.ocr_confidence is not None for page in self.pages)

    @property
    def ocr_confidence(self) -> float | None:
        """The mean over those pages that have text, each counted by its length; None when there are none."""
        read = [(page.ocr_confidence, len(page.text)) for page in self.pages if page.ocr_confidence is not None]
        characters = sum(length for _, length in read)
        return round(sum(sure * length for sure, length in read) / characters, 1) if characters else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage as it is cut: page.text[start:end] == text. `heading` is the path of headings above it."""

    number: int
    page: int
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored chunk, with the document it belongs to: what search returns and prompts quote from.

    `seconds`: from when to when it was said, in a recording.
    """

    passage_id: str
    document_id: str
    document: str
    version: int
    page: int
    start: int
    end: int
    heading: str
    text: str
    seconds: Seconds | None = None


@dataclass(frozen=True, slots=True)
class RankScore:
    """A place in one retriever's list (rank from 1) and that retriever's own score."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. `number` counts from 1 and is what markers like [2] refer to.

    `reranked`: its place and score with a model that read it together with the question; None when none did.
    """

    number: int
    passage: Passage
    fused: float
    keyword: RankScore | None = None
    semantic: RankScore | None = None
    reranked: RankScore | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's *hit*."""
        p, again = self.passage, self.reranked
        snippet = p.text if len(p.text) <= 240 else p.text[:240].rsplit(" ", 1)[0] + " …"
        return {
            "number": self.number,
            "document_id": p.document_id,
            "document": p.document,
            "version": p.version,
            "pages": [p.page],
            "passage_id": p.passage_id,
            "heading": p.heading,
            "snippet": " ".join(snippet.split()),
            "text": p.text,
            "seconds": None if p.seconds is None else list(p.seconds),
            "scores": {
                "keyword": None if self.keyword is None else {"rank": self.keyword.rank, "score": self.keyword.score},
                "semantic": (
                    None if self.semantic is None else {"rank": self.semantic.rank, "score": self.semantic.score}
                ),
                "fused": self.fused,
                "reranked": None if again is None else {"rank": again.rank, "score": again.score},
            },
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote an answer rests on, and whether it really stands there.

    `number` is the hit's number; `offset` is where the marker stands in the answer's text, so that the marker and
    its citation find each other when a number is used twice. `similarity` is 0..1 (1.0 = word for word).
    A missing quote keeps the page and the passage that the model named. `seconds`: see Passage.
    """

    number: int
    document_id: str
    document: str
    version: int
    page: int
    passage_id: str
    quote: str
    status: QuoteStatus
    similarity: float
    boxes: tuple[Box, ...] = ()
    offset: int = 0
    seconds: Seconds | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's *citation*."""
        return {
            "number": self.number,
            "document_id": self.document_id,
            "document": self.document,
            "version": self.version,
            "page": self.page,
            "passage_id": self.passage_id,
            "quote": self.quote,
            "status": self.status,
            "similarity": self.similarity,
            "boxes": [list(box) for box in self.boxes],
            "offset": self.offset,
            "seconds": None if self.seconds is None else list(self.seconds),
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the conversation, the standalone query it became, and its answer."""

    question: str
    query: str
    answer: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody asks, as every door passes it on.

    `documents`: only these ids (None: all that the user may read). `passages`: how many passages reach the prompt,
    1..50. `client_key`: the same key sent twice starts one turn.
    """

    question: str
    conversation_id: str | None = None
    model: str | None = None
    search_mode: SearchMode = "hybrid"
    documents: tuple[str, ...] | None = None
    passages: int = 8
    client_key: str | None = None
    use_cache: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
