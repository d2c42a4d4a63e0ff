"""Who is asking. One check for the page, REST, SSE and WebSocket.

Accounts off: each browser is its own anonymous user, known by a signed cookie; a program sends the same signed value as
a bearer token. Accounts on: a session's cookie, or a session or API token as a bearer token. `rag.api.edge` recognises
the caller once for each connection (by `rag.api.gate`), before any route sees it; `identify` reads the result.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from rag.errors import RequestError
from rag.settings import Settings

COOKIE = "folio_user"
SESSION_COOKIE = "folio_session"
OPERATOR_COOKIE = "folio_operator"
OPERATOR_S = 24 * 3600
LIFETIME_S = 365 * 24 * 3600
RENEW_AFTER_S = 30 * 24 * 3600
SESSION_S = 600
_SIGNED = re.compile(r"[A-Za-z0-9_.-]+")
SCOPE_KEY = "folio.caller"
_KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Caller:
    """`by`: how the caller is known. `cookie`: the value the browser has to be given under `cookie_name`, or None.

    `user_id` is None for whoever has to sign in: no session, a bearer token that is forged or expired; and for the
    operator, who has no documents. `proof_id`: of the session or API token (`kind` says which), None without accounts.
    """

    user_id: str | None
    by: Literal["cookie", "bearer", "new", "operator"]
    cookie: str | None = None
    cookie_name: str = COOKIE
    kind: Literal["anonymous", "session", "token"] = "anonymous"
    proof_id: str | None = None
    is_admin: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """What may end while they are connected: their session or token, and they themselves."""
        return () if self.proof_id is None or self.user_id is None else (self.proof_id, self.user_id)


class _Signed(Protocol):
    scope: Scope


class Identities:
    """Signs and reads user ids and session ids. `key`: secret, the same from start to start."""

    def __init__(self, key: bytes) -> None:
        self._users = TimestampSigner(key, salt="folio.user", digest_method=sha256, key_derivation="hmac")
        self._operators = TimestampSigner(key, salt="folio.operator", digest_method=sha256, key_derivation="hmac")
        self._sessions = TimestampSigner(key, salt="folio.session", digest_method=sha256, key_derivation="hmac")

    def token(self, user_id: str) -> str:
        """What proves to be `user_id` for a year: the cookie's value and the bearer token."""
        return self._users.sign(user_id).decode()

    def user(self, token: str) -> tuple[str, float] | None:
        """A token -> (user id, age in seconds), or None when it is forged or expired."""
        try:
            value, made = self._users.unsign(token, max_age=LIFETIME_S, return_timestamp=True)
        except (BadSignature, UnicodeEncodeError):
            return None
        return value.decode(), self._users.get_timestamp() - made.timestamp()

    def session(self, turn_id: str) -> str:
        """An id under which `turn_id` can be streamed for ten minutes."""
        return self._sessions.sign(turn_id).decode()

    def turn_of(self, session_id: str) -> str:
        """The inverse of `session`. Raises RequestError(not_found) for a forged or expired one."""
        as_signed = session_id if _SIGNED.fullmatch(session_id) else ""  # decoding passes over other characters
        try:
            return self._sessions.unsign(as_signed, max_age=SESSION_S).decode()
        except BadSignature as error:
            # The same words as for somebody else's.
            raise RequestError("not_found", "It does not exist, or it is not yours.") from error

    def operator(self, admin_token: str) -> str:
        """What lets a browser that has shown the operator's token look at the figures for a day."""
        return self._operators.sign(sha256(admin_token.encode()).hexdigest()).decode()

    def is_operator(self, value: str, admin_token: str) -> bool:
        """Whether `operator` made this for the same token, within a day."""
        try:
            found = self._operators.unsign(value, max_age=OPERATOR_S).decode()
        except (BadSignature, UnicodeEncodeError):
            return False
        return found == sha256(admin_token.encode()).hexdigest()

    def recognise(self, connection: HTTPConnection) -> Caller:
        """The caller of a connection; somebody without a valid cookie becomes a new anonymous user."""
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            known = self.user(bearer.strip())
            return Caller(known[0] if known else None, "bearer")
        known = self.user(connection.cookies.get(COOKIE, ""))
        if known is None:
            user_id = f"u_{secrets.token_hex(12)}"
            return Caller(user_id, "new", self.token(user_id))
        user_id, age_s = known
        return Caller(user_id, "cookie", self.token(user_id) if age_s > RENEW_AFTER_S else None)


def identify(connection: Scope | Mapping[str, Any] | _Signed) -> str:
    """The user id behind a request, a WebSocket or an ASGI scope that came through `rag.api.edge`.

    Raises RequestError(not_authenticated) for a bearer token that is forged or expired, and for nobody.
    """
    caller = caller_of(connection)
    if caller.user_id is None:
        raise not_known(caller)
    return caller.user_id


def caller_of(connection: Scope | Mapping[str, Any] | _Signed) -> Caller:
    """What `rag.api.edge` found out about who connected."""
    scope = connection if isinstance(connection, Mapping) else connection.scope
    caller: Caller = scope[SCOPE_KEY]
    return caller


def not_known(caller: Caller) -> RequestError:
    """Why this caller cannot be served."""
    if caller.by == "bearer":
        return RequestError("not_authenticated", "The bearer token is not valid, or it has expired.")
    return RequestError("not_authenticated", "Sign in first.")


def cookie_header(name: str, value: str, max_age_s: int, scope: Scope) -> str:
    """A Set-Cookie header's value; an empty `value` takes the cookie away."""
    is_https = scope["scheme"] == "https" or Headers(scope=scope).get("x-forwarded-proto", "").startswith("https")
    # In a Space the page stands in a frame of another site: there only SameSite=None is sent back, and only if Secure.
    place = "SameSite=None; Secure" if is_https else "SameSite=Lax"
    return f"{name}={value}; Max-Age={max_age_s if value else 0}; Path=/; HttpOnly; {place}"


def load_key(settings: Settings) -> bytes:
    """The signing key: FOLIO_SECRET, or one that is made once and kept in the data folder, readable by its owner."""
    if settings.secret:
        return settings.secret.encode()
    path = settings.data / _KEY_FILE
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        return _read_key(path)
    except FileNotFoundError:
        return _make_key(path)


def _read_key(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < 32:
        raise RequestError(
            "invalid_request", f"{path} does not hold a key. Delete it; a new one is made at the next start."
        )
    return key


def _make_key(path: Path) -> bytes:
    # Written aside and moved into place: a crash leaves no half-written key.
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return _read_key(path)
