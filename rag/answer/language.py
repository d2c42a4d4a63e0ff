"""Roughly which language a question is in: enough to choose a fixed sentence and a threshold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rag.answer.terms import has_no_blanks, tokens, word_set

# Languages an answer can be asked for by their code: in English, for the model, and as those who speak it call it.
ANSWER_LANGUAGES: Mapping[str, tuple[str, str]] = {
    "en": ("English", "English"),
    "de": ("German", "Deutsch"),
    "fr": ("French", "Français"),
    "es": ("Spanish", "Español"),
    "it": ("Italian", "Italiano"),
    "pt": ("Portuguese", "Português"),
    "nl": ("Dutch", "Nederlands"),
    "pl": ("Polish", "Polski"),
    "cs": ("Czech", "Čeština"),
    "tr": ("Turkish", "Türkçe"),
    "uk": ("Ukrainian", "Українська"),
    "ar": ("Arabic", "العربية"),
    "hi": ("Hindi", "हिन्दी"),
    "zh": ("Chinese", "中文"),
    "ja": ("Japanese", "日本語"),
    "ko": ("Korean", "한국어"),
}

Language = Literal["en", "de", "unspaced", "other"]
_ENGLISH = word_set(
    "the of and is are was were what who when where which how why did does do in to for a an by with from at has have"
)
_GERMAN = word_set(
    "der die das den dem des ein eine und ist sind war waren was wer wann wo welche welcher welches wie "
    "warum wieso hat haben wurde wurden wird im von für mit auf bei zu zum zur nach über gab gibt es "
    "nicht viel viele hoch"
)


def guess_language(text: str) -> Language:
    """English, German, a script without blanks between words (Chinese, Japanese, Korean, Thai ...), or another."""
    if has_no_blanks(text):
        return "unspaced"
    words = [word.lower() for word, _ in tokens(text)]
    german = sum(word in _GERMAN for word in words) + sum(char in text for char in "äöüß")
    english = sum(word in _ENGLISH for word in words)
    if german > english:
        return "de"
    return "en" if english or text.isascii() else "other"
