"""Which of tesseract's models read a script or a language, and which package holds one. Pure.

Scripts are named as tesseract's own detection names them, languages by ISO 639-1, models as tesseract names them. A
model that reads a script whatever the language begins with a capital letter; some installations keep those in a folder
`script/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

ENGLISH: Final = "eng"
LATIN: Final = "Latin"
_AT_ONCE = 2  # models of a script in one reading: each makes it slower
# A script's models, those that read most of what is written in it first.
_SCRIPTS: Final[dict[str, tuple[str, ...]]] = {
    "Fraktur": ("Fraktur", "frk", "deu_latf", "deu_frak", "dan_frak", "slk_frak"),
    "Vietnamese": ("vie", "Vietnamese"),
    "Cyrillic": ("rus", "Cyrillic", "ukr", "bul", "srp", "bel", "mkd", "kaz", "kir", "mon", "tgk", "tat"),
    "Greek": ("ell", "Greek", "grc"),
    "Arabic": ("ara", "Arabic", "fas", "urd", "pus", "uig", "snd"),
    "Hebrew": ("heb", "Hebrew", "yid"),
    "Devanagari": ("hin", "Devanagari", "mar", "nep", "san"),
    "Han": ("chi_sim", "chi_tra", "HanS", "HanT"),
    "Japanese": ("jpn", "Japanese"),
    "Korean": ("kor", "Hangul"),
    "Bengali": ("ben", "Bengali", "asm"),
    "Gujarati": ("guj", "Gujarati"),
    "Gurmukhi": ("pan", "Gurmukhi"),
    "Oriya": ("ori", "Oriya"),
    "Tamil": ("tam", "Tamil"),
    "Telugu": ("tel", "Telugu"),
    "Kannada": ("kan", "Kannada"),
    "Malayalam": ("mal", "Malayalam"),
    "Sinhala": ("sin", "Sinhala"),
    "Thai": ("tha", "Thai"),
    "Lao": ("lao", "Lao"),
    "Khmer": ("khm", "Khmer"),
    "Myanmar": ("mya", "Myanmar"),
    "Tibetan": ("bod", "Tibetan", "dzo"),
    "Georgian": ("kat", "Georgian", "kat_old"),
    "Armenian": ("hye", "Armenian"),
    "Ethiopic": ("amh", "Ethiopic", "tir"),
    "Syriac": ("syr", "Syriac"),
    "Thaana": ("div", "Thaana"),
    "Cherokee": ("chr", "Cherokee"),
    "Canadian_Aboriginal": ("iku", "Canadian_Aboriginal"),
}
_ALSO_CALLED: Final = {"Hiragana": "Japanese", "Katakana": "Japanese", "Hangul": "Korean"}
_LANGUAGES: Final = {
    "af": "afr", "am": "amh", "ar": "ara", "az": "aze", "be": "bel", "bg": "bul", "bn": "ben", "bs": "bos",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa",
    "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj",
    "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita",
    "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor", "lo": "lao", "lt": "lit",
    "lv": "lav", "mk": "mkd", "ml": "mal", "mn": "mon", "mr": "mar", "ms": "msa", "my": "mya", "ne": "nep",
    "nl": "nld", "nn": "nor", "no": "nor", "pa": "pan", "pl": "pol", "ps": "pus", "pt": "por", "ro": "ron",
    "ru": "rus", "si": "sin", "sk": "slk", "sl": "slv", "sq": "sqi", "sr": "srp", "sv": "swe", "sw": "swa",
    "ta": "tam", "te": "tel", "th": "tha", "tl": "fil", "tr": "tur", "uk": "ukr", "ur": "urd", "uz": "uzb",
    "vi": "vie", "zh": "chi_sim",
}  # fmt: skip
_SCRIPT_OF: Final = {model: script for script, models in _SCRIPTS.items() for model in models}


def first(installed: Sequence[str]) -> tuple[str, ...]:
    """What a document is read with before anything is known of it: English where that is installed."""
    ordered = sorted(installed, key=lambda name: (name != ENGLISH, script_of(name) != LATIN, name))
    return tuple(ordered[:1])


def script_of(model: str) -> str:
    """The script that a model reads; Latin for those that are not listed."""
    return _SCRIPT_OF.get(_bare(model), LATIN)


def for_script(script: str, installed: Iterable[str]) -> tuple[str, ...]:
    """What of the installed reads a script, best first; nothing when it is not installed."""
    names = {_bare(name): name for name in installed}
    if script == LATIN:
        return tuple(name for name in first(list(names.values())) if script_of(name) == LATIN)
    wanted = _SCRIPTS.get(_ALSO_CALLED.get(script, script), ())
    return _with_english([names[name] for name in wanted if name in names][:_AT_ONCE], names)


def for_language(language: str, installed: Iterable[str]) -> tuple[str, ...]:
    """What of the installed reads a language; nothing when it is not installed."""
    names = {_bare(name): name for name in installed}
    model = _LANGUAGES.get(language, "")
    return _with_english([names[model]], names) if model in names else ()


def spoken(installed: Iterable[str]) -> frozenset[str]:
    """The languages that one of the installed is for."""
    names = {_bare(name) for name in installed}
    return frozenset(language for language, model in _LANGUAGES.items() if model in names)


def reads(languages: Iterable[str], others: Iterable[str]) -> bool:
    """Whether what reads `languages` reads all that `others` would: the same models, or one for the whole script.

    English beside another language is only there for what of it stands in between.
    """
    known, asked = list(languages), list(others)
    asked = [model for model in asked if model != ENGLISH] or asked
    scripts = {script_of(model) for model in known if _is_whole_script(model)}
    return all(model in known or script_of(model) in scripts for model in asked)


def is_read_by(script: str, languages: Iterable[str]) -> bool:
    """Whether one of them reads a script; so it is taken to be when no script was told."""
    return not script or _ALSO_CALLED.get(script, script) in map(script_of, languages)


def is_fraktur(languages: Iterable[str]) -> bool:
    """Whether one of them reads Fraktur, whose readers know the letters of roman type too."""
    return any(script_of(model) == "Fraktur" for model in languages)


def package(script: str) -> str:
    """The Debian package of what reads a script; empty for a script that nothing reads."""
    models = _SCRIPTS.get(_ALSO_CALLED.get(script, script), ())
    if not models:
        return ""
    return "tesseract-ocr-script-frak" if models[0] == "Fraktur" else f"tesseract-ocr-{models[0].replace('_', '-')}"


def _with_english(models: list[str], names: dict[str, str]) -> tuple[str, ...]:
    """A language's model of another script knows no Latin letters: names and figures of measure would be garbled."""
    if models and not any(_is_whole_script(name) or script_of(name) in {LATIN, "Fraktur"} for name in models):
        models = [*models, *(name for name in (names.get(ENGLISH),) if name)]
    return tuple(models)


def _is_whole_script(model: str) -> bool:
    return _bare(model)[:1].isupper()


def _bare(model: str) -> str:
    return model.rpartition("/")[2]
