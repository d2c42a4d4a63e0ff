"""Read-only links to snapshots of conversations: the verbs behind every door."""

from __future__ import annotations

from rag.coded import coded
from rag.export import export
from rag.export.transcript import Transcript
from store import conversations, messages, shares
from store.database import Database
from store.ids import now
from store.shares import Share


class Sharing:
    def __init__(self, db: Database) -> None:
        self._db = db

    @coded
    def share(self, user_id: str, conversation_id: str) -> Share:
        """A link to the conversation as it is now; what is said later is not in it. Its `secret` is told only here."""
        conversation = conversations.get(self._db, user_id, conversation_id)
        said = tuple(messages.branch(self._db, user_id, conversation_id))
        page = export(Transcript(conversation, said, now()), "html").content
        return shares.create(self._db, user_id, conversation_id, conversation.title, page)

    @coded
    def shares(self, user_id: str, conversation_id: str) -> list[Share]:
        """The links there are, newest first, without their secrets."""
        conversations.get(self._db, user_id, conversation_id)
        return shares.of_conversation(self._db, user_id, conversation_id)

    @coded
    def unshare(self, user_id: str, share_id: str) -> None:
        """From now on the link leads nowhere. Raises RequestError(not_found)."""
        shares.delete(self._db, user_id, share_id)

    @coded
    def shared_page(self, secret: str) -> bytes:
        """The HTML that a link shows, to whoever has it. Raises RequestError(not_found)."""
        return shares.page(self._db, secret)
