"""Routes about read-only links to conversations, and the page that such a link shows."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from rag.api.envelope import success
from rag.api.openapi import errors
from rag.api.schemas import Envelope, Moment, Schema
from rag.api.state import Folio, User
from store.shares import Share

NOT_FOUND = errors("not_found")
SHARED_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)

router = APIRouter(tags=["conversations"])
public = APIRouter(include_in_schema=False)


class SharedLink(Schema):
    """A link to a snapshot. `path` is told only when the link is made; afterwards it is null."""

    id: str = Field(examples=["share_5f0c1d"])
    conversation_id: str
    title: str
    created_at: Moment
    path: str | None = Field(examples=["/shared/pD3k"])


@router.post(
    "/chat/conversation/{conversation_id}/share",
    summary="Make a read-only link",
    response_model=Envelope[SharedLink],
    responses=NOT_FOUND,
)
def share(conversation_id: str, app: Folio, user: User) -> Response:
    """To the conversation as it is now. Whoever has the link can read it, with or without an account."""
    return success(_link(app.sharing.share(user, conversation_id)))


@router.get(
    "/chat/conversation/{conversation_id}/shares",
    summary="The links there are",
    response_model=Envelope[list[SharedLink]],
    responses=NOT_FOUND,
)
def shares(conversation_id: str, app: Folio, user: User) -> Response:
    """Newest first."""
    return success([_link(one) for one in app.sharing.shares(user, conversation_id)])


@router.delete(
    "/chat/shares/{share_id}", summary="Take a link back", response_model=Envelope[dict[str, str]], responses=NOT_FOUND
)
def unshare(share_id: str, app: Folio, user: User) -> Response:
    """From now on it leads nowhere."""
    app.sharing.unshare(user, share_id)
    return success({"id": share_id})


@public.get("/shared/{secret}")
def shared(secret: str, app: Folio) -> Response:
    """The snapshot, for anybody who has the link."""
    headers = {
        "Content-Security-Policy": SHARED_POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return Response(app.sharing.shared_page(secret), media_type="text/html; charset=utf-8", headers=headers)


def _link(one: Share) -> dict[str, str | None]:
    return {
        "id": one.id,
        "conversation_id": one.conversation_id,
        "title": one.title,
        "created_at": one.created_at,
        "path": f"/shared/{one.secret}" if one.secret else None,
    }
