"""Names and times of rows."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta


def new_id(kind: str) -> str:
    """`kind`, an underscore and 64 random bits in hex: "doc_9f86d081884c7d65". Nobody guesses one."""
    return f"{kind}_{secrets.token_hex(8)}"


def now() -> str:
    """This moment in UTC, ISO-8601 with milliseconds: "2026-11-20T13:00:00.123Z". Sorts as text."""
    return moment_text(datetime.now(UTC))


def later(seconds: float) -> str:
    """The moment so many seconds from now (earlier when negative), in the form of `now`."""
    return moment_text(datetime.now(UTC) + timedelta(seconds=seconds))


def moment_text(moment: datetime) -> str:
    """A moment, which knows its time zone, in the form of `now`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
