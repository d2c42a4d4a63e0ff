"""The page for admins, and figures for Prometheus.

Without accounts the operator opens the page with FOLIO_ADMIN_TOKEN; the browser then keeps a signed pass for a day.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from rag.api.auth import OPERATOR_COOKIE, OPERATOR_S, cookie_header
from rag.api.metrics import CONTENT_TYPE, exposition
from rag.api.pages import on_to, problem_of, refused, shown, standing
from rag.api.state import Counter, Folio, Signer, Who, only_admins
from rag.errors import RequestError
from rag.settings import Settings
from rag.view import accounts as view


def router(settings: Settings) -> APIRouter:
    """The admin page, and /metrics where it is switched on."""
    pages = APIRouter()
    pages.include_router(_admin)
    if settings.metrics:
        pages.include_router(_metrics)
    return pages


_admin = APIRouter()
_metrics = APIRouter()


@_admin.get("/admin")
def admin_page(app: Folio, caller: Who, request: Request) -> Response:
    place = standing(request)
    if caller.is_admin:
        accounts = app.accounts.everybody() if app.settings.auth != "none" else []
        return shown(view.admin_page(place, app.admin.stats(), app.admin.queue(), accounts))
    if app.settings.auth == "none" and app.settings.admin_token:
        return shown(view.operator_page(place), 401)
    raise RequestError("not_found", "There is nothing at /admin.")


@_admin.post("/admin")
def open_admin(
    app: Folio,
    traffic: Counter,
    identities: Signer,
    request: Request,
    token: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    expected = app.settings.admin_token
    if app.settings.auth != "none" or not expected:
        raise RequestError("not_found", "There is nothing at /admin.")
    traffic.attempt(request.scope)
    if not hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode()):
        error = RequestError("not_authenticated", "This is not the operator's token (FOLIO_ADMIN_TOKEN).")
        return refused(view.operator_page(standing(request), problem_of(error, request)), error)
    response = on_to(request, "/admin")
    response.headers.append(
        "Set-Cookie", cookie_header(OPERATOR_COOKIE, identities.operator(expected), OPERATOR_S, request.scope)
    )
    return response


@_admin.get("/admin/figures", dependencies=[Depends(only_admins)])
def figures(app: Folio, request: Request) -> Response:
    return shown(view.figures_html(standing(request), app.admin.stats(), app.admin.queue()))


@_admin.post("/admin/users/{user_id}", dependencies=[Depends(only_admins)])
def change_plan(
    user_id: str, app: Folio, request: Request, plan: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    app.accounts.change(user_id, plan=plan.strip())
    return on_to(request, "/admin")


@_metrics.get("/metrics")
def metrics(app: Folio) -> Response:
    return Response(exposition(app.admin.stats()), media_type=None, headers={"Content-Type": CONTENT_TYPE})
