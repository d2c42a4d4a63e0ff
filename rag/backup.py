"""The data folder as a whole: into one file and back, and what users thought of answers. For the operator.

`back_up` and `export_feedback` only read: a running Folio may hold the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.coded import folder_problems_named
from rag.errors import RequestError
from rag.settings import Settings
from store import backup, reactions
from store.backup import Manifest
from store.database import Database
from store.errors import Conflict, NotFound, Unreadable
from store.folder import hold


def back_up(settings: Settings, target: Path) -> Manifest:
    """Everything but the index, which is made again, in one file.

    Raises RequestError: conflict (the file is there), not_found (its folder is not), storage_full, invalid_request (no
    readable database).
    """
    with folder_problems_named(settings.data):
        try:
            return backup.back_up(settings.data, target)
        except Conflict as error:
            raise RequestError("conflict", f"{target} is there already. Name a new file.") from error
        except NotFound as error:
            raise RequestError("not_found", f"There is no folder {target.parent}.") from error


def restore(settings: Settings, source: Path) -> tuple[Manifest, Path | None]:
    """A backup in place of what is in the data folder. -> (what it holds, where the former content lies).

    Raises SearchError(index_in_use) while another process holds the folder; RequestError: not_found, invalid_request
    (no backup, damaged, of a newer Folio), storage_full. Then nothing has changed.
    """
    if not source.is_file():
        raise RequestError("not_found", f"There is no file {source}.")
    with folder_problems_named(settings.data), hold(settings.data):
        try:
            return backup.restore(settings.data, source)
        except Unreadable as error:
            raise RequestError("invalid_request", f"{source.name} cannot be restored: {error}.") from error


def export_feedback(settings: Settings) -> Iterator[dict[str, Any]]:
    """All users' reactions with everything about their answers, see store.reactions. Raises RequestError."""
    with (
        folder_problems_named(settings.data),
        closing(Database.open_reader(settings.data / backup.NAME)) as database,
    ):
        yield from reactions.export(database, None)
