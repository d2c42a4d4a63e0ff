"""Figures as a person reads them. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from typing import Literal

Period = Literal["today", "yesterday", "week", "older"]
_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOC",
    "text/markdown": "MD",
    "text/html": "HTML",
    "application/xhtml+xml": "HTML",
    "text/plain": "TXT",
    "image/png": "PNG",
    "image/jpeg": "JPG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/gif": "GIF",
}
MAX_KIND_CHARS = 4


def duration(elapsed_ms: float) -> str:
    """42.3 -> "42 ms"; 1234 -> "1.2 s"; 75000 -> "1 min 15 s"; below half a millisecond "<1 ms"."""
    if elapsed_ms < 0.5:
        return "<1 ms"
    if elapsed_ms < 999.5:
        return f"{elapsed_ms:.0f} ms"
    if elapsed_ms < 59_950:
        return f"{elapsed_ms / 1000:.1f} s"
    minutes, seconds = divmod(round(elapsed_ms / 1000), 60)
    return f"{minutes} min {seconds} s"


def size(count: int) -> str:
    """Bytes -> "840 B", "12 KB", "3.4 MB", "1.2 GB" (a thousand and twenty-four each)."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    number, unit = (count / 1024**2, "MB") if count < 1024**3 else (count / 1024**3, "GB")
    return f"{number:.1f} {unit}".replace(".0 ", " ")


def kind(media_type: str, name: str) -> str:
    """What stands on a document's icon: at most four capitals, by media type, else by the name's ending."""
    ending = PurePath(name).suffix.removeprefix(".").upper()
    return _KINDS.get(media_type) or (ending if 0 < len(ending) <= MAX_KIND_CHARS and ending.isalnum() else "FILE")


def age(timestamp: str, moment: datetime | None = None) -> tuple[str, int]:
    """An ISO-8601 time -> how long ago: ("now", 0), ("minutes", 12), ("hours", 3), ("days", 40)."""
    passed = (moment or datetime.now(UTC)) - datetime.fromisoformat(timestamp)
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "now", 0
    if minutes < 60:
        return "minutes", minutes
    return ("hours", minutes // 60) if minutes < 24 * 60 else ("days", minutes // (24 * 60))


def clock(seconds: float) -> str:
    """A place in a recording: 75.4 -> "1:15"; 3675 -> "1:01:15"."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def period(timestamp: str, today: date | None = None) -> Period:
    """An ISO-8601 time -> which heading of the list of conversations it stands under. Days are UTC's."""
    day = datetime.fromisoformat(timestamp).astimezone(UTC).date()
    today = today or datetime.now(UTC).date()
    if day >= today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    return "week" if day > today - timedelta(days=7) else "older"
