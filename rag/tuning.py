"""Settings of a question that change how it is searched, as they come with it (`Asking.settings`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.errors import RequestError

MAX_WEIGHT = 100.0


def weights_of(settings: Mapping[str, Any]) -> tuple[float, float] | None:
    """`{"weights": "1:3"}` -> how much search by words and by meaning weigh; None when nothing is said.

    Raises RequestError(invalid_request) for what is no such pair.
    """
    said = settings.get("weights")
    if said is None or said == "":
        return None
    try:
        parts = said.split(":") if isinstance(said, str) else list(said)
        keyword, semantic = (float(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise _wrong() from error
    if not (0 < keyword <= MAX_WEIGHT and 0 < semantic <= MAX_WEIGHT):
        raise _wrong()
    return keyword, semantic


def _wrong() -> RequestError:
    return RequestError("invalid_request", 'Weights are two numbers above 0, for words and for meaning, such as "1:3".')
