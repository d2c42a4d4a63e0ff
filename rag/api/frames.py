"""What stands in the frames of a live connection. Pure.

From the server come the events of turns, as everywhere, and three kinds of its own: `typing`, `pong`, and `error`
without a `turn_id` for a frame that could not be taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from rag.api.bodies import AskBody, Id
from rag.api.envelope import timestamp
from rag.api.problems import invalid, problem_of
from rag.api.schemas import Code, Moment, Schema
from rag.errors import FolioError, RequestError

MAX_FRAME_BYTES: Final = 256 * 1024
_MAX_SEQ: Final = 2**53


class ChatMessage(AskBody):
    """A question in this conversation; its events go to everybody who is connected to it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "chat_message", "question": "What was the net revenue in 2022?"}]}
    )

    type: Literal["chat_message"]


class SayTyping(BaseModel):
    """Somebody types here, or has stopped to; forgotten after five seconds."""

    type: Literal["typing"]
    is_typing: StrictBool | None = Field(True, description="Null: somebody is.")


class Stop(BaseModel):
    """Ends a turn with the text so far; the one being written when none is named."""

    type: Literal["stop"]
    turn_id: Id | None = None


class Resume(BaseModel):
    """The turn's events after this one, then those to come. Sent first after a reconnect, nothing comes twice."""

    type: Literal["resume"]
    turn_id: Id
    after: Annotated[int, Field(ge=0, le=_MAX_SEQ)] | None = 0


class Ping(BaseModel):
    """Answered by `pong` with the same `id`."""

    type: Literal["ping"]
    id: Id | int | None = None


ClientFrame = ChatMessage | SayTyping | Stop | Resume | Ping
_ADAPTER: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])


class TypingFrame(Schema):
    """Another client of this conversation has begun to type, types on, or has stopped to."""

    type: Literal["typing"]
    conversation_id: str
    client_id: str
    user_id: str
    is_typing: bool
    at: Moment


class PongFrame(Schema):
    type: Literal["pong"]
    id: str | int | None
    at: Moment


class ErrorFrame(Schema):
    """A frame was not taken; the connection stays open. `reply_to`: that frame's type, where it had a known one."""

    type: Literal["error"]
    turn_id: None
    reply_to: str | None
    error_code: Code
    message: str
    details: dict[str, Any]
    retryable: bool
    at: Moment


ServerFrame = TypingFrame | PongFrame | ErrorFrame


class UnfitFrame(RequestError):
    """invalid_request for a frame. `reply_to`: its type, where it had a known one."""

    def __init__(self, problems: Sequence[tuple[str, str]], reply_to: str | None) -> None:
        unfit = invalid(problems)
        super().__init__(unfit.code, unfit.message, unfit.details)
        self.reply_to = reply_to


def parse(data: bytes) -> ClientFrame:
    """A frame's JSON -> what it says. Raises UnfitFrame, naming what does not fit."""
    try:
        return _ADAPTER.validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:20]
        problems = [problem_of({**item, "loc": item["loc"][1:] or item["loc"]}) for item in found]
        kinds = [str(item["loc"][0]) for item in found if item["loc"]]
        raise UnfitFrame(problems, kinds[0] if kinds else None) from error


def error_frame(error: FolioError, reply_to: str | None = None) -> dict[str, Any]:
    return {
        "type": "error",
        "turn_id": None,
        "reply_to": reply_to,
        "error_code": error.code,
        "message": error.message,
        "details": error.details,
        "retryable": error.retryable,
        "at": timestamp(),
    }


def pong(ping: Ping) -> dict[str, Any]:
    return {"type": "pong", "id": ping.id, "at": timestamp()}


def schemas() -> dict[str, Any]:
    """The components that describe the frames of both directions."""
    template = "#/components/schemas/{model}"
    sent = _ADAPTER.json_schema(ref_template=template)
    got = TypeAdapter(ServerFrame).json_schema(ref_template=template, mode="serialization")
    return {**sent.pop("$defs"), **got.pop("$defs"), "ClientFrame": sent, "ServerFrame": got}
