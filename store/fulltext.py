"""Full-text search over the titles of a user's conversations and what was said in them.

Every word of the query must be there; when few conversations have them all, the last word also stands for longer ones
that begin with it. What the query holds besides words has no meaning, so nothing a user types is an error. Case and
accents make no difference; scripts that write no spaces are found by the beginning of a run of characters.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from store.columns import storable
from store.conversations import Conversation, State, read_many
from store.database import Database
from store.owner import owned
from store.snippets import Snippet, marked, snippet, words_of

__all__ = ["Found", "Mention", "Snippet", "search"]
_WORDS = 12  # of a query; what follows is passed over
_WORD_CHARS = 64
_PREFIX_CHARS = 3  # shorter beginnings are in too many words
_FIRST_WITHOUT_BLANKS = 0x2E80  # where the scripts of East Asia begin
_ENOUGH = 5  # conversations with the words themselves: longer words are not looked for
_MENTIONS = 3  # shown of one conversation
_BATCH = 400
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that was found. It may be on a branch that is not on show, see `store.versions.show`."""

    message_id: str
    role: str
    created_at: str
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Found:
    """`title` is the whole title, with the words marked. `mentions`: newest first, three at most."""

    conversation: Conversation
    title: Snippet
    mentions: tuple[Mention, ...]


def search(
    db: Database, user_id: str, query: str, *, limit: int = 20, states: Sequence[State] = ("active", "archived")
) -> list[Found]:
    """The user's conversations in which `query` is found: by title first, then by what was said, each newest first.

    Every conversation at most once, `limit` at most. Empty for a query without words.
    """
    parts = _parts(query)
    if not parts:
        return []
    found = _Search(db, user_id, parts, tuple(states), is_prefix=False).found(limit)
    if len(found) < min(limit, _ENOUGH) and _is_a_beginning(parts[-1]):
        found = _Search(db, user_id, parts, tuple(states), is_prefix=True).found(limit)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """`parts`: of the query, between blanks. `is_prefix`: the last one stands for longer words too."""

    db: Database
    user_id: str
    parts: tuple[str, ...]
    states: tuple[State, ...]
    is_prefix: bool

    def found(self, limit: int) -> list[Found]:
        words = words_of(" ".join(self.parts))
        beginning = words[-1] if self.is_prefix and words else ""
        titles = [row["conversation_id"] for row in self._titles(limit)]
        mentions = self._mentions(limit, frozenset(titles))
        ids = list(dict.fromkeys([*titles, *mentions]))[:limit]
        conversations = read_many(self.db, self.user_id, ids)
        return [
            Found(
                conversations[each],
                marked(conversations[each].title, words, beginning),
                tuple(
                    Mention(row["id"], row["role"], row["created_at"], snippet(row["text"], words, beginning))
                    for row in self._messages(mentions.get(each, ()))
                ),
            )
            for each in ids
            if each in conversations  # deleted in between
        ]

    def _titles(self, limit: int) -> list[sqlite3.Row]:
        return self._rows(
            "SELECT c.id AS conversation_id FROM titles_found f JOIN conversations c ON c.number = f.rowid",
            "title", None, limit,
        )  # fmt: skip

    def _mentions(self, limit: int, titles: frozenset[str]) -> dict[str, list[int]]:
        """conversation id -> the numbers of its newest mentions. `titles` have been found already."""
        found: dict[str, list[int]] = {}
        before = None
        for _ in range(_ROUNDS):
            rows = self._rows(
                """SELECT f.rowid AS number, m.conversation_id FROM texts_found f
                JOIN messages m ON m.number = f.rowid JOIN conversations c ON c.id = m.conversation_id""",
                "text", before, _BATCH,
            )  # fmt: skip
            for row in rows:
                numbers = found.setdefault(row["conversation_id"], [])
                if len(numbers) < _MENTIONS:
                    numbers.append(row["number"])
            if len(rows) < _BATCH or len(found.keys() | titles) >= limit:
                break
            before = rows[-1]["number"]
        return found

    def _rows(self, select: str, column: str, before: int | None, limit: int) -> list[sqlite3.Row]:
        clause, owner = owned(self.user_id, "c.owner")
        states = ", ".join("?" for _ in self.states)
        with self.db.read() as reader:
            return reader.execute(
                f"""{select} WHERE {column}s_found MATCH ? AND f.rowid < ? AND {clause} AND c.state IN ({states})
                ORDER BY f.rowid DESC LIMIT ?""",
                (self._expression(column), before or 2**62, *owner, *self.states, limit),
            ).fetchall()

    def _messages(self, numbers: Sequence[int]) -> list[sqlite3.Row]:
        """Of numbers that were found for the user."""
        places = ", ".join("?" for _ in numbers)
        with self.db.read() as reader:
            return reader.execute(
                f"""SELECT id, role, created_at, text FROM messages WHERE number IN ({places})
                ORDER BY number DESC""",
                tuple(numbers),
            ).fetchall()

    def _expression(self, column: str) -> str:
        """The query in FTS5's language. Each part is a quoted string: nothing in it is syntax."""
        quoted = ['"' + part.replace('"', '""') + '"' for part in self.parts]
        if self.is_prefix:
            quoted[-1] += " *"
        return f'owner : "o{self.user_id.encode().hex()}" AND {column} : ({" AND ".join(quoted)})'


def _parts(query: str) -> tuple[str, ...]:
    """The parts of a query between blanks that hold something to look for."""
    parts = (part[:_WORD_CHARS] for part in storable(query).replace("\0", " ").split())
    return tuple(part for part in parts if any(map(_is_sought, part)))[:_WORDS]


def _is_a_beginning(part: str) -> bool:
    """Whether longer words are looked for that begin with it. Scripts that set no blanks, such as Chinese and Japanese,
    are whole clauses to the tokenizer: there one character is enough.
    """
    return len(part) >= _PREFIX_CHARS or any(ord(character) >= _FIRST_WITHOUT_BLANKS for character in part)


def _is_sought(character: str) -> bool:
    """Whether the tokenizer takes it as part of a word."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"
