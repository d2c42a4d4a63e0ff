"""Passwords: argon2id hashes, made and checked a few at a time, since each takes 64 MB while it is made."""

from __future__ import annotations

import threading
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

AT_ONCE: Final = 2


class Passwords:
    """Hashes and verifies; safe to use from any thread."""

    def __init__(self) -> None:
        self._hash = PasswordHash.recommended()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        """A hash with its own salt and parameters in it."""
        with self._places:
            return self._hash.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether this is the password. Without a hash it is not, and takes as long to find out."""
        if password_hash is None:
            if self._nobodys is None:
                self._nobodys = self.hash("nobody has this password")
            self._matches(password, self._nobodys)
            return False
        return self._matches(password, password_hash)

    def _matches(self, password: str, password_hash: str) -> bool:
        try:
            with self._places:
                return self._hash.verify(password, password_hash)
        except PwdlibError:  # not a hash of ours
            return False
