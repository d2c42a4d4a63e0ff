"""What stands around the conversation: the list of conversations, the bar, the welcome, the composer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Protocol

from markupsafe import Markup

from rag.errors import CODES, FolioError
from rag.model import SEARCH_MODES
from rag.view.documents import ACCEPTED
from rag.view.figures import period
from rag.view.templates import render
from rag.view.texts import TEXTS, Language
from store.conversations import Conversation


class Model(Protocol):
    """What the picker needs to know of a model."""

    @property
    def name(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def is_default(self) -> bool: ...
    @property
    def included(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample document and what can be asked of it. `is_loaded`: it is among the user's documents."""

    name: str
    questions: Sequence[str]
    is_loaded: bool


def rail_html(conversations: Sequence[Conversation], language: Language, today: date | None = None) -> Markup:
    """The list of conversations, the latest first, under the days they were last touched."""
    groups = [
        (TEXTS[language][name], list(members))
        for name, members in groupby(conversations, key=lambda one: period(one.updated_at, today))
    ]
    return render("rail.html", language, groups=groups)


def bar_html(language: Language, has_account: bool = False) -> Markup:
    """The bar over the chat: folds the list; on a phone it switches between the panes. Leads to one's account."""
    return render("bar.html", language, has_account=has_account)


def welcome_html(sample: Sample, has_documents: bool, max_bytes: int, language: Language) -> Markup:
    """What stands where there is no conversation yet."""
    return render(
        "welcome.html", language, sample=sample, has_documents=has_documents, max_bytes=max_bytes, accepted=ACCEPTED
    )


def composer_html(models: Sequence[Model], max_chars: int, language: Language) -> Markup:
    """Where questions are written. It is drawn once: what the reader types and picks is theirs."""
    modes = [(mode, TEXTS[language][f"mode_{mode}"]) for mode in SEARCH_MODES]
    choices = [
        (
            model.name,
            TEXTS[language]["model_extractive"] if model.name == "extractive" else model.name,
            model.is_default,
            model.included,
        )
        for model in models
    ]
    return render("composer.html", language, models=choices, modes=modes, max_chars=max_chars, accepted=ACCEPTED)


def degraded_line(health: Mapping[str, Any], language: Language) -> str:
    """What is not at its best, in one quiet line; empty when all is well."""
    reasons = [str(entry["why"]) for entry in health.get("degraded", ())]
    more = TEXTS[language]["degraded_more"].format(n=len(reasons) - 1) if len(reasons) > 1 else ""
    return " ".join(filter(None, [*reasons[:1], more and f"({more})"]))


def refusal(error: FolioError) -> str:
    """An error as the sentences a person reads: what is wrong, and the way on where the message does not say it."""
    way_on = CODES[error.code][2]
    return error.message if error.code in {"invalid_request", "not_found", "conflict"} else f"{error.message} {way_on}"


def question_problem(question: str, max_chars: int, language: Language) -> str:
    """What is wrong with a question, as a sentence; empty when it can be asked."""
    if not question.strip():
        return TEXTS[language]["question_empty"]
    if len(question) > max_chars:
        return TEXTS[language]["question_long"].format(chars=f"{len(question):,}", max=f"{max_chars:,}")
    return ""
