"""Who may sign in, and what proves that they did: the verbs behind the page, the API and the command line.

A verb raises FolioError and nothing else, and may be called from any thread. Life of a proof: a session is made by
signing in, lasts 30 days from its last use, and ends by signing out, by a changed password (all but the one it was
changed in), or with the account; a token lasts until it is revoked. Whoever `watch`es hears the id of a proof that
ended, so that streams opened by it end too.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from rag.coded import coded
from rag.errors import RequestError
from rag.people.names import checked_names, checked_password
from rag.people.passwords import Passwords
from rag.people.rates import Rate
from rag.settings import Settings
from store import accounts, sessions, turns
from store.accounts import Account
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import moment_text
from store.sessions import ApiToken, Proof

SESSION_LASTS: Final = timedelta(days=30)
RENEW_AFTER: Final = timedelta(days=1)
USE_NOTED_EVERY: Final = timedelta(minutes=1)
MAX_TOKENS: Final = 50
MAX_TOKEN_NAME_CHARS: Final = 80
SESSION_PREFIX: Final = "fs_"
TOKEN_PREFIX: Final = "ft_"  # noqa: S105 -- what tokens begin with
_MAX_KEY_CHARS: Final = 254
_WRONG = "The name or the password is not right."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token`: what proves it from now on; it is told once. `session_id` names the session to those who watch."""

    account: Account
    token: str
    session_id: str
    expires_at: str


class Accounts:
    """`stop(turn_id)` ends what is being written for a user who is deleted; `notify()` tells the index of deletions."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        *,
        stop: Callable[[str], None] = lambda turn_id: None,
        notify: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._settings = settings
        self._stop = stop
        self._notify = notify
        self._clock = clock
        self._passwords = Passwords()
        self._attempts = Rate(settings.rate_login_per_minute, "attempts to sign in")
        self._watchers: list[Callable[[str], None]] = []

    def watch(self, on_ended: Callable[[str], None]) -> None:
        """`on_ended(id)` is called, from any thread, when the session, token or user of this id proves nothing more."""
        self._watchers.append(on_ended)

    # Signing in and out

    @coded
    def register(self, *, username: str | None, email: str | None, password: str) -> SignedIn:
        """A new account, signed in; the first one of all is an admin.

        Raises RequestError: invalid_request (names or password do not fit, registration is closed), conflict (taken).
        """
        names = checked_names(username, email)
        if self._settings.registration == "closed":
            raise RequestError("invalid_request", "Registration is closed. Ask whoever runs this Folio for an account.")
        return self._signed_in(self.add(names[0], email=names[1], password=password))

    @coded
    def add(self, username: str, *, password: str, email: str | None = None, is_admin: bool | None = None) -> Account:
        """A new account, whether registration is open or not. Raises as `register`."""
        username, email = checked_names(username, email)
        try:
            return accounts.create(
                self._db, username=username, email=email, plan=self._settings.default_plan, is_admin=is_admin,
                password_hash=self._passwords.hash(checked_password(password)),
            )  # fmt: skip
        except Conflict as error:
            raise RequestError("conflict", "This name or address has an account already. Sign in with it.") from error

    @coded
    def sign_in(self, name: str, password: str, *, address: str = "") -> SignedIn:
        """By user name or e-mail address. `address`: where the attempt comes from; failed ones are counted.

        Raises RequestError: not_authenticated, the same for whatever is wrong; rate_limited.
        """
        key = accounts.key_of(name)[:_MAX_KEY_CHARS]
        self._attempts.take(address, key)
        try:
            found: Account | None = accounts.named(self._db, name)
        except NotFound:
            found = None
        if not self._passwords.verify(password, found.password_hash if found else None) or found is None:
            raise RequestError("not_authenticated", _WRONG)
        self._attempts.forget(address, key)
        return self._signed_in(found)

    @coded
    def sign_in_from(self, subject: str, username: str) -> SignedIn:
        """Somebody whom Hugging Face knows as `subject`; an account is made at the first time."""
        is_admin = username in self._settings.admin_names
        try:
            known = accounts.known_elsewhere(self._db, "huggingface", subject)
            if (known.username, known.is_admin) != (username, known.is_admin or is_admin):
                known = accounts.update(self._db, known.user_id, username=username, is_admin=known.is_admin or is_admin)
        except NotFound:
            known = accounts.create(
                self._db, username=username, provider="huggingface", subject=subject, is_admin=is_admin,
                plan=self._settings.default_plan,
            )  # fmt: skip
        return self._signed_in(known)

    @coded
    def sign_out(self, session_id: str) -> None:
        """The session proves nothing from now on."""
        sessions.close_session(self._db, session_id)
        self._tell(session_id)

    @coded
    def proof(self, token: str) -> tuple[Proof, bool] | None:
        """Whom a session's or an API token's secret proves, and whether the session was prolonged; None for nobody."""
        moment = self._clock()
        found = sessions.find(self._db, _hashed(token), moment_text(moment))
        if found is None:
            return None
        if found.expires_at is None:
            if found.last_used_at is None or found.last_used_at < moment_text(moment - USE_NOTED_EVERY):
                sessions.used(self._db, found.id, moment_text(moment))
            return found, False
        is_due = found.expires_at < moment_text(moment + SESSION_LASTS - RENEW_AFTER)
        if is_due:
            sessions.prolong(self._db, found.id, moment_text(moment + SESSION_LASTS))
        return found, is_due

    @coded
    def ended(self, proof_ids: Collection[str]) -> set[str]:
        """Those sessions and tokens that prove nothing any more, also by expiry or by another process."""
        return set(proof_ids) - sessions.still_good(self._db, proof_ids, moment_text(self._clock()))

    # One's own account

    @coded
    def account(self, user_id: str) -> Account:
        return accounts.get(self._db, user_id)

    @coded
    def change_password(self, user_id: str, current: str, new: str, *, but: str | None = None) -> None:
        """Every session ends but the one named. Raises RequestError: not_authenticated (the current one is wrong),
        invalid_request (the new one does not fit).
        """
        self._check_password(user_id, current)
        self.set_password(user_id, new, but=but)

    @coded
    def set_password(self, user_id: str, new: str, *, but: str | None = None) -> None:
        """Without asking for the current one: for the command line. Otherwise as `change_password`."""
        if accounts.get(self._db, user_id).provider != "password":
            raise RequestError("invalid_request", "This account signs in with Hugging Face and has no password here.")
        accounts.update(self._db, user_id, password_hash=self._passwords.hash(checked_password(new)))
        for session_id in sessions.close_sessions(self._db, user_id, but=but):
            self._tell(session_id)

    @coded
    def delete(self, user_id: str, password: str) -> None:
        """One's own account, everything in it included. Raises RequestError: not_authenticated, conflict."""
        self._check_password(user_id, password)
        self.remove(user_id)

    def _check_password(self, user_id: str, password: str) -> None:
        account = accounts.get(self._db, user_id)
        if account.provider == "password" and not self._passwords.verify(password, account.password_hash):
            raise RequestError("not_authenticated", "The password is not right.")

    @coded
    def add_token(self, user_id: str, name: str) -> tuple[ApiToken, str]:
        """-> (what is known of it, the token itself, which is told once). Raises RequestError(invalid_request)."""
        name = " ".join(name.split())
        if not 0 < len(name) <= MAX_TOKEN_NAME_CHARS:
            raise RequestError("invalid_request", f"A token's name has 1 to {MAX_TOKEN_NAME_CHARS} characters.")
        if len(sessions.tokens(self._db, user_id)) >= MAX_TOKENS:
            raise RequestError("invalid_request", f"There are {MAX_TOKENS} tokens already. Revoke one first.")
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        return sessions.add_token(self._db, user_id, hash=_hashed(token), name=name, prefix=token[:8]), token

    @coded
    def tokens(self, user_id: str) -> list[ApiToken]:
        """The newest first."""
        return sessions.tokens(self._db, user_id)

    @coded
    def revoke_token(self, user_id: str, token_id: str) -> None:
        """Raises RequestError(not_found)."""
        sessions.revoke(self._db, user_id, token_id)
        self._tell(token_id)

    # For admins and the command line

    @coded
    def everybody(self) -> list[Account]:
        return accounts.list_all(self._db)

    @coded
    def is_empty(self) -> bool:
        """Nobody has an account yet: the next one is the first."""
        return not accounts.list_all(self._db)

    @coded
    def named(self, name: str) -> Account:
        """By user name or address. Raises RequestError(not_found)."""
        return accounts.named(self._db, name)

    @coded
    def plan_of(self, user_id: str) -> str:
        """The user's plan; the default one for those without an account."""
        try:
            return accounts.get(self._db, user_id).plan
        except NotFound:
            return self._settings.default_plan

    @coded
    def change(self, user_id: str, *, plan: str | None = None, is_admin: bool | None = None) -> Account:
        """What only an admin changes. Raises RequestError: not_found, invalid_request, conflict (the last admin)."""
        if plan is not None and not (0 < len(plan) <= 40 and plan.replace("-", "").replace("_", "").isalnum()):
            raise RequestError("invalid_request", "A plan's name has 1 to 40 letters, digits, - and _.")
        wanted: dict[str, Any] = {"plan": plan, "is_admin": is_admin}
        changes = {name: value for name, value in wanted.items() if value is not None}
        if not changes:
            return accounts.get(self._db, user_id)
        try:
            return accounts.update(self._db, user_id, **changes)
        except Conflict as error:
            raise _last_admin() from error

    @coded
    def remove(self, user_id: str) -> None:
        """The account is gone, with everything its user owns. Raises RequestError: not_found, conflict."""
        writing = [turn.id for turn in turns.unfinished(self._db) if turn.owner == user_id]
        try:
            accounts.erase(self._db, user_id)
        except Conflict as error:
            raise _last_admin() from error
        self._tell(user_id)
        for turn_id in writing:
            self._stop(turn_id)
        self._notify()

    def _signed_in(self, account: Account) -> SignedIn:
        moment, token = self._clock(), SESSION_PREFIX + secrets.token_urlsafe(32)
        expires_at = moment_text(moment + SESSION_LASTS)
        session_id = sessions.open_session(self._db, account.user_id, _hashed(token), expires_at)
        return SignedIn(
            accounts.update(self._db, account.user_id, signed_in_at=moment_text(moment)), token, session_id, expires_at
        )

    def _tell(self, ended_id: str) -> None:
        for on_ended in self._watchers:
            on_ended(ended_id)


def _hashed(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _last_admin() -> RequestError:
    return RequestError("conflict", "This is the last admin. Make somebody else an admin first.")
