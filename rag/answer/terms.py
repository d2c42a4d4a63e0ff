"""Text -> the terms it is compared by. Pure; every script, no dictionaries.

Words keep their combining marks (Hindi vowel signs are part of a word), numbers keep their value ("1,234" is "1234"),
scripts without blanks between words become pairs of characters, and endings are cut lightly: the same rule for question
and text, so that a wrong cut costs little.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rag.search.letters import todays
from rag.search.rejoined import broken_words, other_forms, with_whole_numbers

_JOINED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e01-\u0e5b\u0e81-\u0edf"
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u1000-\u109f\u1780-\u17d3"
)
_TERM = re.compile(rf"\d+(?:[.,]\d+)*|[{_JOINED}]+|(?:(?![{_JOINED}\d_])\w|[{_MARKS}])+(?:['’](?!s\b)\w+)?")
_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|\Z))")
_JOINED_RUNS = re.compile(rf"[{_JOINED}]+")
_PARTICLES = re.compile(  # they stand between words, and their pairs with neighbours say nothing
    "什么时候|什么|什麼|为什么|多少|怎么|如何|哪[些个個里裡年位]?|[谁誰的了是吗嗎呢在和与與也]|です|ですか|ます|から|[はをがにのとで]"
)
_ENDINGS = (
    "ees", "een", "ee",
    "ingly", "edly", "ations", "ation", "ings", "ing", "ies", "ied", "ed", "ers", "ern", "est", "em", "en", "er", "es",
    "ly", "e", "n", "s", "y", "i",
)  # fmt: skip
_INFLECTED = ("ed", "ing")
_MIN_STEM = 3
_MIN_TWICE = 5  # letters that are left, for a second ending to go
# British spellings as American ones; what else they catch is changed on both sides of a comparison.
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]{2})is(?=(?:e|ed|es|ing|ation|ations)\Z)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})our(?=(?:s|ed|ing|able|ite|ites)?\Z)"), "or"),
    (re.compile(r"(?<=[a-z]{2}[tb])re(?=s?\Z)"), "er"),
)


def word_set(text: str) -> frozenset[str]:
    """A list of words, written as it reads best: with blanks between them."""
    return frozenset(text.split())


STOP_WORDS = word_set(
    """a about above after again all also am an and any are as at be because been before being between
    both but by can could did do does doing down during each few for from further had has have
    having he her here hers him his how i if in into is it its itself just me more most my no nor
    not now of off on once only or other our out over own please same she should so some such tell
    than that the their them then there these they this those through to too under until up us very
    was we were what when where which while who whom whose why will with would you your many much
    must shall might give show s t d ll re ve name called according fy
    muss müssen soll sollen kann können der die das den dem des ein eine einen einem
    einer eines und oder aber ist sind war waren wird werden wurde wurden hat haben hatte im in am
    an auf aus bei mit nach von vor zu zum zur für über unter durch um als wie was wer wen wem wann
    wo warum welche welcher welches welchen wieviel viele viel es er sie wir ihr ich nicht kein
    keine auch noch nur so dass sich bis seit gibt man le la les un une des du de d l et ou est sont
    était qui que quoi quand où comment combien quel quelle quels quelles dans sur pour par avec ce
    cette ces il elle ils au aux el los las una unos unas y o es son fue qué quién cuándo dónde cómo
    cuánto cuántos cuál en por para con del al se का की के को में से है हैं था थे थी ने पर और यह वह
    कि क्या कौन कब कहाँ कहां कैसे कितने कितना कितनी किस किसने किसके किसकी किसे जो तक लिए साथ हो एक
    इस उस कौनसा कौन-सा द्वारा गया गई गए किया ما ماذا من متى أين كيف كم هل أي في على إلى عن مع هو هي
    كان كانت هذا هذه التي الذي و أو أن إن لم لا قد الى اي 什么 什麼 哪些 哪个 哪里 谁的 多少 怎么
    如何 为什 是什 是谁 在哪 么时 时候 么是 了多 了什 的是 是哪 有多"""
)


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """(as it stands, term) for every word, in order; stop words included. Numbers are in one piece, and words that a
    line's end breaks come once more at the end, whole.
    """
    yield from _tokens(with_whole_numbers(text))
    for whole in broken_words(text):
        yield whole, stem(whole)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TERM.finditer(unicodedata.normalize("NFKC", todays(text))):
        word = match.group()
        if word[0].isdigit():
            yield word, _value(word)
        elif _JOINED_RUNS.match(word):
            for run in filter(None, _PARTICLES.split(word)):
                for at in range(max(1, len(run) - 1)):
                    yield run[at : at + 2], run[at : at + 2]
        else:
            yield word, stem(word)


def _value(number: str) -> str:
    """ "1,234.50" and "1.234,50" are "1234.50"; what may be a decimal ("46.900") stays."""
    if "," in number and "." not in number and not _THOUSANDS.search(number):
        return number.replace(",", ".")
    if number.count(".") > 1 or 0 < number.find(".") < number.find(","):
        return next(other_forms(number), number)
    return _THOUSANDS.sub("", number)


def terms(text: str) -> list[str]:
    """The terms of a text that carry meaning, in order, repeated as they are."""
    return [term for word, term in tokens(text) if not is_stop_word(word)]


def is_stop_word(word: str) -> bool:
    return word.lower() in STOP_WORDS


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word in lower case without its most common ending (English, German, and Arabic articles)."""
    lowered = word.lower()
    for article in ("وال", "بال", "كال", "فال", "لل", "ال"):
        if lowered.startswith(article) and len(lowered) >= len(article) + _MIN_STEM:
            return lowered.removeprefix(article)
    if not lowered.isascii() and not lowered[0].isascii():
        return lowered
    for pattern, spelling in _SPELLINGS:
        lowered = pattern.sub(spelling, lowered, count=1)
    base = _without_ending(lowered)
    # "ordered" is "order" inflected, and must become what "order" does.
    inflected = base != lowered and lowered.endswith(_INFLECTED)
    return _without_ending(base) if inflected and len(base) >= _MIN_TWICE else base


def _without_ending(lowered: str) -> str:
    for ending in _ENDINGS:
        if lowered.endswith(ending) and len(lowered) - len(ending) >= _MIN_STEM:
            return _undoubled(lowered.removesuffix(ending))
    return _undoubled(lowered)


def _undoubled(base: str) -> str:
    """ "running", "run"; "billed", "bill": a doubled consonant at the end is one."""
    return base[:-1] if len(base) > _MIN_STEM and base[-1] == base[-2] and base[-1] not in "aeious" else base


def has_no_blanks(text: str) -> bool:
    """Whether most of a text's letters are of a script that puts no blanks between words."""
    letters = sum(char.isalpha() for char in text)
    return 2 * sum(map(len, _JOINED_RUNS.findall(text))) > letters


def is_number(term: str) -> bool:
    return term[0].isdigit()
