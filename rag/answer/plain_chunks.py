"""Chat completions whose streamed chunks stay the plain JSON objects that the server sent.

The openai library makes a tree of typed objects of every chunk, and LangChain takes it apart again: about 80 of the 115
µs that a token costs here, which 200 answers at once cannot afford. LangChain takes plain dictionaries as well. Its
`astream` keeps every chunk until the answer ends, for callbacks that nobody set here: half a million objects for Python
to look through for garbage again and again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from openai import AsyncOpenAI, AsyncStream


async def chunks_unkept(chat: BaseChatModel, messages: Sequence[tuple[str, str]]) -> AsyncGenerator[AIMessageChunk]:
    """What `chat.astream(messages)` yields, (role, text) pairs. Raises what that raises."""
    from langchain_core.messages import convert_to_messages  # noqa: PLC0415 -- loaded already

    chunks: Any = chat._astream(convert_to_messages(messages))
    async with aclosing(chunks):
        async for each in chunks:
            message = each.message
            message.response_metadata = {**(each.generation_info or {}), **message.response_metadata}
            yield message


class PlainChunks:
    """Stands for a client's `chat.completions` in LangChain's ChatOpenAI, for streams only."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(self, **payload: object) -> AsyncStream[object]:
        """The stream of one answer. Raises what `client.chat.completions.create` raises."""
        from openai import AsyncStream  # noqa: PLC0415 -- loaded already

        return await self._client.post(
            "/chat/completions", body=payload, cast_to=object, stream=True, stream_cls=AsyncStream[object]
        )
