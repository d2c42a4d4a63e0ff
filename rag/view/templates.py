"""The templates and what every one of them may use. Everything put into a template is escaped unless it is Markup."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from rag.view import figures, wording
from rag.view.texts import TEXTS, Language, figure

STATIC: Final = Path(__file__).parent / "static"

# Drawn for this project on a 20 x 20 grid, stroked with the text's colour.
_ICONS: Final = {
    "plus": "M10 4v12M4 10h12",
    "send": "M10 16V4.5M5 9.2 10 4.2l5 5",
    "stop": "M6 6h8v8H6z",
    "attach": "m14.8 9.6-5 5a3.2 3.2 0 0 1-4.5-4.5l5.6-5.6a2.1 2.1 0 0 1 3 3l-5.4 5.4a1 1 0 0 1-1.5-1.5l4.6-4.6",
    "rail": "M3.5 4.5h13v11h-13zM8 4.5v11",
    "back": "M12 4.5 6.5 10l5.5 5.5",
    "close": "m5.5 5.5 9 9m0-9-9 9",
    "chevron": "m8 6 4 4-4 4",
    "down": "M10 4.5v11M5.2 10.8l4.8 4.7 4.8-4.7",
    "copy": "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
    "check": "m4.5 10.5 3.5 3.5 7.5-8",
    "about": "M4 8.2c2-1.8 4-1.8 6 0s4 1.8 6 0M4 12.8c2-1.8 4-1.8 6 0s4 1.8 6 0",
    "warn": "M10 6v5m0 3v.1M10 2.8 18 16.7H2z",
    "trash": "M4.5 6h11M8.2 6V4.2h3.6V6M6 6l.6 9.8h6.8L14 6",
    "again": "M15.5 9.5a5.6 5.6 0 1 1-1.7-3.6M14.2 2.8v3.4h-3.4",
    "upload": "M10 13V4.2M6.4 7.6 10 4l3.6 3.6M4 13v3h12v-3",
    "chats": "M3.5 4.5h13v8.5h-7l-3.5 3v-3h-2.5z",
    "documents": "M5.5 3h6l3.5 3.5V17h-9.5zM11.5 3v3.5H15",
    "person": "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5",
    "search": "M9 3.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 9 3.8ZM13 13l3.7 3.7",
    "pencil": "M4 16l.8-3.4 8.4-8.4a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2l-8.4 8.4zM11.8 5.6l2.6 2.6",
    "archive": "M3.5 4.5h13v3.2h-13zM4.6 7.7v8h10.8v-8M8 10.6h4",
    "undo": "M4.5 8.5h7.2a3.9 3.9 0 0 1 0 7.8H8M7.6 5.2 4.3 8.5l3.3 3.3",
    "caret": "m6.5 8.5 3.5 3.5 3.5-3.5",
    "good": "M7 9v7H4V9zm0 0 3-5.6a1.6 1.6 0 0 1 1.6 1.9L11 8h4a1.4 1.4 0 0 1 1.4 1.7l-1 5.1A1.5 1.5 0 0 1 14 16H7",
    "bad": "M13 11V4h3v7zm0 0-3 5.6a1.6 1.6 0 0 1-1.6-1.9L9 12H5a1.4 1.4 0 0 1-1.4-1.7l1-5.1A1.5 1.5 0 0 1 6 4h7",
    "minus": "M4.5 10h11",
    "open": "M11.5 4h4.5v4.5M16 4l-6.5 6.5M8 5H4v11h11v-4",
    "export": "M10 12.8V4M6.6 7.3 10 4l3.4 3.3M4.5 10.5V16h11v-5.5",
    "download": "M10 4v8.8M6.6 9.5 10 12.8l3.4-3.3M4.5 12.5V16h11v-3.5",
    "tools": "M8 3.5h4M8.7 3.5v4.3L4.6 15a1.2 1.2 0 0 0 1 1.8h8.8a1.2 1.2 0 0 0 1-1.8l-4.1-7.2V3.5M6.6 12h6.8",
    "microphone": "M10 3a2.3 2.3 0 0 1 2.3 2.3v4.2a2.3 2.3 0 0 1-4.6 0V5.3A2.3 2.3 0 0 1 10 3ZM5 9.5a5 5 0 0 0 10 0"
    "M10 14.5V17",
    "link": "m8.5 11.5 3-3M9 6.2l1.3-1.3a3.2 3.2 0 0 1 4.6 4.6L13.5 11M11 13.8l-1.3 1.3a3.2 3.2 0 0 1-4.6-4.6L6.5 9",
    "sliders": "M3.5 6.5h8m4 0h1M3.5 13.5h1m4 0h8M11.5 4.7v3.6M8.5 11.7v3.6",
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(duration=_duration, size=_size, figure=_figure)
    environment.filters.update(said=wording.sentences, detail=wording.detail, error_said=wording.of_error)
    environment.globals.update(icon=icon)
    return environment


@pass_context
def _figure(context: Context, english: str) -> str:
    return figure(TEXTS[context["lang"]], english)


@pass_context
def _duration(context: Context, elapsed_ms: float) -> str:
    return figure(TEXTS[context["lang"]], figures.duration(elapsed_ms))


@pass_context
def _size(context: Context, count: int) -> str:
    return figure(TEXTS[context["lang"]], figures.size(count))


@cache
def _texts(language: Language) -> SimpleNamespace:
    # Not the mapping itself: in a template `t.copy` would be its method.
    return SimpleNamespace(**TEXTS[language])


def icon(name: str) -> Markup:
    """An icon as inline SVG, hidden from screen readers: the control around it has the name."""
    return Markup(
        '<svg class="icon" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>'
    ).format(_ICONS[name])


def render(template: str, language: Language, **values: object) -> Markup:
    """A template's HTML. `t` in it are the language's texts.

    Raises jinja2.UndefinedError for a value that the template needs and is not given.
    """
    html = _environment().get_template(template).render(t=_texts(language), lang=language, **values)
    return Markup(html)  # noqa: S704 -- the environment escapes
