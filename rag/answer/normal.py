"""Text in the form in which quotes are compared, with the way back to the text as it stands. Pure.

Made equal: Unicode compatibility forms (NFKC: ligatures, full-width forms), the letters of old print, blanks and line
ends, quotation marks, dashes and the blanks round them, soft hyphens, words broken at a line's end, hyphens within
words, Markdown's emphasis marks, and line ends between Chinese or Japanese characters. Digits, signs and case stay as
they are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rag.search.letters import todays

_ASCII = r"A-Za-z0-9,.;:()%$/&+=<>@#!?\[\]{}|^_\\"
_COMBINING = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PLAIN = re.compile(f"[{_ASCII}]+(?: [{_ASCII}]+)*(?![{_COMBINING}])")  # as they are, and most of any text
_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_BREAK = re.compile(r"\s+")
_DOUBLE = frozenset('"“”„‟«»″〝〞')
_SINGLE = frozenset("'‘’‚‛‹›`′")
_HYPHENS = frozenset("-\u2010\u2011\u00ad\u0002\ufffe")
_INVISIBLE_HYPHENS = frozenset("\u00ad\u0002\ufffe")
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_JOINED = re.compile(r"[\u3000-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Normal:
    """`text` in normal form; character i of it stands for the source's [starts[i], ends[i])."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """text[start:end] -> where that stands in the source. `start` < `end`."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=128)
def normalise(source: str) -> Normal:
    """The normal form of a text, without blanks at its ends."""
    return _Writer(source).run()


class _Writer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.chars: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def run(self) -> Normal:
        while self.at < len(self.source):
            plain = _PLAIN.match(self.source, self.at)
            if plain is not None:
                self.chars.extend(plain.group())
                self.starts.extend(range(self.at, plain.end()))
                self.ends.extend(range(self.at + 1, plain.end() + 1))
                self.at = plain.end()
            else:
                self.special(self.source[self.at])
        self.drop_blank()
        return Normal("".join(self.chars), tuple(self.starts), tuple(self.ends))

    def special(self, char: str) -> None:
        blanks = _BLANKS.match(self.source, self.at)
        if blanks is not None:
            self.blank(blanks.end())
        elif char in _HYPHENS and self.breaks_word(char):
            pass
        elif char in _DASHES:
            self.dash()
        elif char in _DOUBLE:
            self.put('"', self.at + 1)
        elif char in _SINGLE:
            self.single(char)
        elif char == "*":
            self.star()
        else:
            self.cluster()

    def put(self, text: str, end: int) -> None:
        """`text` stands for the source from here to `end`."""
        self.chars.extend(text)
        self.starts.extend([self.at] * len(text))
        self.ends.extend([end] * len(text))
        self.at = end

    def drop_blank(self) -> None:
        if self.chars and self.chars[-1] == " ":
            for column in (self.chars, self.starts, self.ends):
                column.pop()

    def blank(self, end: int) -> None:
        before = self.chars[-1] if self.chars else " "
        after = self.source[end] if end < len(self.source) else " "
        is_real = any(char.isspace() for char in self.source[self.at : end])
        between_joined = _JOINED.match(before) and _JOINED.match(after)
        if not is_real or before in " -" or after in _DASHES - _INVISIBLE_HYPHENS or between_joined:
            self.at = end
        else:
            self.put(" ", end)

    def breaks_word(self, char: str) -> bool:
        """Skips a hyphen within a word, with the line end (perhaps a blank by now) after it. False: it is a dash."""
        after = self.at + 1
        line_break = _BREAK.match(self.source, after)
        resumes = line_break.end() if line_break else after
        follows = self.source[resumes] if resumes < len(self.source) else " "
        if self.chars and self.chars[-1].isalpha() and follows.isalpha() and self.source[self.at - 1] not in " \n":
            self.at = resumes
            return True
        if char in _INVISIBLE_HYPHENS:
            self.at = after
            return True
        return False

    def dash(self) -> None:
        end = self.at + 1
        while end < len(self.source) and self.source[end] in _DASHES:
            end += 1
        self.drop_blank()
        self.put("-", end)

    def single(self, char: str) -> None:
        is_doubled = self.source[self.at + 1 : self.at + 2] == char and char in "'`"
        if char == "`" and not is_doubled:
            self.at += 1  # code's mark in Markdown
        else:
            self.put('"' if is_doubled else "'", self.at + 1 + is_doubled)

    def star(self) -> None:
        around = self.source[max(0, self.at - 1) : self.at] + self.source[self.at + 1 : self.at + 2]
        if len(around) == 2 and all(char.isdigit() or char == " " for char in around):
            self.put("*", self.at + 1)
        else:
            self.at += 1  # Markdown's emphasis

    def cluster(self) -> None:
        """A character with its combining marks, in compatibility form."""
        end = self.at + 1
        while end < len(self.source) and unicodedata.combining(self.source[end]):
            end += 1
        text = unicodedata.normalize("NFKC", todays(self.source[self.at : end]))
        self.put("".join(_folded(char) for char in text), end)


def _folded(char: str) -> str:
    if char in _DOUBLE:
        return '"'
    if char in _SINGLE:
        return "'"
    if char in _DASHES:
        return "-"
    if unicodedata.category(char) == "Cf":
        return ""
    return " " if char.isspace() else char
