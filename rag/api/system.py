"""Routes about the server itself: health, models, who is asking."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from rag.api.envelope import success
from rag.api.schemas import Envelope, Health, Me, Model
from rag.api.state import Folio, Signer, User

router = APIRouter(tags=["server"])


@router.get("/health", summary="Liveness, versions, and what is degraded", response_model=Envelope[Health])
def health(app: Folio) -> Response:
    """Answers 200 as long as the server lives; `degraded` says what does not work fully, and why."""
    return success(app.health())


@router.get("/models", summary="The models that can answer", response_model=Envelope[list[Model]])
def models(app: Folio) -> Response:
    """Pass a `name` as `model` when asking. Without any model server, `extractive` quotes the best sentences."""
    found = [(model.name, model.provider, model.is_default) for model in app.models()]
    return success([{"name": name, "provider": provider, "is_default": chosen} for name, provider, chosen in found])


@router.get("/auth/me", summary="Who is asking", response_model=Envelope[Me])
def me(user: User, identities: Signer) -> Response:
    """With accounts off, every browser is its own anonymous user. Keep `token` to be the same user in a program."""
    return success({"user_id": user, "kind": "anonymous", "token": identities.token(user)})
