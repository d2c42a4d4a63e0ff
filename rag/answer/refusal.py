"""Does an answer say that there is none? Pure; our own fixed sentences, and the ways in which models put it."""

from __future__ import annotations

import re

from rag.answer.replies import reply

_FIRST_CHARS = 400  # who refuses says so at the beginning
_SAYS_NO = re.compile(
    r"\b(?:could|can|did|do|does|was|were|is|are)(?: ?not|n['’]t)\b[^.!?\n]{0,60}"
    r"\b(?:find|found|say|state|mention|answer|contain|specify|provide|include|address|give|indicate|disclose|discuss)\w*"
    r"|\b(?:is|are|was|were) (?:not|nowhere|never) [^.!?\n]{0,30}"
    r"\b(?:mentioned|stated|given|found|specified|provided|disclosed)"
    r"|\bno (?:information|answer|mention|passage|indication|data|reference|details?)\b"
    r"|\bnothing (?:in|about|on)\b|\b(?:is|are) silent (?:on|about)\b|\b(?:unable|not able) to (?:find|answer|tell)\b"
    r"|\bcannot be (?:answered|determined|found)\b"
    r"|\b(?:kein\w*|nicht|nirgends)\b[^.!?\n]{0,60}"
    r"\b(?:antwort|angabe\w*|information\w*|gefunden|erwähnt|genannt|angegeben|enthalten|hervor|beantwort\w*)",
    re.IGNORECASE,
)
_ABOUT_SOURCES = re.compile(
    r"\b(?:documents?|passages?|sources?|dokument\w*|unterlagen|quellen?|textstellen?)\b", re.IGNORECASE
)
_TO_READER = re.compile(r"\b(?:you|your|please|sorry|i|me|we|sie|ihnen|ihre\w*|bitte|ich|mir)\b", re.IGNORECASE)
_NOTHING = re.compile(
    r"n/a|unanswerable|no answer|not (?:found|answerable|available|mentioned|stated|given|in the documents?)"
    r"|keine (?:antwort|angabe)|k\. ?a\.?"
    r"|nicht (?:beantwortbar|vorhanden|enthalten|gefunden|im dokument|in den dokumenten)",
    re.IGNORECASE,
)
_EXAMPLES = ("What is it?", "Was ist das und wie viel?")
_FIXED = tuple(
    reply(name, question)
    for question in _EXAMPLES
    for name in ("not_found", "no_documents", "not_ready", "needs_model")
)


def is_refusal(text: str, *, has_citations: bool = False) -> bool:
    """Whether the answer is that the documents do not answer. One that cites a passage has answered something."""
    beginning = text.strip()[:_FIRST_CHARS]
    if is_fixed_refusal(beginning):
        return True
    return not has_citations and (not beginning or _SAYS_NO.search(beginning) is not None)


def is_fixed_refusal(text: str) -> bool:
    """Whether it begins with one of our own fixed sentences."""
    return text.strip().startswith(_FIXED)


def is_polite(sentence: str) -> bool:
    """Whether a sentence of a refusal claims nothing: it refuses, speaks of the sources, or speaks to the reader."""
    return (
        is_refusal(sentence) or _ABOUT_SOURCES.search(sentence) is not None or _TO_READER.search(sentence) is not None
    )


def is_about_sources(sentence: str) -> bool:
    """Whether a sentence says no more than that the documents do not say something."""
    return is_refusal(sentence) and _ABOUT_SOURCES.search(sentence) is not None


def expects_refusal(expected: str) -> bool:
    """Whether the right answer, as an analyst wrote it down, is that there is none."""
    said = expected.strip().strip("[](){}\"'").rstrip(" .!")
    return bool(said) and (_NOTHING.fullmatch(said) is not None or is_about_sources(said))
