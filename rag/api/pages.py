"""What the server-rendered pages share: where a page stands, how it is sent, and where a form may go on to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse

from rag.api.auth import SESSION_COOKIE, cookie_header
from rag.api.envelope import NO_STORE
from rag.api.gate import SESSION_LASTS_S
from rag.errors import FolioError
from rag.view.accounts import POLICY
from rag.view.texts import Language, choose_language
from rag.view.wording import error_message

_TARGET: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_MAX_TARGET_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """`root`: what stands before the paths of this server, "" at the top of a host."""

    root: str
    language: Language


def standing(request: Request) -> Standing:
    return Standing(
        str(request.scope.get("root_path", "")), choose_language(request.headers.get("accept-language", ""))
    )


def shown(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status, {**NO_STORE, "Content-Security-Policy": POLICY})


def problem_of(error: FolioError, request: Request) -> str:
    """What went wrong, in the page's language."""
    return error_message(error.code, error.message, standing(request).language)


def refused(page: str, error: FolioError) -> HTMLResponse:
    """The page again, with what was wrong in it."""
    response = shown(page, error.http_status)
    if error.code == "rate_limited":
        response.headers["Retry-After"] = str(error.details.get("retry_after_s", 5))
    return response


def on_to(request: Request, target: str) -> RedirectResponse:
    """To another page of this server, by GET."""
    return RedirectResponse(standing(request).root + target, 303, NO_STORE)


def own_target(target: str) -> str:
    """Where to go on to, if it is a path of this server; else the page itself."""
    return target if len(target) <= _MAX_TARGET_CHARS and _TARGET.fullmatch(target) else "/"


def with_session(response: RedirectResponse, token: str, request: Request) -> RedirectResponse:
    """Gives the browser its session; an empty token takes it away."""
    response.headers.append("Set-Cookie", cookie_header(SESSION_COOKIE, token, SESSION_LASTS_S, request.scope))
    return response
