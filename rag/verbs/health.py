"""What a running Folio says about itself: versions, what is degraded and why, and how busy it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

from rag import __version__
from store.database import sqlite_version


def health(
    keyword_only: str, turns: tuple[int, int], no_ocr: str = "", no_transcription: str = "", no_reranking: str = ""
) -> dict[str, Any]:
    """`keyword_only`: why search goes by keywords only, or "". `turns`: how many run and how many wait.

    `no_ocr`: why pictures of text cannot be read, or ""; `no_transcription`: why recordings are refused, or "".
    `no_reranking`: why the reranking model that is set does nothing, or "".
    """
    degraded = list(_degraded(keyword_only, no_ocr, no_reranking))
    running, waiting = turns
    return {
        "status": "degraded" if degraded else "ok",
        "version": __version__,
        "versions": {
            "python": sys.version.split()[0],
            "sqlite": sqlite_version(),
            "qdrant-edge": _version("qdrant-edge-py"),
        },
        "degraded": degraded,
        "capabilities": {"ocr": not no_ocr, "transcription": not no_transcription, "dense": not keyword_only},
        "turns": {"running": running, "waiting": waiting},
    }


@cache
def _version(package: str) -> str:
    """Asked of files: once."""
    return version(package)


def _degraded(keyword_only: str, no_ocr: str, no_reranking: str) -> Iterator[dict[str, str]]:
    if keyword_only:
        yield {"what": "semantic_search", "why": keyword_only}
    if no_ocr:
        yield {"what": "ocr", "why": f"Scanned pages and images are not read. {no_ocr}"}
    if no_reranking:
        yield {"what": "reranking", "why": no_reranking}
    if os.environ.get("SPACE_ID") and not os.environ.get("FOLIO_DATA", "").startswith("/data"):
        lost = "The disk of this Space is lost when it restarts. Export what you want to keep."
        yield {"what": "storage", "why": lost}
