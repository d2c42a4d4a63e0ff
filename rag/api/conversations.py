"""Routes about conversations: the list, one of them, and what was said in it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from rag.api.envelope import success
from rag.api.openapi import errors
from rag.api.schemas import Conversation, Envelope, Message
from rag.api.state import Folio, User
from rag.records import conversation_json, message_json

NOT_FOUND = errors("not_found")

router = APIRouter(tags=["conversations"])
ConversationId = Annotated[str, Query(min_length=1, max_length=100)]


@router.get(
    "/chat/history",
    summary="The messages of a conversation",
    response_model=Envelope[list[Message]],
    responses=NOT_FOUND,
)
def history(conversation_id: ConversationId, app: Folio, user: User) -> Response:
    """The branch on show, oldest first. `metadata.active_turn` is the turn being written, or null."""
    messages = app.history(user, conversation_id)
    turn = app.active_turn(user, conversation_id)
    return success([message_json(message) for message in messages], {"active_turn": turn.id if turn else None})


@router.post("/chat/conversation", summary="Begin a conversation", response_model=Envelope[Conversation])
def new_conversation(app: Folio, user: User) -> Response:
    """An empty one; its first question becomes its title. Asking without a `conversation_id` makes one as well."""
    return success(conversation_json(app.new_conversation(user)))


@router.get(
    "/chat/conversation/{conversation_id}",
    summary="One conversation",
    response_model=Envelope[Conversation],
    responses=NOT_FOUND,
)
def conversation(conversation_id: str, app: Folio, user: User) -> Response:
    """Its title, state and times; its messages are at `/chat/history`."""
    return success(conversation_json(app.conversation(user, conversation_id)))


@router.get("/chat/conversations", summary="Your conversations", response_model=Envelope[list[Conversation]])
def conversations(
    app: Folio,
    user: User,
    state: Literal["active", "archived", "trash"] = "active",
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    before: Annotated[str | None, Query(max_length=200, description="`metadata.next` of the page before.")] = None,
) -> Response:
    """The last touched first. `metadata.next` is the cursor of the next page, or null."""
    found = app.conversations(user, state=state, limit=limit + 1, before=before)
    page = found[:limit]
    following = page[-1].cursor if len(found) > limit else None
    return success([conversation_json(item) for item in page], {"limit": limit, "next": following})
