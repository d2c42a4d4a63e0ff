"""Rates by user and address, proxies that are believed, and that running streams are unharmed by all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.api.traffic import client_address, is_asking
from rag.errors import RequestError
from rag.people.rates import Rate
from rag.settings import Settings
from tests.api_folio import body_of, error_of
from tests.api_server import Stream
from tests.members import open_club

ASK = {"question": "What is there?", "search_mode": "none"}


def test_a_rate_counts_each_key_by_itself_and_says_when_to_come_back() -> None:
    rate = Rate(2, "questions")
    rate.take("ada")
    rate.take("ada")
    rate.take("bob")
    with pytest.raises(RequestError, match="Too many questions in a minute; 2 are the most") as raised:
        rate.take("ada")
    assert raised.value.code == "rate_limited"
    assert 1 <= raised.value.details["retry_after_s"] <= 60
    rate.forget("ada")
    rate.take("ada")
    none = Rate(0, "questions")
    for _ in range(1_000):
        none.take("ada")


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ("", "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.0/8", "10.9.9.9", "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what the client itself wrote is not believed
        ("10.0.0.0/8", "10.9.9.9", "6.6.6.6, 1.2.3.4, 10.0.0.7", "1.2.3.4"),
        ("10.0.0.1", "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        ("10.0.0.1", "10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", "", "10.0.0.1"),
        ("::1,10.0.0.1", "::1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_first_that_is_not_trusted(trusted: str, peer: str, forwarded: str, address: str) -> None:
    settings = Settings(trusted_proxies=trusted, _env_file=None)  # type: ignore[call-arg]
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope: dict[str, Any] = {"type": "http", "headers": headers, "client": (peer, 1)}
    assert client_address(scope, settings.proxy_networks) == address


def test_a_proxy_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="'everyone' is no address"):
        Settings(trusted_proxies="127.0.0.1, everyone", _env_file=None)  # type: ignore[call-arg]


def test_asking_is_told_by_the_path() -> None:
    asking = ("/chat", "/chat/", "/chat/start", "/chat/stream", "/fast_chat/stream", "/chat/messages/msg_1/edit")
    assert all(is_asking(f"/api/v1{path}") for path in asking)
    assert not any(is_asking(f"/api/v1{path}") for path in ("/search", "/chat/conversation", "/chat/turns/turn_1/stop"))


def test_overload_refuses_the_next_and_leaves_the_running(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"rate_ask_per_minute": 2, "rate_requests_per_minute": 8}
    with open_club(tmp_path, auth="none", **limits) as club, club.client() as first, club.client() as other:
        first.headers["Authorization"] = f"Bearer {body_of(first.get('/auth/me'))['data']['token']}"
        with first.stream("POST", "/fast_chat/stream", json=ASK) as response:
            stream = Stream(response)
            stream.until("One half")
            first.post("/chat/start", json=ASK)
            asked = first.post("/chat/start", json=ASK)
            assert error_of(asked, 429).error_code == "rate_limited"
            assert 1 <= int(asked.headers["retry-after"]) <= 60
            codes = [first.get("/docs").status_code for _ in range(8)]
            assert (codes[0], codes[-1]) == (200, 429)
            assert first.get("/health").status_code == 200
            assert other.get("/docs").status_code == 200
            club.gate.set()
            assert "event: done" in stream.rest()


def test_sign_in_forms_are_counted_by_address(tmp_path: Path) -> None:
    with open_club(tmp_path, rate_login_per_minute=1, trusted_proxies="127.0.0.1") as club:
        form = {"username": "?", "password": "wrong horse"}
        codes = [httpx.post(f"{club.url}/register", data=form, timeout=60).status_code for _ in range(7)]
        assert codes == [422] * 6 + [429]
        elsewhere = httpx.post(f"{club.url}/register", data=form, headers={"X-Forwarded-For": "1.2.3.4"}, timeout=60)
        assert elsewhere.status_code == 422
        huge = {"username": "x" * 2_000_000, "password": "wrong horse"}
        assert (
            httpx.post(f"{club.url}/login", data=huge, headers={"X-Forwarded-For": "1.2.3.5"}, timeout=60).status_code
            == 413
        )
