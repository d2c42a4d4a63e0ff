"""Does a sentence say the contrary of what it cites? Pure; by the words that deny, clause by clause."""

from __future__ import annotations

import re

from rag.answer.terms import terms

MIN_SHARE = 0.8  # of a clause's words in the sentence, and of the sentence's in the clause, to be about the same
_MIN_TERMS = 2
_DENIES = re.compile(
    r"\b(?:not|no|never|neither|nor|none|nobody|nothing|cannot|without|nicht|kein\w*|nie|niemals|niemand|ohne|weder)\b"
    r"|n['’]t\b", re.IGNORECASE,
)  # fmt: skip
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:but|except|unless|although|while|aber|außer|sondern|obwohl)\b", re.IGNORECASE)
_DENYING = frozenset(terms("no not never none nobody nothing cannot without yes kein keine nicht nie ja nein"))


def is_contrary(said: str, quote: str) -> bool:
    """Whether a clause of the quote says the same in the same words, and one of the two denies it."""
    ours = frozenset(terms(said)) - _DENYING
    if len(ours) < _MIN_TERMS:
        return False
    denied = _DENIES.search(said) is not None
    contrary = False
    for clause in _CLAUSE.split(quote):
        theirs = frozenset(terms(clause)) - _DENYING
        shared = len(ours & theirs)
        if len(theirs) >= _MIN_TERMS and shared >= MIN_SHARE * max(len(ours), len(theirs)):
            if (_DENIES.search(clause) is not None) is denied:
                return False
            contrary = True
    return contrary
