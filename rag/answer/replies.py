"""The fixed sentences of an answer, in the question's language where we have it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.answer.language import guess_language
from rag.answer.policy import is_about_us
from rag.model import Hit

Reply = Literal[
    "not_found", "nearest", "no_documents", "not_ready", "needs_model", "read_as", "page", "pages", "talk", "greeting",
    "about", "library", "library_one", "library_more",
]  # fmt: skip
MAX_PLACES = 3
_GERMAN_TALK = re.compile(
    r"\b(?:danke\w*|hallo|guten|tschüss|moin|servus|prima|toll|klasse|verstanden|klar|bis|hilfe|wer|was k\w+)\b", re.I
)
_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|hallo|moin|servus|good (?:morning|afternoon|evening)|guten (?:morgen|tag|abend))\b", re.I
)
_TEXTS: dict[str, dict[Reply, str]] = {
    "en": {
        "not_found": "I could not find an answer to this in your documents.",
        "nearest": "The nearest passages are in {places}.",
        "no_documents": "There is nothing to search yet: add a document, and ask again as soon as it is searchable.",
        "not_ready": "The chosen documents cannot be searched yet. Ask again in a moment, or choose others.",
        "needs_model": "The built-in answerer only quotes from documents. Choose a model, or turn the search on.",
        "read_as": "Your documents have no such word, so this reads {words}:",
        "talk": "You are welcome. Ask me anything about your documents.",
        "greeting": "Hello! Ask me anything about your documents: I answer with the quotes that are in them.",
        "library": "There are {count} documents:",
        "library_one": "There is one document:",
        "library_more": "- and {count} more",
        "page": "page",
        "pages": "pages",
        "about": "I answer questions about the documents that you add, in their own words and with the page of each "
        'quote. Ask for something particular ("What did maintenance cost in 2025?") or "What is this document about?"',
    },
    "de": {
        "not_found": "Ich habe in deinen Dokumenten keine Antwort darauf gefunden.",
        "nearest": "Am nächsten kommen {places}.",
        "no_documents": "Es gibt noch nichts zu durchsuchen: Füge ein Dokument hinzu, und frage noch einmal.",
        "not_ready": "Die gewählten Dokumente sind noch nicht durchsuchbar. Warte kurz, oder wähle andere.",
        "needs_model": "Ohne Modell gibt es nur Zitate aus Dokumenten. Wähle ein Modell oder eine Suche.",
        "read_as": "Das Wort steht nicht in deinen Dokumenten; gelesen wurde {words}:",
        "talk": "Gern. Frag mich, was du über deine Dokumente wissen möchtest.",
        "greeting": "Hallo! Frag mich etwas zu deinen Dokumenten: Ich antworte mit den Zitaten, die darin stehen.",
        "library": "Es sind {count} Dokumente:",
        "library_one": "Es ist ein Dokument:",
        "library_more": "- und {count} weitere",
        "page": "Seite",
        "pages": "Seiten",
        "about": "Ich beantworte Fragen zu den Dokumenten, die du hinzufügst, in deren eigenen Worten und mit der "
        "Seite zu jedem Zitat. Frag nach etwas Bestimmtem („Was kostete die Wartung 2025?“) oder „Worum geht es "
        "in dem Dokument?“",
    },
}  # fmt: skip


def reply(name: Reply, question: str) -> str:
    """A fixed sentence, German for a German question, else English."""
    return _texts(question)[name]


def small_talk(said: str) -> str:
    """What is said to thanks, greetings and "what can you do?": too short for `reply` to tell their language by."""
    texts = _TEXTS["de" if _GERMAN_TALK.search(said) else "en"]
    if is_about_us(said):
        return texts["about"]
    return texts["greeting" if _GREETING.match(said) else "talk"]


def not_found(question: str, hits: Sequence[Hit]) -> str:
    """That the documents do not answer, and where the nearest passages are."""
    texts = _texts(question)
    nearest = dict.fromkeys((hit.passage.document, hit.passage.page) for hit in hits)
    if not nearest:
        return texts["not_found"]
    pages: dict[str, list[int]] = {}
    for document, page in list(nearest)[:MAX_PLACES]:
        pages.setdefault(document, []).append(page)
    places = "; ".join(
        f"{document}, {texts['page' if len(found) == 1 else 'pages']} {', '.join(map(str, sorted(found)))}"
        for document, found in pages.items()
    )
    return f"{texts['not_found']} {texts['nearest'].format(places=places)}"


def _texts(question: str) -> dict[Reply, str]:
    return _TEXTS["de" if guess_language(question) == "de" else "en"]
