"""Full-text search over the titles of a user's conversations and what was said in them.

Every word of the query must be there, the last one also as the beginning of a longer word. What the query holds besides
words has no meaning, so nothing a user types is an error. Words are what Unicode says is one, without case and accents;
scripts that write no spaces are found by the beginning of a run of characters.
"""

from __future__ import annotations

import secrets
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from store.columns import storable
from store.conversations import Conversation, State, read_many
from store.database import Database
from store.owner import owned

_WORDS = 12  # of a query; what follows is passed over
_WORD_CHARS = 64
_PREFIX_CHARS = 3  # shorter beginnings are in too many words
_SNIPPET_WORDS = 24
_MENTIONS = 3  # shown of one conversation
_BATCH = 60
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text and where the words that were looked for stand in it: (start, end) offsets, end exclusive, in order."""

    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that was found. It may be on a branch that is not on show, see `store.versions.show`."""

    message_id: str
    role: str
    created_at: str
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Found:
    """`title` is the whole title; it has marks when it was found itself. `mentions`: newest first, three at most."""

    conversation: Conversation
    title: Snippet
    mentions: tuple[Mention, ...]


def search(
    db: Database, user_id: str, query: str, *, limit: int = 20, states: Sequence[State] = ("active", "archived")
) -> list[Found]:
    """The user's conversations in which `query` is found: by title first, then by what was said, each newest first.

    Every conversation at most once, `limit` at most. Empty for a query without words.
    """
    words = _words(query)
    if not words:
        return []
    sought = _Sought(db, user_id, words, tuple(states), secrets.token_hex(8))
    titles = sought.titles(limit)
    mentions = sought.mentions(limit, tuple(titles))
    ids = list(dict.fromkeys([*titles, *mentions]))[:limit]
    conversations = read_many(db, user_id, ids)
    return [
        Found(
            conversations[each],
            titles.get(each) or Snippet(conversations[each].title, ()),
            tuple(mentions.get(each, ())),
        )
        for each in ids
        if each in conversations  # deleted in between
    ]


@dataclass(frozen=True, slots=True)
class _Sought:
    """One search. `nonce` is in the marks that SQLite sets, so that no text can hold one by accident or on purpose."""

    db: Database
    user_id: str
    words: tuple[str, ...]
    states: tuple[State, ...]
    nonce: str

    def titles(self, limit: int) -> dict[str, Snippet]:
        """conversation id -> its title, marked."""
        rows = self._rows(
            """SELECT c.id, highlight(titles_found, 0, ?, ?) AS snippet
            FROM titles_found f JOIN conversations c ON c.number = f.rowid""",
            (self._mark("<"), self._mark(">")), "title", None, limit,
        )  # fmt: skip
        return {row["id"]: self._snippet(row["snippet"]) for row in rows}

    def mentions(self, limit: int, ids: Sequence[str]) -> dict[str, list[Mention]]:
        """conversation id -> its newest mentions. `ids` have been found already and count towards the limit."""
        found: dict[str, list[Mention]] = {}
        before = None
        for _ in range(_ROUNDS):
            rows = self._rows(
                f"""SELECT m.number, m.id, m.role, m.created_at, m.conversation_id,
                    snippet(texts_found, 0, ?, ?, '…', {_SNIPPET_WORDS}) AS snippet
                FROM texts_found f JOIN messages m ON m.number = f.rowid
                JOIN conversations c ON c.id = m.conversation_id""",
                (self._mark("<"), self._mark(">")), "text", before, _BATCH,
            )  # fmt: skip
            for row in rows:
                mentions = found.setdefault(row["conversation_id"], [])
                if len(mentions) < _MENTIONS:
                    snippet = self._snippet(row["snippet"])
                    mentions.append(Mention(row["id"], row["role"], row["created_at"], snippet))
            if len(rows) < _BATCH or len(found.keys() | set(ids)) >= limit:
                break
            before = rows[-1]["number"]
        return found

    def _rows(
        self, select: str, parameters: tuple[str, ...], column: str, before: int | None, limit: int
    ) -> list[sqlite3.Row]:
        clause, owner = owned(self.user_id, "c.owner")
        table = f"{column}s_found"
        states = ", ".join("?" for _ in self.states)
        with self.db.read() as reader:
            return reader.execute(
                f"""{select} WHERE {table} MATCH ? AND f.rowid < ? AND {clause} AND c.state IN ({states})
                ORDER BY f.rowid DESC LIMIT ?""",
                (*parameters, self._expression(column), before or 2**62, *owner, *self.states, limit),
            ).fetchall()

    def _expression(self, column: str) -> str:
        """The query in FTS5's language. Each word is a quoted string: nothing in it is syntax."""
        quoted = ['"' + word.replace('"', '""') + '"' for word in self.words]
        if len(self.words[-1]) >= _PREFIX_CHARS:
            quoted[-1] += " *"
        return f'owner : "o{self.user_id.encode().hex()}" AND {column} : ({" AND ".join(quoted)})'

    def _mark(self, end: str) -> str:
        return f"{end}{self.nonce}{end}"

    def _snippet(self, marked: str) -> Snippet:
        text, marks = "", []
        first, *rest = marked.split(self._mark("<"))
        text = first
        for part in rest:
            word, _, after = part.partition(self._mark(">"))
            marks.append((len(text), len(text) + len(word)))
            text += word + after
        return Snippet(text, tuple(marks))


def _words(query: str) -> tuple[str, ...]:
    """The parts of a query between blanks that hold something to look for."""
    parts = storable(query).replace("\0", " ").split()
    return tuple(part[:_WORD_CHARS] for part in parts if any(map(_is_sought, part[:_WORD_CHARS])))[:_WORDS]


def _is_sought(character: str) -> bool:
    """Whether the tokenizer takes it as part of a word."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"
