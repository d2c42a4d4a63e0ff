"""What a Word document's styles and numbering say about a paragraph: is it a heading, is it numbered, and how."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"heading (\d)$", re.IGNORECASE)
_PLACE = re.compile(r"%(\d)")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_BASES = 12  # how far a style's ancestors are followed
_MAX_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """`level`: 1..9 of a heading, else None. `numbering`: the id of its list, "" for none. `indent` counts from 0."""

    level: int | None = None
    numbering: str = ""
    indent: int = 0


class Styles:
    """The styles part. `root` is its XML, or None."""

    def __init__(self, root: Any) -> None:
        found = [] if root is None else root.iterchildren(f"{W}style")
        self._styles = {style.get(f"{W}styleId", ""): style for style in found}
        self._known: dict[str, ParagraphStyle] = {}

    def of(self, paragraph: Any) -> ParagraphStyle:
        """What holds for a paragraph: what it says itself, else what its style or the styles below that say."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return ParagraphStyle()
        style = self._named(_value(properties.find(f"{W}pStyle")))
        level = _outline_level(properties)
        numbering, indent = _numbering(properties)
        return ParagraphStyle(
            style.level if level is None else level,
            style.numbering if numbering is None else numbering,
            style.indent if numbering is None else indent,
        )

    def _named(self, style_id: str) -> ParagraphStyle:
        if style_id not in self._known:
            self._known[style_id] = self._resolved(style_id)
        return self._known[style_id]

    def _resolved(self, style_id: str) -> ParagraphStyle:
        level, numbering, indent = None, None, 0
        for _ in range(_MAX_BASES):
            style = self._styles.get(style_id)
            if style is None:
                break
            properties = style.find(f"{W}pPr")
            if level is None:
                level = _level_by_name(_value(style.find(f"{W}name")))
            if properties is not None:
                level = _outline_level(properties) if level is None else level
                if numbering is None:
                    numbering, indent = _numbering(properties)
            style_id = _value(style.find(f"{W}basedOn"))
        return ParagraphStyle(level, numbering or "", indent)


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(f"{W}val", ""))


def _number(element: Any) -> int:
    return _digits(_value(element))


def _digits(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _level_by_name(name: str) -> int | None:
    if name.casefold() == "title":
        return 1
    heading = _HEADING_NAME.match(name)
    return int(heading[1]) or None if heading else None


def _outline_level(properties: Any) -> int | None:
    outline = properties.find(f"{W}outlineLvl")
    if outline is None or _number(outline) > 8:  # 9 is body text
        return None
    return _number(outline) + 1


def _numbering(properties: Any) -> tuple[str | None, int]:
    """(the list's id, "" when it is taken out of its style's list, None when nothing is said; its level from 0)."""
    found = properties.find(f"{W}numPr")
    if found is None:
        return None, 0
    number = found.find(f"{W}numId")
    list_id = None if number is None else _value(number)
    return "" if list_id == "0" else list_id, min(8, _number(found.find(f"{W}ilvl")))


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str  # "%1.%2)": the numbers of levels 1 and 2
    start: int


class Numbering:
    """The numbering part; it counts as the paragraphs go by. `root` is its XML, or None."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._definition_of: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        for definition in () if root is None else root.iterchildren(f"{W}abstractNum"):
            self._levels[definition.get(f"{W}abstractNumId", "")] = {
                _digits(level.get(f"{W}ilvl", "0")): _Level(
                    _value(level.find(f"{W}numFmt")),
                    _value(level.find(f"{W}lvlText")),
                    _number(level.find(f"{W}start")),
                )
                for level in definition.iterchildren(f"{W}lvl")
            }
        for number in () if root is None else root.iterchildren(f"{W}num"):
            self._definition_of[number.get(f"{W}numId", "")] = _value(number.find(f"{W}abstractNumId"))

    def label(self, list_id: str, indent: int) -> str:
        """What stands before the next paragraph of this list: "- ", "3. ", "2.1 ", or nothing."""
        definition = self._definition_of.get(list_id, "")
        levels = self._levels.get(definition, {})
        level = levels.get(indent)
        if level is None or level.format == "none":
            return ""
        if level.format == "bullet":
            return "- "
        counts = self._counts[definition]
        counts[indent] = counts.get(indent, level.start - 1) + 1
        for deeper in [known for known in counts if known > indent]:
            del counts[deeper]
        return _PLACE.sub(lambda place: self._shown(levels, counts, int(place[1]) - 1), level.text) + " "

    def _shown(self, levels: dict[int, _Level], counts: dict[int, int], indent: int) -> str:
        level = levels.get(indent)
        if level is None:
            return ""
        return _formatted(min(_MAX_NUMBER, counts.get(indent, level.start)), level.format)


def _formatted(number: int, kind: str) -> str:
    if number < 1:
        return str(number)
    if kind.endswith("Letter"):
        text = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26] * ((number - 1) // 26 + 1)
    elif kind.endswith("Roman"):
        text = ""
        for value, letters in _ROMAN:
            text += letters * (number // value)
            number %= value
    else:
        return str(number)
    return text.upper() if kind.startswith("upper") else text
