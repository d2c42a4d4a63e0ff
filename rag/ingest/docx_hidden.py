"""Runs of a Word document that are not shown: marked as hidden, white on white, or set in type of a point or less."""

from __future__ import annotations

from typing import Any

from rag.ingest.docx_styles import W

_OFF = frozenset({"0", "false", "off", "none"})
_WHITE = frozenset({"FFFFFF", "ffffff"})
_TINY_HALF_POINTS = 2
_MAX_BASES = 12


class Hidden:
    """Asked of each run; counts the characters it hides. `styles` is the XML of the styles part, or None."""

    def __init__(self, styles: Any) -> None:
        found = [] if styles is None else styles.iterchildren(f"{W}style")
        self._styles = {style.get(f"{W}styleId", ""): style for style in found}
        self._known: dict[str, bool] = {}
        self.count = 0

    def hides(self, run: Any) -> bool:
        if not self._is_hidden(run):
            return False
        self.count += sum(len("".join((text.text or "").split())) for text in run.iter(f"{W}t"))
        return True

    def _is_hidden(self, run: Any) -> bool:
        properties = run.find(f"{W}rPr")
        vanishes = None if properties is None else _vanishes(properties)
        if vanishes is not None:
            return vanishes
        if properties is not None and (_is_tiny(properties) or _is_white_on_white(run, properties)):
            return True
        paragraph = next(run.iterancestors(f"{W}p"), None)
        names = [
            None if properties is None else properties.find(f"{W}rStyle"),
            None if paragraph is None else paragraph.find(f"{W}pPr/{W}pStyle"),
        ]
        return any(self._by_style(name.get(f"{W}val", "")) for name in names if name is not None)

    def _by_style(self, style_id: str) -> bool:
        if style_id not in self._known:
            self._known[style_id] = self._resolved(style_id)
        return self._known[style_id]

    def _resolved(self, style_id: str) -> bool:
        for _ in range(_MAX_BASES):
            style = self._styles.get(style_id)
            if style is None:
                return False
            properties = style.find(f"{W}rPr")
            vanishes = None if properties is None else _vanishes(properties)
            if vanishes is not None:
                return vanishes
            base = style.find(f"{W}basedOn")
            style_id = "" if base is None else base.get(f"{W}val", "")
        return False


def _vanishes(properties: Any) -> bool | None:
    """What the properties say of it; None when they say nothing."""
    mark = properties.find(f"{W}vanish")
    return None if mark is None else mark.get(f"{W}val", "1") not in _OFF


def _is_tiny(properties: Any) -> bool:
    size = properties.find(f"{W}sz")
    value = "" if size is None else size.get(f"{W}val", "")
    return value.isascii() and value.isdigit() and len(value) < 6 and int(value) <= _TINY_HALF_POINTS


def _is_white_on_white(run: Any, properties: Any) -> bool:
    """White letters where nothing says that their ground has another colour."""
    colour = properties.find(f"{W}color")
    if colour is None or colour.get(f"{W}val", "") not in _WHITE:
        return False
    if properties.find(f"{W}shd") is not None or properties.find(f"{W}highlight") is not None:
        return False
    for above in run.iterancestors():
        if above.tag in {f"{W}tbl", f"{W}txbxContent"}:
            return False  # a table's style and a box have grounds of their own
        if above.tag == f"{W}p" and above.find(f"{W}pPr/{W}shd") is not None:
            return False
        if above.tag == f"{W}document" and above.find(f"{W}background") is not None:
            return False
    return True
