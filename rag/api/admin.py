"""Routes for admins and the operator: what waits and runs, how it has gone, who there is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.api.account_schemas import Account
from rag.api.admin_schemas import AdminQueue, AdminStats
from rag.api.bodies import Text
from rag.api.envelope import success
from rag.api.openapi import errors
from rag.api.schemas import Deleted, Envelope
from rag.api.state import Folio, only_admins
from rag.records import account_json

NOT_FOUND = errors("not_found")
router = APIRouter(tags=["admin"], dependencies=[Depends(only_admins)])


class AccountChange(BaseModel):
    """What is left out stays as it is."""

    plan: Annotated[Text, Field(min_length=1, max_length=40, examples=["pro"])] | None = None
    is_admin: bool | None = None


@router.get("/admin/queue", summary="What waits and runs now", response_model=Envelope[AdminQueue], responses=NOT_FOUND)
def queue(app: Folio) -> Response:
    """Answers with their position and age, ingestion tasks by stage. For admins, or with FOLIO_ADMIN_TOKEN."""
    return success(app.admin.queue())


@router.get(
    "/admin/stats", summary="The last 24 hours, and what is kept", response_model=Envelope[AdminStats],
    responses=NOT_FOUND,
)  # fmt: skip
def stats(app: Folio) -> Response:
    """Answers, failures with their reasons, cache hits, time to first token, users, storage; of this moment."""
    return success(app.admin.stats())


@router.get("/admin/users", summary="All accounts", response_model=Envelope[list[Account]], responses=NOT_FOUND)
def users(app: Folio) -> Response:
    """The oldest first."""
    return success([account_json(account) for account in app.accounts.everybody()])


@router.patch(
    "/admin/users/{user_id}",
    summary="Change a plan, make an admin",
    response_model=Envelope[Account],
    responses=errors("not_found", "conflict"),
)
def change_user(user_id: str, body: AccountChange, app: Folio) -> Response:
    """The last admin stays one."""
    return success(account_json(app.accounts.change(user_id, plan=body.plan, is_admin=body.is_admin)))


@router.delete(
    "/admin/users/{user_id}",
    summary="Delete an account",
    response_model=Envelope[Deleted],
    responses=errors("not_found", "conflict"),
)
def remove_user(user_id: str, app: Folio) -> Response:
    """With everything in it; the user's streams end."""
    app.accounts.remove(user_id)
    return success({"id": user_id, "deleted": True})
