from __future__ import annotations

import stat
import time
from hashlib import sha256
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner
from starlette.requests import HTTPConnection

from rag.api.auth import LIFETIME_S, RENEW_AFTER_S, SESSION_S, Identities, identify, load_key
from rag.errors import FolioError
from rag.settings import Settings

KEY = b"k" * 64


class _Past(TimestampSigner):
    age_s = 0

    def get_timestamp(self) -> int:
        return int(time.time()) - self.age_s


def _signed(value: str, salt: str, age_s: float) -> str:
    signer = _Past(KEY, salt=salt, digest_method=sha256, key_derivation="hmac")
    signer.age_s = int(age_s)
    return signer.sign(value).decode()


def _connection(**headers: str) -> HTTPConnection:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw})


def _settings(data: Path, secret: str = "") -> Settings:
    return Settings(data=data, secret=secret, _env_file=None)  # type: ignore[call-arg]


def test_a_token_is_its_user() -> None:
    identities = Identities(KEY)
    assert identities.user(identities.token("u_1")) is not None
    caller = identities.recognise(_connection(authorization=f"Bearer {identities.token('u_1')}"))
    assert (caller.user_id, caller.by, caller.cookie) == ("u_1", "bearer", None)


@pytest.mark.parametrize(
    "token",
    ["", "u_1", "u_1.x.y", Identities(b"other" * 20).token("u_1"), "ü", "\x00", "." * 10_000],
    ids=["none", "unsigned", "nonsense", "another key", "not ASCII", "NUL", "dots"],
)
def test_a_forged_token_is_nobody(token: str) -> None:
    identities = Identities(KEY)
    assert identities.user(token) is None
    assert identities.recognise(_connection(authorization=f"Bearer {token}")).user_id is None
    as_cookie = identities.recognise(_connection(cookie=f"folio_user={token}"))
    assert as_cookie.by == "new"
    assert as_cookie.user_id != "u_1"


def test_a_token_for_sessions_is_no_token_for_users() -> None:
    identities = Identities(KEY)
    assert identities.user(identities.session("u_1")) is None


@pytest.mark.parametrize(
    ("age_s", "by", "is_renewed"),
    [(60, "cookie", False), (RENEW_AFTER_S + 60, "cookie", True), (LIFETIME_S + 60, "new", True)],
)
def test_a_cookie_in_use_is_renewed_and_an_expired_one_replaced(age_s: int, by: str, is_renewed: bool) -> None:
    caller = Identities(KEY).recognise(_connection(cookie=f"folio_user={_signed('u_1', 'folio.user', age_s)}"))
    assert caller.by == by
    assert (caller.cookie is not None) is is_renewed
    assert (caller.user_id == "u_1") is (by == "cookie")


def test_a_session_lasts_ten_minutes() -> None:
    identities = Identities(KEY)
    assert identities.turn_of(identities.session("turn_1")) == "turn_1"
    assert identities.turn_of(_signed("turn_1", "folio.session", SESSION_S - 30)) == "turn_1"
    for session_id in (_signed("turn_1", "folio.session", SESSION_S + 30), "turn_1", "ü", ""):
        with pytest.raises(FolioError) as caught:
            identities.turn_of(session_id)
        assert caught.value.code == "not_found"


def test_identify_reads_what_the_edge_recognised() -> None:
    identities = Identities(KEY)
    good, bad = _connection(), _connection(authorization="Bearer nonsense")
    for connection in (good, bad):
        connection.scope["folio.caller"] = identities.recognise(connection)
    assert identify(good) == identify(good.scope) != ""
    with pytest.raises(FolioError) as caught:
        identify(bad)
    assert caught.value.code == "not_authenticated"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = load_key(_settings(tmp_path / "data"))
    assert len(key) >= 32
    assert load_key(_settings(tmp_path / "data")) == key
    assert load_key(_settings(tmp_path / "other")) != key
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
    assert load_key(_settings(tmp_path / "data", "chosen")) == b"chosen"


def test_a_damaged_key_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"")
    with pytest.raises(FolioError, match=r"secret\.key"):
        load_key(_settings(tmp_path))
