"""A front end with a server of its own: the outer layer round it, and who its cookies say is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from rag.api.auth import COOKIE, SESSION_COOKIE, Identities, load_key
from rag.api.beside import Visitors, edged
from rag.api.edge import Edge
from rag.app import App, open_app
from tests.whole import settings_for


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nobody calls")


@pytest.fixture
def folio(tmp_path: Path) -> Iterator[App]:
    with open_app(settings_for(tmp_path)) as opened:
        yield opened


@pytest.fixture
def club(tmp_path: Path) -> Iterator[App]:
    with open_app(settings_for(tmp_path, auth="password")) as opened:
        yield opened


def test_a_browser_is_known_by_its_cookie(folio: App) -> None:
    token = Identities(load_key(folio.settings)).token("u_ann")
    session: dict[str, Any] = {"user": "u_tab"}
    assert Visitors(folio).user_id({COOKIE: token}, session) == "u_ann"
    assert Visitors(folio).user_id({COOKIE: f"{token}x"}, session) == "u_tab"


def test_without_cookies_one_is_the_same_new_user_for_as_long_as_the_tab_is_open(folio: App) -> None:
    visitors = Visitors(folio)
    session: dict[str, Any] = {}
    known = visitors.user_id({}, session)
    assert known is not None
    assert known == visitors.user_id({}, session)
    assert known != visitors.user_id({}, {})


def test_with_accounts_somebody_is_there_by_a_session_only(club: App) -> None:
    account = club.accounts.register(username="ann", email=None, password="a long enough password").account
    token = club.accounts.sign_in("ann", "a long enough password", address="here").token
    visitors = Visitors(club)
    assert visitors.user_id({SESSION_COOKIE: token}, {}) == account.user_id
    assert visitors.user_id({}, {"token": token}) == account.user_id
    assert visitors.user_id({SESSION_COOKIE: "fs_forged"}, {"token": token}) == account.user_id
    assert visitors.user_id({SESSION_COOKIE: "fs_forged"}, {"user": account.user_id}) is None


def test_the_outer_layer_is_put_round_unless_the_settings_do_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLIO_DATA", str(tmp_path))
    assert isinstance(edged(inner), Edge)
    monkeypatch.setenv("FOLIO_PORT", "none at all")
    assert edged(inner) is inner
