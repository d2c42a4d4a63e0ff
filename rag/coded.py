"""What the store refuses, said in the words every door knows: the border between the rooms below and App's callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from rag.errors import InternalError, RequestError, SearchError
from store.errors import Conflict, NotFound, StorageFull, StoreError, Unreadable, full_disk_named
from store.folder import FolderHeld

P = ParamSpec("P")
R = TypeVar("R")


def coded(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb whose StoreErrors leave as FolioErrors; text that no database takes is an invalid request."""

    @wraps(verb)
    def coded_verb(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except StoreError as error:
            raise as_folio_error(error) from error
        except UnicodeEncodeError as error:  # lone surrogates: JSON can bring them
            raise RequestError("invalid_request", "The request holds characters that are no text.") from error

    return coded_verb


def as_folio_error(error: StoreError) -> RequestError | InternalError:
    match error:
        case NotFound():
            return RequestError("not_found", "It does not exist, or it is not yours.")
        case Conflict():
            return RequestError("conflict", "An answer is already being written in this conversation.")
        case StorageFull():
            return RequestError("storage_full", "The server's disk is full. Nothing was recorded.")
        case _:
            return InternalError("internal_error", "Something went wrong on our side; the log has the details.")


@contextmanager
def folder_problems_named(folder: Path) -> Iterator[None]:
    """Around the opening of a data folder.

    Raises SearchError(index_in_use), RequestError(storage_full), and RequestError(invalid_request) for a folder that
    cannot be used or whose database cannot be read.
    """
    try:
        with full_disk_named():
            yield
    except FolderHeld as held:
        pid, command = held.holder.get("pid", "unknown"), held.holder.get("command", "")
        holder = f"process {pid}{f' ({command})' if command else ''}"
        raise SearchError("index_in_use", f"The data folder {folder} is in use by {holder}.", held.holder) from held
    except Unreadable as error:
        raise RequestError(
            "invalid_request",
            f"The database in the data folder {folder} cannot be read: {error}. "
            "Put back a copy of folio.db, or choose another FOLIO_DATA.",
        ) from error
    except StoreError as error:
        raise as_folio_error(error) from error
    except OSError as error:
        raise RequestError(
            "invalid_request", f"The data folder {folder} cannot be used: {error.strerror}. Choose another FOLIO_DATA."
        ) from error
