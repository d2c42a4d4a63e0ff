"""What text recognition saw on a picture -> a page's text and where its words stand. Pure.

Text keeps to the ways of PDF text: lines stay lines, paragraphs are a blank line apart, a word hyphenated at a line's
end keeps its hyphen and its break (search and quotes know how to read over it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.model import Box, Word

_PAGE_CONFIDENCE = 45.0  # below it much of what is seen is no writing but a texture
_LINE_CONFIDENCE = 30.0  # of such a page
_WORD_CONFIDENCE = 15.0
_SURE = 60.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter or sign of a word as it was seen, `box` in pixels of the picture."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Token:
    """One word as it was seen: `confidence` 0..100, `box` in pixels of the picture, and the line it belongs to.

    `line` is (block, paragraph, line): tokens of a line, and of a paragraph, follow each other. `glyphs` only where
    they were asked for.
    """

    text: str
    confidence: float
    box: Box
    line: tuple[int, int, int]
    glyphs: tuple[Glyph, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A page's text with its words; boxes are fractions of the picture. `confidence` is the letters' mean, 0..100."""

    text: str
    words: tuple[Word, ...]
    confidence: float


def with_glyphs(token: Token, glyphs: tuple[Glyph, ...]) -> Token:
    """A word of other glyphs, its text is theirs."""
    return replace(token, text="".join(glyph.text for glyph in glyphs), glyphs=glyphs)


def without_noise(tokens: Iterable[Token]) -> list[Token]:
    """Without what is no writing: specks, rules, and the textures of a page that hardly reads like one.

    On other pages unlikely words stay: of receipts they are a thirtieth of all that is right.
    """
    seen = [token for token in tokens if token.text.strip()]
    if confidence(seen) >= _PAGE_CONFIDENCE:
        return _with_letters(seen)
    kept: list[Token] = []
    for _, group in groupby(seen, key=lambda token: token.line):
        line = [token for token in group if token.confidence >= _WORD_CONFIDENCE]
        if line and confidence(line) >= _LINE_CONFIDENCE:
            kept.extend(line)
    return _with_letters(kept)


def _with_letters(tokens: Iterable[Token]) -> list[Token]:
    """Without lines that are signs only."""
    kept: list[Token] = []
    for _, group in groupby(tokens, key=lambda token: token.line):
        line = list(group)
        if any(character.isalnum() for token in line for character in token.text):
            kept.extend(line)
    return kept


def confidence(tokens: Sequence[Token]) -> float:
    """The mean over all letters, 0..100; 0 without any."""
    letters = sum(len(token.text) for token in tokens)
    return sum(token.confidence * len(token.text) for token in tokens) / letters if letters else 0.0


def sure_letters(tokens: Iterable[Token]) -> int:
    """How many letters and digits were surely seen."""
    return sum(sum(map(str.isalnum, token.text)) for token in tokens if token.confidence >= _SURE)


def weight(tokens: Iterable[Token]) -> float:
    """What two readings of a picture are compared by: letters and digits, each by the square of its confidence."""
    return sum(sum(map(str.isalnum, token.text)) * token.confidence**2 for token in tokens)


def line_height(tokens: Sequence[Token]) -> float:
    """The height of the words in pixels, the median; 0 without any."""
    heights = sorted(token.box[3] - token.box[1] for token in tokens if len(token.text) > 2)
    return heights[len(heights) // 2] if heights else 0.0


def is_sideways(tokens: Iterable[Token]) -> bool:
    """Whether most longer words stand on end."""
    longer = [token.box for token in tokens if len(token.text) >= 4]
    return 2 * sum(box[3] - box[1] > box[2] - box[0] for box in longer) > len(longer)


def compose(tokens: Sequence[Token], size: tuple[int, int]) -> Composed:
    """The text of a picture of `size` pixels, its tokens in reading order."""
    pieces: list[str] = []
    words: list[Word] = []
    length = 0
    before: Token | None = None
    for token in tokens:
        gap = "" if before is None else _gap(before, token)
        text = "".join(character if character.isprintable() else " " for character in token.text).strip()
        if not text:
            continue
        pieces += (gap, text)
        start = length + len(gap)
        length = start + len(text)
        words.append(Word(start, length, _fractions(token.box, size)))
        before = token
    return Composed("".join(pieces), tuple(words), round(confidence(tokens), 1))


def _gap(before: Token, token: Token) -> str:
    if token.line == before.line:
        return " "
    return "\n" if token.line[:2] == before.line[:2] else "\n\n"


def _fractions(box: Box, size: tuple[int, int]) -> Box:
    (x0, y0, x1, y1), (width, height) = box, size
    return x0 / width, y0 / height, x1 / width, y1 / height


def scaled(tokens: Iterable[Token], factor: float) -> list[Token]:
    """Tokens of a picture that was made `factor` times as large -> of the picture as it was."""
    return [replace(token, box=_times(token.box, 1 / factor)) for token in tokens]


def _times(box: Box, factor: float) -> Box:
    return box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor
