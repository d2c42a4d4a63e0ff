"""What a page of HTML keeps from its reader's eyes: by attribute, inline style or a rule of its own style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_MAX_RULES = 5_000
_MAX_MARKED = 20_000
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;]+)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}@;]{1,500})\{([^{}]{0,5000})\}")
_SELECTOR = re.compile(r"[\w\s.#*>+~\[\]=\"'-]{1,300}")
_NOTHING = re.compile(r"0+(?:\.0+)?(?:px|pt|em|rem|%)?")
_FAR_AWAY = re.compile(r"-\d{4,}(?:\.\d+)?(?:px|pt|em|rem|%)?|-\d{3,}(?:em|rem|vw|vh)")
_CLIPPED = re.compile(
    r"rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)|inset\((?:50|100)%.*"
)
_WHITES = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"})


class Hidden:
    """Asked of each element on the way through `tree`, a LexborHTMLParser."""

    def __init__(self, tree: Any) -> None:
        self._marked = set(_marked(tree))

    def hides(self, node: Any) -> bool:
        """Whether nothing in this element is shown."""
        attributes = node.attributes
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return True
        if attributes.get("aria-hidden") == "true":
            return True
        if node.mem_id in self._marked:
            return True
        return is_hiding(attributes.get("style") or "")


def is_hiding(style: str) -> bool:
    """Whether declarations of CSS take an element out of sight."""
    found = {
        name.lower(): value.replace("!important", "").strip().lower() for name, value in _DECLARATION.findall(style)
    }
    if found.get("display") == "none" or found.get("visibility") in {"hidden", "collapse"}:
        return True
    if any(_NOTHING.fullmatch(found.get(name, "")) for name in ("opacity", "font-size")):
        return True
    if any(_FAR_AWAY.fullmatch(found.get(name, "")) for name in ("left", "top", "right", "text-indent", "margin-left")):
        return True
    if _CLIPPED.fullmatch(found.get("clip", "")) or _CLIPPED.fullmatch(found.get("clip-path", "")):
        return True
    return _is_same_colour(found)


def _is_same_colour(found: dict[str, str]) -> bool:
    """Text in the colour of its own ground, where both are said in one place; transparent text."""
    colour = found.get("color", "").replace(" ", "")
    ground = found.get("background-color", found.get("background", "")).replace(" ", "")
    if not colour:
        return False
    return colour in ("transparent", ground) or (colour in _WHITES and ground in _WHITES)


def _marked(tree: Any) -> Iterator[int]:
    """The elements that the page's style sheets hide."""
    budget = _MAX_MARKED
    for sheet in tree.css("style"):
        for selector in _hiding_selectors(sheet.text() or ""):
            try:
                nodes = tree.css(selector)
            except ValueError:
                continue
            for node in nodes[:budget]:
                yield node.mem_id
            budget -= len(nodes)
            if budget <= 0:
                return


def _hiding_selectors(sheet: str) -> Iterator[str]:
    """Selectors without pseudo-classes whose rules hide; what is in an at-rule (print, small screens) is no matter."""
    for number, (selectors, declarations) in enumerate(_RULE.findall(_without_at_rules(_COMMENT.sub(" ", sheet)))):
        if number >= _MAX_RULES:
            return
        if is_hiding(declarations):
            for selector in selectors.split(","):
                if _SELECTOR.fullmatch(selector.strip()) and selector.strip() not in {"*", "html", "body"}:
                    yield selector.strip()


def _without_at_rules(sheet: str) -> str:
    """The sheet without its blocks that begin with @, whatever is nested in them."""
    kept: list[str] = []
    depth = start = 0
    in_rule = False
    for mark in re.finditer(r"[@{};]", sheet):
        at, character = mark.start(), mark[0]
        if character == "@" and not depth and not in_rule:
            kept.append(sheet[start:at])
            in_rule = True
        elif character == "{":
            depth += 1
        elif character == "}":
            depth = max(0, depth - 1)
        if in_rule and not depth and character in "};":
            in_rule, start = False, at + 1
    return "".join(kept) + ("" if in_rule else sheet[start:])
