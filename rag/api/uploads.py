"""Routes that take files in, and what they take."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from rag.api.bodies import OptionalId
from rag.api.envelope import failure_body, success
from rag.api.openapi import errors
from rag.api.problems import invalid
from rag.api.schemas import Envelope
from rag.api.state import Folio, User
from rag.api.upload_schemas import Admitted, BatchItem, Spoken, UploadInfo
from rag.app import App
from rag.errors import DocumentError, FolioError
from rag.ingest.formats import Kind, kind_of
from store.tasks import Task

UPLOAD_ERRORS = errors(
    "unsupported_type", "empty_document", "encrypted_document", "damaged_document", "parser_limit", "too_large",
    "transcription_unavailable", "ocr_unavailable", "not_found", "rate_limited", "storage_full",
)  # fmt: skip
_WANTED: Final[dict[Kind, str]] = {
    "image": "an image", "pdf": "a PDF", "audio": "a recording", "document": "a document",
}  # fmt: skip

router = APIRouter(tags=["uploads"])
OneFile = Annotated[
    UploadFile,
    File(
        description="Its type is told by its content, never by name or header.",
        json_schema_extra={"minLength": 1},
    ),
]
ManyFiles = Annotated[
    list[UploadFile],
    File(
        description="At most 10, unless the server is set to another number.",
        json_schema_extra={"minItems": 1, "maxItems": 10},
    ),
]
InConversation = Annotated[OptionalId | None, Form(description="Where it is uploaded; it must be yours.")]


@router.get("/files/upload/info", summary="What can be uploaded", response_model=Envelope[UploadInfo])
def upload_info(app: Folio, user: User) -> Response:
    """Types, limits, and which capabilities are there just now: reading scans, transcription, search by meaning."""
    app.library.expect()
    settings, capabilities = app.settings, app.health()["capabilities"]
    types = [
        {"kind": kind_of(media_type), "media_type": media_type, "extensions": list(suffixes)}
        for media_type, suffixes in app.library.accepted().items()
    ]
    limits = {name: getattr(settings, name) for name in type(settings).model_fields if _is_of_files(name)}
    limits |= {"max_batch_files": settings.max_batch, "max_document_bytes": settings.max_document_bytes}
    return success({"types": types, "limits": limits, "capabilities": capabilities})


def _is_of_files(setting: str) -> bool:
    """max_document_mb, max_pages, max_files, max_storage_mb, max_image_mb ..."""
    return setting.startswith("max_") and setting not in {"max_turns", "max_question_chars"}


@router.post("/files/upload", summary="Upload a file", response_model=Envelope[Admitted], responses=UPLOAD_ERRORS)
def upload_file(app: Folio, user: User, file: OneFile, conversation_id: InConversation = None) -> Response:
    """Of any kind that is read. It is stored when this answers, and read in the background: follow its task."""
    return success(_admit(app, user, file, conversation_id))


@router.post(
    "/files/upload/image", summary="Upload an image", response_model=Envelope[Admitted], responses=UPLOAD_ERRORS
)
def upload_image(app: Folio, user: User, file: OneFile, conversation_id: InConversation = None) -> Response:
    """Only an image."""
    return success(_admit(app, user, file, conversation_id, "image"))


@router.post("/files/upload/pdf", summary="Upload a PDF", response_model=Envelope[Admitted], responses=UPLOAD_ERRORS)
def upload_pdf(app: Folio, user: User, file: OneFile, conversation_id: InConversation = None) -> Response:
    """Only a PDF."""
    return success(_admit(app, user, file, conversation_id, "pdf"))


@router.post(
    "/files/upload/audio", summary="Upload a recording", response_model=Envelope[Admitted], responses=UPLOAD_ERRORS
)
def upload_audio(app: Folio, user: User, file: OneFile, conversation_id: InConversation = None) -> Response:
    """Only a recording."""
    return success(_admit(app, user, file, conversation_id, "audio"))


@router.post(
    "/files/transcribe", summary="Write down what is said", response_model=Envelope[Spoken], responses=UPLOAD_ERRORS
)
def transcribe(app: Folio, user: User, file: OneFile) -> Response:
    """In a short recording, such as a microphone's. Waits for it; nothing is kept."""
    return success({"text": app.library.transcribe(user, file.file, file.filename or "")})


@router.post(
    "/files/upload/batch",
    summary="Upload some files",
    response_model=Envelope[list[BatchItem]],
    responses=errors("too_large", "not_found", "rate_limited"),
)
def upload_batch(app: Folio, user: User, files: ManyFiles, conversation_id: InConversation = None) -> Response:
    """An outcome for each, in order; one that is refused does not keep the others out."""
    most = app.settings.max_batch
    if not 1 <= len(files) <= most:
        raise invalid([("files", f"a batch holds 1 to {most} files; this one has {len(files)}")])
    if conversation_id is not None:
        app.conversation(user, conversation_id)
    items = [_outcome(app, user, file) for file in files]
    accepted = sum(item["success"] for item in items)
    return success(items, {"accepted": accepted, "refused": len(items) - accepted, "total": len(items)})


def _outcome(app: App, user: str, file: UploadFile) -> dict[str, Any]:
    nothing = {"task_id": None, "document_id": None, "media_type": None, "bytes": None}
    try:
        return {"success": True, **_admit(app, user, file, None), "error": None}
    except FolioError as error:
        return {"success": False, **nothing, "name": file.filename or "", "error": failure_body(error)["error"]}


def _admit(
    app: App, user: str, file: UploadFile, conversation_id: str | None, kind: Kind | None = None
) -> dict[str, Any]:
    if not file.filename:
        raise invalid([("file", "has no file name")])
    if kind is not None:
        _check_kind(app, file, kind)
    task = app.library.upload(user, file.file, file.filename, conversation_id=conversation_id)
    return _admitted(app, user, task)


def _check_kind(app: App, file: UploadFile, kind: Kind) -> None:
    name = file.filename or ""
    media_type = app.library.media_type(file.file, name)
    if kind_of(media_type) != kind:
        raise DocumentError(
            "unsupported_type", f"This address takes {_WANTED[kind]}; the file is {_WANTED[kind_of(media_type)]}.",
            {"found": media_type, "wanted": kind},
        )  # fmt: skip


def _admitted(app: App, user: str, task: Task) -> dict[str, Any]:
    document = app.library.document(user, task.document_id)
    return {
        "task_id": task.id,
        "document_id": document.id,
        "name": document.name,
        "media_type": document.media_type,
        "bytes": document.bytes,
    }
