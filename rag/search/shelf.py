"""Where index generations are kept: folders beside the database, or collections of a Qdrant server.

A generation's name says everything that its vectors depend on, its place included, so the name alone tells whether an
index is still the right one.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.errors import SearchError
from rag.search import bm25, server
from rag.search.edge import EdgeIndex
from rag.search.index import Index
from rag.search.server import ServerIndex
from rag.settings import Settings
from store import meta
from store.database import Database
from store.ids import new_id

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

log = logging.getLogger(__name__)

_RECORD = "index"
_INSTANCE = "index_instance"


@dataclass(frozen=True, slots=True)
class Record:
    """A generation and where it is: `place` is the server's URL, or empty for the embedded engine."""

    name: str
    dimension: int
    place: str


class Shelf(Protocol):
    """One place for generations. Every method may raise SearchError."""

    def name(self, dimension: int, fingerprint: str) -> str:
        """What a generation with these dense vectors is called here."""

    def open(self, name: str, dimension: int) -> Index:
        """The generation, made when missing."""

    def names(self) -> list[str]:
        """All generations that are kept here."""

    def remove(self, name: str) -> None:
        """Deletes a generation that is closed."""

    def close(self) -> None: ...


class EdgeShelf:
    """Generations embedded in this process, a folder each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def name(self, dimension: int, fingerprint: str) -> str:
        return _generation(dimension, fingerprint)

    def open(self, name: str, dimension: int) -> Index:
        """A generation that cannot be read is set aside and begun anew: the database has all that was in it."""
        folder = self._folder / name
        try:
            return EdgeIndex(folder, dimension)
        except SearchError as error:
            if error.code == "index_in_use":
                raise
            log.warning("The index in %s cannot be read (%s); it is made again", folder, error.details.get("reason"))
        damaged = folder.with_name(f"{name}.damaged")
        shutil.rmtree(damaged, ignore_errors=True)
        with suppress(OSError):
            folder.rename(damaged)
        return EdgeIndex(folder, dimension)

    def names(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir()) if self._folder.is_dir() else []

    def remove(self, name: str) -> None:
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def close(self) -> None:
        """Nothing is open here but the indexes themselves."""


class ServerShelf:
    """Generations on a server, a collection each. `instance` tells apart the data folders that share the server.

    The client is closed with the shelf.
    """

    def __init__(self, client: QdrantClient, place: str, instance: str) -> None:
        self._client = client
        self._prefix = f"folio-{instance}-{sha256(place.encode()).hexdigest()[:6]}-"

    def name(self, dimension: int, fingerprint: str) -> str:
        return self._prefix + _generation(dimension, fingerprint)

    def open(self, name: str, dimension: int) -> Index:
        return ServerIndex(self._client, name, dimension)

    def names(self) -> list[str]:
        return server.collections(self._client, self._prefix)

    def remove(self, name: str) -> None:
        server.drop(self._client, name)

    def close(self) -> None:
        self._client.close()


class Library:
    """The shelves of a data folder, and the record of which generation is in use.

    `connect(url, api_key)` makes the client of a server.
    """

    def __init__(
        self, db: Database, settings: Settings, connect: Callable[[str, str], QdrantClient] = server.connect
    ) -> None:
        self._db = db
        self._settings = settings
        self._connect = connect
        self._place = settings.qdrant_url
        self._shelves: dict[str, Shelf] = {}

    def target(self, dimension: int, fingerprint: str) -> Record:
        """The generation for these dense vectors in the place that the settings name.

        While a new model's dimension is not known (0), the generation in use stays.
        """
        in_use = self._in_use()
        if not dimension and in_use is not None and in_use.place == self._place:
            return in_use
        return Record(self._shelf(self._place).name(dimension, fingerprint), dimension, self._place)

    def open(self, record: Record) -> Index:
        return self._shelf(record.place).open(record.name, record.dimension)

    def open_current(self, target: Record) -> Index:
        """The generation in use. `target` itself when there is none yet, or when the one in use is out of reach.

        Raises SearchError: index_in_use, index_unavailable.
        """
        in_use = self._in_use()
        if in_use is not None and in_use != target:
            try:
                return self.open(in_use)
            except SearchError as error:
                if error.code == "index_in_use":
                    raise
                log.warning("The index %s cannot be opened (%s); it is made again", in_use.name, error.message)
        index = self.open(target)
        self.record(target)
        return index

    def record(self, used: Record) -> Record | None:
        """`used` is in use from now on. -> what was until now."""
        before = self._in_use()
        meta.set(self._db, _RECORD, json.dumps(asdict(used)))
        return before

    def remove(self, record: Record | None) -> None:
        """What cannot be removed now is left lying."""
        if record is None:
            return
        try:
            self._shelf(record.place).remove(record.name)
        except SearchError as error:
            log.warning("The old index %s could not be removed: %s", record.name, error.message)

    def tidy(self, used: Record) -> None:
        """Removes what earlier runs left lying in the place of the generation in use. Raises SearchError."""
        shelf = self._shelf(used.place)
        for name in shelf.names():
            if name != used.name:
                shelf.remove(name)

    def close(self) -> None:
        for shelf in self._shelves.values():
            shelf.close()
        self._shelves.clear()

    def _in_use(self) -> Record | None:
        kept = meta.get(self._db, _RECORD)
        return None if kept is None else Record(**json.loads(kept))

    def _shelf(self, place: str) -> Shelf:
        if place not in self._shelves:
            self._shelves[place] = self._make_shelf(place)
        return self._shelves[place]

    def _make_shelf(self, place: str) -> Shelf:
        if not place:
            return EdgeShelf(self._settings.data / "index")
        instance = meta.get(self._db, _INSTANCE)
        if instance is None:
            instance = new_id("i").removeprefix("i_")
            meta.set(self._db, _INSTANCE, instance)
        return ServerShelf(self._connect(place, self._settings.qdrant_api_key), place, instance)


def _generation(dimension: int, fingerprint: str) -> str:
    return f"v{bm25.VERSION}-{dimension}-{fingerprint if dimension else 'keyword'}"
