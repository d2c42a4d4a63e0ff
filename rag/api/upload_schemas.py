"""What clients get about uploads, for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rag.api.schemas import ErrorBody, Schema, Uploaded


class Admitted(Uploaded):
    """A file that came in. The same bytes twice are one document: its name is then the first one's."""

    name: str = Field(examples=["annual-report.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    bytes: int


class BatchItem(Schema):
    """What became of one file of a batch."""

    success: bool
    name: str
    task_id: str | None
    document_id: str | None
    media_type: str | None
    bytes: int | None
    error: ErrorBody | None


class Spoken(Schema):
    """What is said in a recording; "" when nothing was heard."""

    text: str = Field(examples=["What did maintenance cost in 2025?"])


class UploadType(Schema):
    kind: Literal["document", "pdf", "image", "audio"]
    media_type: str
    extensions: list[str]


class UploadInfo(Schema):
    """`limits`: megabytes, pages, files and so on, by the name of the setting."""

    types: list[UploadType]
    limits: dict[str, float] = Field(examples=[{"max_document_mb": 50, "max_files": 500, "max_batch_files": 10}])
    capabilities: dict[str, bool] = Field(examples=[{"ocr": True, "transcription": False, "dense": True}])
