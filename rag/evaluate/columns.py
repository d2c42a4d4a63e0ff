"""Which column of a table holds what: by its name, English or German, however an analyst words it. Pure.

A name that is known is surer than one that only holds a known word, so that "Expected answer" wins over "Answer" beside
it, and "Question type" or "Page count" is nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from rag.answer.terms import word_set

Role = Literal["question", "expected", "document", "page"]
ROLES: tuple[Role, ...] = ("page", "expected", "question", "document")  # the order in which a vague name is tried

_NAMES: Mapping[Role, tuple[str, ...]] = {
    "question": ("question", "questions", "frage", "fragen", "query", "prompt", "user input", "input", "q"),
    "expected": (
        "expected answer", "expected", "erwartete antwort", "erwartet", "gold answer", "golden answer", "gold",
        "reference answer", "ground truth", "musterantwort", "sollantwort", "soll", "reference", "target", "solution",
        "lösung", "answer", "answers", "antwort",
    ),
    "document": (
        "file", "filename", "file name", "datei", "dateiname", "document", "document name", "dokument", "doc",
        "doc name", "source", "quelle", "pdf",
    ),
    "page": ("page", "pages", "page number", "page numbers", "seite", "seiten", "seitenzahl", "pg", "p", "s"),
}  # fmt: skip
_MAX_VAGUE_WORDS = 4
_NO_CONTENT = word_set(
    "id ids nr no number num count total anzahl gesamt type typ kind art category kategorie language sprache status "
    "date datum url link author autor owner comment kommentar note notes bemerkung score"
)
_NUMBERED = word_set("nr no number num")
_QUESTION = word_set("question questions frage fragen query fragestellung fragetext")
_EXPECTED = word_set(
    "expected erwartet erwartete erwartetes gold golden reference referenz correct right richtige richtiges korrekte "
    "ideal target truth soll muster"
)
_ANSWER = word_set("answer answers antwort response output result ergebnis value wert lösung solution text")
_DOCUMENT = word_set("file filename datei dateiname document dokument doc pdf source quelle")
_PAGE = word_set("page pages seite seiten seitenzahl seitennr seitennummer pg")
_COMPOUNDS: Mapping[Role, tuple[str, ...]] = {
    "question": ("frage", "fragen"),
    "expected": ("antwort", "lösung", "sollwert", "zielwert"),
    "document": ("datei", "dokument", "dateiname"),
    "page": ("seite", "seiten", "seitenzahl", "seitennummer"),
}
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_SEPARATORS = re.compile(r"[\s_\-.:*#]+")
_EITHER = re.compile(r"\s*[/|]\s*")


def roles_of(columns: Sequence[str]) -> dict[Role, int]:
    """Names of columns -> the column of each role that one has; of several that could be it, the surest, then the
    first."""
    best: dict[Role, tuple[int, int]] = {}
    for at, column in enumerate(columns):
        found = _read(column)
        if found is not None and (found[0] not in best or found[1] < best[found[0]][0]):
            best[found[0]] = (found[1], at)
    return {role: at for role, (_, at) in best.items()}


def _read(column: str) -> tuple[Role, int] | None:
    """(role, how unsure: 0 is the best)."""
    whole = column.lstrip("\ufeff").casefold()
    for name in (whole, _ASIDE.sub(" ", whole), *_EITHER.split(whole)):
        plain = _SEPARATORS.sub(" ", name).strip()
        for role, names in _NAMES.items():
            if plain in names:
                return role, names.index(plain)
    vague = _vague(_SEPARATORS.sub(" ", _ASIDE.sub(" ", whole)).split())
    return None if vague is None else (vague, 100)


def _vague(words: Sequence[str]) -> Role | None:
    if not 0 < len(words) <= _MAX_VAGUE_WORDS:
        return None
    said = frozenset(words)
    if said & _PAGE and not said & (_NO_CONTENT - _NUMBERED):
        return "page"
    if said & _NO_CONTENT:
        return None
    meant: tuple[tuple[Role, bool], ...] = (
        ("expected", bool(said & _EXPECTED and said & _ANSWER)),
        ("question", bool(said & _QUESTION and not said & _DOCUMENT)),
        ("document", bool(said & _DOCUMENT)),
        *((role, any(_is_compound(word, role) for word in words)) for role in ROLES),
    )
    return next((role for role, is_meant in meant if is_meant), None)


def _is_compound(word: str, role: Role) -> bool:
    """ "Prüffrage", "Quelldatei", "Musterlösung"."""
    return any(word.endswith(ending) and len(word) > len(ending) + 2 for ending in _COMPOUNDS[role]) or (
        role == "expected" and word == "sollwert"
    )
