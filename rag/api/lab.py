"""Routes of the tools for analysts: runs of golden questions, the inspector, A/B, and why a sentence was not found."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from rag.api.asking import After, LastEventId
from rag.api.bodies import AskSettings, Mode, Text
from rag.api.envelope import success
from rag.api.event_schemas import NO_MORE, stream_of
from rag.api.lab_bodies import (
    Ab,
    AbBody,
    AgainBody,
    Comparison,
    HowToAnswer,
    InspectBody,
    Inspection,
    Run,
    RunBody,
    RunDeleted,
    RunRow,
    TracedRow,
    Why,
    WhyBody,
)
from rag.api.lab_events import look_at, run_frames
from rag.api.openapi import errors
from rag.api.problems import invalid
from rag.api.schemas import Envelope
from rag.api.sse import EventStream, no_content
from rag.api.state import Folio, User
from rag.api.uploads import ONE_FILE
from rag.evaluate.golden import MAX_FILE_BYTES
from rag.evaluate.sheets import MEDIA_TYPES, Format
from rag.verbs.lab import row_json, run_json

NOT_FOUND = errors("not_found")
STARTING = errors("not_found", "too_large", "rate_limited", "model_not_in_plan", "storage_full")
SEARCHING = errors("not_found", "too_large", "model_not_in_plan", "index_unavailable")
SHEET = {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}, "description": "The filled sheet."}

router = APIRouter(prefix="/lab", tags=["tools for analysts"])


@router.post("/runs", summary="Run golden questions", response_model=Envelope[Run], responses=STARTING)
def start_run(body: RunBody, app: Folio, user: User) -> Response:
    """Begins to ask them in the background, through the chat's own path; survives a restart of the server."""
    questions = app.lab.read_rows(body.questions)
    asking = body.to_asking("-", app.settings)
    return success(run_json(app.lab.start(user, questions, asking, name=body.name)))


@router.post("/runs/file", summary="Run a file of questions", response_model=Envelope[Run], responses=STARTING,
             dependencies=ONE_FILE)  # fmt: skip
def start_run_of_file(
    app: Folio,
    user: User,
    file: Annotated[UploadFile, File(description="CSV, XLSX or JSONL: question, expected answer, file, page.")],
    *,
    name: Annotated[Text, Form(max_length=200)] = "",
    model: Annotated[str, Form(max_length=200)] = "",
    search_mode: Annotated[Mode | None, Form()] = None,
    settings: Annotated[str, Form(max_length=4_000, description='As in asking, as JSON: `{"passages": 8}`.')] = "",
) -> Response:
    """Column names are recognised liberally, in English and German. Rows that cannot be read are in `problems`."""
    content = file.file.read(MAX_FILE_BYTES + 1)
    questions = app.lab.read(content, file.filename or "")
    try:
        chosen = AskSettings.model_validate_json(settings) if settings.strip() else None
        how = HowToAnswer(model=model or None, search_mode=search_mode, documents=None, settings=chosen)
    except ValidationError as error:
        raise invalid([("settings", "must be a JSON object of settings, and the model a name")]) from error
    return success(run_json(app.lab.start(user, questions, how.to_asking("-", app.settings), name=name or _stem(file))))


@router.get("/runs", summary="Your runs", response_model=Envelope[list[Run]])
def runs(
    app: Folio,
    user: User,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Newest first."""
    found = app.lab.runs(user, limit=limit, offset=offset)
    return success([run_json(run) for run in found], {"limit": limit, "offset": offset})


@router.get("/compare", summary="Compare two runs", response_model=Envelope[Comparison],
            responses=errors("not_found", "conflict"))  # fmt: skip
def compare(
    app: Folio,
    user: User,
    a: Annotated[str, Query(min_length=1, max_length=100)],
    b: Annotated[str, Query(min_length=1, max_length=100)],
) -> Response:
    """Figure by figure and row by row: what flipped from `a` to `b`."""
    return success(app.lab.compare(user, a, b))


@router.get("/runs/{run_id}", summary="One run", response_model=Envelope[Run], responses=NOT_FOUND)
def run(run_id: str, app: Folio, user: User) -> Response:
    """How far it is, and its figures once it has ended."""
    return success(run_json(app.lab.run(user, run_id)))


@router.delete("/runs/{run_id}", summary="Delete a run", response_model=Envelope[RunDeleted], responses=NOT_FOUND)
def delete_run(run_id: str, app: Folio, user: User) -> Response:
    """Gone with its rows; one in progress is cancelled."""
    app.lab.delete(user, run_id)
    return success({"run_id": run_id, "deleted": True})


@router.get("/runs/{run_id}/rows", summary="The rows of a run", response_model=Envelope[list[RunRow]],
            responses=NOT_FOUND)  # fmt: skip
def rows(
    run_id: str,
    app: Folio,
    user: User,
    limit: Annotated[int, Query(ge=1, le=2_000)] = 200,
    after: Annotated[int, Query(ge=0, le=10**9, description="Only rows with a greater `number`.")] = 0,
) -> Response:
    """Each question with its answer and measures; the trace of one is at `/rows/{number}`."""
    return success([row_json(row) for row in app.lab.rows(user, run_id, limit=limit, after=after)])


@router.get("/runs/{run_id}/rows/{number}", summary="One row with its trace", response_model=Envelope[TracedRow],
            responses=NOT_FOUND)  # fmt: skip
def row(run_id: str, number: Annotated[int, Path(ge=1, le=10**6)], app: Folio, user: User) -> Response:
    """Steps, passages with ranks and scores, citations, support, times."""
    return success(row_json(app.lab.row(user, run_id, number), with_trace=True))


@router.get(
    "/runs/{run_id}/events",
    summary="Follow a run",
    response_class=Response,
    responses=NOT_FOUND
    | stream_of("RunEvent", "The run now, and again after each change, until it has ended.")
    | NO_MORE,
)
async def run_events(
    run_id: str, app: Folio, user: User, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """The run's progress pushed instead of polled."""
    run = await run_in_threadpool(look_at, app, user, run_id)  # raises not_found while there is a status to send
    place = last_event_id or str(after)
    if run.has_ended and run.is_known_at(place):
        return no_content()
    return EventStream(run_frames(app, user, run_id, place))


@router.post("/runs/{run_id}/cancel", summary="Cancel a run", response_model=Envelope[Run], responses=NOT_FOUND)
def cancel(run_id: str, app: Folio, user: User) -> Response:
    """What was asked stays. Cancelling a run that has ended changes nothing."""
    return success(run_json(app.lab.cancel(user, run_id)))


@router.post("/runs/{run_id}/resume", summary="Resume a run", response_model=Envelope[Run],
             responses=errors("not_found", "conflict"))  # fmt: skip
def resume(run_id: str, app: Folio, user: User) -> Response:
    """Asks what it had not asked when it was cancelled or failed, and the rows that failed."""
    return success(run_json(app.lab.resume(user, run_id)))


@router.post("/runs/{run_id}/again", summary="The same questions with other settings", response_model=Envelope[Run],
             responses=STARTING)  # fmt: skip
def again(run_id: str, body: AgainBody, app: Folio, user: User) -> Response:
    """A new run, to be compared with the first: A/B over a whole set."""
    asking = body.to_asking("-", app.settings)
    return success(run_json(app.lab.again(user, run_id, asking, name=body.name)))


@router.get("/runs/{run_id}/sheet", summary="The filled sheet", response_class=Response,
            responses={**NOT_FOUND, 200: SHEET})  # fmt: skip
def sheet(
    run_id: str, app: Folio, user: User, form: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "csv"
) -> Response:
    """Every question with what came of it, as CSV or XLSX. No cell is a formula."""
    chosen: Format = form
    content = app.lab.sheet(user, run_id, chosen)
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.{chosen}"', "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[chosen], headers=headers)


@router.post("/inspect", summary="Search without answering", response_model=Envelope[Inspection], responses=SEARCHING)
def inspect(body: InspectBody, app: Folio, user: User) -> Response:
    """All candidates with ranks and scores of each retriever, through the chat's own search."""
    return success(app.lab.inspect(user, body.to_asking(app.settings), body.depth).to_json())


@router.post("/ab", summary="One question, two settings", response_model=Envelope[Ab], responses=SEARCHING)
def ab(body: AbBody, app: Folio, user: User) -> Response:
    """Both answers with their traces and times, and how passages moved. For a whole set: `/lab/runs/{id}/again`."""
    sides = [side.to_asking(body.question, app.settings) for side in (body.a, body.b)]
    return success(app.lab.ab(user, *sides))


@router.post("/why", summary="Why was this not found?", response_model=Envelope[Why], responses=SEARCHING)
def why(body: WhyBody, app: Folio, user: User) -> Response:
    """Where a sentence was lost: reading, cutting, ranking, the limit, the selection, the prompt, or the answer."""
    asking = body.to_asking(app.settings)
    return success(app.lab.why(user, body.sentence, asking, message_id=body.message_id).to_json())


def _stem(file: UploadFile) -> str:
    return (file.filename or "").replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
