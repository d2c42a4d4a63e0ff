"""A model server's stream, cut anywhere: what its lines say. The wire itself is in test_answer_models."""

from __future__ import annotations

import httpx2
import pytest
from openai import APIError

from rag.answer.models import Usage
from rag.answer.plain_chunks import Chunk, Lines, chunk_of

STREAM = b': hello\ndata: {"a": 1}\n\nevent: x\r\ndata:two\r\ndata: lines\r\n\r\nid: 4\n\ndata: [DONE]\n\n'
RESPONSE = httpx2.Response(200, request=httpx2.Request("POST", "http://localhost/v1/chat/completions"))


def fed(*parts: bytes) -> list[bytes]:
    lines = Lines()
    return [data for part in parts for data in lines.feed(part)] + list(lines.flush())


@pytest.mark.parametrize("place", range(len(STREAM)))
def test_it_does_not_matter_where_a_stream_is_cut(place: int) -> None:
    assert fed(STREAM[:place], STREAM[place:]) == [b'{"a": 1}', b"two\nlines", b"[DONE]"]


@pytest.mark.parametrize("end", [b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r"])
def test_the_end_needs_no_end_of_its_line(end: bytes) -> None:
    assert fed(b"data: 1\n\n", end) == [b"1", b"[DONE]"]


def test_what_was_cut_off_says_nothing() -> None:
    assert fed(b'data: 1\n\ndata: {"choices": [{"del') == [b"1"]


def told(**fields: object) -> Chunk:
    return chunk_of(fields, RESPONSE)


def test_a_chunk_says_text_usage_and_end() -> None:
    assert told(choices=[{"delta": {"content": "Sales "}}]) == Chunk("Sales ")
    assert told(choices=[{"delta": {"content": None}, "finish_reason": "stop"}]) == Chunk(is_last=True)
    assert told(choices=[{"delta": None}]) == told(choices=None) == told(choices=[]) == Chunk()
    assert told(choices=[{"delta": {"content": [{"type": "text", "text": "a"}, {"text": "b"}, 3]}}]) == Chunk("ab")
    usage = {"prompt_tokens": 6, "completion_tokens": None}
    assert told(choices=[], usage=usage) == Chunk(usage=Usage(6, 0), is_last=True)


def test_what_is_no_chunk_is_refused() -> None:
    with pytest.raises(APIError, match="overloaded"):
        told(error={"message": "overloaded"})
    with pytest.raises(APIError):
        told(error="overloaded")
    with pytest.raises(ValueError, match="not an object"):
        chunk_of([1], RESPONSE)
