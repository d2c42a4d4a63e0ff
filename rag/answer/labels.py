"""What stands in a text without saying anything: headings, titles, the links of a web page's menu. Pure.

They are made of a question's best words and answer nothing. A line of a list may look alike and be the answer, so most
of them only count for less.
"""

from __future__ import annotations

from rag.answer.sentences import Sentence
from rag.answer.terms import is_number, is_stop_word, terms, tokens
from rag.model import Passage

HEADING_COST = 0.3  # of the question's weight: it is named as a heading
LABEL_COST = 0.15  # it reads like one
_ENDS = tuple(".!?…。！？｡؟।॥۔:;,)")
_LABEL_CHARS = 90
_MENU_WORDS = 14
_MENU_SHARE = 0.6  # of different words that begin with a capital


def cost(passage: Passage, sentence: Sentence) -> float:
    """How much less a sentence counts for what it looks like."""
    text = passage.text[sentence.start : sentence.end].strip()
    if sentence.is_row or text.rstrip("\"'”’»").endswith(_ENDS):
        return 0.0
    if _is_named_heading(text, passage.heading):
        return HEADING_COST
    says_something = ":" in text or any(map(is_number, terms(text)))
    if len(text) <= _LABEL_CHARS and not says_something and _begins_line(passage.text[: sentence.start]):
        return LABEL_COST
    return HEADING_COST if _is_menu(text) else 0.0


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
