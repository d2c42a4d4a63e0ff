"""What clients get: the contract's bodies as models, for the OpenAPI document only.

The values themselves are made by `rag.records`, `rag.events` and `rag.model`; a test holds them against these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from rag.errors import CODES
from rag.events import MessageStatus

T = TypeVar("T")
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]  # ISO-8601 in UTC
Code = Annotated[str, Field(json_schema_extra={"enum": list(CODES)})]
Percent = float
Status = Literal["pending", "uploading", "extracting", "chunking", "vectorizing", "completed", "failed", "cancelled"]


class Schema(BaseModel):
    """A described body: nothing in it is left out, and nothing else is in it."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class ErrorBody(Schema):
    """Why it failed: a code to switch on, a sentence to show, and facts about it."""

    error_code: Code = Field(examples=["not_found"])
    message: str = Field(examples=["It does not exist, or it is not yours."])
    details: dict[str, Any] = Field(examples=[{}])
    timestamp: Moment = Field(examples=["2026-11-20T13:00:00.123Z"])


class Failure(Schema):
    """Every error has this shape."""

    success: Literal[False]
    data: None
    error: ErrorBody
    metadata: dict[str, Any]


class Envelope(Schema, Generic[T]):
    """Every JSON answer has this shape. `metadata` tells the place in a longer list, where there is one."""

    success: Literal[True]
    data: T
    error: None
    metadata: dict[str, Any]


class Degraded(Schema):
    what: str = Field(examples=["dense search"])
    why: str = Field(examples=["The embedding model is not available yet; search is by keyword."])


class Health(BaseModel):
    """Liveness, versions, and what is degraded and why."""

    status: Literal["ok", "degraded"]
    version: str
    versions: dict[str, str]
    degraded: list[Degraded]
    capabilities: dict[str, bool] = Field(
        description="What works just now.", examples=[{"ocr": True, "transcription": False, "dense": True}]
    )
    turns: dict[str, int] = Field(description="Answers running and waiting.", examples=[{"running": 0, "waiting": 0}])


class Model(Schema):
    """`plans`: those that include it, [] for all. `included`: yours is one of them."""

    name: str = Field(examples=["extractive"])
    provider: str = Field(examples=["built-in"])
    is_default: bool
    included: bool
    plans: list[str]


class Document(Schema):
    """A stored document. `dense`: its passages can be found by meaning too.

    `ocr_confidence`: 0..100, how sure text recognition was; null when no page needed it.
    """

    id: str = Field(examples=["doc_0193a1b2c3d4e5f6"])
    name: str = Field(examples=["annual-report.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    bytes: int
    sha256: str
    version: int
    pages: int
    passages: int
    searchable: bool
    dense: bool
    status: Literal["pending", "processing", "ready", "failed"]
    warnings: list[str]
    ocr_confidence: float | None
    created_at: Moment


class Deleted(Schema):
    id: str
    deleted: Literal[True]


class PageText(Schema):
    number: int = Field(description="Counts from 1.")
    text: str


class DocumentText(Schema):
    """A document's text as it was read, page by page."""

    document_id: str
    pages: list[PageText]


class Counts(Schema):
    pages: int
    characters: int
    ocr_pages: int
    passages: int
    keyword_points: int
    dense_points: int


class TaskError(BaseModel):
    error_code: Code
    message: str


class Task(Schema):
    """A file on its way to being searchable. `position`: its place among those that wait, from 1; else 0."""

    task_id: str = Field(examples=["task_0193a1b2c3d4e5f6"])
    document_id: str
    name: str
    status: Status
    current_step: str
    progress_percentage: Percent
    upload_progress: Percent
    extraction_progress: Percent
    chunking_progress: Percent
    vectorization_progress: Percent
    searchable: bool = Field(description="Questions find it from now on.")
    position: int
    attempt: int
    counts: Counts
    warnings: list[str]
    error: TaskError | None
    started_at: Moment | None
    updated_at: Moment
    completed_at: Moment | None


class Uploaded(Schema):
    task_id: str
    document_id: str


class Rank(Schema):
    rank: int
    score: float


class Scores(Schema):
    keyword: Rank | None
    semantic: Rank | None
    fused: float
    reranked: Rank | None = Field(None, description="With the reranking model, where it read the passage.")


class Hit(Schema):
    """A passage found for a question; `number` is what markers like [2] refer to."""

    number: int
    document_id: str
    document: str
    version: int
    pages: list[int]
    passage_id: str
    heading: str
    snippet: str
    text: str
    seconds: tuple[float, float] | None = Field(None, description="From when to when it was said, in a recording.")
    scores: Scores


class Citation(Schema):
    """A quote the answer rests on, located in the stored text by code.

    `boxes` are in fractions of the page from its top left; `offset` is the marker's place in the answer.
    """

    number: int
    document_id: str
    document: str
    version: int
    page: int
    passage_id: str
    quote: str
    status: Literal["verified", "approximate", "missing"]
    similarity: float
    boxes: list[tuple[float, float, float, float]]
    offset: int
    seconds: tuple[float, float] | None = Field(None, description="From when to when it was said, in a recording.")


class SentenceSupport(Schema):
    """`answer[start:end]` is a sentence; `numbers` are the hits it rests on."""

    start: int
    end: int
    kind: Literal["quote", "passage", "none"]
    numbers: list[int]


class Support(Schema):
    """What each sentence rests on: a verified quote, a retrieved passage only, or nothing."""

    sentences: list[SentenceSupport]
    counts: dict[str, int] = Field(examples=[{"quote": 2, "passage": 1, "none": 0}])


class WholeAnswer(Schema):
    conversation_id: str
    message_id: str
    turn_id: str
    answer: str = Field(examples=["Net revenue was $4.2 billion [1]."])
    citations: list[Citation]
    sources: list[Hit]
    model: str
    usage: dict[str, Any]
    timings: dict[str, float]
    cached: bool


class Started(Schema):
    """A question on its way; `session_id` opens its stream, as often as needed, for ten minutes."""

    session_id: str
    conversation_id: str
    turn_id: str


class TurnRef(Schema):
    turn_id: str


class Conversation(Schema):
    id: str
    title: str
    state: Literal["active", "archived", "trash"]
    messages: int
    created_at: Moment
    updated_at: Moment


class Step(Schema):
    """One step of the work, with the label a person reads."""

    name: str = Field(examples=["search"])
    status: Literal["started", "finished", "skipped", "failed"]
    label: str = Field(examples=["Searching 3 documents"])
    detail: str
    elapsed_ms: float


class Message(Schema):
    """A question or an answer, with what the answer rests on. `query`: the standalone question that was searched."""

    id: str
    conversation_id: str
    parent_id: str | None
    role: Literal["user", "assistant"]
    text: str
    status: MessageStatus
    model: str = Field(description="Empty for a question.")
    query: str
    citations: list[Citation]
    sources: list[Hit]
    support: Support
    steps: list[Step]
    usage: dict[str, Any]
    timings: dict[str, float]
    settings: dict[str, Any] = Field(description="How it was asked, as it was kept.")
    error: dict[str, Any] | None
    cached: bool
    created_at: Moment
