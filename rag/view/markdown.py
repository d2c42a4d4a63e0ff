"""An answer's Markdown and its citations -> HTML that cannot call anywhere. Pure.

An answer is untrusted: the model wrote it, and documents steer models. Raw HTML becomes text, images and links become
their words and their target as text, and what is left passes a sanitiser that knows a dozen tags and one class.

Citations are put in by position: each says where its marker stands in the text (`offset`). A marker gives way to
private-use characters before the Markdown is read, and these to chips after the sanitiser, so that neither the answer's
own brackets nor its markup can make or break a chip.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from unicodedata import bidirectional

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

JSON = dict[str, Any]
_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE = re.compile("[\ue000\ue001]")
_MARKER = re.compile(r"[\[【][^\[\]【】\n]{1,80}[\]】]")
_HELD = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_LINE_START = re.compile(r"\s*(?:[-*+>]|#{1,6}|\d{1,9}[.)])?\s*")
_NUMBER = re.compile(r"\d{1,3}")
_TAGS = {
    "p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "code", "pre", "blockquote", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td", "span",
}  # fmt: skip
_SANITISER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes={"ol": {"start", "dir"}, "ul": {"dir"}, "table": {"dir"}, "th": {"align"}, "td": {"align"}},
    allowed_classes={"span": {"target"}},
    link_rel=None,
)


def answer_html(
    text: str, citations: Sequence[JSON], chip: Callable[[int], str], *, is_growing: bool = False
) -> Markup:
    """The answer as HTML. `chip(index)` is the trusted HTML of citations[index]; each citation is drawn once.

    `citations` are contract values with `offset`. One whose marker is not (yet) in the text is not drawn. While the
    answer is growing, its last block is drawn as what it is about to become.
    """
    held = _hold(text, citations)
    if is_growing:
        held = _completed(held)
    html = _SANITISER.clean(_markdown().render(held))
    # Only what was put in above can match: the text's own private-use characters are gone.
    return Markup(_HELD.sub(lambda found: chip(int(found[1])), html))  # noqa: S704 -- sanitised above


def plain_text(text: str) -> str:
    """The answer without its markers' private-use characters: what "copy" puts on the clipboard."""
    return _PRIVATE.sub("\ufffd", text)


def _hold(text: str, citations: Sequence[JSON]) -> str:
    """The text with each cited marker replaced by held indexes. Numbers of a marker that cite nothing stay as text."""
    text = plain_text(text)
    by_offset: dict[int, list[int]] = {}
    for index, citation in enumerate(citations):
        by_offset.setdefault(int(citation.get("offset", 0)), []).append(index)
    parts, done = [], 0
    for offset, indexes in sorted(by_offset.items()):
        marker = _MARKER.match(text, offset) if done <= offset < len(text) else None
        if marker is None:
            continue
        cited = {str(citations[index]["number"]) for index in indexes}
        left = [number for number in _NUMBER.findall(marker[0]) if number not in cited]
        parts += [_joined(text[done:offset]), *(f"{_OPEN}{index}{_CLOSE}" for index in indexes)]
        parts += [f"\\[{', '.join(left)}\\]"] if left and "-" not in marker[0] else []
        done = marker.end()
    return "".join([*parts, text[done:]])


def _completed(text: str) -> str:
    """Markup that has been opened at the end of the text, closed; the head of a table, kept back until it is one."""
    start = text.rfind("\n\n") + 2 if "\n\n" in text else 0
    block = text[start:]
    if block.startswith("|") and block.count("\n") < 2:
        return text[:start]
    for mark in ("`", "**"):
        if block.count(mark) % 2:
            block = block.removesuffix(mark) if block.endswith(mark) else block.rstrip() + mark
    return text[:start] + block


def _joined(before: str) -> str:
    """What stands before a marker, without the spaces between them: a chip keeps its own distance and its line."""
    line = before.rpartition("\n")[2]
    return before if _LINE_START.fullmatch(line) else before.rstrip(" ")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])


class _Renderer(RendererHTML):
    """Links and images as their words and their target; headings that fit below the page's own."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        env.setdefault("targets", []).append((str(tokens[idx].attrGet("href") or ""), idx))
        return ""

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        target, opened = env["targets"].pop()
        words = "".join(token.content for token in tokens[opened:idx])
        return "" if words == target else _target(target)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        return str(escape(token.content)) + _target(str(token.attrGet("src") or ""))

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{_lowered(tokens[idx].tag)}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_lowered(tokens[idx].tag)}>\n"

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _directed(self, tokens, idx, options, env)

    ordered_list_open = table_open = bullet_list_open

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])


def _directed(renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """A list or a table; with its marks, or its first column, on the right where its text begins from the right."""
    end = next(at for at in range(idx, len(tokens)) if tokens[at].nesting < 0 and tokens[at].level == tokens[idx].level)
    text = "".join(token.content for token in tokens[idx:end] if token.type == "inline")
    kinds = (bidirectional(char) for char in text)
    if next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L":
        tokens[idx].attrSet("dir", "rtl")
    return renderer.renderToken(tokens, idx, options, env)


def _cell(token: Token) -> str:
    # The reader's style sheet aligns; no style of the answer's own gets through.
    align = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} align="{align}">' if align in {"left", "center", "right"} else f"<{token.tag}>"


def _lowered(tag: str) -> str:
    return f"h{min(6, int(tag[1]) + 2)}"


def _target(target: str) -> str:
    return str(Markup(' <span class="target">({})</span>').format(target)) if target else ""
