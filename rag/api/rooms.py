"""Who is connected to a conversation, and who is typing there. In memory, on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

TYPING_S: Final = 5.0
_TELL_AGAIN_S: Final = 1.0  # somebody who types on is told of this often at most
_MAX_TYPISTS: Final = 50  # in one conversation
Frame = dict[str, Any]
Hear = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class _Typist:
    user_id: str
    since: datetime
    until: datetime
    told_at: datetime
    timer: asyncio.TimerHandle


class Rooms:
    """The caller has checked that the conversation is the user's. `typing_s`: how long a sign of typing lasts."""

    def __init__(self, typing_s: float = TYPING_S) -> None:
        self._typing_s = typing_s
        self._members: dict[str, dict[str, Hear]] = {}
        self._typists: dict[str, dict[str, _Typist]] = {}

    @contextmanager
    def joined(self, conversation_id: str, client_id: str, hear: Hear) -> Iterator[None]:
        """While it lasts, `hear(frame)` is told when others begin or stop to type. It returns at once."""
        members = self._members.setdefault(conversation_id, {})
        members[client_id] = hear
        try:
            yield
        finally:
            del members[client_id]
            if not members:
                self._members.pop(conversation_id, None)
            self.type(conversation_id, client_id, "", is_typing=False)

    def type(self, conversation_id: str, client_id: str, user_id: str, *, is_typing: bool) -> None:
        """A client types, or has stopped to; the others who are connected are told."""
        typists = self._typists.setdefault(conversation_id, {})
        before = typists.pop(client_id, None)
        if before is not None:
            before.timer.cancel()
        if is_typing:
            self._begin(conversation_id, client_id, user_id, before)
        elif before is not None:
            self._tell(conversation_id, client_id, before.user_id, is_typing=False)
        if not typists:
            self._typists.pop(conversation_id, None)

    def typing(self, conversation_id: str) -> list[dict[str, str]]:
        """Who types there now, the first first."""
        return [
            {
                "client_id": client_id,
                "user_id": typist.user_id,
                "since": _iso(typist.since),
                "expires_at": _iso(typist.until),
            }
            for client_id, typist in sorted(
                self._typists.get(conversation_id, {}).items(), key=lambda item: item[1].since
            )
        ]

    def _begin(self, conversation_id: str, client_id: str, user_id: str, before: _Typist | None) -> None:
        typists = self._typists[conversation_id]
        if len(typists) >= _MAX_TYPISTS:
            return
        now = datetime.now(UTC)
        is_news = before is None or (now - before.told_at).total_seconds() >= _TELL_AGAIN_S
        typists[client_id] = _Typist(
            user_id,
            since=now if before is None else before.since,
            until=now + timedelta(seconds=self._typing_s),
            told_at=now if before is None or is_news else before.told_at,
            timer=asyncio.get_running_loop().call_later(self._typing_s, self._expire, conversation_id, client_id),
        )
        if is_news:
            self._tell(conversation_id, client_id, user_id, is_typing=True)

    def _expire(self, conversation_id: str, client_id: str) -> None:
        self.type(conversation_id, client_id, "", is_typing=False)

    def _tell(self, conversation_id: str, client_id: str, user_id: str, *, is_typing: bool) -> None:
        frame = {
            "type": "typing",
            "conversation_id": conversation_id,
            "client_id": client_id,
            "user_id": user_id,
            "is_typing": is_typing,
            "at": _iso(datetime.now(UTC)),
        }
        for member_id, hear in tuple(self._members.get(conversation_id, {}).items()):
            if member_id != client_id:
                hear(frame)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
