"""Streamed chat completions, read as the plain JSON objects that the server sends.

LangChain makes the model and its request, openai's client sends it; the answer is read here. They would make two trees
of typed objects of every chunk and keep the second until the answer ends, which costs ten times what is in it: three
hundred answers at once cannot afford that.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.answer.models import Usage

if TYPE_CHECKING:
    import httpx2

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # the rest of a line end that was cut in two comes with the next bytes
_DONE = b"[DONE]"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one piece of a stream says. `is_last`: the server says that the answer is complete."""

    text: str = ""
    usage: Usage | None = None
    is_last: bool = False


class Lines:
    """feed(bytes) -> the data of the events that they complete; flush() -> the end's mark, if that is left. Pure."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[bytes]:
        *lines, self._rest = _LINE_END.split(self._rest + data)
        for line in lines:
            if not line:
                if self._data:
                    yield b"\n".join(self._data)
                self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])

    def flush(self) -> Iterator[bytes]:
        """Not every server ends its last line. What was cut off in its middle says nothing."""
        if any(_DONE in each for each in (self._rest, *self._data)):
            yield _DONE


async def chunks(chat: Any, messages: Sequence[tuple[str, str]]) -> AsyncGenerator[Chunk]:
    """The answer of a LangChain ChatOpenAI to (role, text) pairs. Raises what openai's client raises, ValueError."""
    from openai import AsyncStream  # noqa: PLC0415 -- loaded already

    payload = chat._get_request_payload(list(messages), stream=True, stream_options={"include_usage": True})
    # The stream is asked for its response only; nothing is taken from it.
    stream = await chat.root_async_client.post(
        "/chat/completions", body=payload, cast_to=object, stream=True, stream_cls=AsyncStream[object]
    )
    async with stream, aclosing(_data(stream.response)) as found:
        async for data in found:
            yield Chunk(is_last=True) if data.startswith(_DONE) else chunk_of(json.loads(data), stream.response)


async def _data(response: httpx2.Response) -> AsyncGenerator[bytes]:
    """Read to the end, so that its connection can be used again."""
    lines = Lines()
    async for data in response.aiter_bytes():
        for each in lines.feed(data):
            yield each
    for each in lines.flush():
        yield each


def chunk_of(told: Any, response: httpx2.Response) -> Chunk:
    """Raises APIError for what the server says went wrong, ValueError for what is no chunk."""
    if not isinstance(told, Mapping):
        raise ValueError("a chunk is not an object")  # noqa: TRY004 -- of JSON, not a defect here
    if told.get("error"):
        from openai import APIError  # noqa: PLC0415 -- loaded already

        error = told["error"]
        said = error.get("message") if isinstance(error, Mapping) else None
        raise APIError(str(said or "An error occurred while streaming"), request=response.request, body=error)
    usage = _usage(told.get("usage"))
    choices = told.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    delta = choice.get("delta") or {}
    return Chunk(_text(delta.get("content")), usage, usage is not None or bool(choice.get("finish_reason")))


def _text(content: Any) -> str:
    """Some servers send a list of parts, as requests have them."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return str(content or "")


def _usage(told: Any) -> Usage | None:
    return Usage(told.get("prompt_tokens") or 0, told.get("completion_tokens") or 0) if told else None
