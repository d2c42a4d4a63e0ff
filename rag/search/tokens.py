"""Text -> the tokens that keyword search compares, before stemming. Pure; the same for documents and questions.

Compatibility forms are unified (ligatures of PDFs, full-width digits), letters of old print are today's, case is
folded, combining marks stay with their letters, and scripts that write no spaces become overlapping character pairs (as
Lucene's CJK analyzer does).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from rag.search.letters import todays
from rag.search.rejoined import other_forms, rejoined

# Han, kana, hangul: one unit a character. Thai, Lao, Khmer, Myanmar: a letter with the marks on it is one unit.
_HAN = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_SOUTH_EAST = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNIT = re.compile(
    rf"[{_HAN}]|[{_SOUTH_EAST}][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    r"\u102b-\u103e\u1056-\u1060\u1082-\u108d\u17b4-\u17d3\u17dd]*"
)
_UNSPACED = re.compile(f"[{_HAN}{_SOUTH_EAST}]+")
# Vowel signs, virama, nukta and the like, which \w leaves out: without them Hindi words fall apart.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09d7"
    "\u0a01-\u0a03\u0a3c-\u0a51\u0a70-\u0a75\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bd7"
    "\u0c00-\u0c04\u0c3c-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d57\u0d81-\u0d83\u0dca-\u0ddf"
)
# A number keeps its decimal signs.
_ASCII_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)+(?![a-z0-9])|[a-z0-9]+")
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)+(?!\w)|[\w{_MARKS}{_SOUTH_EAST}]+")
# Written for the eye or the layout only: soft hyphen, zero-width signs, Arabic and Hebrew vowel points.
_UNSEEN = re.compile("[\u00ad\u0591-\u05c7\u0640\u064b-\u0652\u0670\u200b-\u200f\u2060\ufeff]")
# What keeps most English texts from being ASCII; separates words as its plain forms do.
_SEPARATORS = "\u2019\u2018\u201c\u201d\u2013\u2014\u2022\u2026\u00a0"
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PREFIXED_NUMBER = re.compile(r"[^\W\d]{1,3}(\d{2,4})")


def tokens(text: str) -> list[str]:
    """Tokens in the order of the text, none of them with whitespace in it.

    "$1,234.50" -> "1234.50"; "FY2023" -> "fy2023", "2023"; "防守只" -> "防守", "守只". What stands in pieces comes once
    more at the end (rag.search.rejoined).
    """
    whole = " ".join(rejoined(text))
    if whole:
        text = f"{text}\n{whole}"
    if not text.isascii():
        for mark in _SEPARATORS:
            text = text.replace(mark, " ")
    if text.isascii():
        found = _ASCII_TOKEN.findall(text.lower())
    else:
        folded = _UNSEEN.sub("", unicodedata.normalize("NFKC", todays(text))).casefold().replace("_", " ")
        found = _TOKEN.findall(_UNSPACED.sub(_pairs, folded))
    result = []
    for token in found:
        if token.isalpha() or token.isdecimal():
            result.append(token)
        else:
            result.extend(_numeric(token))
    return result


def _numeric(token: str) -> Iterator[str]:
    """A token with more than letters in it. Thousands are written without separators; "FY2023" is also "2023"."""
    yield token.replace(",", "") if _THOUSANDS.fullmatch(token) else token
    if token[0].isdigit() and not token.isalnum():
        yield from other_forms(token)
    if prefixed := _PREFIXED_NUMBER.fullmatch(token):
        yield prefixed[1]


def _pairs(run: re.Match[str]) -> str:
    """A run of unspaced script -> its overlapping pairs of neighbours; a unit that stands alone stays alone."""
    units = _UNIT.findall(run[0])
    if len(units) < 2:
        return f" {run[0]} "
    return " " + " ".join(map("".join, pairwise(units))) + " "
