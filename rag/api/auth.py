"""Who is asking. One check for the page, REST, SSE and WebSocket.

Accounts are off: each browser is its own anonymous user, known by a signed cookie; a program sends the same signed
value as a bearer token. `rag.api.edge` recognises the caller once for each connection, before any route sees it;
`identify` reads the result.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection
from starlette.types import Scope

from rag.errors import RequestError
from rag.settings import Settings

COOKIE = "folio_user"
LIFETIME_S = 365 * 24 * 3600
RENEW_AFTER_S = 30 * 24 * 3600
SESSION_S = 600
SCOPE_KEY = "folio.caller"
_KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Caller:
    """`by`: how the caller is known. `cookie`: the value the browser has to be given, or None.

    `user_id` is None for a bearer token that is forged or expired: such a request is refused, not renamed.
    """

    user_id: str | None
    by: Literal["cookie", "bearer", "new"]
    cookie: str | None = None


class _Signed(Protocol):
    scope: Scope


class Identities:
    """Signs and reads user ids and session ids. `key`: secret, the same from start to start."""

    def __init__(self, key: bytes) -> None:
        self._users = TimestampSigner(key, salt="folio.user", digest_method=sha256, key_derivation="hmac")
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
        try:
            return self._sessions.unsign(session_id, max_age=SESSION_S).decode()
        except (BadSignature, UnicodeEncodeError) as error:
            message = "There is no such session; a session lasts ten minutes."
            raise RequestError("not_found", message) from error

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

    Raises RequestError(not_authenticated) for a bearer token that is forged or expired.
    """
    scope = connection if isinstance(connection, Mapping) else connection.scope
    caller: Caller = scope[SCOPE_KEY]
    if caller.user_id is None:
        raise RequestError("not_authenticated", "The bearer token is not valid, or it has expired.")
    return caller.user_id


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
