"""Every text of the interface, by language: one module for each area of it, pure data; nothing else is worded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from rag.view.texts import accounts, answers, chat, documents, lab, page, tools

Language = Literal["en", "de"]
Texts = Mapping[str, str]
DEFAULT: Language = "en"
BUILT_IN: Final = "extractive"  # the answerer that only quotes

_AREAS = (page, documents, answers, chat, accounts, lab, tools)

TEXTS: Mapping[Language, Texts] = {
    "en": {key: text for area in _AREAS for key, text in area.EN.items()},
    "de": {key: text for area in _AREAS for key, text in area.DE.items()},
}

_SWAPPED: Final = str.maketrans(",.", ".,")
_KNOWN: Mapping[str, Language] = {"en": "en", "de": "de"}


def choose_language(accept_language: str) -> Language:
    """An Accept-Language header -> the language of the interface: the first in it that there are texts for."""
    for entry in accept_language.split(","):
        code = entry.partition(";")[0].partition("-")[0].strip().lower()
        language = _KNOWN.get(code)
        if language is not None:
            return language
    return DEFAULT


def model_name(texts: Texts, model: str) -> str:
    """What a model is called: by its own name, but for the one that only quotes."""
    return texts["model_extractive"] if model == BUILT_IN else model


def counted(texts: Texts, thing: str, number: int) -> str:
    """1, "page" -> "1 page"; 12, "page" -> "12 pages"."""
    return texts[f"{thing}_one"] if number == 1 else texts[f"{thing}_many"].format(n=figure(texts, f"{number:,}"))


def figure(texts: Texts, english: str) -> str:
    """A figure, with its unit perhaps, as it is written in the language: "1,234.5 s" -> "1.234,5 s"."""
    return english.translate(_SWAPPED) if texts["decimal"] == "," else english
