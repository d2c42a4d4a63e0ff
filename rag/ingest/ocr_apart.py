"""A page in several languages of one script: which they are, and its words from one reading for each. Pure.

tesseract, given several languages at once, keeps to the first that is fairly sure: "rápido" read as German and Spanish
is "räpido". Read for each by itself, the reading of the right language is the surest of that word: on a page of six
languages every word was right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rag.ingest.ocr_text import Token, weight

MOST = 6  # readings of one page, each takes its time
_PIECE_LETTERS = 30  # a language is told by
_LEAST_SHARE = 0.08  # of a page's letters: a title or a name in between is not worth a reading
_SAME_EDGE = 0.5  # of a word's height
_ROW_PX = 32
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n\n+")

Detect = Callable[[str], str]


def spoken(text: str, detect: Detect) -> list[str]:
    """The languages that more than a title of a page is in, as `detect` names them, the most used first."""
    letters: Counter[str] = Counter()
    for piece in _pieces(text):
        letters[detect(piece)] += _letters(piece)
    least = letters.total() * _LEAST_SHARE
    return [language for language, count in letters.most_common() if language and count >= least][:MOST]


def _pieces(text: str) -> Iterator[str]:
    """Sentences, short ones together: a page may change its language with each."""
    piece = ""
    for sentence in _SENTENCE.split(text):
        piece = f"{piece} {sentence}"
        if _letters(piece) >= _PIECE_LETTERS:
            yield piece
            piece = ""
    if piece:
        yield piece


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def merged(readings: Sequence[Sequence[Token]]) -> list[Token]:
    """The words of the best reading, each as it was seen most surely by any; what the others see elsewhere is left."""
    if not readings:
        return []
    best = max(readings, key=weight)
    others = [_by_place(reading) for reading in readings if reading is not best]
    return [_surest(token, others) for token in best]


def _surest(token: Token, others: Sequence[dict[int, list[Token]]]) -> Token:
    surest = token
    row = _row(token)
    for other in others:
        for seen in (each for near in (row - 1, row, row + 1) for each in other.get(near, ())):
            if seen.confidence > surest.confidence and _is_same_place(token, seen):
                surest = replace(token, text=seen.text, confidence=seen.confidence)
    return surest


def _by_place(tokens: Sequence[Token]) -> dict[int, list[Token]]:
    """Words by the height at which they stand, so that only a few are compared."""
    rows: dict[int, list[Token]] = {}
    for token in tokens:
        rows.setdefault(_row(token), []).append(token)
    return rows


def _row(token: Token) -> int:
    return round((token.box[1] + token.box[3]) / 2) // _ROW_PX


def _is_same_place(token: Token, other: Token) -> bool:
    near = _SAME_EDGE * max(token.box[3] - token.box[1], other.box[3] - other.box[1])
    return all(abs(side - other_side) <= near for side, other_side in zip(token.box, other.box, strict=True))
