"""The catalogue of chat models that can be chosen.

Nothing here imports a model library; `langchain_model` does, when a model is first used.
"""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from types import TracebackType
from typing import Self

from rag.answer.models import ChatModel, ModelInfo
from rag.errors import ModelError, RequestError
from rag.plans import includes
from rag.settings import Settings

EXTRACTIVE = "extractive"


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
        unknown = sorted(settings.plans.keys() - set(names))
        if unknown:
            known = ", ".join(names)
            raise RequestError("invalid_request", f"FOLIO_MODEL_PLANS names {', '.join(unknown)}; there is: {known}.")
        self.entries: tuple[ModelInfo, ...] = tuple(
            replace(entry, is_default=at == 0, plans=settings.plans.get(entry.name, ()))
            for at, entry in enumerate(found)
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

    def offered(self, plan: str) -> tuple[ModelInfo, ...]:
        """The entries as somebody with this plan sees them: what is included, and which one is their default."""
        shown = [replace(entry, included=includes(self._settings.plans, entry.name, plan)) for entry in self.entries]
        first = next((entry.name for entry in shown if entry.included), None)
        return tuple(replace(entry, is_default=entry.name == first) for entry in shown)

    def find_for(self, plan: str, name: str | None) -> ModelInfo:
        """The entry of that name; for None the first that the plan includes.

        Raises RequestError: invalid_request (there is none of that name), model_not_in_plan.
        """
        offered = self.offered(plan)
        wanted = self.find(name).name if name else next((one.name for one in offered if one.included), "")
        entry = next((one for one in offered if one.name == wanted), None)
        if entry is not None and entry.included:
            return entry
        sentence = f"Your plan ({plan}) does not include {f'the model {wanted}' if wanted else 'any model'}."
        plans = list(entry.plans) if entry else []
        raise RequestError("model_not_in_plan", sentence, {"model": wanted, "plan": plan, "plans": plans})

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
        # The library's many objects stay for good: looking through them for garbage again and again holds up answers.
        gc.freeze()


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
