"""Dense vectors kept in a file between runs: an experiment with search need not wait for the model again."""

from __future__ import annotations

import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.search.arrival import State
from rag.search.embedding import Embedding


class Remembered:
    """An Embedding that asks `embedder` only for texts that are not in the file yet."""

    def __init__(self, embedder: Embedding, path: Path) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB NOT NULL)")

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def state(self) -> State:
        return self._embedder.state

    @property
    def reason(self) -> str:
        return self._embedder.reason

    def speaks(self, language: str) -> bool:
        return self._embedder.speaks(language)

    def on_ready(self, callback: Callable[[], None]) -> None:
        self._embedder.on_ready(callback)

    def try_query(self, text: str) -> list[float] | None:
        return self._embedder.try_query(text)

    def questions_first(self) -> AbstractContextManager[None]:
        return self._embedder.questions_first()

    def embed(self, texts: Sequence[str], *, stop: threading.Event) -> Iterator[tuple[list[int], list[list[float]]]]:
        keys = [sha256(f"{self.fingerprint}\n{text}".encode("utf-8", "replace")).digest() for text in texts]
        missing = []
        for position, key in enumerate(keys):
            known = self._get(key)
            if known is None:
                missing.append(position)
            else:
                yield [position], [known]
        for positions, vectors in self._embedder.embed([texts[position] for position in missing], stop=stop):
            places = [missing[position] for position in positions]
            self._put([keys[place] for place in places], vectors)
            yield places, vectors

    def _get(self, key: bytes) -> list[float] | None:
        with self._lock:
            row = self._db.execute("SELECT vector FROM vectors WHERE text = ?", (key,)).fetchone()
        return None if row is None else list(struct.unpack(f"<{len(row[0]) // 4}f", row[0]))

    def _put(self, keys: Sequence[bytes], vectors: Sequence[Sequence[float]]) -> None:
        packed = [struct.pack(f"<{len(vector)}f", *vector) for vector in vectors]
        with self._lock, self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", zip(keys, packed, strict=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
