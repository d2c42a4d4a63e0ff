"""A Dask cluster, for those who have one: functions and bytes go there, results come back. Knows nothing of documents.

Connected at the first use. Whatever becomes of the cluster (nobody answers, no worker is left, the scheduler goes away)
ends in ClusterLost within LOST_S, never in a wait without end; the next call connects anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from rag.errors import RequestError

CONNECT_S = 5.0
LOST_S = 15.0  # without a worker for so long, the cluster is lost
POLL_S = 0.05
_CHECK_S = 1.0
_GONE = frozenset({"lost", "cancelled"})


class ClusterLost(Exception):
    """The cluster does not work. The text is a sentence for people."""


class Cluster:
    """Safe to use from any thread."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._client: Any = None
        self._served_at = time.monotonic()  # when a worker was last seen
        self._checked_at = 0.0

    @property
    def workers(self) -> int:
        """How many threads of workers there are now; at least 1."""
        return max(1, sum(int(each["nthreads"]) for each in self._workers().values()))

    def submit(self, function: Callable[..., Any], *args: Any) -> Any:
        """A future of `function(*args)` on some worker; futures among the arguments are results by then.

        Raises ClusterLost, RequestError(invalid_request) without the extra.
        """
        try:
            return self._connected().submit(function, *args, pure=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise self._lost() from error

    def send(self, value: Any) -> Any:
        """A future of bytes (or anything that pickles), on its way to the cluster once for many calls."""
        try:
            return self._connected().scatter(value, hash=False)
        except (OSError, RuntimeError, ValueError, TimeoutError) as error:
            raise self._lost() from error

    def wait(self, futures: Sequence[Any], is_stopped: Callable[[], bool]) -> bool:
        """Until one of them is done. -> False when stopped. Raises ClusterLost."""
        while not any(future.done() for future in futures):
            if is_stopped():
                return False
            self._check()
            time.sleep(POLL_S)
        if any(future.status in _GONE for future in futures):
            raise self._lost()
        return True

    def result(self, future: Any) -> Any:
        """What a future that is done gave. Raises what the function did; ClusterLost when nobody knows any more."""
        if future.status in _GONE:
            raise self._lost()
        try:
            return future.result(timeout=LOST_S)
        except (OSError, import_module("distributed").scheduler.KilledWorker) as error:
            raise self._lost() from error

    def close(self) -> None:
        """Calling it twice is fine."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close(timeout=1)

    def _connected(self) -> Any:
        with self._lock:
            if self._client is not None and self._client.status == "running":
                return self._client
            try:
                distributed = import_module("distributed")
            except ImportError as error:
                raise RequestError(
                    "invalid_request", "FOLIO_DASK_SCHEDULER needs the extra 'dask': pip install 'folio[dask]'."
                ) from error
            try:
                self._discard()
                self._client = distributed.Client(self.address, timeout=CONNECT_S, set_as_default=False)
            except (OSError, ValueError, TimeoutError) as error:
                raise self._lost() from error
            self._served_at = time.monotonic()
            return self._client

    def _discard(self) -> None:
        """A connection that is lost is not mended: it goes."""
        old, self._client = self._client, None
        if old is not None:
            old.close(timeout=1)

    def _workers(self) -> dict[str, Any]:
        client = self._connected()
        try:
            found: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, RuntimeError, KeyError) as error:
            raise self._lost() from error
        return found

    def _check(self) -> None:
        """Raises ClusterLost when the connection is gone, or there has been no worker for too long."""
        client = self._client
        if client is None or client.status != "running":
            raise self._lost()
        now = time.monotonic()
        if now - self._checked_at < _CHECK_S:
            return
        self._checked_at = now
        if self._workers():
            self._served_at = now
        elif now - self._served_at > LOST_S:
            raise self._lost()

    def _lost(self) -> ClusterLost:
        return ClusterLost(f"The Dask cluster at {self.address} does not work. Start its workers, then retry.")
