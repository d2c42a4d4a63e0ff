"""Citation markers out of a stream of text: a pure state machine, fed with pieces of any size.

Asked of a model is `claim [2: "verbatim quote"]`, shown as "[2]". Understood as well: [2], [1, 3], [1-3], [^2], 【2】,
[source 2], other quotation marks, several quotes in one marker, and a quote that forgot its quotation marks.
Everything else passes through byte for byte, and what comes out never depends on how the text was cut into pieces:
every decision rests on the text up to the character that closes it.

Not markers: numbers outside 1..count (arr[0], [2023]), slices (a[1:3]), and whatever stands in code (`x[1]`, fences).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.answer.marks import Mark, read_mark, salvage_mark

_STOPS = re.compile(r"`+|~{3,}|\n|[\[【]")
_BLANK = re.compile(r"[^\S\n]*")
_CODE_INDENT = 3  # a fence may stand this far in; further is its text (CommonMark 4.5)


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation as the answer shows it.

    `numbers` are hit numbers in 1..count; `quote` what the model says stands there (None: it gave no quote);
    `text` the marker as shown, `offset` where that stands in the text shown.
    """

    numbers: tuple[int, ...]
    quote: str | None
    offset: int
    text: str


class CitationParser:
    """feed(text) -> what can be shown so far; flush() -> the rest, when the text has ended.

    Holds back at most marks.MAX_MARKER_CHARS characters, and only from a "[" (or a "`") that may still become a marker.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._held = ""
        self._shown = 0
        self._before = ""  # the character before what is held
        self._line = ""  # the current line so far, only as much as fences and blank lines need
        self._code: tuple[Literal["span", "fence"], str] | None = None
        self._out: list[str | Marker] = []

    def feed(self, text: str) -> list[str | Marker]:
        return self._run(text, at_end=False)

    def flush(self) -> list[str | Marker]:
        """The rest. A marker that was cut off within its quote is shown, with the part of the quote that arrived."""
        return self._run("", at_end=True)

    def _run(self, text: str, *, at_end: bool) -> list[str | Marker]:
        self._held += text
        while self._held and self._step(at_end):
            pass
        out, self._out = self._out, []
        return out

    def _step(self, at_end: bool) -> bool:
        """Deals with the text up to and including the next thing that matters. False: more text is needed."""
        stop = _STOPS.search(self._held)
        if stop is None:
            tildes = len(self._held) - len(self._held.rstrip("~")) if not at_end else 0
            self._pass(len(self._held) - tildes)
            return False
        self._pass(stop.start())
        found = stop.group()
        if found == "\n":
            self._end_line()
            return True
        if found[0] in "`~":
            return self._ticks(found, at_end)
        if self._code is not None:
            self._pass(1)
            return True
        return self._bracket(at_end)

    def _bracket(self, at_end: bool) -> bool:
        mark = read_mark(self._held, self._count, self._before)
        if mark == "more":
            if not at_end:
                return False
            mark = salvage_mark(self._held, self._count)
        if isinstance(mark, Mark):
            self._show(mark)
        else:
            self._pass(1)
        return True

    def _show(self, mark: Mark) -> None:
        source = self._held[: mark.length]
        for numbers, quote, text in mark.parts:
            self._out.append(Marker(numbers, quote, self._shown, text))
            self._shown += len(text)
        self._line += "x"
        self._before = source[-1]
        self._held = self._held[mark.length :]

    def _ticks(self, run: str, at_end: bool) -> bool:
        if len(run) == len(self._held) and not at_end:
            return False  # the run may go on
        opens_line = not self._line.strip() and len(self._line) <= _CODE_INDENT
        if self._code is None:
            if opens_line and len(run) >= 3:
                self._code = ("fence", run)
            elif run[0] == "`":
                self._code = ("span", run)
        elif self._code[0] == "span":
            if self._code[1] == run:
                self._code = None
        elif opens_line and run[0] == self._code[1][0] and len(run) >= len(self._code[1]):
            self._code = None
        self._pass(len(run))
        return True

    def _end_line(self) -> None:
        # A span that its line does not close was only a stray backtick; it must not hide the markers that follow.
        if self._code is not None and self._code[0] == "span":
            self._code = None
        self._pass(1)
        self._line = ""

    def _pass(self, length: int) -> None:
        """Shows the next `length` held characters as they are."""
        if not length:
            return
        text, self._held = self._held[:length], self._held[length:]
        if self._out and isinstance(self._out[-1], str):
            self._out[-1] += text
        else:
            self._out.append(text)
        self._shown += length
        self._before = text[-1]
        self._line = _remembered(self._line, text)


def _remembered(line: str, text: str) -> str:
    """What fences and blank lines need to know of a line: its leading blanks, and whether anything follows them."""
    if line.strip():
        return line
    blank = _BLANK.match(text)
    end = blank.end() if blank else 0
    return line + text[: end + 1]
