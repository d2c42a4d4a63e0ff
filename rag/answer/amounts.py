"""Numbers as they are written, whatever the language: "1,234.5" and "1.234,5" are the same. Pure.

English puts commas between thousands and a full stop before decimals; most of Europe does the reverse, or puts a thin
blank between thousands. A number that could be either ("2.310") is read as its text's language has it: as English in an
English text, as both in any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.answer.language import guess_language

_NUMBER = re.compile(
    r"(?:(?<![\w.,])[-−])?\d{1,3}(?:[\u00a0\u202f\u2009’']\d{3})+(?:[.,]\d+)?|(?:(?<![\w.,])[-−])?\d+(?:[.,]\d+)*"
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")  # 1,234,567.8
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")  # 1.234.567,8
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_COMMA = re.compile(r"\d+,\d+")
_BLANKS = re.compile("[\u00a0\u202f\u2009’']")


def written(text: str) -> Iterator[tuple[int, str]]:
    """(where, the number as it stands) of every number."""
    for match in _NUMBER.finditer(text):
        yield match.start(), match.group()


def plain_forms(number: str, *, is_english: bool) -> list[str]:
    """What a number can mean, in plain form: "-1234.50". Empty for what is no single number ("1.2.3")."""
    plain = _BLANKS.sub("", number.replace("−", "-"))
    sign, bare = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    english = _GROUPED.fullmatch(bare) or _DECIMAL.fullmatch(bare)
    other = _POINTED.fullmatch(bare) or _COMMA.fullmatch(bare)
    found = [bare.replace(",", "")] if english else []
    if other and (not english or not is_english):
        found.append(bare.replace(".", "").replace(",", "."))
    return [sign + value for value in dict.fromkeys(found)]


def readings(number: str, *, is_english: bool) -> frozenset[str]:
    """The same without zeros that say nothing: "18.0" is "18". Of what is no single number: itself."""
    found = frozenset(map(_value, plain_forms(number, is_english=is_english)))
    return found or frozenset({number})


def amounts(text: str) -> list[frozenset[str]]:
    """The readings of every number of a text."""
    is_english = guess_language(text) == "en"
    return [readings(number, is_english=is_english) for _, number in written(text)]


def _value(number: str) -> str:
    value = format(Decimal(number), "f")
    return value.rstrip("0").rstrip(".") if "." in value else value
