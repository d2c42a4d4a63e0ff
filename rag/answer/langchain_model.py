"""ChatModel over LangChain's init_chat_model: OpenAI and whatever speaks its protocol, and other providers by extra.

The library's errors end here: everything raised is a ModelError.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from rag.answer import model_errors
from rag.answer.background import Patience, Silence, follow, run_on_loop
from rag.answer.models import ChatMessage, ModelInfo, TextPiece, Usage
from rag.answer.plain_chunks import Chunk, chunks
from rag.errors import ModelError
from rag.settings import Settings

if TYPE_CHECKING:
    import httpx2
    from langchain_core.language_models import BaseChatModel

MAX_RETRIES = 1  # before the first byte only; afterwards the library never repeats a request
CONNECT_TIMEOUT_S = 10.0
MOST_CONNECTIONS = 10_000  # no bound in practice: the queue of turns is one
KEEP_CONNECTIONS_S = 120.0
_PLACEHOLDER_KEY = "none"  # servers of one's own want a key to be sent, and ignore it
_logger = logging.getLogger(__name__)
_Heard = str | Usage | None  # a piece of text, the usage, or a sign of life


class LangChainModel:
    """One model of the catalogue. Its client is made at first use and kept."""

    def __init__(self, entry: ModelInfo, settings: Settings) -> None:
        base_url = settings.openai_base_url if entry.provider == "openai" else ""
        self._entry = entry
        self._settings = settings
        self._target = model_errors.Target(entry.name, entry.model, base_url, entry.provider)
        self._lock = threading.Lock()
        self._chat: BaseChatModel | None = None
        self._client: httpx2.AsyncClient | None = None

    def stream(
        self, messages: Sequence[ChatMessage], stop: threading.Event
    ) -> Generator[TextPiece | Usage, None, None]:
        patience = Patience(self._settings.first_token_timeout_s, self._settings.token_timeout_s)
        yield from self._ask(messages, stop, patience)

    def complete(self, messages: Sequence[ChatMessage], stop: threading.Event, timeout_s: float) -> str:
        with closing(self._ask(messages, stop, Patience(timeout_s, timeout_s, timeout_s))) as pieces:
            return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))

    def prepare(self) -> None:
        """Imports the library and makes the client. Raises ModelError when that cannot be."""
        with self._lock:
            if self._chat is None:
                self._chat = self._make()

    def close(self) -> None:
        with self._lock:
            client, self._client, self._chat = self._client, None, None
        if client is not None:
            run_on_loop(client.aclose(), timeout_s=2.0)

    def _ask(
        self, messages: Sequence[ChatMessage], stop: threading.Event, patience: Patience
    ) -> Generator[TextPiece | Usage, None, None]:
        self.prepare()
        is_empty = True
        heard = follow(lambda: self._heard(messages), stop, patience, lambda item: isinstance(item, str))
        try:
            with closing(heard):
                for item in heard:
                    if isinstance(item, str):
                        is_empty = False
                        yield TextPiece(item)
                    elif item is not None:
                        yield item
        except ModelError:
            raise
        except Silence as silence:
            raise model_errors.silent(self._target, silence.waited_s, started=silence.started) from silence
        except Exception as error:  # noqa: BLE001 -- boundary: whatever a model library raises
            _logger.warning("model %s: %s", self._entry.name, type(error).__name__)
            # Not chained: the library's error may quote the key.
            raise model_errors.model_error(error, self._target) from None
        if is_empty and not stop.is_set():
            raise model_errors.empty_answer(self._target)

    async def _heard(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[_Heard, None]:
        if self._chat is None:
            raise AssertionError("prepare() comes first")
        sent = [(message.role, message.content) for message in messages]
        is_openai = self._entry.provider == "openai"
        got_text = is_complete = False
        found = chunks(self._chat, sent) if is_openai else _chunks_of(self._chat, sent)
        async with aclosing(found):
            async for chunk in found:
                got_text = got_text or bool(chunk.text)
                is_complete = is_complete or chunk.is_last
                yield chunk.text or None
                if chunk.usage is not None:
                    yield chunk.usage
        if got_text and is_openai and not is_complete:
            raise model_errors.broken_off(self._target)

    def _make(self) -> BaseChatModel:
        from langchain.chat_models import init_chat_model  # noqa: PLC0415 -- about 2 s

        arguments = self._openai_arguments() if self._entry.provider == "openai" else {}
        try:
            made: BaseChatModel = init_chat_model(f"{self._entry.provider}:{self._entry.model}", **arguments)
        except ImportError as error:
            package = f"langchain-{self._entry.provider.replace('_', '-')}"
            raise model_errors.not_installed(self._target, package) from error
        except Exception as error:  # noqa: BLE001 -- boundary: every library has its own complaints
            text = f"The model {self._entry.name!r} cannot be set up: check {self._entry.provider}'s settings and key."
            raise ModelError("model_unavailable", text, {"kind": type(error).__name__}) from None
        return made

    def _openai_arguments(self) -> dict[str, Any]:
        import httpx2  # noqa: PLC0415 -- comes with openai

        settings = self._settings
        if not settings.openai_api_key and not settings.openai_base_url:
            raise model_errors.no_key(self._target)
        slowest_s = max(settings.first_token_timeout_s, settings.token_timeout_s)
        self._client = _new_client(settings.openai_base_url)
        return {
            "base_url": settings.openai_base_url or None,
            "api_key": settings.openai_api_key or _PLACEHOLDER_KEY,
            "stream_usage": True,
            "use_responses_api": False,
            "max_retries": MAX_RETRIES,
            # Ours fire first; these only free what a dead connection holds.
            "timeout": httpx2.Timeout(slowest_s + 5, connect=min(CONNECT_TIMEOUT_S, slowest_s)),
            "stream_chunk_timeout": None,
            "http_async_client": self._client,
        }


def _new_client(base_url: str) -> httpx2.AsyncClient:
    """Speaks through aiohttp, which needs a fifth less of the processor for three hundred answers at once than httpx2's
    own transport: that waits for the socket anew for every token.

    aiohttp refuses an address that holds a name and a password beside the header with the key.
    """
    import httpx2  # noqa: PLC0415 -- comes with openai
    from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient  # noqa: PLC0415 -- about 1 s

    limits = httpx2.Limits(
        max_connections=MOST_CONNECTIONS, max_keepalive_connections=20, keepalive_expiry=KEEP_CONNECTIONS_S
    )
    has_name = bool(httpx2.URL(base_url).userinfo) if base_url else False
    return DefaultAsyncHttpxClient(limits=limits) if has_name else DefaultAioHttpClient(limits=limits)


async def _chunks_of(chat: BaseChatModel, messages: Sequence[tuple[str, str]]) -> AsyncGenerator[Chunk]:
    """The answer of any other model, as LangChain reads it."""
    found: Any = chat.astream(list(messages))
    async with aclosing(found):
        async for chunk in found:
            used = chunk.usage_metadata
            usage = None if used is None else Usage(used["input_tokens"], used["output_tokens"])
            yield Chunk(str(chunk.text), usage)
