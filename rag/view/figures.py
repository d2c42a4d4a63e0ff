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
    """Bytes -> "840 B", "12 KB", "3.4 MB" (a thousand and twenty-four each)."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024 / 1024:.1f} MB".replace(".0 MB", " MB")


def kind(media_type: str, name: str) -> str:
    """What stands on a document's icon: at most four capitals, by media type, else by the name's ending."""
    ending = PurePath(name).suffix.removeprefix(".").upper()
    return _KINDS.get(media_type) or (ending if 0 < len(ending) <= MAX_KIND_CHARS and ending.isalnum() else "FILE")


def period(timestamp: str, today: date | None = None) -> Period:
    """An ISO-8601 time -> which heading of the list of conversations it stands under. Days are UTC's."""
    day = datetime.fromisoformat(timestamp).astimezone(UTC).date()
    today = today or datetime.now(UTC).date()
    if day >= today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    return "week" if day > today - timedelta(days=7) else "older"
