"""What a user does with conversations and what was said in them: the verbs behind every door, beside asking itself.

A verb names the user first, raises FolioError and nothing else, and may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.answer.planning import policy_in
from rag.answer.support import support_of
from rag.coded import coded
from rag.errors import RequestError
from rag.export import Exported, Format, export
from rag.export.transcript import Transcript
from rag.model import Asking, SearchMode
from rag.turns import Turns
from rag.turns.rows import asking_from
from store import conversations, documents, fulltext, messages, reactions, states, turns, versions
from store.conversations import Conversation, State
from store.database import Database
from store.errors import Conflict
from store.fulltext import Found
from store.ids import now
from store.messages import Message
from store.reactions import Reaction, Thumb
from store.states import Counts
from store.turns import Turn

MAX_TITLE_CHARS = 200
MAX_REASON_CHARS = 2_000
MAX_DRAFT_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different when an answer is made again. None: as it was; no `documents`: all there are."""

    model: str | None = None
    search_mode: SearchMode | None = None
    documents: tuple[str, ...] | None = None
    passages: int | None = None
    settings: dict[str, Any] | None = None


class Talk:
    """`check(user_id, asking)` raises what makes a question impossible, before anything is recorded."""

    def __init__(self, db: Database, turns_: Turns, check: Callable[[str, Asking], None]) -> None:
        self._db = db
        self._turns = turns_
        self._check = check

    # Conversations

    @coded
    def rename(self, user_id: str, conversation_id: str, title: str) -> Conversation:
        """Gives it the user's own title. Raises RequestError: invalid_request for an empty or a long one."""
        title = " ".join(title.split())
        if not 0 < len(title) <= MAX_TITLE_CHARS:
            raise RequestError("invalid_request", f"A title has 1 to {MAX_TITLE_CHARS} characters.")
        return conversations.rename(self._db, user_id, conversation_id, title)

    @coded
    def archive(self, user_id: str, conversation_id: str) -> Conversation:
        """Out of the list, kept. Raises RequestError(conflict) for one in the trash."""
        return self._unless_in_trash(states.archive, user_id, conversation_id)

    @coded
    def unarchive(self, user_id: str, conversation_id: str) -> Conversation:
        """Back into the list. Raises RequestError(conflict) for one in the trash."""
        return self._unless_in_trash(states.unarchive, user_id, conversation_id)

    @coded
    def trash(self, user_id: str, conversation_id: str) -> Conversation:
        """To the trash, from which it goes for good after 30 days. An answer in progress is stopped."""
        conversation = states.trash(self._db, user_id, conversation_id)
        turn = turns.active(self._db, user_id, conversation_id)
        if turn is not None:
            self._turns.stop(turn.id)
        return conversation

    @coded
    def restore(self, user_id: str, conversation_id: str) -> Conversation:
        """Out of the trash, to where it was."""
        return states.restore(self._db, user_id, conversation_id)

    @coded
    def delete(self, user_id: str, conversation_id: str) -> None:
        """Gone for good. Raises RequestError(conflict) for one that is not in the trash."""
        try:
            states.delete(self._db, user_id, conversation_id)
        except Conflict as error:
            raise RequestError("conflict", "Only what is in the trash can be deleted for good.") from error

    @coded
    def counts(self, user_id: str) -> Counts:
        return states.counts(self._db, user_id)

    @coded
    def count(self, user_id: str, state: State) -> int:
        """How many conversations are in this state; `counts` also counts messages, and takes as long as that takes."""
        return states.count(self._db, user_id, state)

    @coded
    def search(
        self, user_id: str, query: str, *, limit: int = 20, where: Sequence[State] = ("active", "archived")
    ) -> list[Found]:
        """Conversations by their titles and what was said in them; see `store.fulltext`."""
        return fulltext.search(self._db, user_id, query, limit=max(1, min(limit, 100)), states=where)

    @coded
    def previews(self, user_id: str, conversation_ids: Sequence[str]) -> dict[str, str]:
        """conversation id -> the beginning of what was said there last, as it stands."""
        return messages.previews(self._db, user_id, conversation_ids)

    @coded
    def draft(self, user_id: str, conversation_id: str) -> str:
        """What the user has begun to write there."""
        return states.draft(self._db, user_id, conversation_id)

    @coded
    def save_draft(self, user_id: str, conversation_id: str, text: str) -> None:
        """Keeps it until a question is asked there. Raises RequestError(invalid_request) when it is too long."""
        if len(text) > MAX_DRAFT_CHARS:
            raise RequestError("invalid_request", f"A draft has at most {MAX_DRAFT_CHARS:,} characters.")
        states.save_draft(self._db, user_id, conversation_id, text)

    @coded
    def export(self, user_id: str, conversation_id: str, wanted: Format) -> Exported:
        """The branch on show as a file to keep, with numbered sources."""
        conversation = conversations.get(self._db, user_id, conversation_id)
        said = tuple(messages.branch(self._db, user_id, conversation_id))
        return export(Transcript(conversation, said, now()), wanted)

    # Versions

    @coded
    def versions(self, user_id: str, conversation_id: str) -> dict[str, tuple[str, ...]]:
        """message id -> the ids of all its versions, oldest first, for each message on show."""
        conversations.get(self._db, user_id, conversation_id)
        return versions.of_branch(self._db, user_id, conversation_id)

    @coded
    def show(self, user_id: str, message_id: str) -> Conversation:
        """This version is on show, and the conversation goes on from there."""
        return versions.show(self._db, user_id, message_id)

    @coded
    def regenerate(
        self, user_id: str, message_id: str, changes: Changes | None = None, *, client_key: str | None = None
    ) -> Turn:
        """Another answer to the same question, beside the one there is; never from the cache.

        Raises RequestError: invalid_request (no answer; a model that is not there), not_found (it, or a document that
        it was limited to), conflict.
        """
        message = messages.get(self._db, user_id, message_id)
        if message.role != "assistant":
            raise RequestError("invalid_request", "Only an answer can be made again.")
        asking = replace(self._as_asked(user_id, message, changes), client_key=client_key, use_cache=False)
        return self._start(user_id, asking, replaces=message_id)

    @coded
    def edit(
        self,
        user_id: str,
        message_id: str,
        question: str,
        changes: Changes | None = None,
        *,
        client_key: str | None = None,
    ) -> Turn:
        """Another question beside the one there is, asked with its settings. Raises as `regenerate`."""
        if messages.get(self._db, user_id, message_id).role != "user":
            raise RequestError("invalid_request", "Only a question can be edited.")
        answer = versions.newest_answer(self._db, user_id, message_id)
        asked = self._as_asked(user_id, answer, changes)
        asking = replace(asked, question=question, client_key=client_key, use_cache=True)
        return self._start(user_id, asking, replaces=message_id)

    # Reactions and traces

    @coded
    def react(self, user_id: str, message_id: str, thumb: Thumb, reason: str = "") -> Reaction:
        """A thumb for an answer, in place of an earlier one. Raises RequestError(invalid_request)."""
        if thumb not in {"up", "down"} or len(reason) > MAX_REASON_CHARS:
            raise RequestError(
                "invalid_request", f"A thumb is up or down; a reason has {MAX_REASON_CHARS:,} characters."
            )
        try:
            return reactions.react(self._db, user_id, message_id, thumb, reason.strip())
        except Conflict as error:
            raise RequestError("invalid_request", "Only answers can be judged.") from error

    @coded
    def withdraw(self, user_id: str, message_id: str) -> None:
        """Takes the user's thumb back."""
        reactions.withdraw(self._db, user_id, message_id)

    @coded
    def reactions(self, user_id: str, conversation_id: str) -> dict[str, Reaction]:
        """message id -> the user's reaction, of all versions in a conversation."""
        conversations.get(self._db, user_id, conversation_id)
        return reactions.of_conversation(self._db, user_id, conversation_id)

    def feedback(self, user_id: str) -> Iterator[dict[str, Any]]:
        """The user's own reactions, each with everything about its answer; see `store.reactions.export`."""
        return reactions.export(self._db, user_id)

    @coded
    def trace(self, user_id: str, message_id: str) -> dict[str, Any]:
        """How an answer came about, as JSON values: asked, searched, found with scores, cited, timed."""
        message = messages.get(self._db, user_id, message_id)
        turn = turns.of_message(self._db, user_id, message_id)
        if turn is None:
            raise RequestError("invalid_request", "Only an answer has a trace.")
        return {
            "message_id": message.id,
            "conversation_id": message.conversation_id,
            "turn_id": turn.id,
            "question": messages.get(self._db, user_id, turn.question_id).text,
            "query": message.query,
            "status": message.status,
            "model": message.model,
            "cached": message.cached,
            "settings": message.settings,
            "steps": message.steps,
            "retrieved": message.sources,
            "citations": message.citations,
            "support": support_of(message.text, message.citations, message.sources).to_json(),
            "policy": policy_in(message.steps),
            "usage": message.usage,
            "timings": message.timings,
            "error": message.error,
            "asked_at": turn.created_at,
            "started_at": turn.started_at,
            "ended_at": turn.ended_at,
        }

    def _unless_in_trash(
        self, move: Callable[[Database, str, str], Conversation], user_id: str, conversation_id: str
    ) -> Conversation:
        try:
            return move(self._db, user_id, conversation_id)
        except Conflict as error:
            raise RequestError("conflict", "This conversation is in the trash. Restore it first.") from error

    def _as_asked(self, user_id: str, answer: Message, changes: Changes | None) -> Asking:
        """What led to an answer, with changes; documents that were replaced since by what replaced them."""
        asking = replace(asking_from(answer.settings), conversation_id=answer.conversation_id)
        if asking.documents is not None:
            current = [documents.current_version(self._db, user_id, each).id for each in asking.documents]
            asking = replace(asking, documents=tuple(dict.fromkeys(current)))
        wanted = changes or Changes()
        return replace(
            asking,
            model=wanted.model or asking.model,
            search_mode=wanted.search_mode or asking.search_mode,
            documents=asking.documents if wanted.documents is None else wanted.documents or None,
            passages=wanted.passages or asking.passages,
            settings=asking.settings if wanted.settings is None else wanted.settings,
        )

    def _start(self, user_id: str, asking: Asking, replaces: str) -> Turn:
        self._check(user_id, asking)
        return self._turns.start(user_id, asking, replaces=replaces)
