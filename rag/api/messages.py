"""Routes about messages: another version, a thumb, how an answer came about."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from rag.api.auth import Identities
from rag.api.bodies import check_length
from rag.api.envelope import success
from rag.api.openapi import errors
from rag.api.schemas import Conversation, Envelope
from rag.api.state import Folio, Signer, User
from rag.api.talk_bodies import Edit, Reaction, Redo
from rag.api.talk_schemas import Reacted, Restarted, Trace
from rag.records import conversation_json
from store.turns import Turn

NOT_FOUND = errors("not_found")
RESTART_ERRORS = errors(
    "not_found", "conflict", "rate_limited", "model_not_in_plan", "model_unavailable", "storage_full"
)

router = APIRouter(tags=["messages"])


@router.post(
    "/chat/messages/{message_id}/regenerate",
    summary="Answer again",
    response_model=Envelope[Restarted],
    responses=RESTART_ERRORS,
)
def regenerate(message_id: str, app: Folio, user: User, identities: Signer, body: Redo | None = None) -> Response:
    """A new version beside the answer, never from the cache. Follow it as after `/chat/start`."""
    wanted = body or Redo.model_validate({})
    turn = app.talk.regenerate(user, message_id, wanted.to_changes(), client_key=wanted.client_key)
    return _restarted(turn, identities)


@router.post(
    "/chat/messages/{message_id}/edit",
    summary="Ask it otherwise",
    response_model=Envelope[Restarted],
    responses=RESTART_ERRORS,
)
def edit(message_id: str, body: Edit, app: Folio, user: User, identities: Signer) -> Response:
    """A question beside the one there is, and its answer, with the settings of the last one. Follow it likewise."""
    check_length(body.question, app.settings)
    turn = app.talk.edit(user, message_id, body.question, body.to_changes(), client_key=body.client_key)
    return _restarted(turn, identities)


@router.post(
    "/chat/messages/{message_id}/reaction",
    summary="A thumb and a reason",
    response_model=Envelope[Reacted],
    responses=NOT_FOUND,
)
def react(message_id: str, body: Reaction, app: Folio, user: User) -> Response:
    """For an answer, in place of an earlier one. A `thumb` of null takes it back."""
    if body.thumb is None:
        app.talk.withdraw(user, message_id)
        return success({"message_id": message_id, "thumb": None, "reason": "", "updated_at": None})
    kept = app.talk.react(user, message_id, body.thumb, body.reason or "")
    return success(
        {"message_id": message_id, "thumb": kept.thumb, "reason": kept.reason, "updated_at": kept.updated_at}
    )


@router.post(
    "/chat/messages/{message_id}/show",
    summary="Put a version on show",
    response_model=Envelope[Conversation],
    responses=NOT_FOUND,
)
def show(message_id: str, app: Folio, user: User) -> Response:
    """The conversation goes on from there."""
    return success(conversation_json(app.talk.show(user, message_id)))


@router.get(
    "/chat/messages/{message_id}/trace",
    summary="How an answer came about",
    response_model=Envelope[Trace],
    responses=NOT_FOUND,
)
def trace(message_id: str, app: Folio, user: User) -> Response:
    """What was asked, searched, found with scores, cited, and how long each part took."""
    return success(app.talk.trace(user, message_id))


def _restarted(turn: Turn, identities: Identities) -> Response:
    return success(
        {
            "session_id": identities.session(turn.id),
            "conversation_id": turn.conversation_id,
            "turn_id": turn.id,
            "message_id": turn.message_id,
        }
    )
