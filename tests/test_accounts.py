"""Accounts below the doors: how long proofs last, names, passwords, plans, and the command line."""

from __future__ import annotations

import io
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rag.__main__ import main
from rag.errors import RequestError
from rag.people.accounts import RENEW_AFTER, SESSION_LASTS, Accounts
from rag.people.names import checked_names
from rag.people.passwords import Passwords
from rag.plans import includes, parse
from rag.settings import Settings, load_settings
from store import accounts as rows
from store import conversations
from store.database import Database
from store.errors import NotFound
from store.folder import hold
from tests.whole import refused

PASSWORD = "correct horse"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment


def _accounts(database: Database, **options: Any) -> Accounts:
    settings = Settings(auth="password", _env_file=None)  # type: ignore[call-arg]
    return Accounts(database, settings, **options)


def test_a_session_lasts_from_its_last_use(database: Database) -> None:
    clock = Clock()
    people = _accounts(database, clock=clock)
    token = people.register(username="ada", email=None, password=PASSWORD).token
    proof, is_prolonged = people.proof(token) or pytest.fail("no proof")
    assert (proof.kind, proof.account.username, is_prolonged) == ("session", "ada", False)
    clock.moment += RENEW_AFTER + timedelta(seconds=1)
    assert (people.proof(token) or pytest.fail("no proof"))[1] is True
    clock.moment += SESSION_LASTS - timedelta(seconds=1)
    assert people.proof(token) is not None
    clock.moment += SESSION_LASTS
    assert people.proof(token) is None


def test_who_watches_hears_what_ended(database: Database) -> None:
    heard: list[str] = []
    people = _accounts(database)
    people.watch(heard.append)
    first = people.register(username="ada", email=None, password=PASSWORD)
    second = people.sign_in("ADA", PASSWORD)
    user_id = first.account.user_id
    token, _ = people.add_token(user_id, "a script")
    people.change_password(user_id, PASSWORD, "battery staple", but=second.session_id)
    people.revoke_token(user_id, token.id)
    people.sign_out(second.session_id)
    people.delete(user_id, "battery staple")
    assert heard == [first.session_id, token.id, second.session_id, user_id]
    with pytest.raises(NotFound):  # nothing is made for a user who is gone
        conversations.create(database, user_id)


def test_nothing_in_the_database_signs_in(database: Database) -> None:
    people = _accounts(database)
    made = people.register(username="ada", email=None, password=PASSWORD)
    _, token = people.add_token(made.account.user_id, "a script")
    with database.read() as reader:
        kept = "\n".join(reader_dump(reader))
    assert "$argon2id$" in kept
    for secret in (PASSWORD, made.token, token):
        assert secret not in kept


def reader_dump(reader: sqlite3.Connection) -> list[str]:
    """All values of the tables of accounts."""
    tables = ("accounts", "account_names", "sessions", "api_tokens")
    return [str(tuple(row)) for table in tables for row in reader.execute(f"SELECT * FROM {table}").fetchall()]


def test_the_first_is_an_admin_and_names_are_compared_in_one_form(database: Database) -> None:
    people = _accounts(database)
    assert people.add("ada", password=PASSWORD).is_admin is True
    assert people.add("bob", password=PASSWORD).is_admin is False
    with refused("conflict"):
        people.add("Ａda", password=PASSWORD)
    with refused("conflict"):
        people.change(rows.named(database, "ada").user_id, is_admin=False)


@pytest.mark.parametrize("name", ["", "x", "-ada", "<b>ada", "ada\x00", "a" * 65, "a\nb"])
def test_what_is_no_name(name: str) -> None:
    if name == "a\nb":
        assert checked_names(name, None) == ("a b", None)
        return
    with pytest.raises(RequestError, match="user name"):
        checked_names(name, None)


def test_an_address_alone_is_the_name_too() -> None:
    assert checked_names(None, " Ada@example.org ") == ("Ada@example.org", "Ada@example.org")
    with pytest.raises(RequestError, match="e-mail"):
        checked_names("ada", "nowhere")


def test_passwords_are_verified_whatever_the_hash_is() -> None:
    passwords = Passwords()
    made = passwords.hash(PASSWORD)
    assert made != passwords.hash(PASSWORD)
    assert passwords.verify(PASSWORD, made)
    assert not passwords.verify("wrong horse", made)
    assert not passwords.verify(PASSWORD, None)
    assert not passwords.verify(PASSWORD, "no hash")


def test_plans_name_the_models_they_include() -> None:
    plans = parse(" gpt-5 = pro, team ; local=* ;")
    assert plans == {"gpt-5": ("pro", "team"), "local": ()}
    assert includes(plans, "gpt-5", "team")
    assert not includes(plans, "gpt-5", "free")
    assert includes(plans, "local", "free")
    assert includes(plans, "another", "free")
    for text in ("gpt-5", "=pro", "gpt-5=", "a=b;a=c"):
        with pytest.raises(RequestError, match="FOLIO_MODEL_PLANS"):
            load_settings(model_plans=text, _env_file=None)


def test_settings_of_accounts_are_checked() -> None:
    for wrong, name in (
        ({"auth": "huggingface"}, "OAUTH_CLIENT_ID"), ({"admin_token": "short"}, "FOLIO_ADMIN_TOKEN"),
        ({"auth": "magic"}, "FOLIO_AUTH"), ({"trusted_proxies": "x"}, "FOLIO_TRUSTED_PROXIES"),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=name):
            load_settings(**wrong, _env_file=None)


def test_accounts_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOLIO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main(["user", *arguments])
        told = capsys.readouterr()
        return status, told.out + told.err

    assert run("add", "ada", typed=f"{PASSWORD}\n") == (0, "ada: the first account, and an admin, plan free\n")
    assert run("add", "bob@example.org", "--plan", "pro", typed=PASSWORD)[1] == "bob@example.org: made, plan pro\n"
    assert run("add", "grace", "--admin", typed=PASSWORD)[1] == "grace: an admin, plan free\n"
    assert run("add", "eve", typed="short")[0] == 1
    assert run("plan", "bob@example.org", "team") == (0, "bob@example.org: plan team\n")
    assert run("password", "grace", typed="battery staple")[0] == 0
    assert run("remove", "ada")[0] == 0
    status, told = run("list")
    assert status == 0
    assert [line.split()[0] for line in told.splitlines()[1:]] == ["bob@example.org", "grace"]
    assert run("remove", "nobody")[0] == 1
    with hold(tmp_path / "data"):
        status, told = run("list")
        assert (status, "index_in_use" in told) == (1, True)
