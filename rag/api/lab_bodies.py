"""What clients send to the tools for analysts, and what they get."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rag.api.bodies import MAX_DOCUMENTS, AskBody, AskSettings, Id, Mode, Text
from rag.api.schemas import Citation, Hit, Moment, Schema, Support
from rag.events import MessageStatus
from rag.model import Asking
from rag.settings import Settings

MAX_ROWS = 2_000


def _worded(text: str) -> str:
    if not text.strip():
        raise ValueError("must hold a question, not only spaces")
    return text.strip()


Question = Annotated[Text, AfterValidator(_worded)]
Name = Annotated[Text, Field(max_length=200)]


class HowToAnswer(BaseModel):
    """The settings of a run, or of one side of a comparison: those of asking, without the question."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"search_mode": "hybrid", "settings": {"passages": 8, "weights": "1:3"}}]}
    )

    model: Annotated[Text, Field(max_length=200)] | None = Field(None, description="A name from `GET /models`.")
    search_mode: Mode | None = None
    documents: list[Id] | None = Field(None, max_length=MAX_DOCUMENTS, description="Only these; empty: all.")
    settings: AskSettings | None = Field(
        None,
        description="`passages`; `weights` of words and meaning, such as `1:3`; `rerank`: `on`, `off` or how many "
        "passages the reranking model reads; `policy`: `off` to search always; and whatever else asking takes.",
    )

    def to_asking(self, question: str, settings: Settings) -> Asking:
        """A question asked this way, not from the cache. Raises RequestError(invalid_request)."""
        body = AskBody(
            question=question, model=self.model, search_mode=self.search_mode, documents=self.documents,
            use_cache=False, settings=self.settings, conversation_id=None, client_key=None,
        )  # fmt: skip
        return body.to_asking(settings)


class RunBody(HowToAnswer):
    """Golden questions, and how to answer them. Rows that cannot be read are left out and named in `problems`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Annual report",
                    "questions": [
                        {"question": "What was the net revenue in 2022?", "expected_answer": "412 million",
                         "file": "report.pdf", "page": 1}
                    ],
                    "search_mode": "hybrid",
                }
            ]
        }
    )  # fmt: skip

    name: Name = ""
    questions: list[dict[str, Any]] = Field(
        min_length=1, max_length=MAX_ROWS,
        description="Objects with `question`, and optionally `expected_answer` (text or a list), `file`, `page`.",
    )  # fmt: skip


class AgainBody(HowToAnswer):
    """The same questions once more, with other settings."""

    name: Name = ""


class InspectBody(AskBody):
    """A question whose candidates are wanted."""

    depth: int = Field(100, ge=1, le=200, description="How many candidates.")


class AbBody(BaseModel):
    """One question, two ways to answer it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "question": "What was the net revenue?",
                    "a": {"search_mode": "keyword"},
                    "b": {"search_mode": "hybrid"},
                }
            ]
        }
    )

    question: Question
    a: HowToAnswer
    b: HowToAnswer


class WhyBody(AskBody):
    """A question, and the sentence that should have been found for it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"question": "What was the net revenue?", "sentence": "Net revenue was 412 million crowns."}]
        }
    )

    sentence: Text = Field(min_length=1, max_length=4_000)
    message_id: Id | None = Field(None, description="The answer that missed it: its question and settings count then.")


class Run(Schema):
    """A run of golden questions. `summary` are its figures, once it has ended."""

    run_id: str = Field(examples=["run_0193a1b2c3d4e5f6"])
    name: str
    status: Literal["queued", "running", "completed", "cancelled", "failed"]
    settings: dict[str, Any]
    problems: list[dict[str, Any]] = Field(examples=[[{"row": 4, "problem": "it has no question"}]])
    notes: list[str]
    total: int
    done: int
    progress_percentage: float
    summary: dict[str, Any] | None = Field(examples=[{"recall@5": 0.8, "mrr": 0.71, "answer_match": 0.6}])
    error: dict[str, Any] | None
    created_at: Moment
    started_at: Moment | None
    updated_at: Moment
    completed_at: Moment | None
    own_columns: list[str] = Field(description="The columns of the file, in its order.", examples=[["Nr", "Question"]])


class RunRow(Schema):
    """A golden question and what came of it."""

    run_id: str
    number: int
    question: str
    expected: str
    document: str
    pages: list[int]
    status: Literal["pending", "done", "failed"]
    answer: str
    measures: dict[str, Any]
    timings: dict[str, float]
    usage: dict[str, Any]
    own: list[str | float | bool | None] = Field(description="The row under `own_columns`, as the file has it.")


class TracedRow(RunRow):
    """With how the answer came about."""

    trace: dict[str, Any]


class Figure(Schema):
    name: str
    a: float | None
    b: float | None
    change: float | None
    better: Literal["", "a", "b"]


class Comparison(Schema):
    """Two runs, figure by figure and row by row. `flips`: how many rows gained or lost the answer, the page."""

    a: Run
    b: Run
    figures: list[Figure]
    rows: list[dict[str, Any]]
    flips: dict[str, dict[str, int]]
    only_a: list[int]
    only_b: list[int]


class Inspection(Schema):
    """All candidates of a search. The first `limit` are what an answer takes; `in_prompt` of them fit its prompt."""

    question: str
    search_mode: str
    limit: int
    in_prompt: int
    note: str
    decision: str
    elapsed_ms: float
    hits: list[Hit]


class Side(Schema):
    settings: dict[str, Any]
    answer: str
    elapsed_ms: float
    ranked: list[Hit]
    limit: int
    note: str
    question: str
    query: str
    status: MessageStatus
    model: str
    steps: list[dict[str, Any]]
    retrieved: list[Hit]
    citations: list[Citation]
    support: Support
    usage: dict[str, Any]
    timings: dict[str, float]
    error: dict[str, Any] | None


class Move(Schema):
    """A passage's ranks in both lists; null where it is not among them."""

    passage_id: str
    document: str
    pages: list[int]
    snippet: str
    a: int | None
    b: int | None


class Ab(Schema):
    """Both answers, and how passages moved from `a` to `b`."""

    question: str
    a: Side
    b: Side
    moves: list[Move]


class Why(BaseModel):
    """What became of the sentence: `kind` says it, the rest are its facts."""

    kind: Literal[
        "not_extracted", "other_characters", "not_searchable", "filtered", "not_passage", "not_matched", "cut",
        "cut_by_prompt", "not_used", "in_prompt", "used",
    ]  # fmt: skip
    sentence: str
    question: str
    closest: str
    similarity: float
    differences: list[dict[str, str]]
    document_id: str
    document: str
    page: int | None
    passage_id: str
    passage_number: int | None
    keyword: dict[str, float] | None
    semantic: dict[str, float] | None
    place: int | None
    limit: int
    in_prompt: int | None
    note: str


class RunDeleted(Schema):
    run_id: str
    deleted: Literal[True]


class RunEvent(Run):
    """A run as it is now; `seq` is the time of the change in milliseconds."""

    type: Literal["run"]
    seq: int
    at: Moment
