"""How often one user and one address may ask, upload, sign in, or call at all."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from rag.api.auth import Caller
from rag.people.rates import Rate
from rag.settings import Settings

# Many people may stand behind one address.
USERS_AN_ADDRESS: Final = 5
LOGINS_AN_ADDRESS: Final = 6
_V1: Final = "/api/v1"
_ASKING: Final = (f"{_V1}/chat/", f"{_V1}/fast_chat/")
_ASKING_ENDS: Final = ("/stream", "/start", "/regenerate", "/edit")
_UPLOADING: Final = (f"{_V1}/files/upload", f"{_V1}/files/transcribe", f"{_V1}/docs/upload")
_SIGNING_IN: Final = frozenset({"/login", "/register", f"{_V1}/auth/login", f"{_V1}/auth/register"})
_COUNTED: Final = ("/api/", "/gradio_api/queue/", "/login", "/register", "/account", "/admin")
_FREE: Final = frozenset({f"{_V1}/health"})
Networks = Sequence[IPv4Network | IPv6Network]


class Traffic:
    """Counts requests as they come. What one user asks is counted by the App, whichever door it comes by."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.proxy_networks
        each, many = settings.rate_requests_per_minute, USERS_AN_ADDRESS
        self._users = Rate(each, "requests")
        self._addresses = Rate(each * many, "requests from one address")
        self._asks = Rate(settings.rate_ask_per_minute * many, "questions from one address")
        self._uploads = Rate(settings.rate_upload_per_minute, "uploads")
        self._uploads_from = Rate(settings.rate_upload_per_minute * many, "uploads from one address")
        self._operators = Rate(settings.rate_login_per_minute, "attempts to sign in")
        self._logins_from = Rate(settings.rate_login_per_minute * LOGINS_AN_ADDRESS, "attempts to sign in")

    def count(self, scope: Scope, caller: Caller) -> None:
        """One more request. Raises RequestError(rate_limited)."""
        path = scope["path"]
        if not path.startswith(_COUNTED) or path in _FREE:
            return
        address = self.address(scope)
        self._addresses.take(address)
        user_id = caller.user_id if caller.by != "new" else None
        if user_id is not None:
            self._users.take(user_id)
        if scope["type"] != "http" or scope["method"] != "POST":
            return
        if path in _SIGNING_IN:
            self._logins_from.take(address)
        elif path.startswith(_UPLOADING):
            self._uploads_from.take(address)
            if user_id is not None:
                self._uploads.take(user_id)
        elif is_asking(path):
            self._asks.take(address)

    def attempt(self, scope: Scope) -> None:
        """One more attempt to show the operator's token. Raises RequestError(rate_limited)."""
        self._operators.take(self.address(scope))

    def address(self, scope: Scope) -> str:
        """Where a connection comes from, seen through the proxies that are trusted."""
        return client_address(scope, self._proxies)


def is_asking(path: str) -> bool:
    """Whether a POST there starts an answer."""
    return path.rstrip("/") == f"{_V1}/chat" or (path.startswith(_ASKING) and path.endswith(_ASKING_ENDS))


def client_address(scope: Scope, trusted: Networks) -> str:
    """The peer's address; of a trusted proxy, the last one before it in X-Forwarded-For that is not trusted."""
    client = scope.get("client")
    address = str(client[0]) if client else ""
    hops = [hop.strip() for hop in ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")]
    while hops and _is_in(address, trusted):
        before = hops.pop()
        if not _is_address(before):
            break
        address = before
    return address


def _is_in(address: str, networks: Networks) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
