"""What admins get, as models for the OpenAPI document; the values are made by `rag.people.admin`."""

from __future__ import annotations

from typing import Literal

from rag.api.schemas import Code, Moment, Schema, Status


class AdminTurn(Schema):
    """An answer that waits (`position` from 1) or runs (0). `model`: the one asked for; null: the default."""

    turn_id: str
    user_id: str
    username: str | None
    status: Literal["queued", "running"]
    model: str | None
    position: int
    created_at: Moment
    started_at: Moment | None
    age_s: float
    running_s: float | None


class AdminAnswers(Schema):
    running: list[AdminTurn]
    waiting: list[AdminTurn]
    max_running: int


class AdminTask(Schema):
    """A file that waits or is worked on."""

    task_id: str
    user_id: str
    username: str | None
    status: Status
    progress_percentage: float
    attempt: int
    created_at: Moment
    started_at: Moment | None
    age_s: float
    running_s: float | None


class AdminQueue(Schema):
    """Of this moment. `tasks`: at most 200."""

    at: Moment
    answers: AdminAnswers
    tasks: list[AdminTask]
    tasks_by_stage: dict[str, int]


class Failures(Schema):
    """One kind of failure; `message` is the latest one's."""

    error_code: Code | None
    message: str | None
    count: int
    last_at: Moment | None


class AnswerFigures(Schema):
    running: int
    waiting: int
    done: int
    stopped: int
    interrupted: int
    error: int
    failures: list[Failures]


class TaskFigures(Schema):
    pending: int
    uploading: int
    extracting: int
    chunking: int
    vectorizing: int
    completed: int
    failed: int
    cancelled: int
    failures: list[Failures]


class CacheFigures(Schema):
    answers: int
    hits: int
    share: float


class Percentiles(Schema):
    count: int
    p50: float | None
    p95: float | None


class UserFigures(Schema):
    """`active`: asked something within the window."""

    total: int
    accounts: int
    anonymous: int
    admins: int
    active: int


class StorageFigures(Schema):
    documents: int
    pages: int
    passages: int
    conversations: int
    messages: int
    files: int
    file_bytes: int
    deletions_under_way: int
    database_bytes: int
    free_bytes: int


class AdminStats(Schema):
    """Answers, failures, cache and times since `since`; the rest as it is now."""

    at: Moment
    since: Moment
    uptime_s: float
    answers: AnswerFigures
    tasks: TaskFigures
    cache: CacheFigures
    first_token_ms: Percentiles
    users: UserFigures
    storage: StorageFigures
