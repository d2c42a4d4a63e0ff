"""What can go wrong in the store, in its own words (`rag.app` gives them their codes).

StoreError
├── NotFound      no such row, or not this user's: the same to the caller
├── Conflict      something is already there, or already under way
├── TooLarge      a file has more bytes than allowed
├── Unreadable    the file is not a database, or a damaged one
└── StorageFull   the disk is full; nothing of the transaction was kept
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_FULL_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})


class StoreError(Exception):
    """Anything the store refuses."""


class NotFound(StoreError):
    """No such row, or not this user's."""


class Conflict(StoreError):
    """Already there, or already under way."""


class TooLarge(StoreError):
    """More bytes than allowed."""


class Unreadable(StoreError):
    """The file is not a database of ours, or it is damaged."""


class StorageFull(StoreError):
    """No space left; what was asked for did not happen."""


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Around anything that writes: a full disk, however SQLite or the system put it, is StorageFull."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) in _FULL_CODES:
            raise StorageFull("The disk is full.") from error
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("The disk is full.") from error
        raise
