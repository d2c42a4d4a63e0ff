"""RTF (specification 1.9.1) -> sections: its text without codes; paragraphs, table rows, escaped characters."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import DocumentError
from rag.ingest.flow import Flow
from rag.ingest.parts import Part
from rag.ingest.tables import SEPARATOR, one_line

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
_MAX_DEPTH = 2_000
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata colorschememapping latentstyles datastore xmlnstbl "
    b"listtable listoverridetable rsidtbl generator filetbl revtbl fldinst header headerl headerr headerf footer "
    b"footerl footerr footerf pgptbl mmathPr bkmkstart bkmkend nonshppict sp".split()
)
_LITERAL = {
    b"tab": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"~": "\u00a0", b"_": "-", b"-": "",
}  # fmt: skip
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258",
             177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip


@dataclass(slots=True)
class _Group:
    """What holds inside a pair of braces. `unicode_skip`: how many characters stand in for one that is escaped."""

    is_skipped: bool = False
    is_hidden: bool = False
    unicode_skip: int = 1
    encoding: str = "cp1252"


@dataclass(slots=True)
class _Reader:
    flow: Flow = field(default_factory=Flow)
    invisible: int = 0
    _groups: list[_Group] = field(default_factory=lambda: [_Group()])
    _text: list[str] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _cells: list[str] = field(default_factory=list)
    _fonts: dict[int, str] = field(default_factory=dict)
    _font: int = 0
    _encoding: str = "cp1252"
    _to_skip: int = 0
    _in_fonts: int = 0  # the depth of the font table's group

    def read(self, data: bytes) -> None:
        for token in _TOKEN.finditer(data):
            word, number, code, symbol, brace, text = token.groups()
            if word is not None:
                self._word(word, int(number) if number is not None else None)
            elif code is not None:
                self._raw(bytes([int(code, 16)]))
            elif symbol is not None:
                self._symbol(symbol)
            elif brace is not None:
                self._brace(brace)
            elif text is not None:
                self._raw(text)
        self.paragraph()

    def _brace(self, brace: bytes) -> None:
        self._decode()
        if brace == b"{":
            if len(self._groups) > _MAX_DEPTH:
                raise DocumentError("parser_limit", "This file nests its groups deeper than any real document.")
            top = self._groups[-1]
            self._groups.append(_Group(top.is_skipped, top.is_hidden, top.unicode_skip, top.encoding))
        elif len(self._groups) > 1:
            self._groups.pop()
            if len(self._groups) < self._in_fonts:
                self._in_fonts = 0

    def _word(self, word: bytes, number: int | None) -> None:
        self._decode()
        group = self._groups[-1]
        if word == b"fonttbl":
            self._in_fonts = len(self._groups)
        if word in _SKIPPED:
            group.is_skipped = True
        elif word == b"u" and number is not None:
            self._say(chr(number % 65_536))
            self._to_skip = group.unicode_skip
        elif word == b"uc" and number is not None:
            group.unicode_skip = max(0, min(10, number))
        elif word == b"v":
            group.is_hidden = number != 0
        elif word in {b"ansicpg", b"f", b"fcharset"}:
            self._choose(word, number or 0)
        elif word in {b"par", b"sect", b"page", b"cell", b"row", b"trowd"}:
            self._break(word)
        elif word in _LITERAL:
            self._say(_LITERAL[word])

    def _choose(self, word: bytes, number: int) -> None:
        """A code page: the document's, a font's, that of the font that is chosen."""
        if word == b"ansicpg":
            self._encoding = self._groups[-1].encoding = _known(f"cp{number}") or self._encoding
        elif word == b"fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, "")
        else:
            self._font = number
            if not self._in_fonts:
                self._groups[-1].encoding = self._fonts.get(number) or self._encoding

    def _break(self, word: bytes) -> None:
        if self._groups[-1].is_skipped:
            return
        if word == b"cell":
            self._cells.append(one_line(self._taken()))
        elif word == b"row":
            self.flow.row(SEPARATOR.join(self._cells) if any(self._cells) else "")
            self._cells = []
        elif not self._cells and word != b"trowd":
            self.paragraph()

    def _symbol(self, symbol: bytes) -> None:
        self._decode()
        if symbol == b"*":
            self._groups[-1].is_skipped = True
        elif symbol in {b"\n", b"\r"}:
            self._break(b"par")
        else:
            self._say(_LITERAL.get(symbol, symbol.decode("ascii", "replace") if symbol in b"\\{}" else ""))

    def _raw(self, text: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        self._bytes += text

    def _decode(self) -> None:
        if self._bytes:
            text, self._bytes = bytes(self._bytes).decode(self._groups[-1].encoding, "replace"), bytearray()
            self._say(text)

    def _say(self, text: str) -> None:
        group = self._groups[-1]
        if group.is_skipped:
            return
        if group.is_hidden:
            self.invisible += len(text.strip())
            return
        self._text.append(text)

    def _taken(self) -> str:
        text, self._text = "".join(self._text), []
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def paragraph(self) -> None:
        """What was collected becomes a paragraph."""
        self._decode()
        lines = [" ".join(line.split()) for line in self._taken().split("\n")]
        self.flow.add("\n".join(filter(None, lines)))


def read(path: Path, first: int, count: int) -> Part:
    """A rich text document -> sections. Raises DocumentError(parser_limit)."""
    reader = _Reader()
    reader.read(path.read_bytes())
    part = reader.flow.part()
    return Part(part.pages, part.total, part.title, invisible=reader.invisible)


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return ""
