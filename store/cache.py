"""Which finished turn answers a question that is asked again. The answer itself is that turn's log: no copy is kept."""

from __future__ import annotations

from store.database import Database
from store.owner import owned
from store.turns import Turn, turn_of


def remember(db: Database, turn_id: str, key: str) -> None:
    """What this turn answers, once it is done. Unscoped, for the runner of turns only."""
    with db.write() as writer:
        writer.execute("UPDATE turns SET cache_key = ? WHERE id = ?", (key, turn_id))


def find(db: Database, user_id: str, key: str, since: str) -> Turn | None:
    """The user's newest turn of this key that was done at `since` or later."""
    clause, parameters = owned(user_id)
    columns = ", ".join(Turn.__dataclass_fields__)
    with db.read() as reader:
        row = reader.execute(
            f"""SELECT {columns} FROM turns WHERE cache_key = ? AND status = 'done' AND ended_at >= ? AND {clause}
            ORDER BY ended_at DESC LIMIT 1""",
            (key, since, *parameters),
        ).fetchone()
    return None if row is None else turn_of(row)
