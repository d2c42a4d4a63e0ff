"""Reads one citation marker at the start of a text. Pure; the grammar of `citing`, which says what is accepted and why.

marker   = open [label] numbers [ place ] [ payload ] close
open     = "[" | "[^" | "【"            close = "]" | "】"
numbers  = number { ("," | ";" | "-" ...) number }
place    = a page, before or after the quote: ", p. 3" or "(Seite 3-5)"; code knows the page, so that it is passed over
payload  = separator quoted { separator [number ":"] quoted }     e.g.  : "one" ... "two"   or   : "one", 3: "two"
         | ": " words without quotation marks, at least three
         | "†" anything                                            (as in 【2†source】)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MAX_MARKER_CHARS = 700
MIN_BARE_WORDS = 3
MIN_SALVAGED_WORDS = 3
_LABELS = (
    "source",
    "sources",
    "passage",
    "passages",
    "document",
    "doc",
    "quelle",
    "quellen",
    "ref",
    "cite",
    "citation",
)
_PAGES = ("p", "pp", "pg", "page", "pages", "s", "seite", "seiten")
_DOUBLE = '"“”„‟«»「」『』〝〞'
_SINGLE = "'‘’‚‹›`"
_SEPARATORS = ":：,，;-–—|"
_JOINS = ",，;、&"
_DASHES = "-–—"
_NEXT_PART = re.compile(r"[\"”“»」』]\s*[,;]?\s*(\d{1,3})\s*:\s*[\"“”„«「『]")
_ELISION = re.compile(r"[\"”“»」』]\s*(?:[,;…]|\.\.\.|and|und)?\s*[\"“”„«「『]")
_ESCAPED = re.compile(r"\\([\"'])")
_CUT_OFF = re.compile(r"\[(\d{1,3}):\s*[\"“„«]([^\[\]【】\n]*)\Z")

Part = tuple[tuple[int, ...], str | None, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker that takes `length` characters. `parts`: (numbers, quote, text as shown), one for each quote."""

    length: int
    parts: tuple[Part, ...]


Reading = Mark | Literal["none", "more"]


class _More(Exception):  # not an error: the text ends before the marker does
    pass


class _Not(Exception):  # not an error: this is no marker
    pass


def read_mark(text: str, count: int, before: str = "") -> Reading:
    """The marker that `text` begins with; "none" when there is none, "more" when that cannot be known yet.

    `before` is the character in front of it.
    """
    try:
        return _Reader(text[:MAX_MARKER_CHARS], count, before).mark()
    except _More:
        return "more" if len(text) < MAX_MARKER_CHARS else "none"
    except _Not:
        return "none"


def salvage_mark(text: str, count: int) -> Reading:
    """A marker that was cut off within its quote (the model was stopped): numbers, and the whole words that arrived."""
    head = _CUT_OFF.match(text)
    if head is None or not 1 <= int(head[1]) <= count:
        return "none"
    quote = head[2].rsplit(None, 1)[0] if len(head[2].split()) > MIN_SALVAGED_WORDS else None
    return Mark(len(text), (((int(head[1]),), quote, f"[{head[1]}]"),))


class _Reader:
    """A cursor over text that raises _More at its end and _Not where the grammar does not go on."""

    def __init__(self, text: str, count: int, before: str) -> None:
        self.text = text
        self.count = count
        self.before = before
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        if self.at + ahead >= len(self.text):
            raise _More
        return self.text[self.at + ahead]

    def spaces(self) -> int:
        start = self.at
        while self.peek() in " \t\u00a0":
            self.at += 1
        return self.at - start

    def mark(self) -> Mark:
        is_lenticular = self.peek() == "【"
        self.at += 1
        is_footnote = self.peek() == "^"
        self.at += is_footnote
        is_spaced = self.spaces() > 0
        is_labelled = self.label()
        numbers = self.numbers()
        plain = self.place() or is_lenticular or is_footnote or is_labelled or is_spaced
        if self.closes():
            self.at += 1
            shown = "".join(f"[{number}]" for number in numbers) if plain else self.text[: self.at]
            return Mark(self.at, ((tuple(numbers), None, shown),))
        if is_footnote:
            raise _Not
        if self.peek() == "†":
            return self.dagger(numbers)
        return self.payload(numbers)

    def label(self) -> bool:
        if not self.peek().isalpha() and self.peek() != "#":
            return False
        if self.peek() == "#":
            self.at += 1
            return True
        start = self.at
        while self.peek().isalpha():
            self.at += 1
            if self.at - start > max(map(len, _LABELS)):
                raise _Not
        if self.text[start : self.at].lower() not in _LABELS:
            raise _Not
        self.at += self.peek() in ".:"
        self.spaces()
        return True

    def numbers(self) -> list[int]:
        numbers = [self.number()]
        while True:
            mark = self.at
            spaces = self.spaces()
            join = self.peek()
            if join in _JOINS or join in _DASHES:
                self.at += 1
                self.spaces()
                if not self.peek().isdigit():
                    self.at = mark
                    return numbers
                numbers.extend(self.span_to(numbers[-1]) if join in _DASHES else [self.number()])
            else:
                if spaces and join.isdigit():
                    raise _Not
                return numbers

    def number(self) -> int:
        start = self.at
        while self.peek() in "0123456789":
            self.at += 1
        digits = self.text[start : self.at]
        if not digits or digits[0] == "0" or len(digits) > 3 or int(digits) > self.count:
            raise _Not
        return int(digits)

    def span_to(self, first: int) -> list[int]:
        last = self.number()
        if last <= first:
            raise _Not
        return list(range(first + 1, last + 1))

    def place(self) -> bool:
        """Passes over a page, if one is named here."""
        mark = self.at
        self.spaces()
        opened = self.peek() == "("
        self.at += self.peek() in "(,;"
        self.spaces()
        word = self.at
        while self.peek().isalpha() and self.at - word <= max(map(len, _PAGES)):
            self.at += 1
        if self.text[word : self.at].lower() not in _PAGES:
            self.at = mark
            return False
        self.at += self.peek() == "."
        self.spaces()
        digits = self.at
        while self.peek().isdigit() or (self.at > digits and self.peek() in _DASHES):
            self.at += 1
        if self.at == digits or (opened and self.peek() != ")"):
            self.at = mark
            return False
        self.at += opened
        return True

    def closes(self) -> bool:
        return self.peek() in "]】"

    def dagger(self, numbers: list[int]) -> Mark:
        while not self.closes():
            if self.peek() in "\n[【":
                raise _Not
            self.at += 1
        self.at += 1
        return Mark(self.at, ((tuple(numbers), None, "".join(f"[{number}]" for number in numbers)),))

    def payload(self, numbers: list[int]) -> Mark:
        self.spaces()
        separator = self.peek()
        if separator in _SEPARATORS:
            self.at += 1
        spaces = self.spaces()
        opening = self.peek()
        if opening in _DOUBLE or opening in _SINGLE:
            self.at += 1
            quote = self.quoted(_DOUBLE if opening in _DOUBLE else _SINGLE)
            return Mark(self.at, _parts(numbers, quote, self.count))
        is_code = bool(self.before) and (self.before.isalnum() or self.before in "_)]")
        if separator not in ":：" or not spaces or is_code:
            raise _Not
        quote = self.bare()
        return Mark(self.at, _parts(numbers, quote, self.count))

    def quoted(self, closers: str) -> str:
        """Up to the first closing mark that stands before the closing bracket. A `["a"]` within belongs to it."""
        start = self.at
        inner = 0
        while True:
            char = self.peek()
            if char == "\n" and self.blank_line():
                raise _Not
            if char == "[" and self.peek(1) in closers:
                inner += 1
                self.at += 2
                continue
            if char in closers:
                end = self.at
                self.at += 1
                if self.ends_after_quote():
                    if not inner:
                        self.at += 1
                        return _ESCAPED.sub(r"\1", self.text[start:end])
                    inner -= 1
                continue
            self.at += 1

    def ends_after_quote(self) -> bool:
        """Moves to the closing bracket when nothing but a full stop, blanks or a page stand before it."""
        mark = self.at
        if self.peek() in ".,;" and not self.place():
            self.at += 1
        self.place()
        self.spaces()
        if self.closes():
            return True
        self.at = mark
        return False

    def blank_line(self) -> bool:
        ahead = 1
        while self.peek(ahead) in " \t\r":
            ahead += 1
        return self.peek(ahead) == "\n"

    def bare(self) -> str:
        start = self.at
        while not self.closes():
            if self.peek() in "\n[【":
                raise _Not
            self.at += 1
        quote = self.text[start : self.at]
        self.at += 1
        if len(quote.split()) < MIN_BARE_WORDS:
            raise _Not
        return quote


def _parts(numbers: list[int], quote: str, count: int) -> tuple[Part, ...]:
    """A marker that holds several quotes -> one part a number; quotes of one number are joined by an ellipsis."""
    pieces = _NEXT_PART.split(quote)
    named = [tuple(numbers), *((int(number),) for number in pieces[1::2])]
    if not all(1 <= number <= count for group in named for number in group):
        raise _Not
    return tuple(
        (group, " … ".join(part.strip() for part in _ELISION.split(text)), "".join(f"[{number}]" for number in group))
        for group, text in zip(named, pieces[0::2], strict=True)
    )
