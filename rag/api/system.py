"""Routes about the server itself: health, models."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from rag.api.envelope import success
from rag.api.schemas import Envelope, Health, Model
from rag.api.state import Folio, User
from rag.records import model_json

router = APIRouter(tags=["server"])


@router.get("/health", summary="Liveness, versions, and what is degraded", response_model=Envelope[Health])
def health(app: Folio) -> Response:
    """Answers 200 as long as the server lives; `degraded` says what does not work fully, and why."""
    return success(app.health())


@router.get("/models", summary="The models that can answer", response_model=Envelope[list[Model]])
def models(app: Folio, user: User) -> Response:
    """Pass a `name` as `model` when asking. Without any model server, `extractive` quotes the best sentences."""
    return success([model_json(model) for model in app.models(user)])
