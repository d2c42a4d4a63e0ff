"""Old print: its paper becomes white, and its letters are told apart by how they stand on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw

from rag.ingest import old_print, tesseract
from rag.ingest.ocr_text import Glyph, Token, with_glyphs
from tests.scans import FRAKTUR, program, written

X_PX, WIDTH_PX, GAP_PX = 20, 14, 4
HIGH = frozenset("bdfhklſtäöüIMUD")
DOTS, E_ABOVE, NONE = "dots", "e", ""


class Page:
    """A white picture on which words are set letter by letter, as text recognition reports them."""

    def __init__(self, mark: str = NONE) -> None:
        self.picture: Any = Image.new("L", (1000, 400), 255)
        self.tokens: list[Token] = []
        self._pen = ImageDraw.Draw(self.picture)
        self._mark = mark

    def line(self, *words: str, hyphen: bool = False) -> Page:
        """`hyphen`: the last letter of the last word is a small mark off the line."""
        number = len({token.line for token in self.tokens}) + 1
        base, left = 40 * number, 10
        for place, word in enumerate(words):
            glyphs = []
            for at, letter in enumerate(word):
                is_mark = hyphen and place == len(words) - 1 and at == len(word) - 1
                glyphs.append(Glyph(letter, self._set(letter, left, base, is_mark)))
                left += WIDTH_PX + GAP_PX
            left += 10
            box = (glyphs[0].box[0], base - 30.0, glyphs[-1].box[2], float(base))
            self.tokens.append(with_glyphs(Token("", 90, box, (1, 1, number)), tuple(glyphs)))
        return self

    def _set(self, letter: str, left: int, base: int, is_mark: bool) -> tuple[float, float, float, float]:
        if is_mark:
            box = (left, base - 19, left + 9, base - 3)
        else:
            box = (left, base - (X_PX + 9 if letter in HIGH else X_PX), left + WIDTH_PX, base)
        ink = (box[0], base - X_PX, box[2] - 1, box[3] - 1) if letter in "äöü" else (*box[:2], box[2] - 1, box[3] - 1)
        self._pen.rectangle(ink, fill=0)
        if letter in "äöü":
            for start, end in ((4, 9),) if self._mark == E_ABOVE else ((1, 4), (9, 12)):
                self._pen.rectangle((left + start, box[1], left + end, box[1] + 5), fill=0)
        return tuple(map(float, box))  # type: ignore[return-value]

    def read(self) -> list[str]:
        return [token.text for token in old_print.in_its_letters(self.tokens, self.picture)]


ROW = ("nun", "warum", "man", "vermag", "so", "manes", "uns")


def test_one_narrow_mark_is_an_e_above_the_letter_two_dots_are_an_umlaut() -> None:
    words = ("aufklärung", "längst", "für", "schön")
    assert Page(E_ABOVE).line(*words).read() == ["aufklaͤrung", "laͤngst", "fuͤr", "schoͤn"]
    assert Page(DOTS).line(*words).read() == list(words)


def test_too_few_marks_tell_nothing() -> None:
    assert Page(E_ABOVE).line("für", "schön").read() == ["für", "schön"]


def test_a_small_mark_at_a_lines_end_is_a_hyphen() -> None:
    page = Page().line(*ROW).line("unvermoes", "unmuns", hyphen=True).line("digkeit")
    assert page.read()[-2:] == ["unmun-", "digkeit"]


def test_an_s_at_a_lines_end_stays_one() -> None:
    page = Page().line(*ROW).line("unvermoes", "unmuns").line("digkeit")
    assert page.read()[-2:] == ["unmuns", "digkeit"]


def test_the_last_word_of_a_page_and_of_a_block_stays_as_it_is() -> None:
    assert Page().line(*ROW).line("unmuns", hyphen=True).read()[-1] == "unmuns"


def test_without_letters_to_compare_with_nothing_is_changed() -> None:
    assert Page().line("uns", hyphen=True).line("er").read() == ["uns", "er"]


def test_paper_and_what_shines_through_become_white_and_ink_stays_black() -> None:
    paper = Image.linear_gradient("L").resize((600, 400)).point(lambda shade: 120 + shade // 2)  # a shadow
    pen = ImageDraw.Draw(paper)
    for left in range(100, 500, 40):
        shade = paper.getpixel((left, 60))
        pen.rectangle((left, 60, left + 5, 80), fill=round(0.88 * float(shade)))  # type: ignore[arg-type]
        pen.rectangle((left, 160, left + 5, 180), fill=20)
    white = old_print.whitened(paper)
    assert (white.size, white.mode) == (paper.size, "L")
    assert min(white.getpixel((left + 2, 70)) for left in range(100, 500, 40)) > 225
    assert max(white.getpixel((left + 2, 170)) for left in range(100, 500, 40)) < 40
    assert min(white.crop((100, 200, 500, 380)).tobytes()) > 225


def test_a_tiny_and_a_black_picture_are_whitened_too() -> None:
    assert old_print.whitened(Image.new("L", (3, 2), 255)).size == (3, 2)
    black = old_print.whitened(Image.new("L", (200, 100), 0))
    assert ImageChops.difference(black, Image.new("L", (200, 100), 0)).getbbox() is None


HOCR = """<div class='ocr_carea' id='block_1_1' title="bbox 0 0 90 90">
<p class='ocr_par' id='par_1_1' title="bbox 0 0 9 9">
<span class='ocr_line' id='line_1_1' title="bbox 10 10 90 30; baseline 0 -5">
<span class='ocrx_word' id='word_1_1' title='bbox 10 10 40 30; x_wconf 91'><span class='ocrx_cinfo'
 title='x_bboxes 10 10 20 30; x_conf 99.1'>&amp;</span>
<span class='ocrx_cinfo' title='x_bboxes 22 10 40 30; x_conf 9'>ſ</span>
</span></span><span class='ocr_header' id='line_1_2' title="bbox 10 40 90 60">
<span class='ocrx_word' id='word_1_2' title='bbox 10 40 40 60; x_wconf 12'><span class='ocrx_cinfo'
 title='x_bboxes 10 40 20 60; x_conf 50'>a</span></span></span></p></div>"""


def _glyphs(tmp_path: Path, told: str) -> Sequence[Token]:
    (tmp_path / "told").write_text(told, encoding="utf-8")
    command = program(tmp_path, f"cat > /dev/null; cat '{tmp_path}/told'")
    return tesseract.read_glyphs(Image.new("L", (100, 100), 255), tesseract.PAGE, ("frk",), command, never="<")


def test_words_come_with_their_glyphs_and_lines(tmp_path: Path) -> None:
    first, second = _glyphs(tmp_path, HOCR)
    assert (first.text, first.confidence, first.box, first.line) == ("&ſ", 91, (10, 10, 40, 30), (1, 1, 1))
    assert first.glyphs == (Glyph("&", (10, 10, 20, 30)), Glyph("ſ", (22, 10, 40, 30)))
    assert (second.text, second.line) == ("a", (1, 1, 2))
    assert _glyphs(tmp_path, "") == []


def test_glyphs_tell_the_same_words_as_without_them() -> None:
    picture = written()
    plain = tesseract.read(picture, tesseract.PAGE, ("eng",))
    detailed = tesseract.read_glyphs(picture, tesseract.PAGE, ("eng",))
    assert [(token.text, token.box, token.line) for token in detailed] == [
        (token.text, token.box, token.line) for token in plain
    ]
    assert all("".join(glyph.text for glyph in token.glyphs) == token.text for token in detailed)


def test_fraktur_is_read_on_dark_paper_with_the_other_side_shining_through() -> None:
    if "frk" not in tesseract.languages():
        return
    clean = written(FRAKTUR, px=28)
    behind = (
        written(FRAKTUR[::-1], px=28).transpose(Image.Transpose.FLIP_LEFT_RIGHT).point(lambda shade: 214 + shade // 6)
    )
    page = ImageChops.multiply(clean.point(lambda shade: 20 + shade * 3 // 4), behind)
    words = set(" ".join(FRAKTUR).split())
    seen = {token.text.replace("ſ", "s") for token in old_print.read(page, tesseract.PAGE, ("frk",))}
    assert len(words & seen) > 0.8 * len(words)
