"""Routes about conversations: the list, one of them, where it is, and what was said in it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from rag.api.attachment import attachment
from rag.api.envelope import success
from rag.api.openapi import errors
from rag.api.schemas import Conversation, Envelope, Message
from rag.api.state import Folio, User
from rag.api.talk_bodies import ConversationChanges, Draft, NewConversation
from rag.api.talk_schemas import ConversationCounts, DraftText, Found
from rag.api.unfinished import with_so_far
from rag.export import Format
from rag.records import conversation_json, message_json
from store import fulltext

NOT_FOUND = errors("not_found")
CONFLICT = errors("not_found", "conflict")

Cursor = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"^([0-9-]{10}T[0-9:.]+Z \S+)?$",
        description="`metadata.next` of the page before, as it came.",
    ),
]

router = APIRouter(tags=["conversations"])
ConversationId = Annotated[str, Query(min_length=1, max_length=100)]
State = Literal["active", "archived", "trash"]


@router.get(
    "/chat/history",
    summary="The messages of a conversation",
    response_model=Envelope[list[Message]],
    responses=NOT_FOUND,
)
def history(conversation_id: ConversationId, app: Folio, user: User) -> Response:
    """The branch on show, oldest first. `metadata.active_turn` is the turn being written, or null."""
    turn = app.active_turn(user, conversation_id)  # first: one that ends meanwhile shows its end
    messages = app.history(user, conversation_id)
    if turn is not None:
        messages = with_so_far(app, user, messages, turn)
    return success([message_json(message) for message in messages], {"active_turn": turn.id if turn else None})


@router.post("/chat/conversation", summary="Begin a conversation", response_model=Envelope[Conversation])
def new_conversation(app: Folio, user: User, body: NewConversation | None = None) -> Response:
    """An empty one; its first question becomes its title. Asking without a `conversation_id` makes one as well."""
    made = app.new_conversation(user)
    if body is not None and body.title is not None:
        made = app.talk.rename(user, made.id, body.title)
    return success(conversation_json(made))


@router.get(
    "/chat/conversation/{conversation_id}",
    summary="One conversation",
    response_model=Envelope[Conversation],
    responses=NOT_FOUND,
)
def conversation(conversation_id: str, app: Folio, user: User) -> Response:
    """Its title, state and times; its messages are at `/chat/history`."""
    return success(conversation_json(app.conversation(user, conversation_id)))


@router.patch(
    "/chat/conversation/{conversation_id}",
    summary="Rename, archive",
    response_model=Envelope[Conversation],
    responses=CONFLICT,
)
def change_conversation(conversation_id: str, body: ConversationChanges, app: Folio, user: User) -> Response:
    """One in the trash can be renamed, not archived. A title of your own stays; no later question changes it."""
    changed = app.conversation(user, conversation_id)
    if body.wanted_state is not None:
        move = app.talk.archive if body.wanted_state == "archived" else app.talk.unarchive
        changed = move(user, conversation_id)
    if body.title is not None:
        changed = app.talk.rename(user, conversation_id, body.title)
    return success(conversation_json(changed))


@router.delete(
    "/chat/conversation/{conversation_id}",
    summary="To the trash, or away for good",
    response_model=Envelope[Conversation],
    responses=CONFLICT,
)
def delete_conversation(
    conversation_id: str,
    app: Folio,
    user: User,
    permanent: Annotated[bool, Query(description="Away for good; only what is in the trash.")] = False,
) -> Response:
    """It comes back from the trash by `restore`, for 30 days. An answer in progress is stopped."""
    if not permanent:
        return success(conversation_json(app.talk.trash(user, conversation_id)), {"deleted": False})
    last = app.conversation(user, conversation_id)
    app.talk.delete(user, conversation_id)
    return success(conversation_json(last), {"deleted": True})


@router.post(
    "/chat/conversation/{conversation_id}/restore",
    summary="Out of the trash",
    response_model=Envelope[Conversation],
    responses=NOT_FOUND,
)
def restore_conversation(conversation_id: str, app: Folio, user: User) -> Response:
    """To where it was. Nothing happens to one that is not in the trash."""
    return success(conversation_json(app.talk.restore(user, conversation_id)))


@router.get(
    "/chat/conversation/{conversation_id}/export",
    summary="A conversation as a file",
    response_class=Response,
    responses={
        **NOT_FOUND,
        200: {
            "description": "The branch on show, with numbered sources, quotes, pages and times.",
            "content": {
                "text/markdown": {"example": "# Annual report\n\n## What was the net revenue?\n"},
                "application/json": {"example": {"format": "folio-conversation", "messages": []}},
                "text/html": {"example": "<!doctype html>"},
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {},
            },
        },
    },
)
def export_conversation(conversation_id: str, app: Folio, user: User, format: Format = "md") -> Response:
    """Always as an attachment. Nothing in it can run, load or link anywhere."""
    made = app.talk.export(user, conversation_id, format)
    headers = {"Content-Disposition": attachment(made.name), "Cache-Control": "no-store"}
    return Response(made.content, media_type=made.media_type, headers=headers)


@router.get(
    "/chat/conversation/{conversation_id}/draft",
    summary="What was begun to be written",
    response_model=Envelope[DraftText],
    responses=NOT_FOUND,
)
def draft(conversation_id: str, app: Folio, user: User) -> Response:
    """Empty when there is none."""
    return success({"conversation_id": conversation_id, "text": app.talk.draft(user, conversation_id)})


@router.put(
    "/chat/conversation/{conversation_id}/draft",
    summary="Keep what was begun to be written",
    response_model=Envelope[DraftText],
    responses=NOT_FOUND,
)
def save_draft(conversation_id: str, body: Draft, app: Folio, user: User) -> Response:
    """Until a question is asked there."""
    app.talk.save_draft(user, conversation_id, body.text)
    return success({"conversation_id": conversation_id, "text": body.text})


@router.get(
    "/chat/conversation/{conversation_id}/versions",
    summary="Versions of the messages on show",
    response_model=Envelope[dict[str, list[str]]],
    responses=NOT_FOUND,
)
def versions(conversation_id: str, app: Folio, user: User) -> Response:
    """Message id -> the ids of all its versions, oldest first. `POST /chat/messages/{id}/show` puts one on show."""
    found = app.talk.versions(user, conversation_id)
    return success({message_id: list(ids) for message_id, ids in found.items()})


@router.get("/chat/conversations", summary="Your conversations", response_model=Envelope[list[Conversation]])
def conversations(
    app: Folio,
    user: User,
    state: State = "active",
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    before: Cursor = None,
) -> Response:
    """The last touched first. `metadata.next` is the cursor of the next page, or null."""
    found = app.conversations(user, state=state, limit=limit + 1, before=before)
    page = found[:limit]
    following = page[-1].cursor if len(found) > limit else None
    place = {"total": app.talk.count(user, state), "limit": limit, "next": following}
    return success([conversation_json(item) for item in page], place)


@router.get("/chat/conversations/search", summary="Find what was said", response_model=Envelope[list[Found]])
def search_conversations(
    app: Folio,
    user: User,
    q: Annotated[str, Query(max_length=1_000, description="Words that are all there; the last may be a beginning.")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    state: Annotated[State | None, Query(description="Only there; active and archived ones without.")] = None,
) -> Response:
    """Over titles and everything said, on all versions, with snippets. Nothing that is typed is an error."""
    where: tuple[State, ...] = ("active", "archived") if state is None else (state,)
    found = app.talk.search(user, q, limit=limit, where=where)
    return success([_found(item) for item in found], {"query": q, "limit": limit})


@router.get("/chat/conversations/stats", summary="How many there are", response_model=Envelope[ConversationCounts])
def conversation_stats(app: Folio, user: User) -> Response:
    """Conversations by state, and messages."""
    counted = app.talk.counts(user)
    return success({name: getattr(counted, name) for name in ConversationCounts.model_fields})


def _found(item: fulltext.Found) -> dict[str, object]:
    snippets = [
        {
            "message_id": mention.message_id,
            "role": mention.role,
            "created_at": mention.created_at,
            "text": mention.snippet.text,
            "marks": mention.snippet.marks,
        }
        for mention in item.mentions
    ]
    return {**conversation_json(item.conversation), "title_marks": item.title.marks, "snippets": snippets}
