"""The first passages of a search put in order once more, by a model that reads question and passage together.

A cross-encoder (fastembed's TextCrossEncoder) costs as much for each passage as embedding it, so only the first few are
read. It comes from a local folder (FOLIO_RERANKER_PATH: model.onnx, tokenizer.json, tokenizer_config.json, config.json)
or from the hub (FOLIO_RERANKER), behind everybody's back: until it is there the search's own order stands, and the note
of a search says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Literal, Protocol

from rag.model import Hit, RankScore
from rag.search import languages
from rag.search.arrival import PAUSES_S, State, load_until_there
from rag.search.model_files import (
    check_reachable,
    from_cache_or_hub,
    from_folder,
    may_download,
    onnx_file,
    quieten_fastembed,
    read_head,
    read_json,
)
from rag.search.texts import keyword_text, readable_name, well_formed
from rag.settings import Settings

log = logging.getLogger(__name__)

Wanted = int | Literal["on"] | None
USUAL_CANDIDATES = 20
_BATCH = 4  # as for embedding: what stays in the processor's cache
_FOLDER = "FOLIO_RERANKER_PATH"
_ENGLISH = ("ms-marco", "-en", "english", "stsb", "quora", "qnli")  # parts of the names of models for English only


class CrossEncoder(Protocol):
    """What a loaded model can do (fastembed's TextCrossEncoder): a score for each text, higher is better."""

    def rerank(self, query: str, documents: Iterable[str], *, batch_size: int) -> Iterable[float]: ...


@dataclass(frozen=True, slots=True)
class RerankModel:
    """A model before it is loaded. `languages`: those it was trained on, None for many."""

    name: str
    folder: Path | None
    file: str
    fingerprint: str
    languages: frozenset[str] | None


Loader = Callable[[RerankModel, Path, bool], CrossEncoder]


def describe(settings: Settings) -> RerankModel | None:
    """The model that the settings name; None when they name none. Imports nothing heavy."""
    folder = settings.reranker_path
    if folder is None:
        name = settings.reranker
        return RerankModel(name, None, "", _digest(name.encode()), _languages(name)) if name else None
    file, known_as = onnx_file(folder), f"{read_json(folder / 'config.json').get('_name_or_path', '')} {folder.name}"
    return RerankModel(folder.resolve().name, folder, file, _digest(read_head(folder / file)), _languages(known_as))


def load(model: RerankModel, cache: Path, may_download: bool) -> CrossEncoder:
    """The loaded model. Raises ModelUnavailable or ModelUnusable, and nothing else."""
    what = f"The reranking model {model.name}"
    if model.folder is None:
        check_reachable(what, cache, may_download)
    quieten_fastembed()
    from fastembed.rerank.cross_encoder import TextCrossEncoder  # noqa: PLC0415

    known = [str(each["model"]) for each in TextCrossEncoder.list_supported_models()]
    loaded: CrossEncoder
    if model.folder is not None:
        loaded = from_folder(lambda: _registered(model, known), model.folder, model.file, _FOLDER)
    else:
        loaded = from_cache_or_hub(
            TextCrossEncoder, known, model.name, cache, what=what, setting="FOLIO_RERANKER", may_download=may_download
        )
    return loaded


def _registered(model: RerankModel, known: Collection[str]) -> CrossEncoder:
    from fastembed.common.model_description import ModelSource  # noqa: PLC0415
    from fastembed.rerank.cross_encoder import TextCrossEncoder  # noqa: PLC0415

    registered = f"folio-reranker/{model.fingerprint}"
    if registered not in known:
        TextCrossEncoder.add_custom_model(registered, sources=ModelSource(hf=registered), model_file=model.file)
    encoder: CrossEncoder = TextCrossEncoder(registered, specific_model_path=str(model.folder))
    return encoder


class Reranker:
    """The model that the settings name, or none. `first()` is entered while it computes: others let it pass.

    `reason`: why hits are not put in order again, one sentence; empty when they are, and when no model is named.
    `loader` and `pauses_s` are there for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        first: Callable[[], AbstractContextManager[None]] = nullcontext,
        loader: Loader = load,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._model = describe(settings)
        self._usual = settings.rerank_candidates
        self._cache = settings.data / "models"
        self._may_download = may_download(settings.offline)
        self._first = first
        self._loader = loader
        self._pauses_s = pauses_s
        self._encoder: CrossEncoder | None = None
        self._closing = threading.Event()
        self.state: State = "absent"
        self.reason = "" if self._model is None else f"The reranking model {self._model.name} is not loaded yet."

    @property
    def fingerprint(self) -> str:
        """Changes with anything that changes the order of hits; empty while that is the search's own."""
        return "" if self._model is None or self._encoder is None else f"{self._model.fingerprint}-{self._usual}"

    def start(self) -> None:
        """Begins to load the model, when there is one to load, and returns."""
        if self._model is not None:
            self._tell("loading", f"The reranking model {self._model.name} is being loaded.")
            threading.Thread(target=self._arrive, args=(self._model,), name="reranking-model", daemon=True).start()

    def close(self) -> None:
        """Ends the waiting between attempts. An attempt in progress ends with the process."""
        self._closing.set()

    def depth(self, wanted: Wanted = None) -> int:
        """How many of the first hits are read for a question that says `wanted`; 0 when none are.

        None: as the settings say; "on": so too, and the usual number where they say none.
        """
        if self._encoder is None:
            return 0
        if wanted == "on":
            return self._usual or USUAL_CANDIDATES
        return self._usual if wanted is None else wanted

    def note(self, wanted: Wanted = None) -> str:
        """Why hits of a question that says `wanted` are in the search's own order though they should not be, or ""."""
        if wanted == 0 or (wanted is None and not self._usual):
            return ""
        if self._model is None:
            return "" if wanted is None else "No reranking model is set (FOLIO_RERANKER)."
        return self.reason

    def rerank(
        self, question: str, hits: Sequence[Hit], depth: int, spoken: Collection[str] = ()
    ) -> tuple[list[Hit], str]:
        """(the hits with the first `depth` in the model's order, what was done in a sentence's part).

        `spoken`: the languages of the documents. A question in a language that the model was not trained on stays as
        it is, and so does one for which the model fails.
        """
        model, encoder = self._model, self._encoder
        if model is None or encoder is None or depth <= 0 or len(hits) < 2:
            return list(hits), ""
        if model.languages is not None and is_foreign(question, spoken, model.languages):
            return list(hits), f"not reranked: {model.name} was not trained on the question's language"
        began = monotonic()
        try:
            with self._first():
                scores = scored(encoder, question, [_text(hit) for hit in hits[:depth]])
        except Exception:  # onnxruntime, in any of its ways: the search's order is there
            log.exception("The reranking model %s failed for a question", model.name)
            return list(hits), f"not reranked: {model.name} failed, the log says why"
        elapsed_ms = 1_000 * (monotonic() - began)
        return in_order(hits, scores), f"the first {len(scores)} reranked by {model.name} in {elapsed_ms:.0f} ms"

    def _arrive(self, model: RerankModel) -> None:
        encoder = load_until_there(
            lambda: self._load(model), f"reranking model {model.name}", self._tell,
            closing=self._closing, may_download=self._may_download, pauses_s=self._pauses_s,
        )  # fmt: skip
        if encoder is not None:
            self._encoder = encoder
            self._tell("ready", "")

    def _load(self, model: RerankModel) -> CrossEncoder:
        encoder = self._loader(model, self._cache, self._may_download)
        scored(encoder, "warm up", ["warm up"])
        if model.languages is not None:
            languages.warm()
        return encoder

    def _tell(self, state: State, reason: str) -> None:
        self.state, self.reason = state, reason
        log.info("%s", reason or "The reranking model is ready")


def scored(encoder: CrossEncoder, question: str, texts: Sequence[str]) -> list[float]:
    """The model's score of each text, read in batches of like length: what is padded costs as much as what is text."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    asked = well_formed(question)
    found = encoder.rerank(asked, [well_formed(texts[at]) for at in order], batch_size=_BATCH)
    by_place: Iterator[tuple[int, float]] = zip(order, found, strict=True)
    return [score for _, score in sorted(by_place)]


def in_order(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """Hits, of which the first have scores, numbered anew: those by score, best first, then the rest as they were."""
    best = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    places = {at: RankScore(rank, scores[at]) for rank, at in enumerate(best, start=1)}
    order = [*best, *range(len(scores), len(hits))]
    return [replace(hits[at], number=number, reranked=places.get(at)) for number, at in enumerate(order, start=1)]


def is_foreign(question: str, spoken: Collection[str], known: Collection[str]) -> bool:
    """Whether a question to documents in the languages `spoken` is surely in one that a model does not know."""
    others = {language for language in spoken if language and language not in known}
    if not others:
        return False
    language = languages.detect(question, others | {*known}, least=languages.SURE)
    return bool(language) and language not in known


def _text(hit: Hit) -> str:
    """A passage as the model reads it: with the place that it stands in, as a person would be shown it."""
    passage = hit.passage
    return f"{readable_name(passage.document)}\n{keyword_text(passage.heading, passage.text)}"


def _languages(known_as: str) -> frozenset[str] | None:
    return frozenset({"en"}) if any(part in known_as.lower() for part in _ENGLISH) else None


def _digest(fact: bytes) -> str:
    return sha256(fact).hexdigest()[:12]
