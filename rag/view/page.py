"""What stands around the conversation: the list of conversations, the bar, the welcome, the composer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from rag.answer.language import ANSWER_LANGUAGES
from rag.errors import FolioError, InternalError
from rag.export import Format
from rag.model import SEARCH_MODES, Asking
from rag.view import wording
from rag.view.documents import ACCEPTED
from rag.view.templates import STATIC, render
from rag.view.texts import BUILT_IN, TEXTS, Language, figure, model_name

MAX_CHOSEN = 10_000  # documents a question can be limited to
PASSAGES = (4, 8, 12, 20, 30, 50)
WEIGHTS = ("", "3:1", "1:1", "1:3")  # of words and of meaning; "": the usual ones
RERANKING = ("", "on", "off")  # "": as the settings say
ICON = STATIC / "icon.svg"
EXPORTS: tuple[Format, ...] = ("md", "html", "docx", "json")


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


def model_names(models: Iterable[Model], language: Language) -> dict[str, str]:
    """The models the reader may use, each with what it is called."""
    return {model.name: model_name(TEXTS[language], model.name) for model in models if model.included}


def mode_names(language: Language) -> dict[str, str]:
    """The ways to search, each with what it is called."""
    return {mode: TEXTS[language][f"mode_{mode}"] for mode in SEARCH_MODES}


def reranking_names(language: Language) -> dict[str, str]:
    """Whether the first passages are put in order again, each choice with what it is called."""
    return {value: TEXTS[language][f"rerank_{value}"] for value in RERANKING}


def bar_html(language: Language, has_account: bool = False) -> Markup:
    """The bar over the chat: folds the list; on a phone it switches between the panes. Leads to one's account."""
    exports = [(form, TEXTS[language][f"export_{form}"]) for form in EXPORTS]
    return render("bar.html", language, exports=exports, has_account=has_account)


def welcome_html(
    sample: Sample, has_documents: bool, max_bytes: int, language: Language, *, has_model: bool = True
) -> Markup:
    """What stands where there is no conversation yet. `has_model`: answers can be more than quotes."""
    return render(
        "welcome.html", language, sample=sample, has_documents=has_documents, max_bytes=max_bytes, accepted=ACCEPTED,
        has_model=has_model,
    )  # fmt: skip


def has_model(models: Iterable[Model]) -> bool:
    """Whether there is a language model that the reader may use."""
    return any(model.included and model.name != BUILT_IN for model in models)


def composer_html(
    models: Sequence[Model], max_chars: int, language: Language, passages: int = 8, *, can_listen: bool = False,
    can_rerank: bool = False,
) -> Markup:  # fmt: skip
    """Where questions are written, and how they are to be answered; `passages`: how many, unless the reader says.

    `can_listen`: what is spoken can be written down; `can_rerank`: there is a model that puts passages in order again.
    It is drawn once: what the reader types and picks is theirs.
    """
    choices = [
        (model.name, model_name(TEXTS[language], model.name), model.is_default, model.included) for model in models
    ]
    languages = [(code, own) for code, (_, own) in ANSWER_LANGUAGES.items()]
    return render(
        "composer.html", language, models=choices, has_model=has_model(models),
        modes=list(mode_names(language).items()), max_chars=max_chars,
        accepted=ACCEPTED, languages=languages, passages=PASSAGES, default_passages=passages,
        weights=[(value, TEXTS[language][f"weights_{value}"]) for value in WEIGHTS], can_listen=can_listen,
        reranking=list(reranking_names(language).items()) if can_rerank else [],
    )  # fmt: skip


def asking_of(data: Mapping[str, Any], passages: int) -> Asking:
    """What the page sent along with a question; what does not fit is as if it had not been sent.

    `passages`: how many, unless the reader says.
    """
    chosen, mode, wanted = data.get("documents"), data.get("mode"), data.get("passages")
    known = {"language": tuple(ANSWER_LANGUAGES), "weights": WEIGHTS, "rerank": RERANKING}
    settings = {name: text_of(data, name) for name in known}
    return Asking(
        text_of(data, "question").strip(),
        conversation_id=text_of(data, "conversation") or None,
        model=text_of(data, "model") or None,
        search_mode=next((each for each in SEARCH_MODES if each == mode), "hybrid"),
        documents=tuple(filter(None, map(str, chosen[:MAX_CHOSEN]))) if isinstance(chosen, list) else None,
        passages=wanted if type(wanted) is int and 1 <= wanted <= 50 else passages,
        client_key=text_of(data, "key") or None,
        settings={name: value for name, value in settings.items() if value and value in known[name]},
    )


def choices_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer was asked with -> what the page's fields show."""
    return {
        "model": settings.get("model") or "",
        "mode": settings.get("search_mode") or "hybrid",
        "passages": settings.get("passages") or 0,
        "language": (settings.get("settings") or {}).get("language") or "",
        "weights": (settings.get("settings") or {}).get("weights") or "",
        "rerank": (settings.get("settings") or {}).get("rerank") or "",
        "documents": settings.get("documents"),
    }


def text_of(data: Mapping[str, Any], name: str) -> str:
    """A text the page sent, or "" for anything else."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def number_of(data: Mapping[str, Any], name: str) -> int:
    """A number the page sent, or 0 for anything else."""
    value = data.get(name)
    return value if isinstance(value, int) else 0


def degraded_line(health: Mapping[str, Any], language: Language) -> str:
    """What is not at its best, in one quiet line; empty when all is well."""
    texts = TEXTS[language]
    reasons = [_degraded(str(entry["what"]), str(entry["why"]), language) for entry in health.get("degraded", ())]
    more = texts["degraded_more"].format(n=len(reasons) - 1) if len(reasons) > 1 else ""
    return " ".join(filter(None, [*reasons[:1], more and f"({more})"]))


def _degraded(what: str, why: str, language: Language) -> str:
    """What that means, where the reason does not say it, and the reason."""
    meant = TEXTS[language].get(f"degraded_{what}", "")
    return " ".join(filter(None, (meant, wording.sentences(why, language))))


def refusal(error: FolioError, language: Language) -> str:
    """An error as the sentences a person reads: what is wrong, and the way on where the message does not say it."""
    message = wording.error_message(error.code, error.message, language)
    return message if error.code in wording.SPEAKS else f"{message} {wording.next_step(error.code, language)}"


def defect(language: Language) -> str:
    """What a person reads when something broke that is not theirs to mend."""
    return refusal(InternalError("internal_error", "Something went wrong on our side."), language)


def attempt(verb: Callable[[], object], language: Language) -> str:
    """Does it. -> what the App says against it, as sentences; empty when it was done."""
    try:
        verb()
    except FolioError as error:
        return refusal(error, language)
    return ""


def question_problem(question: str, max_chars: int, language: Language) -> str:
    """What is wrong with a question, as a sentence; empty when it can be asked."""
    if not question.strip():
        return TEXTS[language]["question_empty"]
    texts = TEXTS[language]
    if len(question) > max_chars:
        return texts["question_long"].format(
            chars=figure(texts, f"{len(question):,}"), max=figure(texts, f"{max_chars:,}")
        )
    return ""
