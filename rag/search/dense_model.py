"""Which embedding model the settings name, what is known of it before it is loaded, and loading it through fastembed.

A model comes from a local folder (FOLIO_EMBEDDING_PATH: model.onnx, tokenizer.json, tokenizer_config.json,
config.json), from the cache under the data folder, or from the model hub. Loading may take seconds, a download minutes:
callers do both on a thread of their own.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies

from rag.settings import Settings

Pooling = Literal["mean", "cls", "last"]

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
_HEAD_BYTES = 1024 * 1024
_REACH_TIMEOUT_S = 5.0


class ModelUnavailable(Exception):
    """The model is not here now but may come later. The text is a sentence for people."""


class ModelUnusable(Exception):
    """Trying again will not help: the settings or the folder must change. The text is a sentence for people."""


class Encoder(Protocol):
    """What a loaded model can do (fastembed's TextEmbedding): texts -> one vector each, normalised, in order."""

    def query_embed(self, query: list[str]) -> Iterable[Any]: ...

    def passage_embed(self, texts: list[str], *, batch_size: int) -> Iterable[Any]: ...


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
    config = _json(folder / "config.json")
    file = _model_file(folder)
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
        fingerprint=_digest(facts, _head(folder / file)),
        languages=_languages(known_as),
    )


def load(model: DenseModel, cache: Path, may_download: bool) -> Encoder:
    """The loaded model. Raises ModelUnavailable or ModelUnusable, and nothing else."""
    if model.folder is None and not _is_filled(cache):
        if not may_download:
            raise ModelUnavailable(f"The embedding model {model.name} has not been downloaded, and downloads are off.")
        if not _hub_answers():  # asked before the import: an idle server without a way to the hub stays small
            raise ModelUnavailable(f"The embedding model {model.name} cannot be downloaded: the hub does not answer.")
    text_embedding = _fastembed()
    if model.folder is not None:
        return _from_folder(text_embedding, model)
    if model.name.lower() not in {known["model"].lower() for known in text_embedding.list_supported_models()}:
        raise ModelUnusable(f"fastembed has no embedding model {model.name}. Check FOLIO_EMBEDDING_MODEL.")
    return _from_cache_or_hub(text_embedding, model, cache, may_download)


def _fastembed() -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads would not survive a fork
    from fastembed import TextEmbedding  # noqa: PLC0415  # 1.4 s and 80 MB
    from loguru import logger  # noqa: PLC0415

    logger.disable("fastembed")  # its failures are told in our words
    return TextEmbedding


def _from_folder(text_embedding: Any, model: DenseModel) -> Encoder:
    from fastembed.common.model_description import ModelSource, PoolingType  # noqa: PLC0415

    pooling = {"mean": PoolingType.MEAN, "cls": PoolingType.CLS, "last": PoolingType.LAST_TOKEN}[model.pooling]
    registered = f"folio/{model.fingerprint}"
    if not model.file:
        raise ModelUnusable(f"FOLIO_EMBEDDING_PATH: there is no .onnx file in {model.folder}.")
    try:
        if registered not in {known["model"] for known in text_embedding.list_supported_models()}:
            text_embedding.add_custom_model(
                registered, pooling=pooling, normalization=True, sources=ModelSource(hf=registered),
                dim=model.dimension, model_file=model.file,
            )  # fmt: skip
        encoder: Encoder = text_embedding(registered, specific_model_path=str(model.folder))
    except Exception as error:
        raise ModelUnusable(f"FOLIO_EMBEDDING_PATH: the model in {model.folder} cannot be loaded ({error}).") from error
    return encoder


def _from_cache_or_hub(text_embedding: Any, model: DenseModel, cache: Path, may_download: bool) -> Encoder:
    """Whatever goes wrong in the client of the hub can go better next time."""
    try:
        encoder: Encoder = text_embedding(model.name, cache_dir=str(cache), local_files_only=True)
    except Exception as missing:
        if not may_download:
            raise ModelUnavailable(
                f"The embedding model {model.name} has not been downloaded, and downloads are off."
            ) from missing
    else:
        return encoder
    try:
        encoder = text_embedding(model.name, cache_dir=str(cache))
    except Exception as error:
        raise ModelUnavailable(f"The embedding model {model.name} could not be downloaded.") from error
    return encoder


def _is_filled(cache: Path) -> bool:
    return any(path.is_file() for path in cache.rglob("*"))


def _hub_answers() -> bool:
    """Whether something accepts a connection at the hub's address. Behind a proxy only the download can tell."""
    if getproxies():
        return True
    hub = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    try:
        port = hub.port or (80 if hub.scheme == "http" else 443)
        socket.create_connection((hub.hostname or "", port), timeout=_REACH_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def _model_file(folder: Path) -> str:
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.onnx"))
    preferred = ("model.onnx", "onnx/model.onnx", "model_optimized.onnx")
    return next((file for file in preferred if file in found), found[0] if found else "")


def _pooling(folder: Path, known_as: str) -> Pooling:
    """How token vectors become one: sentence-transformers writes it down, otherwise the model's family tells."""
    modes = _json(folder / "1_Pooling" / "config.json")
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
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts")
    if isinstance(prompts, dict) and prompts.get("query"):
        return str(prompts["query"]), str(prompts.get("document") or prompts.get("passage") or "")
    return _prefixes(known_as)


def _prefixes(known_as: str) -> tuple[str, str]:
    family = known_as.lower()
    return next((prefixes for part, prefixes in _PREFIXES.items() if part in family), ("", ""))


def _languages(known_as: str) -> frozenset[str] | None:
    family = known_as.lower()
    return next((spoken for part, spoken in _SPOKEN if part in family), None)


def _json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _head(path: Path) -> bytes:
    """The file's size and beginning; empty when it cannot be read, which loading will say better."""
    try:
        with path.open("rb") as file:
            return str(path.stat().st_size).encode() + file.read(_HEAD_BYTES)
    except OSError:
        return b""


def _digest(*facts: bytes) -> str:
    digest = sha256(str(EMBEDDED_TEXT).encode())
    for fact in facts:
        digest.update(b"\0" + fact)
    return digest.hexdigest()[:12]
