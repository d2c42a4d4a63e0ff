"""Signing in with an OpenID provider, as Hugging Face is for a Space: the authorization code flow with PKCE.

Sources: https://openid.net/specs/openid-connect-core-1_0.html (3.1), https://www.rfc-editor.org/rfc/rfc7636
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from itsdangerous import BadSignature, URLSafeTimedSerializer

from rag.errors import RequestError

FLOW_S: Final = 600
TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 1024 * 1024
SCOPE: Final = "openid profile"
_FAILED: Final = "Signing in did not work: {}. Try again."


@dataclass(frozen=True, slots=True)
class Flow:
    """What the browser keeps, signed, while it is away at the provider's. `target`: where to go on to afterwards."""

    state: str
    verifier: str
    target: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says it is."""

    subject: str
    username: str


class Provider:
    """An OpenID provider by its address. Every call has a timeout; whatever goes wrong is RequestError."""

    def __init__(self, url: str, client_id: str, client_secret: str, key: bytes) -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._signer = URLSafeTimedSerializer(key, salt="folio.oauth")

    def begin(self, redirect_uri: str, target: str) -> tuple[str, str]:
        """-> (the provider's address to send the browser to, what the browser is to keep for `finish`)."""
        flow = Flow(secrets.token_urlsafe(24), secrets.token_urlsafe(48), target)
        challenge = base64.urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": self._client_id, "redirect_uri": redirect_uri, "scope": SCOPE,
            "state": flow.state, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        with httpx.Client(timeout=TIMEOUT_S) as client:
            authorize = self._endpoints(client)["authorization_endpoint"]
        return f"{authorize}?{urlencode(query)}", str(self._signer.dumps(asdict(flow)))

    def finish(self, redirect_uri: str, kept: str, state: str, code: str) -> tuple[Person, str]:
        """The browser is back -> (who it is, where to go on to). Raises RequestError(not_authenticated)."""
        flow = self._flow(kept)
        if not state or not hmac.compare_digest(state.encode(), flow.state.encode()):
            raise _failed("the answer does not belong to this browser")
        with httpx.Client(timeout=TIMEOUT_S) as client:
            endpoints = self._endpoints(client)
            grant = {
                "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
                "client_id": self._client_id, "code_verifier": flow.verifier,
            }  # fmt: skip
            tokens = _answer(
                client, "POST", endpoints["token_endpoint"], data=grant, auth=(self._client_id, self._client_secret)
            )
            bearer = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
            claims = _answer(client, "GET", endpoints["userinfo_endpoint"], headers=bearer)
        subject = str(claims.get("sub") or "")
        if not subject:
            raise _failed("the provider does not say who you are")
        return Person(subject[:200], str(claims.get("preferred_username") or claims.get("name") or subject)[:100]), (
            flow.target
        )

    def _flow(self, kept: str) -> Flow:
        try:
            return Flow(**self._signer.loads(kept, max_age=FLOW_S))
        except BadSignature as error:
            raise _failed("it took more than ten minutes, or this browser keeps no cookies") from error

    def _endpoints(self, client: httpx.Client) -> dict[str, Any]:
        found = _answer(client, "GET", f"{self._url}/.well-known/openid-configuration")
        for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
            if not str(found.get(name, "")).startswith(("https://", "http://")):
                raise _failed("the provider does not describe itself")
        return found


def _answer(client: httpx.Client, method: str, url: str, **request: Any) -> dict[str, Any]:
    try:
        response = client.request(method, url, **request)
        if response.status_code != httpx.codes.OK or len(response.content) > MAX_ANSWER_BYTES:
            raise _failed(f"the provider answered {response.status_code}")
        found = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _failed("the provider did not answer") from error
    if not isinstance(found, dict):
        raise _failed("the provider did not answer as it should")
    return found


def _failed(reason: str) -> RequestError:
    return RequestError("not_authenticated", _FAILED.format(reason))
