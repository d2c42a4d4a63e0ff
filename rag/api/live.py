"""Live routes of a conversation: the WebSocket, and who is typing."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from rag.api.auth import identify
from rag.api.connection import Connection
from rag.api.envelope import failure, success
from rag.api.openapi import errors
from rag.api.schemas import Envelope
from rag.api.state import Door, State, User
from rag.api.talk_bodies import Typing
from rag.api.talk_schemas import TypingNow
from rag.errors import FolioError

NOT_FOUND = errors("not_found")

router = APIRouter(tags=["live"])


@router.websocket("/chat/conversation/{conversation_id}/ws")
async def live(websocket: WebSocket, conversation_id: str) -> None:
    """Refused before it is accepted, with the status and the envelope of an ordinary answer; see Connection."""
    door: State = websocket.app.state.door
    try:
        user = identify(websocket)
        await run_in_threadpool(door.app.conversation, user, conversation_id)
        door.followers.check_room()
    except FolioError as error:
        await websocket.send_denial_response(failure(error))
        return
    with door.followers.room():
        await websocket.accept()
        await Connection(websocket, door, user, conversation_id).run()


@router.post(
    "/chat/conversation/{conversation_id}/typing",
    summary="Say that somebody types",
    response_model=Envelope[TypingNow],
    responses=NOT_FOUND,
)
async def say_typing(conversation_id: str, door: Door, user: User, body: Typing | None = None) -> Response:
    """Those who are connected to the conversation are told. It is forgotten after five seconds."""
    await run_in_threadpool(door.app.conversation, user, conversation_id)
    said = body or Typing.model_validate({})
    door.rooms.type(conversation_id, said.client_id or user, user, is_typing=said.is_typing is not False)
    return _now(door, conversation_id)


@router.get(
    "/chat/conversation/{conversation_id}/typing",
    summary="Who is typing",
    response_model=Envelope[TypingNow],
    responses=NOT_FOUND,
)
async def who_types(conversation_id: str, door: Door, user: User) -> Response:
    """Every client that has said so within the last five seconds, your own included."""
    await run_in_threadpool(door.app.conversation, user, conversation_id)
    return _now(door, conversation_id)


def _now(door: State, conversation_id: str) -> Response:
    typing = door.rooms.typing(conversation_id)
    return success({"conversation_id": conversation_id, "is_typing": bool(typing), "typing": typing})
