"""What a user name, an address and a password may be. Pure."""

from __future__ import annotations

import re
from typing import Final

from rag.errors import RequestError

MIN_PASSWORD_CHARS: Final = 8
MAX_PASSWORD_CHARS: Final = 256
MAX_NAME_CHARS: Final = 64
MAX_EMAIL_CHARS: Final = 254
_NAME = re.compile(r"\w[\w .@+-]*")
_EMAIL = re.compile(r"[^@\s\x00-\x1f<>\"]+@[^@\s\x00-\x1f<>\"]+")


def checked_names(username: str | None, email: str | None) -> tuple[str, str | None]:
    """-> (user name, address), in the form they are kept in; an address alone is the name too.

    Raises RequestError(invalid_request).
    """
    address = (email or "").strip() or None
    name = " ".join((username or "").split()) or address or ""
    if address is not None and (len(address) > MAX_EMAIL_CHARS or not _EMAIL.fullmatch(address)):
        raise RequestError("invalid_request", "The e-mail address is not one.", _field("email"))
    longest = MAX_EMAIL_CHARS if name == address else MAX_NAME_CHARS
    if not 2 <= len(name) <= longest or not (name == address or _NAME.fullmatch(name)):
        message = f"A user name has 2 to {MAX_NAME_CHARS} letters, digits, spaces and . @ + - _."
        raise RequestError("invalid_request", message, _field("username"))
    return name, address


def checked_password(password: str) -> str:
    """The password itself. Raises RequestError(invalid_request)."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        message = f"A password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters."
        raise RequestError("invalid_request", message, _field("password"))
    return password


def _field(name: str) -> dict[str, list[dict[str, str]]]:
    return {"fields": [{"field": name, "problem": "does not fit"}]}
