"""A model on its way: loaded on a thread of its own, tried again for as long as it may still come."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from rag.search.model_files import ModelUnavailable, ModelUnusable

log = logging.getLogger(__name__)

State = Literal["absent", "loading", "ready", "failed"]
PAUSES_S = (30.0, 120.0, 600.0, 1_800.0, 3_600.0)  # between attempts to download; the last one again and again
Loaded = TypeVar("Loaded")


def load_until_there(
    attempt: Callable[[], Loaded],
    what: str,
    tell: Callable[[State, str], None],
    *,
    closing: threading.Event,
    may_download: bool,
    pauses_s: Sequence[float] = PAUSES_S,
) -> Loaded | None:
    """What `attempt()` returns at last; None when it cannot come any more, or `closing` is set.

    `what`: "embedding model x". `tell(state, reason)` hears of each failure, with a sentence for people.
    """
    failures = 0
    while not closing.is_set():
        try:
            return attempt()
        except ModelUnavailable as problem:
            tell("absent", str(problem))
        except ModelUnusable as problem:
            tell("failed", str(problem))
            return None
        except Exception:  # a model that loads and then cannot compute, in any of onnxruntime's ways
            log.exception("The %s cannot be used", what)
            tell("failed", f"The {what} cannot be used; the log says why.")
            return None
        if not may_download:
            return None
        closing.wait(pauses_s[min(failures, len(pauses_s) - 1)])
        failures += 1
    return None
