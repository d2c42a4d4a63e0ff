"""The retrieval policy of a data folder: trained from feedback, kept as a file, loaded at the start."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.answer import policy
from rag.answer.policy import RULE, Policy
from rag.answer.training import Measured, lessons_of, train
from rag.errors import RequestError

log = logging.getLogger(__name__)
NAME = "policy.json"


def load_policy(data: Path) -> Policy:
    """What was learned here; the rule where nothing was, or where the file cannot be used (the log says why)."""
    path = data / NAME
    try:
        return policy.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return RULE
    except (OSError, ValueError) as error:
        log.warning("The trained retrieval policy in %s is not used: %s", path, error)
        return RULE


def train_policy(data: Path, feedback: Path) -> tuple[int, dict[str, Measured]]:
    """Learns from a file of `python -m rag feedback`, keeps what is better than the rule.

    -> (how many records taught something, how each part was measured). Used from the next start on. Raises
    RequestError: not_found, invalid_request (no feedback records; scikit-learn is missing), storage_full.
    """
    lessons = lessons_of(_records(feedback))
    heads, measured = train(lessons)
    text = policy.to_json(heads, {name: each.to_json() for name, each in measured.items()})
    policy.from_json(text)
    try:
        data.mkdir(parents=True, exist_ok=True)
        aside = data / f"{NAME}.new"
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(data / NAME)
    except OSError as error:
        raise RequestError("storage_full", f"The policy could not be kept in {data}: {error.strerror}.") from error
    return len(lessons), measured


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise RequestError("invalid_request", f"{path.name}, line {number}: it is no feedback record.")
                yield record
    except OSError as error:
        raise RequestError("not_found", f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RequestError("invalid_request", f"{path.name} is not a file of feedback records: {error}.") from error
