"""Routes about documents: uploading, how far a file is, and what is in it."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Path, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from rag.api.asking import After, LastEventId
from rag.api.attachment import Download, is_kept, not_modified
from rag.api.bodies import OptionalId
from rag.api.envelope import success
from rag.api.event_schemas import NO_MORE, stream_of
from rag.api.openapi import errors, refusal
from rag.api.problems import invalid
from rag.api.schemas import Deleted, Document, DocumentText, Envelope, Task, Uploaded
from rag.api.sse import EventStream, no_content
from rag.api.state import Folio, User
from rag.api.task_events import look_at, task_frames
from rag.api.uploads import ONE_FILE, UPLOAD_ERRORS
from rag.errors import RequestError

NOT_FOUND = errors("not_found")
PARTS = refusal(416, RequestError("invalid_request", "The file has 4,096 bytes; the range asked for is past them.")) | {
    206: {"description": "The range of bytes that was asked for.", "content": {"*/*": {}}}
}
KEPT: dict[int | str, dict[str, Any]] = {304: {"description": "What `If-None-Match` names is still so."}}
IfNoneMatch = Annotated[str | None, Header(description="The `ETag` of what was kept: 304 while it is still so.")]
PRIVATE = {"Cache-Control": "private, max-age=3600", "Vary": "Cookie, Authorization"}

router = APIRouter(tags=["documents"])


@router.post(
    "/docs/upload_file_async",
    summary="Upload a file; it is read in the background",
    response_model=Envelope[Uploaded],
    responses=UPLOAD_ERRORS,
    dependencies=ONE_FILE,
)
def upload_file_async(
    app: Folio,
    user: User,
    file: Annotated[
        UploadFile,
        File(
            description="PDF, DOCX, Markdown, HTML, plain text or an image; the type is told by content.",
            json_schema_extra={"minLength": 1},
        ),
    ],
    conversation_id: Annotated[OptionalId | None, Form()] = None,
) -> Response:
    """The file is stored when this answers. The same bytes twice are one document and its newest task."""
    if not file.filename:
        raise invalid([("file", "has no file name")])
    task = app.library.upload(user, file.file, file.filename, conversation_id=conversation_id)
    return success({"task_id": task.id, "document_id": task.document_id})


@router.get("/docs/processing/active", summary="Files being worked on", response_model=Envelope[list[Task]])
def active_tasks(app: Folio, user: User) -> Response:
    """Your tasks that have not ended, oldest first."""
    return success(app.library.active_json(user))


@router.get(
    "/docs/processing/{task_id}/status",
    summary="How far a file is",
    response_model=Envelope[Task],
    responses=NOT_FOUND,
)
def task_status(task_id: str, app: Folio, user: User) -> Response:
    """A document can be asked about as soon as `searchable` is true, before the task is `completed`."""
    return success(app.library.task_json(app.library.task(user, task_id)))


@router.get(
    "/docs/processing/{task_id}/events",
    summary="Follow a file",
    response_class=Response,
    responses=NOT_FOUND
    | stream_of(
        "TaskEvent", "The task now and after each change, until it has ended; an `error` event when it is gone."
    )
    | NO_MORE,
)
async def task_events(
    task_id: str,
    app: Folio,
    user: User,
    after: After = 0,
    last_event_id: LastEventId = None,
) -> Response:
    """The task's status pushed instead of polled."""
    task = await run_in_threadpool(look_at, app, user, task_id)  # raises not_found while there is a status to send
    if task.has_ended and task.is_known_at(last_event_id):
        return no_content()
    return EventStream(task_frames(app, user, task_id, last_event_id or str(after)))


@router.post(
    "/docs/processing/{task_id}/retry",
    summary="Try a file again",
    response_model=Envelope[Task],
    responses=errors("not_found", "conflict", "storage_full"),
)
def retry_task(task_id: str, app: Folio, user: User) -> Response:
    """A task that failed; `conflict` for any other."""
    return success(app.library.task_json(app.library.retry(user, task_id)))


@router.post(
    "/docs/processing/{task_id}/cancel",
    summary="Give a file up",
    response_model=Envelope[Task],
    responses=NOT_FOUND,
)
def cancel_task(task_id: str, app: Folio, user: User) -> Response:
    """Nothing of it is left to be found. Nothing happens to a task that has ended."""
    return success(app.library.task_json(app.library.cancel(user, task_id)))


@router.get("/docs", summary="Your documents", response_model=Envelope[list[Document]])
def documents(
    app: Folio,
    user: User,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 1_000,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Your own and those everybody may read."""
    page, total = app.library.document_page(user, limit, offset)
    return success(
        [app.library.document_json(document) for document in page],
        {"total": total, "limit": limit, "offset": offset},
    )


@router.get("/docs/{document_id}", summary="One document", response_model=Envelope[Document], responses=NOT_FOUND)
def document(document_id: str, app: Folio, user: User) -> Response:
    """What is known about a document."""
    return success(app.library.document_json(app.library.document(user, document_id)))


@router.delete(
    "/docs/{document_id}", summary="Delete a document", response_model=Envelope[Deleted], responses=NOT_FOUND
)
def delete_document(document_id: str, app: Folio, user: User) -> Response:
    """No answer finds it from now on. Earlier answers keep their quotes."""
    app.library.delete_document(user, document_id)
    return success({"id": document_id, "deleted": True})


@router.get(
    "/docs/{document_id}/pages/{number}.png",
    summary="A page as an image, with a quote boxed",
    response_class=Response,
    responses={**NOT_FOUND, **KEPT, 200: {"description": "The page.", "content": {"image/png": {}}}},
)
def page_image(
    document_id: str,
    number: Annotated[int, Path(ge=1, le=100_000, description="Counts from 1.")],
    app: Folio,
    user: User,
    quote: Annotated[str | None, Query(max_length=4_000, description="Boxed where it stands on the page.")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Documents that have page images (PDF, images) only."""
    image = app.library.page_image(user, document_id, number, quote=quote or None)
    etag = f'"{sha256(image).hexdigest()}"'
    if is_kept(if_none_match, etag):
        return not_modified(etag, PRIVATE)
    return Response(image, media_type="image/png", headers={**PRIVATE, "ETag": etag})


@router.get(
    "/docs/{document_id}/text",
    summary="A document's text",
    response_model=Envelope[DocumentText],
    responses=NOT_FOUND,
)
def document_text(document_id: str, app: Folio, user: User) -> Response:
    """As it was read, page by page: what quotes are checked against."""
    pages = [{"number": number, "text": text} for number, text in app.library.document_text(user, document_id)]
    return success({"document_id": document_id, "pages": pages})


@router.get(
    "/docs/{document_id}/file",
    summary="The file itself",
    response_class=Response,
    responses={**NOT_FOUND, **KEPT, **PARTS, 200: {"description": "The bytes.", "content": {"*/*": {}}}},
)
def document_file(document_id: str, app: Folio, user: User) -> Response:
    """Always as an attachment: what users upload never runs in a page of ours."""
    found = app.library.document(user, document_id)
    path = app.library.document_file(user, document_id)
    etag = f'"{found.sha256}"'
    return Download(path, media_type=found.media_type, filename=found.name, etag=etag, keeping=PRIVATE)
