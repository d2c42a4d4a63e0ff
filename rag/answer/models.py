"""Chat models as the pipeline sees them, and the catalogue of those that can be chosen.

Nothing here imports a model library; `langchain_model` does, when a model is first used.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from rag.errors import ModelError, RequestError
from rag.settings import Settings

EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of the answer, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call cost, in tokens, as the server counted."""

    input_tokens: int
    output_tokens: int


class ChatModel(Protocol):
    """A model that answers messages. Both verbs raise ModelError, and no other error."""

    def stream(
        self, messages: Sequence[ChatMessage], stop: threading.Event
    ) -> Generator[TextPiece | Usage, None, None]:
        """Pieces as they arrive, and the usage (the last one counts). Ends quietly when `stop` is set.

        A stop, an error and closing the generator close the connection to the model at once.
        """
        ...

    def complete(self, messages: Sequence[ChatMessage], stop: threading.Event, timeout_s: float) -> str:
        """The whole answer, within `timeout_s` (else ModelError(model_timeout)); what there is so far on a stop."""
        ...

    def close(self) -> None:
        """Closes the connections that were kept for the next question."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """An entry of the catalogue. `provider` and `model` as LangChain's init_chat_model takes them."""

    name: str
    provider: str
    model: str
    is_default: bool = False

    @property
    def is_extractive(self) -> bool:
        return self.provider == "built-in"


class Catalogue:
    """What a question can be answered by. The built-in answerer is always there, and last.

    FOLIO_MODELS gives the entries; without it, OPENAI_API_KEY or OPENAI_BASE_URL gives one. The first is the default.
    Raises RequestError(invalid_request) for a name given twice.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._built: dict[str, ChatModel] = {}
        found = [*_configured(settings), ModelInfo(EXTRACTIVE, "built-in", "sentences")]
        names = [entry.name for entry in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RequestError("invalid_request", f"FOLIO_MODELS names {', '.join(twice)} twice.")
        self.entries: tuple[ModelInfo, ...] = tuple(
            ModelInfo(entry.name, entry.provider, entry.model, is_default=at == 0) for at, entry in enumerate(found)
        )

    @property
    def default(self) -> ModelInfo:
        return self.entries[0]

    def find(self, name: str | None) -> ModelInfo:
        """The entry of that name, the default for None. Raises RequestError(invalid_request)."""
        if not name:
            return self.default
        for entry in self.entries:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.entries)
        raise RequestError(
            "invalid_request", f"There is no model named {name[:80]!r}. There is: {known}.", {"models": known}
        )

    def build(self, name: str | None) -> ChatModel | None:
        """The model of that name (one per name, kept); None for the built-in answerer.

        Raises RequestError(invalid_request). Cheap: libraries are imported when the model is first asked, or by warm().
        """
        entry = self.find(name)
        if entry.is_extractive:
            return None
        from rag.answer.langchain_model import LangChainModel  # noqa: PLC0415 -- not needed without a model

        with self._lock:
            if entry.name not in self._built:
                self._built[entry.name] = LangChainModel(entry, self._settings)
            return self._built[entry.name]

    def warm(self) -> threading.Thread | None:
        """Imports the model library and makes the default model's client in the background (about 2 s of work).

        None when there is nothing to warm. A model that cannot be made says so when it is asked.
        """
        if self.default.is_extractive:
            return None
        thread = threading.Thread(target=self._warm, name="warm-model", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Closes every model that was built."""
        with self._lock:
            built, self._built = list(self._built.values()), {}
        for model in built:
            model.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _warm(self) -> None:
        from rag.answer.langchain_model import LangChainModel  # noqa: PLC0415 -- the heavy import this thread is for

        model = self.build(None)
        try:
            if isinstance(model, LangChainModel):
                model.prepare()
        except ModelError:
            return


def _configured(settings: Settings) -> list[ModelInfo]:
    entries = [part.strip() for part in settings.models.split(",") if part.strip()]
    if entries:
        return [_entry(entry) for entry in entries]
    if settings.openai_api_key or settings.openai_base_url:
        return [ModelInfo(settings.openai_model, "openai", settings.openai_model)]
    return []


def _entry(text: str) -> ModelInfo:
    """`name=provider:model`; Settings has checked the form. A model's own name may hold further colons."""
    name, _, target = text.partition("=")
    provider, _, model = target.partition(":")
    return ModelInfo(name.strip(), provider.strip(), model.strip())
