"""Signing in with Hugging Face: the page with the button, the way there, and the way back."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from rag.api.auth import cookie_header, load_key
from rag.api.envelope import NO_STORE
from rag.api.oauth import FLOW_S, Provider
from rag.api.pages import on_to, own_target, problem_of, refused, shown, standing, with_session
from rag.api.state import Folio, Who
from rag.app import App
from rag.errors import FolioError, RequestError
from rag.view import accounts as view

FLOW_COOKIE: Final = "folio_oauth"
router = APIRouter()
Target = Annotated[str, Query(alias="next", max_length=2_000)]
Returned = Annotated[str, Query(max_length=4_000)]


@router.get("/login")
def login_page(caller: Who, request: Request, target: Target = "/") -> Response:
    if caller.user_id is not None:
        return on_to(request, own_target(target))
    return shown(view.sign_in_page(standing(request), "huggingface", target=own_target(target)))


@router.get("/login/huggingface")
def begin(app: Folio, request: Request, target: Target = "/") -> Response:
    try:
        url, kept = _provider(app).begin(_redirect_uri(request), own_target(target))
    except FolioError as error:
        return _refused(request, error)
    response = RedirectResponse(url, 303, NO_STORE)
    response.headers.append("Set-Cookie", cookie_header(FLOW_COOKIE, kept, FLOW_S, request.scope))
    return response


@router.get("/login/callback")
def finish(app: Folio, request: Request, state: Returned = "", code: Returned = "", error: Returned = "") -> Response:
    try:
        if error or not code:
            raise RequestError("not_authenticated", "You were not signed in. Try again.")
        kept = request.cookies.get(FLOW_COOKIE, "")
        person, target = _provider(app).finish(_redirect_uri(request), kept, state, code)
        made = app.accounts.sign_in_from(person.subject, person.username)
    except FolioError as problem:
        return _refused(request, problem)
    response = with_session(on_to(request, own_target(target)), made.token, request)
    response.headers.append("Set-Cookie", cookie_header(FLOW_COOKIE, "", 0, request.scope))
    return response


def _refused(request: Request, error: FolioError) -> Response:
    return refused(
        view.sign_in_page(standing(request), "huggingface", target="/", problem=problem_of(error, request)), error
    )


def _provider(app: App) -> Provider:
    settings = app.settings
    return Provider(
        settings.openid_provider_url, settings.oauth_client_id, settings.oauth_client_secret, load_key(settings)
    )


def _redirect_uri(request: Request) -> str:
    """Our own address as the browser knows it: a Space ends TLS in front of us."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme).partition(",")[0].strip()
    return f"{scheme}://{request.headers.get('host', '')}{standing(request).root}/login/callback"
