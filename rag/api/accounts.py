"""Routes for those who sign in: register, login, who one is, logout, password, API tokens, deletion."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from rag.api.account_schemas import ApiToken, Done, Me, NewToken, Session
from rag.api.auth import SESSION_COOKIE, cookie_header
from rag.api.bodies import Text
from rag.api.envelope import EnvelopeResponse, success
from rag.api.gate import SESSION_LASTS_S
from rag.api.openapi import errors
from rag.api.schemas import Deleted, Envelope
from rag.api.state import Counter, Folio, Member, Signer, User, Who
from rag.app import App
from rag.errors import RequestError
from rag.people.accounts import SignedIn
from rag.records import account_json, token_json

router = APIRouter(tags=["accounts"])
Name = Annotated[Text, Field(max_length=254)]
Password = Annotated[str, Field(max_length=1_000)]


class Credentials(BaseModel):
    """A user name or an e-mail address (either will do), and a password."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "ada", "password": "correct horse"}]})

    username: Name | None = None
    email: Name | None = None
    password: Password


class PasswordChange(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"current_password": "correct horse battery", "new_password": "staple of another colour"}]
        }
    )
    current_password: Password
    new_password: Password


class Confirmation(BaseModel):
    """One's own password, for what cannot be undone. Not needed by those who sign in elsewhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "correct horse battery"}]})

    password: Password = ""


class TokenName(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "a script"}]})
    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["backup script"])]


def check_passwords_used(app: App) -> None:
    """Raises RequestError(not_found) where nobody signs in with a password."""
    if app.settings.auth != "password":
        raise RequestError("not_found", "Nobody signs in with a password here (FOLIO_AUTH).")


@router.post(
    "/auth/register",
    summary="Make an account and sign in",
    response_model=Envelope[Session],
    responses=errors("conflict", "not_found"),
)
def register(body: Credentials, app: Folio, request: Request) -> Response:
    """The first account of all is an admin. Refused when registration is closed."""
    check_passwords_used(app)
    made = app.accounts.register(username=body.username, email=body.email, password=body.password)
    return _session(made, request)


@router.post("/auth/login", summary="Sign in", response_model=Envelope[Session], responses=errors("not_found"))
def login(body: Credentials, app: Folio, traffic: Counter, request: Request) -> Response:
    """Ten wrong passwords in a minute are the most for a name from one address."""
    check_passwords_used(app)
    name = body.username or body.email or ""
    return _session(app.accounts.sign_in(name, body.password, address=traffic.address(request.scope)), request)


@router.post("/auth/logout", summary="Sign out", response_model=Envelope[Done], responses=errors("not_found"))
def logout(app: Folio, caller: Member, request: Request) -> Response:
    """The session and every stream that it opened end."""
    if caller.kind == "token":
        raise RequestError("invalid_request", "An API token is not signed out; revoke it.")
    app.accounts.sign_out(caller.proof_id or "")
    return _without_cookie({"done": True}, request)


@router.get("/auth/me", summary="Who is asking", response_model=Envelope[Me])
def me(app: Folio, user: User, caller: Who, identities: Signer) -> Response:
    """With accounts off, every browser is its own anonymous user. Keep `token` to be the same user in a program."""
    if caller.proof_id is not None:
        return success({**_without_date(app, user), "token": None})
    nobody = {"username": None, "email": None, "plan": app.settings.default_plan, "is_admin": False}
    return success({"user_id": user, "kind": "anonymous", "token": identities.token(user), **nobody})


@router.post(
    "/auth/password",
    summary="Change the password",
    response_model=Envelope[Done],
    responses=errors("not_found"),
)
def change_password(body: PasswordChange, app: Folio, caller: Member, user: User) -> Response:
    """All other sessions end."""
    app.accounts.change_password(user, body.current_password, body.new_password, but=caller.proof_id)
    return success({"done": True})


@router.delete(
    "/auth/me",
    summary="Delete the account",
    response_model=Envelope[Deleted],
    responses=errors("not_found", "conflict"),
)
def delete_account(
    app: Folio, _: Member, user: User, request: Request, body: Annotated[Confirmation | None, Body()] = None
) -> Response:
    """With everything in it: conversations, documents, tokens. Running answers and open streams end."""
    app.accounts.delete(user, body.password if body else "")
    return _without_cookie({"id": user, "deleted": True}, request)


@router.get(
    "/auth/tokens",
    summary="Your API tokens",
    response_model=Envelope[list[ApiToken]],
    responses=errors("not_found"),
)
def tokens(app: Folio, _: Member, user: User) -> Response:
    """The newest first; what they are is told only when they are made."""
    return success([token_json(token) for token in app.accounts.tokens(user)])


@router.post(
    "/auth/tokens",
    summary="Make an API token",
    response_model=Envelope[NewToken],
    responses=errors("not_found"),
)
def add_token(body: TokenName, app: Folio, _: Member, user: User) -> Response:
    """It does what you can do, until it is revoked."""
    made, token = app.accounts.add_token(user, body.name)
    return success({**token_json(made), "token": token})


@router.delete(
    "/auth/tokens/{token_id}",
    summary="Revoke an API token",
    response_model=Envelope[Deleted],
    responses=errors("not_found"),
)
def revoke_token(token_id: str, app: Folio, _: Member, user: User) -> Response:
    """It proves nothing from now on, and every stream that it opened ends."""
    app.accounts.revoke_token(user, token_id)
    return success({"id": token_id, "deleted": True})


def _without_date(app: App, user: str) -> dict[str, object]:
    return {key: value for key, value in account_json(app.accounts.account(user)).items() if key != "created_at"}


def _session(made: SignedIn, request: Request) -> EnvelopeResponse:
    proof = {"token": made.token, "token_type": "bearer", "expires_at": made.expires_at}
    response = success({"user": account_json(made.account), **proof})
    response.headers.append("Set-Cookie", cookie_header(SESSION_COOKIE, made.token, SESSION_LASTS_S, request.scope))
    return response


def _without_cookie(data: dict[str, object], request: Request) -> EnvelopeResponse:
    response = success(data)
    response.headers.append("Set-Cookie", cookie_header(SESSION_COOKIE, "", 0, request.scope))
    return response
