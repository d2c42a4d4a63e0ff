"""Routes to take everything a user owns away, and to bring it back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.responses import Response

from rag.api.attachment import Download
from rag.api.envelope import success
from rag.api.openapi import errors
from rag.api.schemas import Envelope, Schema
from rag.api.state import Folio, User
from rag.api.uploads import ONE_FILE
from store.ids import now

router = APIRouter(tags=["account"])


class Refused(Schema):
    name: str
    message: str


class Imported(Schema):
    """What was added; `already_there`: conversations that were not added again."""

    documents: int = Field(examples=[2])
    conversations: int = Field(examples=[7])
    runs: int = Field(description="Runs of golden questions.", examples=[1])
    already_there: int
    refused: list[Refused]


@router.get(
    "/account/export",
    summary="Everything you own, as one file",
    response_class=Response,
    responses={200: {"description": "A ZIP file.", "content": {"application/zip": {}}}},
)
def export_everything(app: Folio, user: User) -> Response:
    """Your documents as they were uploaded, your conversations with all versions, your thumbs, your runs."""
    with tempfile.NamedTemporaryFile(dir=app.settings.data, prefix="export-", suffix=".zip", delete=False) as target:
        app.portable.write(user, target)  # type: ignore[arg-type]  # a binary file
    return Download(
        Path(target.name),
        media_type="application/zip",
        filename=f"folio-{now()[:10]}.zip",
        keeping={"Cache-Control": "no-store"},
        background=BackgroundTask(Path(target.name).unlink, missing_ok=True),
    )


@router.post(
    "/account/import",
    summary="Bring an export back",
    response_model=Envelope[Imported],
    responses=errors("too_large", "storage_full"),
    dependencies=ONE_FILE,
)
def import_everything(
    app: Folio, user: User, file: Annotated[UploadFile, File(description="What `GET /account/export` gave.")]
) -> Response:
    """Adds to what there is. The same file twice adds nothing the second time."""
    made = app.portable.read(user, file.file)
    refused = [{"name": name, "message": message} for name, message in made.refused]
    return success(
        {
            "documents": made.documents,
            "conversations": made.conversations,
            "runs": made.runs,
            "already_there": made.already_there,
            "refused": refused,
        }
    )
