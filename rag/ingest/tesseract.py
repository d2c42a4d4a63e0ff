"""tesseract, the program, spoken to through pipes: no temporary file is made, so none can be left behind.

It runs on one core (several at once are slower than one), and it dies with the process that started it.
"""

from __future__ import annotations

import ctypes
import html
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rag.errors import DocumentError
from rag.ingest.ocr_text import Glyph, Token, with_glyphs
from rag.model import Box

COMMAND = "tesseract"
TIMEOUT_S = 60.0  # of one call
BLOCK, PAGE, ORIENTATION = 6, 3, 0  # tesseract's page segmentation modes
_MIN_SIDE_PX = 10  # it refuses less
_ROTATE = re.compile(r"^Rotate: (\d+)$", re.MULTILINE)
_SURENESS = re.compile(r"^Orientation confidence: ([\d.]+)$", re.MULTILINE)
_MIN_SURENESS = 0.5
_SCRIPT = re.compile(r"^Script: (\w+)$", re.MULTILINE)
_SCRIPT_SURENESS = re.compile(r"^Script confidence: ([\d.]+)$", re.MULTILINE)
_FEWEST_LETTERS = "min_characters_to_try=15"  # by itself it gives up below 50: a line of text
_WORD_ROW = "5"
# hOCR: what stands in what, each with its box; what is not named is not looked at.
_PART = re.compile(
    r"class='(ocr_carea|ocr_par|ocr_line|ocr_header|ocr_caption|ocr_textfloat|ocrx_word|ocrx_cinfo)'"
    r"[^>]*? title=(?:'([^']*)'|\"([^\"]*)\")[^>]*>([^<]*)"
)
_BOX = re.compile(r"bbox(?:es)? (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_WORD_SURENESS = re.compile(r"x_wconf ([\d.]+)")
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
# One thread, and memory that it has had is kept for the next line of text instead of going back and forth (glibc):
# together with the packed picture a tenth of its time.
_ENVIRONMENT = {
    "OMP_THREAD_LIMIT": "1", "MALLOC_TRIM_THRESHOLD_": "1073741824", "MALLOC_MMAP_THRESHOLD_": "1073741824",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Orientation:
    """`turn`: by how many degrees clockwise the picture is to be turned to stand upright; None: that cannot be told.

    `script` as tesseract names it, "" when it cannot be told; `script_sureness` from 0, its own measure without an end.
    """

    turn: int | None = None
    script: str = ""
    script_sureness: float = 0.0


def is_installed(command: str = COMMAND) -> bool:
    return shutil.which(command) is not None


def languages(command: str = COMMAND) -> tuple[str, ...]:
    """The languages that are installed, without those that are none; empty when tesseract cannot be run."""
    try:
        told = _run([command, "--list-langs"], b"", 10.0)
    except (OSError, DocumentError):
        return ()
    return tuple(line.strip() for line in told.splitlines()[1:] if line.strip() and line.strip() not in {"osd", "equ"})


def read(
    picture: Any, mode: int, chosen: Sequence[str], command: str = COMMAND, *, adaptive: bool = False
) -> list[Token]:
    """The words on a picture (PIL, grey), in reading order. `mode`: how the page is laid out.

    `adaptive`: what is ink is decided for each place by itself (Sauvola), not for the whole picture (Otsu).

    Raises DocumentError: parser_limit when it takes too long or too much memory, damaged_document when it fails.
    """
    if min(picture.size) < _MIN_SIDE_PX:
        return []
    arguments = [*_reading(mode, chosen, command, adaptive), "tsv"]
    return _tokens(_run(arguments, _png(picture), TIMEOUT_S))


def read_glyphs(
    picture: Any, mode: int, chosen: Sequence[str], command: str = COMMAND, *, adaptive: bool = False, never: str = ""
) -> list[Token]:
    """As `read`, with each word's glyphs. `never`: signs that are not taken for what is seen."""
    if min(picture.size) < _MIN_SIDE_PX:
        return []
    without = ["-c", f"tessedit_char_blacklist={never}"] if never else []
    arguments = [*_reading(mode, chosen, command, adaptive), *without, "-c", "hocr_char_boxes=1", "hocr"]
    return _hocr_tokens(_run(arguments, _png(picture), TIMEOUT_S))


def _reading(mode: int, chosen: Sequence[str], command: str, adaptive: bool) -> list[str]:
    threshold = ["-c", "thresholding_method=2"] if adaptive else []
    return [command, "stdin", "stdout", "--psm", str(mode), "-l", "+".join(chosen), *threshold]


def orientation(picture: Any, command: str = COMMAND) -> Orientation:
    """How the writing on a picture stands, and its script, as far as that can be told."""
    if min(picture.size) < _MIN_SIDE_PX:
        return Orientation()
    arguments = [command, "stdin", "stdout", "--psm", str(ORIENTATION), "-l", "osd", "-c", _FEWEST_LETTERS]
    try:
        told = _run(arguments, _png(picture), TIMEOUT_S)
    except DocumentError:
        return Orientation()  # too little writing, or its model for orientation is not installed
    turn, sureness = _ROTATE.search(told), _number(_SURENESS, told)
    script = _SCRIPT.search(told)
    return Orientation(
        int(turn[1]) % 360 if turn and sureness >= _MIN_SURENESS else None,
        script[1] if script else "",
        _number(_SCRIPT_SURENESS, told),
    )


def _number(pattern: re.Pattern[str], told: str) -> float:
    found = pattern.search(told)
    return float(found[1]) if found else 0.0


def _tokens(table: str) -> list[Token]:
    """Rows of level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    tokens = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != _WORD_ROW or not cells[11].strip():
            continue
        left, top, width, height = map(float, cells[6:10])
        block, paragraph, line = map(int, cells[2:5])
        box = (left, top, left + width, top + height)
        tokens.append(Token(cells[11].strip(), max(0.0, float(cells[10])), box, (block, paragraph, line)))
    return tokens


def _hocr_tokens(page: str) -> list[Token]:
    """Words are inside lines inside paragraphs inside blocks; a word's glyphs follow it."""
    tokens: list[Token] = []
    block = paragraph = line = 0
    for kind, title, other_title, text in _PART.findall(page):
        told = title or other_title
        if kind == "ocr_carea":
            block, paragraph, line = block + 1, 0, 0
        elif kind == "ocr_par":
            paragraph, line = paragraph + 1, 0
        elif kind == "ocrx_word":
            tokens.append(Token("", _number(_WORD_SURENESS, told), _box(told), (block, paragraph, line)))
        elif kind == "ocrx_cinfo":
            if tokens and (glyph := html.unescape(text).strip()):
                tokens[-1] = with_glyphs(tokens[-1], (*tokens[-1].glyphs, Glyph(glyph, _box(told))))
        else:
            line += 1
    return [token for token in tokens if token.text]


def _box(told: str) -> Box:
    found = _BOX.search(told)
    left, top, right, bottom = map(float, found.groups() if found else (0, 0, 0, 0))
    return left, top, right, bottom


def _png(picture: Any) -> bytes:
    """Its library reads a packed picture quicker than a plain one, which it takes in byte by byte."""
    packed = io.BytesIO()
    picture.convert("L").save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def _run(arguments: list[str], given: bytes, timeout_s: float) -> str:
    """What the program writes. Raises DocumentError, OSError when there is no such program."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: a forked process only calls it
    with subprocess.Popen(  # noqa: S603 -- the operator's program; nothing of the file is among its arguments
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **_ENVIRONMENT},
        preexec_fn=partial(_die_with_parent, libc),  # noqa: PLW1509 -- parser processes have one thread
    ) as process:  # fmt: skip
        try:
            told, complaint = process.communicate(given, timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise DocumentError("parser_limit", "Text recognition took longer than it may.") from error
        finally:
            process.kill()
    if process.returncode < 0:
        raise DocumentError("parser_limit", "Text recognition took more time or memory than it may.")
    if process.returncode > 0:
        reason = complaint.decode("utf-8", "replace")[-200:]
        raise DocumentError("damaged_document", "Text recognition could not read this page.", {"reason": reason})
    return told.decode("utf-8", "replace")


def _die_with_parent(libc: Any) -> None:
    """In the new process, before it becomes the program: a parser process that is killed takes it along."""
    if libc is not None:
        libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
