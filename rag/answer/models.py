"""Chat models as the pipeline sees them: the port and its values. Which there are is in `catalogue`."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


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
    """An entry of the catalogue. `provider` and `model` as LangChain's init_chat_model takes them.

    `plans`: those that include it, () for all. `included`: whether the user it is shown to has one of them.
    """

    name: str
    provider: str
    model: str
    is_default: bool = False
    plans: tuple[str, ...] = ()
    included: bool = True

    @property
    def is_extractive(self) -> bool:
        return self.provider == "built-in"
