"""The header that makes a browser save an answer as a file instead of showing it."""

from __future__ import annotations

from urllib.parse import quote


def attachment(name: str) -> str:
    """Content-Disposition for a file name of any script (RFC 6266, RFC 8187)."""
    plain = "".join(character if 32 <= ord(character) < 127 and character not in '"\\%' else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
