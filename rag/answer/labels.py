"""What stands in a text without saying anything: headings, titles, the links of a web page's menu. Pure.

They are made of a question's best words and answer nothing. A line of a list may look alike and be the answer, so most
of them only count for less.
"""

from __future__ import annotations

import re

from rag.answer.sentences import Sentence
from rag.answer.terms import is_number, is_stop_word, terms, tokens
from rag.model import Passage

HEADING_COST = 0.3  # of the question's weight: it is named as a heading
LABEL_COST = 0.15  # it reads like one
_ENDS = tuple(".!?…。！？｡؟।॥۔:;,)")
_LABEL_CHARS = 90
_HEADING_CHARS = 60
_HEADING_WORDS = 8
_NUMBERED = re.compile(r"(?:§{1,2}\s?)?\d{1,3}(?:\.\d{1,2}){0,3}\.?\s+[^\W\d_a-zß-ÿ]")  # "§ 12 Exclusions", "2.1 Scope"
_MENU_WORDS = 14
_MENU_SHARE = 0.6  # of different words that begin with a capital


def cost(passage: Passage, sentence: Sentence) -> float:
    """How much less a sentence counts for what it looks like."""
    text = passage.text[sentence.start : sentence.end].strip()
    if sentence.is_row or text.rstrip("\"'”’»").endswith(_ENDS):
        return 0.0
    if _is_named_heading(text, passage.heading) or _is_marked(passage.text[: sentence.start]):
        return HEADING_COST
    says_something = ":" in text or any(map(is_number, terms(text)))
    if len(text) <= _LABEL_CHARS and not says_something and _begins_line(passage.text[: sentence.start]):
        return LABEL_COST
    return HEADING_COST if _is_menu(text) else 0.0


def is_heading(text: str, sentence: Sentence) -> bool:
    """Whether a sentence of `text` heads what follows: marked as a heading, or a short line that is no sentence."""
    own = text[sentence.start : sentence.end].strip()
    before = text[: sentence.start]
    if sentence.is_row or len(own) > _LABEL_CHARS or text[sentence.end : sentence.end + 1] not in {"\n", "\r"}:
        return False
    if _is_marked(before):
        return True
    return (
        _begins_line(before)
        and len(own) <= _HEADING_CHARS
        and not own.endswith(_ENDS)
        and (own[0].isupper() or _NUMBERED.match(own) is not None)
        and len(own.split()) <= _HEADING_WORDS
    )


def _is_marked(before: str) -> bool:
    """Whether the line of Markdown that goes on behind this text is a heading."""
    mark = before[before.rfind("\n") + 1 :].strip()
    return bool(mark) and set(mark) == {"#"}


def _begins_line(before: str) -> bool:
    """Whether a line of its own begins behind this text, without the mark of a list's item."""
    line = before[before.rfind("\n") + 1 :].strip()
    return not line or set(line) <= {"#"}


def _is_named_heading(text: str, path: str) -> bool:
    plain = " ".join(text.split()).casefold()
    return any(plain == " ".join(step.split()).casefold() for step in path.split(" > "))


def _is_menu(text: str) -> bool:
    """A run of titles: nearly every word that carries meaning begins with a capital, and no sentence ever ends."""
    words = [word for word, _ in tokens(text) if not is_stop_word(word) and word[0].isalpha()]
    return len(words) >= _MENU_WORDS and sum(word[0].isupper() for word in words) >= _MENU_SHARE * len(words)
