"""What the other rooms said, in the interface's language. Pure.

Events, tasks and errors carry their sentences in English: that is the contract, and what is in the logs of old answers.
Here a sentence is found again among the known ones (rag.view.texts.said*), with what it names, and said in the reader's
language. What is not known stays as it is; of an error its code says it then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from rag.errors import CODES, ModelError
from rag.view.texts import Language, said, said_documents, said_errors

SPEAKS: Final = frozenset({"invalid_request", "not_found", "conflict", "not_authenticated"})  # they say what to do
_FIELD: Final = re.compile(r"\\\{(\w+)\\\}")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")  # 1,234 and 2.5; an address is neither
_MAX_CHARS: Final = 2_000  # of a text that is looked at; what is longer is no sentence of ours

_SENTENCES: Final = {**said_errors.DE, **said_documents.DE, **said.STATE_DE}
_CLAUSES: Final = {**said.DETAILS_DE}


def sentences(text: str, language: Language) -> str:
    """One or more sentences that another room said. Those that are not known stay as they are."""
    return text if language == "en" or len(text) > _MAX_CHARS else _all_sentences(text) or text


def error_message(code: str, message: str, language: Language) -> str:
    """What went wrong: the error's own sentence where it is known, or what its code means.

    A code that means nothing by itself (SPEAKS) leaves the sentence as it is: it may be the page's own.
    """
    if language == "en":
        return message
    known = _all_sentences(message) if len(message) <= _MAX_CHARS else None
    return known or (message if code in SPEAKS else said.CODES_DE.get(code, (message, ""))[0])


def of_error(error: Mapping[str, object], language: Language) -> str:
    """The same of an error as tasks, messages and runs keep it: {"error_code", "message"}."""
    return error_message(str(error.get("error_code", "")), str(error.get("message", "")), language)


def way_on(code: str, language: Language) -> str:
    """What to do about it; "" for a code that there is not."""
    if code not in CODES:
        return ""
    return CODES[code][2] if language == "en" else said.CODES_DE[code][1]


def next_step(code: str, language: Language) -> str:
    """What to do about it, under a message that has said already how the model failed."""
    said_of_it = way_on(code, language)
    return said_of_it.partition(". ")[2] if code in ModelError.codes else said_of_it


def detail(text: str, language: Language) -> str:
    """What a step adds to its label: clauses between "; ", then perhaps sentences."""
    if language == "en" or len(text) > _MAX_CHARS:
        return text
    clauses, dot, rest = _cut(text)
    found = _all_clauses(clauses) or "; ".join(_clause(clause) for clause in clauses.split("; "))
    return f"{found}{dot}{sentences(rest, language)}"


def _cut(text: str) -> tuple[str, str, str]:
    """(clauses, what stands between, sentences). A text that begins with a capital and a known sentence is all that."""
    if _all_sentences(text) is not None:
        return "", "", text
    for at in (match.start() for match in re.finditer(r"\. (?=[A-Z])", text)):
        if _all_sentences(text[at + 2 :]) is not None:
            return text[:at], ". ", text[at + 2 :]
    return text, "", ""


@lru_cache(maxsize=2_000)
def _all_clauses(text: str) -> str | None:
    """The clauses when all of them are known; a name may hold what stands between two. None when one is not."""
    for at in (match.start() for match in re.finditer("; ", text)):
        first = _found(text[:at], _table("clauses"))
        rest = _all_clauses(text[at + 2 :]) if first is not None else None
        if rest is not None:
            return f"{first}; {rest}"
    return _found(text, _table("clauses"))


def _clause(clause: str) -> str:
    return _found(clause, _table("clauses")) or clause


@lru_cache(maxsize=2_000)  # rows are drawn again and again while a file is read
def _all_sentences(text: str) -> str | None:
    """The text when all of it is known: one sentence, or one after the other. None when some of it is not."""
    whole = _found(text, _table("sentences"))
    if whole is not None:
        return whole
    for at in (match.end() for match in re.finditer(r"[.:] (?=\S)", text)):
        first = _found(text[: at - 1], _table("sentences"))
        rest = _all_sentences(text[at:]) if first is not None else None
        if rest is not None:
            return f"{first} {rest}"
    return None


def _found(text: str, table: Sequence[tuple[re.Pattern[str], str, tuple[str, ...]]]) -> str | None:
    for pattern, german, names in table:
        match = pattern.fullmatch(text)
        if match is not None:
            return german.format(**{name: _value(value) for name, value in zip(names, match.groups(), strict=True)})
    return None


def _value(value: str) -> str:
    """What a sentence names: a figure as it is written here, a word that is known, a sentence within, or a name."""
    if _GROUPED.fullmatch(value):
        return value.translate({ord(","): ".", ord("."): ","})
    if value[:1] in "'\"" and value[-1:] == value[:1] and len(value) > 2:
        return f"„{value[1:-1]}“"
    return _found(value, _table("words")) or _found(value, _table("sentences")) or value


@cache
def _table(name: str) -> list[tuple[re.Pattern[str], str, tuple[str, ...]]]:
    """The most particular first: with the most text of its own."""
    texts: Mapping[str, str] = {"sentences": _SENTENCES, "clauses": _CLAUSES, "words": said.WORDS_DE}[name]
    ordered = sorted(texts.items(), key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return [(re.compile(_pattern(english), re.DOTALL), german, _names(english)) for english, german in ordered]


def _names(english: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\{(\w+)\}", english))


def _pattern(english: str) -> str:
    return _FIELD.sub("(.+?)", re.escape(english))
