"""In which languages the pages of one document are read: learned from those that came back. Pure, but for the model
that tells languages apart.

A page of a foreign script was read again by whoever read it (`recognition`). Here a page whose text says that another
installed language would read it better, or several each its part, is read once more. What won is what the next pages
begin with, so a long document pays for its first pages only; tries that bring nothing become rare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace

from rag.ingest import ocr_apart, ocr_models
from rag.ingest.recognition import Recogniser, Seen
from rag.search import languages

MAX_FRUITLESS = 3  # tries since the last that brought something; then only now and then
_NOW_AND_THEN = 16  # pages
_ROMAN_TYPE = 88.0  # confidence from which what was read as Fraktur may be roman type: old prints give less
_FEWEST_LETTERS = 24  # by which a language is told

Detect = Callable[[str, Collection[str]], str]


def _language(text: str, among: Collection[str]) -> str:
    return languages.detect(text, among, least=languages.SURE)


class Choosing:
    """Of one document. `by` is what reads its next page; `detect` tells a text's language out of some by ISO 639-1,
    or "".

    An operator's choice (no `installed`) stays as it is.
    """

    def __init__(self, by: Recogniser, detect: Detect = _language) -> None:
        self._by = by
        self._detect = detect
        self._kept: Counter[tuple[str, ...]] = Counter()
        self._pages = 0
        self._fruitless = 0

    @property
    def by(self) -> Recogniser:
        """What to read the next page with: without a choice once choosing has brought nothing for a while."""
        return self._by if self._asks() else replace(self._by, installed=())

    def another(self, seen: Seen) -> Recogniser | None:
        """What would read a page better, by the language of its text; None when it is to stay as it is."""
        page, installed = seen.page, self._by.installed
        if page.ocr_confidence is None or len(installed) < 2 or not self._asks():
            return None
        if ocr_models.is_fraktur(seen.languages) and page.ocr_confidence < _ROMAN_TYPE:
            return None
        if sum(map(str.isalpha, page.text)) < _FEWEST_LETTERS:
            return None
        if several := self._several(seen):
            return replace(self._by, languages=several, installed=(), apart=True)
        models = ocr_models.for_language(self._detect(page.text, languages.COMMON), installed)
        if not models or ocr_models.reads(seen.languages, models):
            return None
        return replace(self._by, languages=models, installed=())

    def _several(self, seen: Seen) -> tuple[str, ...]:
        """The models of a page in several languages of the Latin script, when it was not read with all of them."""
        known = ocr_models.spoken(self._by.installed)
        spoken = ocr_apart.spoken(seen.page.text, lambda piece: self._detect(piece, known))
        found = [ocr_models.for_language(language, self._by.installed)[0] for language in spoken]
        together = tuple(dict.fromkeys(found))
        is_latin = all(ocr_models.script_of(model) == ocr_models.LATIN for model in (*together, *seen.languages))
        return together if len(together) > 1 and is_latin and not set(together) <= set(seen.languages) else ()

    def keep(self, seen: Seen, other: Seen | None = None) -> Seen:
        """The better of a page's readings; the next begins with what most pages were read with, lately at a tie.

        Not with several languages at once (read as English and German, German loses its umlauts), nor with several
        one by one: that is for the pages that need it.
        """
        self._pages += 1
        tried = other is not None or (bool(seen.script) and seen.languages == self._by.languages)
        better = other if other is not None and _weight(other) > _weight(seen) else seen
        if better.page.ocr_confidence is None:
            return better
        if better.apart:
            self._fruitless = 0
            return better
        if better.languages == self._by.languages:
            self._fruitless += tried
        else:
            self._fruitless = 0
        self._kept[better.languages] += 1
        if self._kept[better.languages] >= self._kept[self._by.languages]:
            self._by = replace(self._by, languages=better.languages)
        return better

    def _asks(self) -> bool:
        return self._fruitless < MAX_FRUITLESS or self._pages % _NOW_AND_THEN == 0


def _weight(seen: Seen) -> float:
    """Letters and digits, by the square of the page's confidence; 0 for a page that stayed as it was."""
    return sum(map(str.isalnum, seen.page.text)) * (seen.page.ocr_confidence or 0.0) ** 2
