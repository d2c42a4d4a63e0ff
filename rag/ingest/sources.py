"""Where the operator's files come from: files, folders, patterns, and buckets through fsspec (`s3://` by s3fs).

For the command line only: no path and no address ever comes from a user.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from rag.errors import DocumentError, RequestError

_BLOCK = 1024 * 1024
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_WILD = ("*", "?", "[")
_DOCUMENTS = (
    ".pdf .docx .docm .dotx .pptx .pptm .ppsx .xlsx .xlsm .csv .tsv .odt .ods .odp .epub .rtf .md .markdown .txt .html "
    ".htm .xhtml .vtt .srt"
)
_PICTURES = ".png .jpg .jpeg .tif .tiff .webp .bmp .gif"
_RECORDINGS = ".wav .mp3 .m4a .flac .ogg .oga .webm"
SUFFIXES = frozenset(" ".join((_DOCUMENTS, _PICTURES, _RECORDINGS)).split())


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be opened. `where` is what to call it in a report, `name` what it will be called here.

    `is_named`: it was asked for by its own name, not found in a folder, under a prefix or by a pattern.
    """

    where: str
    name: str
    open: Callable[[], BinaryIO]
    is_named: bool = False


def find(places: Sequence[str]) -> Iterator[Source]:
    """The files that these name, in order: a file itself, the documents in a folder or under a prefix (by their
    suffixes), whatever a pattern matches. Hidden files and folders are left out unless they are named.

    Raises RequestError: not_found for a place with nothing in it, invalid_request for an address that cannot be used.
    """
    for place in places:
        found = sorted(_bucket(place) if "://" in place else _local(place), key=lambda source: source.where)
        if not found:
            raise RequestError("not_found", f"There is nothing to read at {place}.")
        yield from found


@contextmanager
def received(source: Source, max_bytes: int) -> Iterator[BinaryIO]:
    """The file's bytes, block by block in a temporary file that is gone afterwards.

    Raises DocumentError(too_large) as soon as there are more than `max_bytes`; RequestError(not_found) when it cannot
    be read.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spooled:
        try:
            with source.open() as stream:
                while spooled.tell() <= max_bytes and (block := stream.read(_BLOCK)):
                    spooled.write(block)
        except Exception as error:  # boundary: every file system of fsspec has errors of its own
            raise _unreadable(source.where, error) from error
        if spooled.tell() > max_bytes:
            raise DocumentError("too_large", f"'{source.name}' is larger than {max_bytes / 1024**2:g} MB, the limit.")
        spooled.seek(0)
        yield cast("BinaryIO", spooled)


def _local(place: str) -> Iterator[Source]:
    path = Path(place)
    if path.is_file():
        yield replace(_file(path), is_named=True)
    elif path.is_dir():
        yield from _below(path)
    elif any(mark in place for mark in _WILD):
        root = path.anchor or "."
        for found in Path(root).glob(str(path.relative_to(path.anchor) if path.anchor else path)):
            if path.name.startswith(".") or not found.name.startswith("."):
                yield from _below(found) if found.is_dir() else (_file(found),)
    else:
        raise RequestError("not_found", f"There is no file or folder at {place}.")


def _below(folder: Path) -> Iterator[Source]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix.lower() in SUFFIXES and not _is_hidden(path.relative_to(folder).parts):
            yield _file(path)


def _file(path: Path) -> Source:
    return Source(str(path), path.name, lambda: path.open("rb"))


def _bucket(place: str) -> Iterator[Source]:
    scheme = place.partition("://")[0]
    fsspec: Any = import_module("fsspec")
    is_pattern = any(mark in place for mark in _WILD)
    try:
        files, root = fsspec.core.url_to_fs(place)
        if is_pattern:
            keys = [key for key in files.glob(root) if files.isfile(key)]
        else:
            keys = [root] if files.isfile(root) else files.find(root)
    except (ImportError, ValueError) as error:
        raise RequestError("invalid_request", _how_to(scheme, error)) from error
    except Exception as error:  # the same boundary
        raise _unreadable(place, error) from error
    base = len(PurePosixPath(root).parts)
    for key in keys:
        path = PurePosixPath(key)
        parts = path.parts
        is_wanted = is_pattern or path.suffix.lower() in SUFFIXES
        if key == root or (is_wanted and not _is_hidden(parts[-1:] if is_pattern else parts[base:])):
            yield Source(f"{scheme}://{key}", parts[-1], _opener(files, key), key == root)


def _opener(files: Any, key: str) -> Callable[[], BinaryIO]:
    return lambda: cast("BinaryIO", files.open(key, "rb", block_size=5 * _BLOCK, cache_type="readahead"))


def _how_to(scheme: str, error: Exception) -> str:
    if scheme == "s3":
        return "Buckets need the extra 's3': pip install 'folio[s3]'."
    return f"{scheme}:// cannot be read here: {error}."


def _unreadable(where: str, error: Exception) -> RequestError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return RequestError("not_found", f"{where} cannot be read: {reason.rstrip('.')}.")


def _is_hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") for part in parts)
