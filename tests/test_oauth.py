"""Signing in with Hugging Face, against a small real OpenID provider over HTTP."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from tests.api_folio import body_of
from tests.api_server import API, serving
from tests.members import Club, open_club

CLIENT = ("folio-client", "folio-secret")


@dataclass
class Provider:
    """Signs everybody in as `claims` without asking; checks what a provider checks."""

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "hf_1", "preferred_username": "ada"})
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def describe() -> dict[str, str]:
            ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            return {f"{name}_endpoint": f"{self.url}/oauth/{path}" for name, path in ends.items()}

        @app.get("/oauth/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            assert (asked["client_id"], asked["response_type"]) == (CLIENT[0], "code")
            assert asked["scope"] == "openid profile"
            code = f"code_{len(self.granted)}"
            self.granted[code] = asked
            return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 303)

        @app.post("/oauth/token")
        async def token(request: Request) -> Response:
            sent = dict(parse_qsl((await request.body()).decode()))
            basic = base64.b64encode(":".join(CLIENT).encode()).decode()
            asked = self.granted.pop(sent["code"], None)
            challenge = base64.urlsafe_b64encode(sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            fits = asked is not None and (asked["redirect_uri"], asked["code_challenge"]) == (
                sent["redirect_uri"], challenge,
            )  # fmt: skip
            if request.headers["authorization"] != f"Basic {basic}" or not fits:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"access_token": "hf_access", "token_type": "bearer"})

        @app.get("/oauth/userinfo")
        def userinfo(request: Request) -> Response:
            if request.headers.get("authorization") != "Bearer hf_access":
                return JSONResponse({}, 401)
            return JSONResponse(self.claims)

        return app


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    with serving(made.app()) as url:
        made.url = url
        yield made


@pytest.fixture(scope="module")
def club(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    with open_club(
        tmp_path_factory.mktemp("space"), auth="huggingface", oauth_client_id=CLIENT[0], oauth_client_secret=CLIENT[1],
        openid_provider_url=provider.url, admins="grace, linus",
    ) as opened:  # fmt: skip
        yield opened


def _sign_in(browser: httpx.Client, target: str = "/") -> httpx.Response:
    """Follows the way there and back; -> the answer that sends the browser on."""
    begun = browser.get("/login/huggingface", params={"next": target})
    assert begun.status_code == 303
    return browser.get(httpx.get(begun.headers["location"], timeout=60).headers["location"])


def _me(browser: httpx.Client) -> Any:
    return body_of(browser.get(f"{API}/auth/me"))["data"]


def test_the_way_there_and_back(club: Club, provider: Provider) -> None:
    with httpx.Client(base_url=club.url, timeout=60) as browser:
        assert "Sign in with Hugging Face" in browser.get("/login").text
        done = _sign_in(browser, "/account")
        assert (done.status_code, done.headers["location"]) == (303, "/account")
        me = _me(browser)
        assert (me["username"], me["kind"], me["is_admin"]) == ("ada", "account", False)
        assert "Delete account" in browser.get("/account").text
        assert browser.post(f"{API}/auth/login", json={"username": "ada", "password": "x"}).status_code == 404
    provider.claims["preferred_username"] = "ada-lovelace"  # people change their names
    with httpx.Client(base_url=club.url, timeout=60) as browser:
        _sign_in(browser)
        assert (_me(browser)["user_id"], _me(browser)["username"]) == (me["user_id"], "ada-lovelace")
        assert browser.request("DELETE", f"{API}/auth/me").status_code == 200
    provider.claims.update(sub="hf_2", preferred_username="grace")
    with httpx.Client(base_url=club.url, timeout=60) as browser:
        _sign_in(browser)
        assert _me(browser)["is_admin"] is True


def test_what_does_not_belong_to_this_browser_is_refused(club: Club) -> None:
    with httpx.Client(base_url=club.url, timeout=60) as mine, httpx.Client(base_url=club.url, timeout=60) as theirs:
        back = httpx.get(mine.get("/login/huggingface").headers["location"], timeout=60).headers["location"]
        for browser, url in ((theirs, back), (mine, back.replace("state=", "state=x")), (mine, f"{back}x")):
            if browser is theirs and url == back:
                theirs.get("/login/huggingface")  # a flow of their own
            refused = browser.get(url)
            assert refused.status_code == 401
            assert 'role="alert"' in refused.text
            assert "folio_session" not in browser.cookies
        cancelled = mine.get("/login/callback", params={"error": "access_denied"})
        assert cancelled.status_code == 401


def test_codes_are_good_once(club: Club) -> None:
    with httpx.Client(base_url=club.url, timeout=60) as browser:
        begun = browser.get("/login/huggingface").headers["location"]
        assert parse_qs(urlsplit(begun).query)["code_challenge_method"] == ["S256"]
        back = httpx.get(begun, timeout=60).headers["location"]
        kept = browser.cookies["folio_oauth"]
        assert browser.get(back).status_code == 303
        again = httpx.get(back, headers={"Cookie": f"folio_oauth={kept}"}, timeout=60)
        assert again.status_code == 401
        assert "set-cookie" not in again.headers
