"""The pages to sign in, to register, and to look after one's account: forms that work without scripts.

Another site's page cannot post them: `rag.api.edge` compares the origin.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from rag.api import oauth_pages
from rag.api.auth import Caller
from rag.api.pages import on_to, own_target, problem_of, refused, shown, standing, with_session
from rag.api.state import Counter, Folio, User, Who
from rag.app import App
from rag.errors import FolioError, RequestError
from rag.settings import Settings
from rag.view import accounts as view
from rag.view.texts import TEXTS, Texts

Target = Annotated[str, Query(alias="next", max_length=2_000)]
Field = Annotated[str, Form(max_length=1_000)]
NextField = Annotated[str, Form(alias="next", max_length=2_000)]


def router(settings: Settings) -> APIRouter:
    """The pages that this kind of accounts needs; none without accounts."""
    pages = APIRouter()
    if settings.auth == "none":
        return pages
    pages.include_router(_own)
    if settings.auth == "password":
        pages.include_router(_passwords)
    else:
        pages.include_router(oauth_pages.router)
    return pages


_passwords = APIRouter()


@_passwords.get("/login")
def login_page(app: Folio, caller: Who, request: Request, target: Target = "/") -> Response:
    if caller.user_id is not None:
        return on_to(request, own_target(target))
    is_open = app.settings.registration == "open"
    return shown(view.sign_in_page(standing(request), "login", target=own_target(target), is_open=is_open))


@_passwords.post("/login")
def login(
    app: Folio, traffic: Counter, request: Request, username: Field = "", password: Field = "", target: NextField = "/"
) -> Response:
    try:
        made = app.accounts.sign_in(username, password, address=traffic.address(request.scope))
    except FolioError as error:
        page = view.sign_in_page(
            standing(request), "login", target=own_target(target), problem=problem_of(error, request),
            name=username[:254], is_open=app.settings.registration == "open",
        )  # fmt: skip
        return refused(page, error)
    return with_session(on_to(request, own_target(target)), made.token, request)


@_passwords.get("/register")
def register_page(app: Folio, caller: Who, request: Request, target: Target = "/") -> Response:
    if caller.user_id is not None:
        return on_to(request, own_target(target))
    return shown(_register(app, request, target))


@_passwords.post("/register")
def register(
    app: Folio, request: Request, username: Field = "", password: Field = "", target: NextField = "/"
) -> Response:
    try:
        email, name = (username, None) if "@" in username else (None, username)
        made = app.accounts.register(username=name, email=email, password=password)
    except FolioError as error:
        return refused(_register(app, request, target, problem_of(error, request), username), error)
    return with_session(on_to(request, own_target(target)), made.token, request)


def _register(app: App, request: Request, target: str, problem: str = "", name: str = "") -> str:
    return view.sign_in_page(
        standing(request), "register", target=own_target(target), problem=problem, name=name[:254],
        is_open=app.settings.registration == "open", first=app.accounts.is_empty(),
    )  # fmt: skip


_own = APIRouter()


@_own.post("/logout")
def logout(app: Folio, caller: Who, request: Request) -> Response:
    if caller.kind == "session" and caller.proof_id is not None:
        app.accounts.sign_out(caller.proof_id)
    return with_session(on_to(request, "/login"), "", request)


def _member(app: Folio, caller: Who, user: User, request: Request) -> Account:
    return Account(app, caller, user, request)


class Account:
    """The account page of whoever asks."""

    def __init__(self, app: App, caller: Caller, user_id: str, request: Request) -> None:
        self.app, self.caller, self.user_id, self.request = app, caller, user_id, request

    @property
    def texts(self) -> Texts:
        return TEXTS[standing(self.request).language]

    def page(self, *, problem: str = "", done: str = "", token: str = "") -> str:
        account, tokens = self.app.accounts.account(self.user_id), self.app.accounts.tokens(self.user_id)
        return view.account_page(
            standing(self.request), account, tokens, problem=problem, done=done, token=token
        )  # fmt: skip

    def refused(self, error: FolioError) -> Response:
        return refused(self.page(problem=problem_of(error, self.request)), error)


Mine = Annotated[Account, Depends(_member)]


@_own.get("/account")
def account_page(mine: Mine) -> Response:
    return shown(mine.page())


@_own.post("/account/tokens")
def add_token(mine: Mine, name: Field = "") -> Response:
    try:
        _, token = mine.app.accounts.add_token(mine.user_id, name)
    except FolioError as error:
        return mine.refused(error)
    return shown(mine.page(token=token))


@_own.post("/account/tokens/{token_id}/revoke")
def revoke_token(mine: Mine, token_id: str) -> Response:
    try:
        mine.app.accounts.revoke_token(mine.user_id, token_id)
    except FolioError as error:
        return mine.refused(error)
    return shown(mine.page(done=mine.texts["token_revoked"]))


@_own.post("/account/password")
def change_password(mine: Mine, current: Field = "", new: Field = "") -> Response:
    try:
        mine.app.accounts.change_password(mine.user_id, current, new, but=mine.caller.proof_id)
    except FolioError as error:
        return mine.refused(error)
    return shown(mine.page(done=mine.texts["password_changed"]))


@_own.post("/account/delete")
def delete_account(mine: Mine, password: Field = "", sure: Field = "") -> Response:
    try:
        if sure != "yes":
            raise RequestError("invalid_request", mine.texts["delete_unconfirmed"])
        mine.app.accounts.delete(mine.user_id, password)
    except FolioError as error:
        return mine.refused(error)
    return with_session(on_to(mine.request, "/login"), "", mine.request)
