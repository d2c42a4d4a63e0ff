"""Who is let in: recognises the caller of a connection, and says which places are open to those who are nobody."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import HTTPConnection

from rag.api.auth import OPERATOR_COOKIE, SESSION_COOKIE, Caller, Identities
from rag.people.accounts import SESSION_LASTS, Accounts

SESSION_LASTS_S: Final = int(SESSION_LASTS.total_seconds())
# A look-up takes well under a millisecond; threads of its own, so that it never waits behind uploads.
_LOOKUPS_AT_ONCE: Final = 8
_OPEN: Final = frozenset(
    {
        "/login", "/register", "/logout", "/metrics", "/api/reference", "/api/v1/openapi.json", "/api/v1/health",
        "/favicon.ico", "/robots.txt",
    }
)  # fmt: skip
# What is under them asks by itself who it is, or is the same for everybody.
_OPEN_UNDER: Final = ("/login/", "/page/", "/shared/", "/api/v1/auth/")
_MAX_TOKEN_CHARS: Final = 200
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_LOCAL_NAMES: Final = _LOOPBACK | {"localhost", ""}  # without a name: no browser
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Gate:
    """`accounts`: None when accounts are off. `admin_token`: the operator's, or ""."""

    def __init__(self, identities: Identities, accounts: Accounts | None = None, admin_token: str = "") -> None:
        self._identities = identities
        self._accounts = accounts
        self._admin_token = admin_token.encode()
        self._threads = CapacityLimiter(_LOOKUPS_AT_ONCE)

    async def recognise(self, connection: HTTPConnection) -> Caller:
        """The caller of a connection. Accounts on: somebody unknown has no user id. Raises FolioError."""
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        is_bearer = scheme.lower() == "bearer"
        bearer = bearer.strip()
        if is_bearer and self._is_operator(bearer):
            return Caller(None, "operator", is_admin=True)
        if self._accounts is None:
            found_out = self._identities.recognise(connection)
            is_admin = (not is_bearer and self._has_pass(connection)) or self._is_at_the_machine(connection)
            return replace(found_out, is_admin=True) if is_admin else found_out
        token = bearer if is_bearer else connection.cookies.get(SESSION_COOKIE, "")
        nobody = Caller(None, "bearer" if is_bearer else "new")
        if not 0 < len(token) <= _MAX_TOKEN_CHARS:
            return nobody
        found = await to_thread.run_sync(self._accounts.proof, token, limiter=self._threads)
        if found is None:
            return nobody
        proof, is_prolonged = found
        return Caller(
            proof.account.user_id, "bearer" if is_bearer else "cookie",
            cookie=token if is_prolonged and not is_bearer else None, cookie_name=SESSION_COOKIE,
            kind=proof.kind, proof_id=proof.id, is_admin=proof.account.is_admin,
        )  # fmt: skip

    def admits(self, path: str, caller: Caller) -> bool:
        """Whether this caller may go on to this path; what is there may ask for more."""
        if self._accounts is None or caller.user_id is not None:
            return True
        return path in _OPEN or path.startswith(_OPEN_UNDER) or (caller.by == "operator" and is_for_admins(path))

    def _has_pass(self, connection: HTTPConnection) -> bool:
        value = connection.cookies.get(OPERATOR_COOKIE, "")
        token = self._admin_token.decode()
        return bool(value and token) and self._identities.is_operator(value, token)

    def _is_at_the_machine(self, connection: HTTPConnection) -> bool:
        """Without accounts and without a token for admins, whoever calls from the server's own machine is one.

        But by an address of its own: under any other name the caller may be a page of another site, in a browser here,
        whose name was made to lead to this machine (DNS rebinding).
        """
        forwarded = any(name in connection.headers for name in _FORWARDED)
        host = connection.client.host if connection.client else ""
        is_local = not self._admin_token and not forwarded and host in _LOOPBACK
        return is_local and _hostname(connection.headers.get("host", "")) in _LOCAL_NAMES

    def _is_operator(self, token: str) -> bool:
        return bool(self._admin_token) and hmac.compare_digest(token.encode("utf-8", "replace"), self._admin_token)


def _hostname(host: str) -> str:
    """Of a Host header, without the port; "" when it holds none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return "?"


def is_for_admins(path: str) -> bool:
    return path == "/admin" or path.startswith(("/admin/", "/api/v1/admin/"))
