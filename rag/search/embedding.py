"""The embedding model at work: loaded in the background, never waited for, and polite to questions.

Until the model is there, `try_query` says None at once and search goes by keywords. A large embedding job works in
small batches and lets every question pass before the next one.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rag.search.arrival import PAUSES_S, State, load_until_there
from rag.search.dense_model import Encoder, Loader, describe, load
from rag.search.model_files import may_download
from rag.search.remote import RemoteEncoder
from rag.search.texts import well_formed
from rag.settings import Settings

log = logging.getLogger(__name__)

# A batch of a few full passages stays in the processor's cache: on two cores 84 passages/s, against 40 in fastembed's
# default of 256 in document order. Texts of as many characters differ twofold in tokens, so tokens are counted.
_BATCH_TOKENS = 768
_BATCH_TEXTS = 16
_KEPT_QUERIES = 256
_PATIENCE_S = 2.0  # how long a batch waits for questions that never end


class Embedding(Protocol):
    """What search needs of an embedding model."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def state(self) -> State: ...

    @property
    def reason(self) -> str: ...

    def speaks(self, language: str) -> bool: ...

    def on_ready(self, callback: Callable[[], None]) -> None: ...

    def try_query(self, text: str) -> list[float] | None: ...

    def questions_first(self) -> AbstractContextManager[None]: ...

    def embed(
        self, texts: Sequence[str], *, stop: threading.Event
    ) -> Iterator[tuple[list[int], list[list[float]]]]: ...


class Embedder:
    """The model that the settings name.

    `fingerprint` names what its vectors are made with; `dimension` is 0 until somebody knows; `reason` is a sentence
    for people, empty when ready. `load` and `pauses_s` are there for tests.
    """

    def __init__(self, settings: Settings, *, loader: Loader = load, pauses_s: Sequence[float] = PAUSES_S) -> None:
        self._model = describe(settings)
        self._cache = settings.data / "models"
        self._may_download = may_download(settings.offline)
        self._loader = loader
        self._pauses_s = pauses_s
        self._encoder: Encoder | None = None
        self._state: State = "absent"
        self._reason = f"The embedding model {self._model.name} is not loaded yet."
        self._dimension = self._model.dimension
        self._ready_callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._queries = _Recent(_KEPT_QUERIES)
        self._gate = _Gate()

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def state(self) -> State:
        return self._state

    @property
    def reason(self) -> str:
        return self._reason

    @property
    def name(self) -> str:
        return self._model.name

    def speaks(self, language: str) -> bool:
        """Whether the model was trained on this language (ISO 639-1), as far as its name tells."""
        return self._model.languages is None or language in self._model.languages

    def start(self) -> None:
        """Begins to load the model, and returns."""
        self._tell("loading", f"The embedding model {self._model.name} is being loaded.")
        threading.Thread(target=self._load_until_there, name="embedding-model", daemon=True).start()

    def close(self) -> None:
        """Ends the waiting between attempts. An attempt in progress ends with the process."""
        self._closing.set()

    def on_ready(self, callback: Callable[[], None]) -> None:
        """`callback()` runs once when the model is ready, on the thread that loaded it; at once if it is already."""
        with self._lock:
            if self._encoder is None:
                self._ready_callbacks.append(callback)
                return
        callback()

    def try_query(self, text: str) -> list[float] | None:
        """The vector of a question, or None at once when the model is not ready."""
        encoder = self._encoder
        if encoder is None:
            return None
        known = self._queries.get(text)
        if known is not None:
            return known
        with self.questions_first():
            vector = self._encode_query(encoder, text)
        self._queries.put(text, vector)
        return vector

    def questions_first(self) -> AbstractContextManager[None]:
        """While the block lasts, `embed` begins no new batch: the processor is the question's."""
        return self._gate.question()

    def embed(self, texts: Sequence[str], *, stop: threading.Event) -> Iterator[tuple[list[int], list[list[float]]]]:
        """(positions in `texts`, their vectors), batch by batch, shortest texts first; ends early once `stop` is set.

        Yields nothing when the model is not ready.
        """
        encoder = self._encoder
        if encoder is None:
            return
        prefix = self._model.prefixes[1]
        shown = [prefix + well_formed(text) for text in texts]
        by_length = list(batches_by_length([encoder.token_count(text) for text in shown]))
        if isinstance(encoder, RemoteEncoder):
            there = [[shown[position] for position in positions] for positions in by_length]
            for positions, found in zip(by_length, encoder.passage_batches(there, stop), strict=False):
                yield positions, [vector.tolist() for vector in found]
            return
        for positions in by_length:
            self._gate.wait(_PATIENCE_S)
            if stop.is_set():
                return
            batch = [shown[position] for position in positions]
            vectors = [vector.tolist() for vector in encoder.passage_embed(batch, batch_size=len(batch))]
            yield positions, vectors

    def _encode_query(self, encoder: Encoder, text: str) -> list[float]:
        (vector,) = encoder.query_embed([self._model.prefixes[0] + well_formed(text)])
        encoded: list[float] = vector.tolist()
        return encoded

    def _load_until_there(self) -> None:
        found = load_until_there(
            self._load, f"embedding model {self._model.name}", self._tell,
            closing=self._closing, may_download=self._may_download, pauses_s=self._pauses_s,
        )  # fmt: skip
        if found is not None:
            self._become_ready(*found)

    def _load(self) -> tuple[Encoder, int]:
        encoder = self._loader(self._model, self._cache, self._may_download)
        return encoder, len(self._encode_query(encoder, "warm up"))

    def _become_ready(self, encoder: Encoder, dimension: int) -> None:
        with self._lock:
            self._encoder = encoder
            self._dimension = dimension
            self._state, self._reason = "ready", ""
            callbacks, self._ready_callbacks = self._ready_callbacks, []
        log.info("The embedding model %s is ready", self._model.name)
        for callback in callbacks:
            callback()

    def _tell(self, state: State, reason: str) -> None:
        with self._lock:
            self._state, self._reason = state, reason
        log.info("%s", reason)


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts in batches of like length, shortest first: what is padded costs as much as what is text.

    `lengths`: the tokens of each.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == _BATCH_TEXTS or (len(batch) + 1) * lengths[position] > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


class _Recent:
    """The vectors of the questions asked last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._vectors: OrderedDict[str, list[float]] = OrderedDict()

    def get(self, text: str) -> list[float] | None:
        with self._lock:
            if text in self._vectors:
                self._vectors.move_to_end(text)
            return self._vectors.get(text)

    def put(self, text: str, vector: list[float]) -> None:
        with self._lock:
            self._vectors[text] = vector
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)


class _Gate:
    """Questions go through at once; whoever waits at the gate goes on when none is on its way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._passing = 0

    @contextmanager
    def question(self) -> Iterator[None]:
        with self._changed:
            self._passing += 1
        try:
            yield
        finally:
            with self._changed:
                self._passing -= 1
                self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._passing == 0, timeout=timeout_s)
