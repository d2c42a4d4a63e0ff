"""What works on this machine, what does not, and what to do about it. Opens no data folder and changes nothing."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from rag.ingest.recognition import recogniser, wanted, why_not
from rag.settings import Settings
from store.database import sqlite_version
from store.folder import FolderHeld, hold

State = Literal["ok", "degraded", "fatal"]
MIN_FREE_BYTES = 1024**3
CONNECT_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `fatal`: Folio cannot run like this; `degraded`: it runs without something."""

    state: State
    part: str
    text: str

    @property
    def mark(self) -> str:
        return {"ok": "✓", "degraded": "·", "fatal": "✗"}[self.state]

    @property
    def is_fatal(self) -> bool:
        return self.state == "fatal"


def examine(settings: Settings) -> list[Finding]:
    """Every part Folio leans on, in the order in which a question meets it."""
    return [
        _python(),
        Finding("ok", "SQLite", sqlite_version()),
        _data_folder(settings.data),
        _free_space(settings.data),
        _port(settings.host, settings.port),
        _index(settings),
        _embedding(settings),
        *_reranking(settings),
        _ocr(settings),
        *_models(settings),
    ]


def _python() -> Finding:
    text = f"{platform.python_version()} on {platform.system()}"
    return Finding("ok" if sys.version_info >= (3, 11) else "fatal", "Python", text)


def _data_folder(folder: Path) -> Finding:
    parent = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not parent.is_dir():
        return Finding("fatal", "data folder", f"{parent} is a file, not a folder. Set FOLIO_DATA.")
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        return Finding("fatal", "data folder", f"{folder} cannot be written: {error.strerror}. Set FOLIO_DATA.")
    if not folder.is_dir():
        return Finding("ok", "data folder", f"{folder} will be made")
    try:
        with hold(folder):
            return Finding("ok", "data folder", f"{folder} is free")
    except FolderHeld as held:
        return Finding("ok", "data folder", f"{folder} is in use by process {held.holder.get('pid', '?')}")


def _free_space(folder: Path) -> Finding:
    parent = next(path for path in (folder, *folder.resolve().parents) if path.is_dir())
    free = shutil.disk_usage(parent).free
    text = f"{free / 1024**3:.1f} GB free"
    if free < MIN_FREE_BYTES:
        return Finding("degraded", "disk", text + "; uploads will soon be refused")
    return Finding("ok", "disk", text)


def _port(host: str, port: int) -> Finding:
    if _accepts(host, port):
        return Finding("degraded", "port", f"{host}:{port} is in use (by Folio itself?). Else set FOLIO_PORT.")
    return Finding("ok", "port", f"{host}:{port} is free")


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _index(settings: Settings) -> Finding:
    if not settings.qdrant_url:
        return Finding("ok", "vector index", f"embedded Qdrant Edge {version('qdrant-edge-py')}")
    host, port = _address(settings.qdrant_url)
    if _accepts(host, port):
        return Finding("ok", "vector index", f"Qdrant server at {host}:{port} answers")
    return Finding("fatal", "vector index", f"no Qdrant server at {host}:{port}. Check FOLIO_QDRANT_URL.")


def _embedding(settings: Settings) -> Finding:
    if settings.embedding_path is not None:
        if missing := _lacking(settings.embedding_path):
            return Finding("degraded", "embedding model", f"{settings.embedding_path} lacks {missing}: keywords only")
        return Finding("ok", "embedding model", f"{settings.embedding_path.name} from a local folder")
    cached = list((settings.data / "models").rglob("*.onnx"))
    if cached:
        return Finding("ok", "embedding model", f"{settings.embedding_model}, downloaded")
    return Finding(
        "degraded",
        "embedding model",
        f"{settings.embedding_model} is not downloaded yet; search goes by keywords until it is. "
        "Without a way to the model hub, set FOLIO_EMBEDDING_PATH.",
    )


def _reranking(settings: Settings) -> list[Finding]:
    """Nothing where no model is named: search is whole without one."""
    if settings.reranker_path is not None:
        if missing := _lacking(settings.reranker_path):
            return [Finding("degraded", "reranking model", f"{settings.reranker_path} lacks {missing}: not used")]
        return [Finding("ok", "reranking model", f"{settings.reranker_path.name} from a local folder")]
    return [Finding("ok", "reranking model", f"{settings.reranker}, loaded at the start")] if settings.reranker else []


def _lacking(folder: Path) -> str:
    """The files of a model that are not in its folder."""
    missing = [name for name in ("tokenizer.json", "config.json") if not (folder / name).is_file()]
    return ", ".join(missing if list(folder.rglob("*.onnx")) else [*missing, "model.onnx"])


def _ocr(settings: Settings) -> Finding:
    asked = wanted(settings.ocr, settings.ocr_languages)
    by = None if why_not(asked) else recogniser(asked)
    if by is None:
        why = why_not(asked) or "tesseract has no language installed"
        return Finding("degraded", "text recognition", f"scanned pages and images are refused: {why}")
    if by.missing:
        lacking = ", ".join(by.missing)
        return Finding("degraded", "text recognition", f"{by.engine}; not installed of FOLIO_OCR_LANGUAGES: {lacking}")
    return Finding("ok", "text recognition", " ".join((by.engine, *(by.installed or by.languages))))


def _models(settings: Settings) -> list[Finding]:
    findings = [Finding("ok", "chat model", "extractive, built in: quotes the sentences that answer best")]
    if settings.openai_base_url:
        host, port = _address(settings.openai_base_url)
        if _accepts(host, port):
            findings.append(Finding("ok", "chat model", f"{settings.openai_model} at {host}:{port}"))
        else:
            findings.append(Finding("degraded", "chat model", f"nothing answers at {host}:{port} (OPENAI_BASE_URL)"))
    elif settings.openai_api_key:
        findings.append(Finding("ok", "chat model", f"{settings.openai_model} at OpenAI"))
    findings.extend(Finding("ok", "chat model", entry.strip()) for entry in settings.models.split(",") if entry.strip())
    return findings
