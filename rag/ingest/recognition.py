"""Text recognition (OCR): which engine reads, in which languages, and how a picture of a page is read with it.

tesseract is used where it is installed, else RapidOCR (the optional extra `ocr`), else none. What reads
runs in parser processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Literal

from rag.ingest import ocr_apart, ocr_models, ocr_sizes, old_print, tesseract
from rag.ingest.ocr_text import (
    Composed,
    Token,
    compose,
    confidence,
    is_sideways,
    line_height,
    scaled,
    sure_letters,
    weight,
    without_noise,
)
from rag.ingest.scans import readable_letters
from rag.model import Page, pack_words

Engine = Literal["tesseract", "rapidocr"]
SWITCHED_OFF = "Text recognition is switched off (FOLIO_OCR=off)."
INSTALL = "Install tesseract-ocr on the server, or 'pip install folio[ocr]', then retry."
_DOUBTFUL = 60.0  # confidence below which a page may stand the wrong way up
_FOREIGN = 72.0  # confidence below which it may be of another script; Fraktur read as English gives 57
_FEW_LETTERS = 12
_GOOD = 88.0  # confidence from which another reading is not worth its time
_SURE_OF_SCRIPT = 3.0  # tesseract's own measure: on receipts it errs up to 1.5, on clear pages it tells 6 to 80
_GIBBERISH = 45.0  # confidence below which a script is tried that is less sure; other alphabets give 20 to 33
_BETTER = 1.03  # how much more another reading must weigh
_BLUR_PX = 0.8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator asks for. `languages` as tesseract names them; empty: what each document is written in."""

    engine: Literal["auto", "tesseract", "rapidocr", "off"] = "auto"
    languages: tuple[str, ...] = ()
    command: str = tesseract.COMMAND


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What pages are read with. `missing` are languages that were asked for and are not installed.

    A page of another script than that of `languages` is read with what is among `installed`: empty when the operator
    has decided. `apart`: for each of the languages by itself, and every word as it was seen most surely.
    """

    engine: Engine
    languages: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    command: str = tesseract.COMMAND
    installed: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """A picture's text, and by how many degrees clockwise it was turned to be read; words are of the turned picture.

    `languages` it was read with; `script` it surely seems to be written in, where that was asked.
    """

    composed: Composed
    turned: int = 0
    languages: tuple[str, ...] = ()
    script: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page after its picture was read: with what, and the script that it surely seems to be in, "" when not asked.

    `apart`: with each of the languages by itself.
    """

    page: Page
    languages: tuple[str, ...] = ()
    script: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class _Upright:
    tokens: list[Token]
    turned: int = 0
    languages: tuple[str, ...] = ()
    script: str = ""


def wanted(engine: str, languages: str, command: str = tesseract.COMMAND) -> Wanted:
    """From the settings: languages are separated by "+", commas or blanks."""
    named = languages.replace("+", " ").replace(",", " ").split()
    names = tuple(name for name in dict.fromkeys(named) if name != "auto")
    known: dict[str, Literal["tesseract", "rapidocr", "off"]] = {
        "tesseract": "tesseract", "rapidocr": "rapidocr", "off": "off",
    }  # fmt: skip
    return Wanted(known.get(engine, "auto"), names, command)


def why_not(asked: Wanted) -> str:
    """Why no page can be read here, as a sentence with the way on; empty when pages can be read. Quick."""
    if asked.engine == "off":
        return SWITCHED_OFF
    if _engine(asked) is not None:
        return ""
    if asked.engine == "rapidocr":
        return "RapidOCR is not installed. Run 'pip install folio[ocr]', then retry."
    if asked.engine == "tesseract":
        return "tesseract is not installed. Install tesseract-ocr on the server, then retry."
    return f"No text recognition (OCR) is installed. {INSTALL}"


def _engine(asked: Wanted) -> Engine | None:
    if asked.engine in {"auto", "tesseract"} and tesseract.is_installed(asked.command):
        return "tesseract"
    if asked.engine in {"auto", "rapidocr"} and _has_rapidocr():
        return "rapidocr"
    return None


def _has_rapidocr() -> bool:
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def uses_rapidocr(asked: Wanted) -> bool:
    """Whether pages would be read by RapidOCR, which takes more memory."""
    return _engine(asked) == "rapidocr"


def recogniser(asked: Wanted) -> Recogniser | None:
    """What pages are read with on this machine; None when there is nothing, see `why_not`."""
    engine = _engine(asked)
    if engine != "tesseract":
        return Recogniser(engine) if engine else None
    installed = tesseract.languages(asked.command)
    if not installed:
        return Recogniser("rapidocr") if asked.engine == "auto" and _has_rapidocr() else None
    chosen = tuple(name for name in asked.languages if name in installed)
    missing = tuple(name for name in asked.languages if name not in installed)
    return Recogniser(
        "tesseract", chosen or ocr_models.first(installed), missing, asked.command, () if chosen else installed
    )


def read(picture: Any, by: Recogniser, dpi: float = 0.0) -> Recognised:
    """The text of a picture of a page (PIL). `dpi`: its resolution, where it is known.

    Raises DocumentError as `tesseract.read`.
    """
    if by.engine == "rapidocr":
        from rag.ingest import rapid  # noqa: PLC0415 -- an optional extra

        return _recognised(rapid.read(picture, rapid.engine()), picture, 0)
    grey = picture.convert("L")
    quick, factor = ocr_sizes.reduced(grey, ocr_sizes.quick_pixels(grey.size, dpi))
    seen = _upright(quick, by)
    tokens = scaled(seen.tokens, factor)
    good = _FOREIGN if ocr_models.is_fraktur(seen.languages) else _GOOD  # it is 73 to 86 on pages that it reads well
    if tokens and confidence(tokens) < good:
        fine, factor = ocr_sizes.reduced(grey, ocr_sizes.MAX_PIXELS)
        best = _read_harder(turn(fine, seen.turned), scaled(tokens, 1 / factor), replace(by, languages=seen.languages))
        tokens = scaled(best, factor)
    read_as = _recognised(tokens, turn(picture, seen.turned), seen.turned)
    return replace(read_as, languages=seen.languages, script=seen.script)


def page(picture: Any, of: Page, by: Recogniser) -> Seen:
    """A page with the text that is seen on its picture; as it was when its own text says as much.

    It is turned upright with its picture. Raises DocumentError as `read`.
    """
    seen = read(picture, by, 72 * picture.width / of.width if of.width > 0 else 0.0)
    composed = seen.composed
    if readable_letters(composed.text) <= readable_letters(of.text):
        return Seen(of)
    sides = (of.height, of.width) if seen.turned % 180 else (of.width, of.height)
    read_page = replace(
        of, text=composed.text, words=pack_words(composed.words), headings=(), width=sides[0], height=sides[1],
        ocr_confidence=composed.confidence, turned=seen.turned,
    )  # fmt: skip
    return Seen(read_page, seen.languages, seen.script, by.apart)


def turn(picture: Any, degrees: int) -> Any:
    """A picture turned clockwise by a multiple of 90 degrees."""
    from PIL import Image  # noqa: PLC0415 -- only parser processes need it

    ways = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return picture.transpose(ways[degrees]) if degrees in ways else picture


def _recognised(tokens: Sequence[Token], picture: Any, turned: int) -> Recognised:
    return Recognised(compose(without_noise(tokens), picture.size), turned)


def _upright(picture: Any, by: Recogniser) -> _Upright:
    """The words, read the right way up and in their script. What reads well at once is not read again."""
    seen = _as_page(picture, by)
    tokens = without_noise(seen)
    sure, stands = confidence(tokens), sure_letters(tokens) >= _FEW_LETTERS and not is_sideways(tokens)
    at_once = _Upright(tokens, 0, by.languages)
    if not seen or (stands and sure >= (_FOREIGN if by.installed else _DOUBTFUL)):
        return at_once  # writing that lies on its side looks like something; empty paper does not
    told = tesseract.orientation(picture, by.command)
    best = replace(at_once, script=told.script if told.script_sureness >= _SURE_OF_SCRIPT else "")
    if other := _in_its_script(picture, best, told, by):
        return other
    return best if stands and sure >= _DOUBTFUL else _turned(picture, best, told, by)


def _as_page(picture: Any, by: Recogniser) -> list[Token]:
    return _seen(picture, tesseract.PAGE, by)


def _seen(picture: Any, mode: int, by: Recogniser, *, adaptive: bool = False) -> list[Token]:
    if ocr_models.is_fraktur(by.languages):
        return old_print.read(picture, mode, by.languages, by.command, adaptive=adaptive)
    together = [(name,) for name in by.languages] if by.apart else [by.languages]
    return ocr_apart.merged([tesseract.read(picture, mode, names, by.command, adaptive=adaptive) for names in together])


def _in_its_script(picture: Any, best: _Upright, told: tesseract.Orientation, by: Recogniser) -> _Upright | None:
    """The page read with what is installed for the script it seems to be in; None when that reads no better."""
    models = ocr_models.for_script(told.script, by.installed)
    is_likely = told.script_sureness >= _SURE_OF_SCRIPT or confidence(best.tokens) < _GIBBERISH
    if not is_likely or not models or ocr_models.reads(by.languages, models):
        return None
    turned = told.turn or 0
    tokens = without_noise(_as_page(turn(picture, turned), replace(by, languages=models)))
    is_surer = confidence(tokens) > confidence(best.tokens) and weight(tokens) > weight(best.tokens) * _BETTER
    return _Upright(tokens, turned, models, best.script) if is_surer else None


def _turned(picture: Any, best: _Upright, told: tesseract.Orientation, by: Recogniser) -> _Upright:
    turns = (180, 90, 270) if told.turn is None else (told.turn,)
    for degrees in filter(None, turns):
        other = without_noise(_as_page(turn(picture, degrees), by))
        if weight(other) > weight(best.tokens) * _BETTER or (is_sideways(best.tokens) and not is_sideways(other)):
            best = replace(best, tokens=other, turned=degrees)
    return best


def _read_harder(picture: Any, tokens: list[Token], by: Recogniser) -> list[Token]:
    """The best of further readings of a poor picture: as one block of rows, with another threshold, then enlarged.

    Measured on receipts: word recall .755 as a page, .806 with either, .82 with the best of all; nothing lost on pages.
    """
    from PIL import ImageFilter  # noqa: PLC0415 -- only parser processes need it

    best = _better(tokens, without_noise(_seen(picture, tesseract.BLOCK, by, adaptive=True)))
    if confidence(best) >= _GOOD:
        return best
    factor = ocr_sizes.enlargement(line_height(tokens), picture.size)
    smooth = ocr_sizes.resized(picture, factor).filter(ImageFilter.GaussianBlur(_BLUR_PX))
    return _better(best, scaled(without_noise(_seen(smooth, tesseract.BLOCK, by)), factor))


def _better(tokens: list[Token], other: list[Token]) -> list[Token]:
    return other if weight(other) > weight(tokens) * _BETTER else tokens
