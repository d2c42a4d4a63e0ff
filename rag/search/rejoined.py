"""Words and numbers that stand in a text in pieces or in another way of writing, as one would ask for them. Pure.

What is shown stays as it is; comparing sees both. A word that a line's end breaks ("Unmün-", "digkeit") is also the
whole word, and since nobody but a dictionary tells it from "well-" and "known", its parts stay words, too. "1 840 000"
and "1.840.000" are also 1840000, "360,05" is also 360.05, and "1.2k" is 1200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 40  # letters; what is longer is no word
# Each begins with a plain class of characters, which the engine looks for fastest, and looks about only where it fits.
_BREAK = re.compile(r"[-\u00ad\u2010\ufffe](?<=[^\W\d_].)[ \t]*\r?\n[ \t]*(?=[^\W\d_])")
_LETTERS = re.compile(r"[^\W\d_]+")
_LAST_LETTERS = re.compile(r"[^\W\d_]+\Z")
_GROUPED = re.compile(r"\d\d{0,2}(?:((?:[ ]\d{3})+)|(?:[\u00a0\u202f\u2009’']\d{3})+)(?!\d)")
_NEW_NUMBER = re.compile(r"(?<![\w.,])(?<![\d)%][ \t])")
_ENDS = re.compile(r"(?![\w.,]*\d)")
# With plain blanks only in prose, where a word follows: in a table they part the columns.
_ENDS_IN_PROSE = re.compile(r"[,;.]?[ \t\u00a0]+(?:[^\W\d_]|[€$£%])|[ ]?\?")
_NOT_DIGIT = re.compile(r"\D")
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")  # 1.234.567,8
_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})")
_THOUSAND = re.compile(r"k(?<=\dk)(?!\w)")
_BEFORE_K = re.compile(r"(?<![\w.,])(\d{1,4})(?:[.,](\d{1,2}))?\Z")


def rejoined(text: str) -> Iterator[str]:
    """The whole words and numbers that stand in the text in pieces."""
    yield from broken_words(text)
    yield from (whole for _, _, whole in _numbers(text))


def broken_words(text: str) -> Iterator[str]:
    """The words that a line's end breaks in two."""
    if "\n" in text:
        for match in _BREAK.finditer(text):
            right = _LETTERS.match(text, match.end())
            left = _LAST_LETTERS.search(text, max(0, match.start() - _LONGEST), match.start())
            if left and right and right[0][0].islower():
                yield left[0] + right[0]


def with_whole_numbers(text: str) -> str:
    """The text with numbers in one piece."""
    for start, end, whole in sorted(_numbers(text), reverse=True):
        text = f"{text[:start]}{whole}{text[end:]}"
    return text


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, in one piece) of every number that stands in pieces."""
    for match in _GROUPED.finditer(text):
        ends = _ENDS_IN_PROSE if match[1] else _ENDS
        if _NEW_NUMBER.match(text, match.start()) and ends.match(text, match.end()):
            yield match.start(), match.end(), _NOT_DIGIT.sub("", match[0])
    for match in _THOUSAND.finditer(text):
        if number := _BEFORE_K.search(text, max(0, match.start() - 9), match.start()):
            yield number.start(), match.end(), f"{number[1]}{(number[2] or '').ljust(3, '0')}"


def other_forms(number: str) -> Iterator[str]:
    """A number with points or commas in it as others write it: "2.350,00" -> "2350.00", "2350"."""
    plain = ""
    if _POINTED.fullmatch(number):
        plain = number.replace(".", "").replace(",", ".")
    elif _COMMA.fullmatch(number):
        plain = number.replace(",", ".")
    if plain:
        yield plain
    whole, point, rest = (plain or number.replace(",", "")).partition(".")
    if point and rest in {"0", "00"}:
        yield whole
