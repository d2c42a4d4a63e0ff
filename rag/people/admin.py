"""What whoever runs this Folio wants to know: what waits, what runs, what failed and why, how fast, how much.

Read afresh from the database each time, over all users; counts, codes and ids, never questions, answers or names of
files. Whoever calls has checked that the one who asks is an admin.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rag.coded import coded
from rag.settings import Settings
from store import figures
from store.database import Database
from store.ids import moment_text

JSON = dict[str, Any]
WINDOW: Final = timedelta(hours=24)
MAX_TASKS: Final = 200
STAGES: Final = (
    "pending", "uploading", "extracting", "chunking", "vectorizing", "completed", "failed", "cancelled",
)  # fmt: skip
ENDS: Final = ("done", "stopped", "interrupted", "error")


class Admin:
    """Figures over all users."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._started = datetime.now(UTC)

    @coded
    def queue(self) -> JSON:
        """Answers that wait (with their position) and run, and ingestion tasks by stage, each with its age."""
        moment = datetime.now(UTC)
        turns = [_aged(row, moment) for row in figures.unfinished_turns(self._db)]
        tasks = [_aged(row, moment) for row in figures.unfinished_tasks(self._db, MAX_TASKS)]
        waiting = [turn for turn in turns if turn["status"] == "queued"]
        by_stage = figures.tasks_by_stage(self._db)
        return {
            "at": moment_text(moment),
            "answers": {
                "running": [turn for turn in turns if turn["status"] == "running"],
                "waiting": sorted(waiting, key=lambda turn: int(turn["position"])),
                "max_running": self._settings.max_turns,
            },
            "tasks": tasks,
            "tasks_by_stage": {stage: by_stage.get(stage, 0) for stage in STAGES},
        }

    @coded
    def stats(self) -> JSON:
        """How it has gone in the last 24 hours, and what is kept."""
        moment = datetime.now(UTC)
        since = moment_text(moment - WINDOW)
        ends, by_stage = figures.turns_by_status(self._db, since), figures.tasks_by_stage(self._db)
        return {
            "at": moment_text(moment),
            "since": since,
            "uptime_s": round((moment - self._started).total_seconds(), 1),
            "answers": {
                "running": ends.get("running", 0),
                "waiting": ends.get("queued", 0),
                **{end: ends.get(end, 0) for end in ENDS},
                "failures": figures.failed_turns(self._db, since),
            },
            "tasks": {**{stage: by_stage.get(stage, 0) for stage in STAGES},
                      "failures": figures.failed_tasks(self._db, since)},
            "cache": _cache(figures.answers(self._db, since)),
            "first_token_ms": percentiles(figures.first_token_ms(self._db, since)),
            "users": figures.people(self._db, since),
            "storage": {**figures.storage(self._db), **self._disk()},
        }  # fmt: skip

    def _disk(self) -> JSON:
        data = self._settings.data
        files = [data / name for name in ("folio.db", "folio.db-wal")]
        return {
            "database_bytes": sum(file.stat().st_size for file in files if file.exists()),
            "free_bytes": shutil.disk_usage(data).free,
        }


def percentiles(values: Sequence[float]) -> JSON:
    """Of sorted values: the middle one and the one that 95 % do not pass, None for none; nearest rank."""

    def rank(share: float) -> float | None:
        return round(values[max(0, math.ceil(share * len(values)) - 1)], 1) if values else None

    return {"count": len(values), "p50": rank(0.5), "p95": rank(0.95)}


def _cache(answers: JSON) -> JSON:
    completed, cached = int(answers["completed"]), int(answers["cached"])
    return {"answers": completed, "hits": cached, "share": round(cached / completed, 3) if completed else 0.0}


def _aged(row: JSON, moment: datetime) -> JSON:
    """A row with the seconds since it was made and, once it has begun, since then."""
    begun = row["started_at"]
    return {
        **row,
        "age_s": _seconds(row["created_at"], moment),
        "running_s": None if begun is None else _seconds(begun, moment),
    }


def _seconds(at: str, moment: datetime) -> float:
    return max(0.0, round((moment - datetime.fromisoformat(at)).total_seconds(), 1))
