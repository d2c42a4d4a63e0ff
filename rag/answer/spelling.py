"""Words of a question that no document has, and the words of the documents that may have been meant. Pure.

"Who is the tresurer?" finds nothing where the documents say "treasurer". Whoever answers says which word was read for
which: a correction nobody sees would be an answer to another question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from rag.answer.terms import is_number, is_stop_word, stem, tokens
from rag.model import Hit

MAX_WORDS = 3  # looked up
MAX_CHARS = 5_000_000  # of the documents, read for their words where not one word of a question is in any of them
_WORD = re.compile(r"[^\W\d_]{4,}")
WIDE = 60  # passages whose words may have been meant
_MIN_LETTERS = 5
_LONG = 8  # letters from which on two of them may be wrong
Search = Callable[[str, int], Sequence[Hit]]  # (text, how many) -> passages, by keywords


def unknown_words(question: str, hits: Sequence[Hit], search: Search) -> list[str]:
    """The longer words of a question that are in none of the documents, at most MAX_WORDS."""
    held = {term for hit in hits for _, term in tokens(f"{hit.passage.heading} {hit.passage.text}")}
    doubtful = [
        word for word, term in tokens(question)
        if len(word) >= _MIN_LETTERS and word.isalpha() and not is_stop_word(word) and term not in held
    ]  # fmt: skip
    return [word for word in dict.fromkeys(doubtful[:MAX_WORDS]) if not search(word, 1)]


def respelled(question: str, hits: Sequence[Hit], search: Search) -> tuple[str, dict[str, str]]:
    """(the question with words of the documents, what was read for what); without a correction the question itself.

    The words are taken from the passages that the rest of the question finds.
    """
    unknown = unknown_words(question, hits, search)
    rest = " ".join(word for word, _ in tokens(question) if word not in unknown)
    if not unknown or not any(not is_stop_word(word) for word in rest.split()):
        return question, {}
    known = _words(hit.passage.text for hit in search(rest, WIDE))
    return _with(question, {word: found for word in unknown if (found := nearest(word, known))})


def respelled_from(question: str, texts: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The same where the question found nothing at all, from the words of the documents' own pages."""
    doubtful = [word for word, _ in tokens(question) if len(word) >= _MIN_LETTERS and not is_stop_word(word)]
    first = {word[0].lower() for word in doubtful if word.isalpha()}
    known: Counter[str] = Counter()
    read = 0
    for text in texts if first else ():
        known.update(word for word in _WORD.findall(text.lower()) if word[0] in first)
        read += len(text)
        if read > MAX_CHARS:
            break
    return _with(question, {word: found for word in doubtful[:MAX_WORDS] if (found := nearest(word, known))})


def _with(question: str, meant: dict[str, str]) -> tuple[str, dict[str, str]]:
    for word, found in meant.items():
        question = re.sub(rf"\b{re.escape(word)}\b", found, question)
    return question, meant


def _words(texts: Iterable[str]) -> Counter[str]:
    return Counter(
        word.lower()
        for text in texts
        for word, term in tokens(text)
        if len(word) >= _MIN_LETTERS - 1 and not is_number(term)
    )


def nearest(word: str, known: Counter[str]) -> str | None:
    """The word that differs by a letter, in a long one by two; of several the nearest, then the most frequent.

    The first letter is hardly ever the wrong one, so it stays.
    """
    from rapidfuzz.distance import OSA  # noqa: PLC0415 -- only for questions that found nothing

    said = word.lower()
    most = 2 if len(said) >= _LONG else 1
    found = [
        (distance, -count, each) for each, count in known.items()
        if each[0] == said[0] and stem(each) != stem(said)
        and (distance := OSA.distance(said, each, score_cutoff=most)) <= most
    ]  # fmt: skip
    return min(found)[2] if found else None
