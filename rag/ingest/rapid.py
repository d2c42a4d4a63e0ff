"""RapidOCR (the optional extra `ocr`): recognition from pip alone, slower than tesseract. Its models ship with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from rag.ingest.ocr_text import Token

MEMORY_MB = 1_536  # of address space over what other parsers need; about 400 MB of it are used
_SAME_ROW = 0.6  # of a line's height


class RapidOcr(Protocol):
    """An engine: an array of (height, width, 3) bytes in, lines with their words out."""

    def __call__(self, image: Any, *, return_word_box: bool) -> Any: ...


@cache
def engine() -> RapidOcr:
    """The engine with the models that ship with it, loaded once in a process."""
    from rapidocr import RapidOCR  # noqa: PLC0415 -- an optional extra; heavy

    loaded: RapidOcr = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return loaded


def read(picture: Any, by: RapidOcr) -> list[Token]:
    """The words on a picture (PIL), line by line from the top; what stands on one row is one line."""
    import numpy  # noqa: PLC0415 -- comes with the engine

    seen = by(numpy.asarray(picture.convert("RGB")), return_word_box=True)
    lines = [tokens for words in seen.word_results or () if (tokens := _tokens(words))]
    return [
        Token(token.text, token.confidence, token.box, (1, 1, number))
        for number, row in enumerate(_rows(lines), start=1)
        for token in row
    ]


def _tokens(words: Sequence[Any]) -> list[Token]:
    """Words are (text, score 0..1, four corners)."""
    tokens = []
    for text, score, corners in words:
        if text.strip() and corners is not None:
            across, down = [float(x) for x, _ in corners], [float(y) for _, y in corners]
            tokens.append(
                Token(text.strip(), 100 * float(score), (min(across), min(down), max(across), max(down)), (1, 1, 1))
            )
    return tokens


def _rows(lines: list[list[Token]]) -> list[list[Token]]:
    """Lines that stand beside each other are one, from left to right."""
    rows: list[list[Token]] = []
    for line in sorted(lines, key=lambda line: line[0].box[1]):
        middle = (line[0].box[1] + line[0].box[3]) / 2
        last = rows[-1][0].box if rows else None
        if last is not None and abs((last[1] + last[3]) / 2 - middle) < _SAME_ROW * (last[3] - last[1]):
            rows[-1] = sorted([*rows[-1], *line], key=lambda token: token.box[0])
        else:
            rows.append(line)
    return rows
