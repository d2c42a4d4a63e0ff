"""Which embedding model the settings name, what is known of it before it is loaded, and loading it through fastembed.

A model comes from a local folder (FOLIO_EMBEDDING_PATH: model.onnx, tokenizer.json, tokenizer_config.json,
config.json), from the cache under the data folder, or from the model hub. Loading may take seconds, a download minutes:
callers do both on a thread of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

from rag.search.model_files import (
    check_reachable,
    from_cache_or_hub,
    from_folder,
    onnx_file,
    quieten_fastembed,
    read_head,
    read_json,
)
from rag.settings import Settings

Pooling = Literal["mean", "cls", "last"]

_FOLDER = "FOLIO_EMBEDDING_PATH"
EMBEDDED_TEXT = 2  # raised when another text is embedded for the same passage (rag.search.texts)
_FALLBACK_DIMENSIONS = {"BAAI/bge-small-en-v1.5": 384}
_POOLED_BY_CLS = ("bge", "mxbai", "arctic")
_POOLED_BY_LAST = ("qwen",)
_RETRIEVE = "Represent this sentence for searching relevant passages: "
# What a model's card asks to be put before (questions, passages), by a part of its name.
_PREFIXES = {
    "bge-small-en": (_RETRIEVE, ""), "bge-base-en": (_RETRIEVE, ""), "bge-large-en": (_RETRIEVE, ""),
    "mxbai-embed": (_RETRIEVE, ""), "arctic-embed": (_RETRIEVE, ""),
    "e5-": ("query: ", "passage: "), "nomic-embed": ("search_query: ", "search_document: "),
}  # fmt: skip
# Which languages a model was trained on, by a part of its name; the first that fits counts, None is many.
_SPOKEN: tuple[tuple[str, frozenset[str] | None], ...] = (
    ("multilingual", None),
    *((f"-{language}", frozenset({language, "en"})) for language in ("zh", "de", "es")),
    *(
        (part, frozenset({"en"}))
        for part in (
            "-en", "english", "all-minilm", "all-mpnet", "gte-base", "gte-large", "nomic-embed-text-v1", "mxbai-embed",
            "arctic-embed", "stella", "constella", "potion-base", "potion-retrieval", "minilm-l6-h384",
        )
    ),
)  # fmt: skip


class Encoder(Protocol):
    """What a loaded model can do (fastembed's TextEmbedding): texts -> one vector each, normalised, in order.

    `token_count` is what the model reads of a text: no more than its window.
    """

    def query_embed(self, query: list[str]) -> Iterable[Any]: ...

    def passage_embed(self, texts: list[str], *, batch_size: int) -> Iterable[Any]: ...

    def token_count(self, texts: str) -> int: ...


@dataclass(frozen=True, slots=True)
class DenseModel:
    """A model before it is loaded.

    `dimension` is 0 where only the loaded model can tell. `fingerprint` changes with anything that changes vectors.
    `languages`: those it was trained on, ISO 639-1; None for many.
    """

    name: str
    folder: Path | None
    file: str
    dimension: int
    pooling: Pooling
    prefixes: tuple[str, str]
    fingerprint: str
    languages: frozenset[str] | None = None


Loader = Callable[[DenseModel, Path, bool], Encoder]


def describe(settings: Settings) -> DenseModel:
    """The model that the settings name. Reads small files and one megabyte of the model; imports nothing heavy."""
    if settings.embedding_path is None:
        name = settings.embedding_model
        prefixes = _prefixes(name)
        fingerprint = _digest(name.encode(), repr(prefixes).encode())
        dimension = _FALLBACK_DIMENSIONS.get(name, 0)
        return DenseModel(name, None, "", dimension, "mean", prefixes, fingerprint, _languages(name))
    folder = settings.embedding_path
    config = read_json(folder / "config.json")
    file = onnx_file(folder)
    known_as = f"{config.get('_name_or_path', '')} {folder.resolve().name}"
    pooling, prefixes = _pooling(folder, known_as), _folder_prefixes(folder, known_as)
    facts = json.dumps([config, pooling, prefixes], sort_keys=True).encode()
    dimension = config.get("hidden_size", 0)
    return DenseModel(
        name=folder.resolve().name,
        folder=folder,
        file=file,
        dimension=dimension if isinstance(dimension, int) else 0,
        pooling=pooling,
        prefixes=prefixes,
        fingerprint=_digest(facts, read_head(folder / file)),
        languages=_languages(known_as),
    )


def load(model: DenseModel, cache: Path, may_download: bool) -> Encoder:
    """The loaded model. Raises ModelUnavailable or ModelUnusable, and nothing else."""
    what = f"The embedding model {model.name}"
    if model.folder is None:
        check_reachable(what, cache, may_download)
    quieten_fastembed()
    from fastembed import TextEmbedding  # noqa: PLC0415

    known = [str(each["model"]) for each in TextEmbedding.list_supported_models()]
    loaded: Encoder
    if model.folder is not None:
        loaded = from_folder(lambda: _registered(TextEmbedding, known, model), model.folder, model.file, _FOLDER)
    else:
        loaded = from_cache_or_hub(
            TextEmbedding, known, model.name, cache, what=what, setting="FOLIO_EMBEDDING_MODEL",
            may_download=may_download,
        )  # fmt: skip
    _calm(loaded)
    return loaded


def _calm(loaded: Any) -> None:
    """Lets the threads of a loaded model sleep between two runs. fastembed has no setting for it.

    By default they spin for some 50 ms after each run, on the cores that the rest of a search needs: a question took
    42 ms of processor time to embed, now 4, and passages are embedded as fast (bench/RESULTS.md).
    """
    with suppress(AttributeError):  # another fastembed, other insides: then they spin
        inner = loaded.model
        file = inner.model._model_path
        session, options = type(inner.model), type(inner.model.get_session_options())()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = inner.model.get_providers()
        inner.model = None  # first, so that its memory is there for the other
        inner.model = session(file, options, providers=providers)


def _registered(text_embedding: Any, known: Collection[str], model: DenseModel) -> Encoder:
    from fastembed.common.model_description import ModelSource, PoolingType  # noqa: PLC0415

    pooling = {"mean": PoolingType.MEAN, "cls": PoolingType.CLS, "last": PoolingType.LAST_TOKEN}[model.pooling]
    registered = f"folio/{model.fingerprint}"
    if registered not in known:
        text_embedding.add_custom_model(
            registered, pooling=pooling, normalization=True, sources=ModelSource(hf=registered),
            dim=model.dimension, model_file=model.file,
        )  # fmt: skip
    encoder: Encoder = text_embedding(registered, specific_model_path=str(model.folder))
    return encoder


def _pooling(folder: Path, known_as: str) -> Pooling:
    """How token vectors become one: sentence-transformers writes it down, otherwise the model's family tells."""
    modes = read_json(folder / "1_Pooling" / "config.json")
    if modes.get("pooling_mode_cls_token"):
        return "cls"
    if modes.get("pooling_mode_lasttoken"):
        return "last"
    if modes.get("pooling_mode_mean_tokens"):
        return "mean"
    family = known_as.lower()
    if any(part in family for part in _POOLED_BY_CLS):
        return "cls"
    return "last" if any(part in family for part in _POOLED_BY_LAST) else "mean"


def _folder_prefixes(folder: Path, known_as: str) -> tuple[str, str]:
    prompts = read_json(folder / "config_sentence_transformers.json").get("prompts")
    if isinstance(prompts, dict) and prompts.get("query"):
        return str(prompts["query"]), str(prompts.get("document") or prompts.get("passage") or "")
    return _prefixes(known_as)


def _prefixes(known_as: str) -> tuple[str, str]:
    family = known_as.lower()
    return next((prefixes for part, prefixes in _PREFIXES.items() if part in family), ("", ""))


def _languages(known_as: str) -> frozenset[str] | None:
    family = known_as.lower()
    return next((spoken for part, spoken in _SPOKEN if part in family), None)


def _digest(*facts: bytes) -> str:
    digest = sha256(str(EMBEDDED_TEXT).encode())
    for fact in facts:
        digest.update(b"\0" + fact)
    return digest.hexdigest()[:12]
