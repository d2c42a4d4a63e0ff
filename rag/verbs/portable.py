"""Everything a user owns in one ZIP file: to take away from a place whose disk does not last, and to bring back.

    folio.json              what this is, and when it was made
    documents.jsonl         {"id", "name", "sha256", ...} of each document, older versions before newer ones
    conversations.jsonl     each conversation with all versions of its messages, and the thumbs
    runs.jsonl              each run of golden questions with its rows
    files/<sha256>          the originals

Reading one back uploads the documents, which are then read as any other, and adds the conversations; citations lead to
the documents as they are called here. The same file read twice adds nothing the second time.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from rag.coded import coded
from rag.errors import DocumentError, FolioError, RequestError
from rag.settings import Settings
from store import documents, files, outline, portable, portable_runs
from store.database import Database
from store.ids import now
from store.tasks import Task

FORMAT: Final = "folio-export"
VERSION: Final = 1
MAX_LINE_BYTES: Final = 64 * 1024 * 1024  # of one conversation
Upload = Callable[[str, BinaryIO, str], Task]


@dataclass(slots=True)
class Imported:
    """`refused`: (name, why) of documents that were not taken."""

    documents: int = 0
    conversations: int = 0
    runs: int = 0
    already_there: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


class Portable:
    """`upload(user_id, stream, name)` admits a document, as for every upload."""

    def __init__(self, db: Database, settings: Settings, upload: Upload) -> None:
        self._db = db
        self._settings = settings
        self._upload = upload

    @coded
    def write(self, user_id: str, target: BinaryIO) -> None:
        """Writes the user's archive to a file opened for writing. Shared documents are the operator's, not theirs."""
        mine = documents.list_kept(self._db, user_id)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folio.json", json.dumps({"format": FORMAT, "version": VERSION, "made_at": now()}))
            listed = ({"id": one.id, "name": one.name, "sha256": one.sha256, "bytes": one.bytes} for one in mine)
            _write_lines(archive, "documents.jsonl", listed)
            _write_lines(archive, "conversations.jsonl", portable.conversations(self._db, user_id))
            _write_lines(archive, "runs.jsonl", portable_runs.runs(self._db, user_id))
            for sha256 in dict.fromkeys(one.sha256 for one in mine):
                archive.write(files.path_of(self._settings.data, sha256), f"files/{sha256}")

    @coded
    def read(self, user_id: str, source: BinaryIO) -> Imported:
        """Adds what an archive holds to what the user has.

        Raises RequestError(invalid_request) for a file that is no archive of this kind, or that was damaged.
        """
        result = Imported()
        try:
            with zipfile.ZipFile(source) as archive:
                self._check(archive)
                names = self._documents(user_id, archive, result)
                for record in _lines(archive, "conversations.jsonl"):
                    if portable.add(self._db, user_id, _renamed(record, names)):
                        result.conversations += 1
                    else:
                        result.already_there += 1
                for run in _lines(archive, "runs.jsonl") if "runs.jsonl" in archive.namelist() else ():
                    result.runs += portable_runs.add(self._db, user_id, _run_renamed(run, names))
        except (
            zipfile.BadZipFile, KeyError, TypeError, AttributeError, ValueError, EOFError, NotImplementedError,
            OverflowError,
        ) as error:  # fmt: skip
            raise _not_an_archive() from error
        return result

    def _check(self, archive: zipfile.ZipFile) -> None:
        about = json.loads(archive.read("folio.json")[:4096])
        if about["format"] != FORMAT or about["version"] != VERSION:
            raise _not_an_archive()
        if sum(entry.file_size for entry in archive.infolist()) > 2 * self._settings.max_storage_bytes:
            raise DocumentError("too_large", "The archive holds more than a user may keep.")

    def _documents(self, user_id: str, archive: zipfile.ZipFile, result: Imported) -> dict[str, str]:
        """Uploads each document. -> old document id -> the id here."""
        names: dict[str, str] = {}
        brought: set[str] = set()  # the values of `names`
        listed = list(_lines(archive, "documents.jsonl"))
        newest = {str(one["name"]): str(one["sha256"]) for one in listed}
        for one in listed:
            name, sha256 = str(one["name"]), str(one["sha256"])
            there = outline.kept_as(self._db, user_id, name)
            same = next((known for known, bytes_there in there if bytes_there == sha256), None)
            if newest[name] != sha256 and (same or any(known not in brought for known, _ in there)):
                if same:
                    names[str(one["id"])] = same
                    brought.add(same)
                continue  # an older version is not put before what is here
            try:
                with archive.open(f"files/{sha256}") as stream:
                    task = self._upload(user_id, stream, name)  # type: ignore[arg-type]  # read() is all it takes
            except FolioError as error:
                result.refused.append((name, error.message))
            else:
                names[str(one["id"])] = task.document_id
                brought.add(task.document_id)
                result.documents += newest[name] == sha256
        return names


def _write_lines(archive: zipfile.ZipFile, name: str, records: Iterator[dict[str, Any]]) -> None:
    with archive.open(name, "w") as target:
        for record in records:
            target.write(json.dumps(record).encode() + b"\n")


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with archive.open(name) as source:
        while line := source.readline(MAX_LINE_BYTES):
            yield json.loads(line)


def _renamed(record: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A conversation whose citations, sources and settings name documents as they are called here."""
    for message in record["messages"]:
        _move(message["citations"], message["sources"], message["settings"], names)
    return record


def _run_renamed(record: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The same of a run and its traces."""
    _move((), (), record["settings"], names)
    for row in record["rows"]:
        _move(row["trace"].get("citations", ()), row["trace"].get("retrieved", ()), {}, names)
    return record


def _move(
    citations: Sequence[dict[str, Any]], hits: Sequence[dict[str, Any]], settings: dict[str, Any], names: dict[str, str]
) -> None:
    for cited in (*citations, *hits):
        old = cited["document_id"]
        new = names.get(old, old)
        cited["document_id"] = new
        cited["passage_id"] = f"{new}{cited['passage_id'].removeprefix(old)}"
    chosen = settings.get("documents")
    if chosen is not None:
        settings["documents"] = [names.get(one, one) for one in chosen]


def _not_an_archive() -> RequestError:
    return RequestError("invalid_request", "This is not an export of Folio, or it was damaged on its way.")
