"""What a running Folio says about itself: versions, what is degraded and why, and how busy it is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from rag import __version__
from store.database import sqlite_version


def health(keyword_only: str, turns: tuple[int, int], no_transcription: str) -> dict[str, Any]:
    """`keyword_only`: why search goes by keywords only, or ""; `no_transcription`: why recordings are refused, or "".

    `turns`: how many run and how many wait.
    """
    degraded = list(_degraded(keyword_only))
    running, waiting = turns
    return {
        "status": "degraded" if degraded else "ok",
        "version": __version__,
        "versions": {
            "python": sys.version.split()[0],
            "sqlite": sqlite_version(),
            "qdrant-edge": version("qdrant-edge-py"),
        },
        "degraded": degraded,
        "capabilities": {"ocr": False, "transcription": not no_transcription, "dense": not keyword_only},
        "turns": {"running": running, "waiting": waiting},
    }


def _degraded(keyword_only: str) -> Iterator[dict[str, str]]:
    if keyword_only:
        yield {"what": "semantic_search", "why": keyword_only}
    if shutil.which("tesseract") is None:
        yield {"what": "ocr", "why": "Scanned pages cannot be read: tesseract-ocr is not installed."}
