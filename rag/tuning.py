"""Settings of a question that change how it is searched, as they come with it (`Asking.settings`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rag.errors import RequestError

MAX_WEIGHT = 100.0
MAX_CANDIDATES = 100


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


def rerank_of(settings: Mapping[str, Any]) -> int | Literal["on"] | None:
    """`{"rerank": "on"}`, `"off"` or how many of the first passages -> how many are put in order by the reranking
    model: a number, 0 for none; "on" for as many as is usual; None when nothing is said.

    Raises RequestError(invalid_request) for anything else.
    """
    said = settings.get("rerank")
    if said is None or said == "":
        return None
    if said in ("on", "off") or isinstance(said, bool):
        return "on" if said in ("on", True) else 0
    text = str(said)
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_CANDIDATES):
        raise RequestError("invalid_request", f'`rerank` is "on", "off" or a number up to {MAX_CANDIDATES}.')
    return int(text)


def _wrong() -> RequestError:
    return RequestError("invalid_request", 'Weights are two numbers above 0, for words and for meaning, such as "1:3".')
