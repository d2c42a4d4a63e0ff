"""Parser processes on a Dask cluster: the same jobs as `processes.Processes` takes, elsewhere.

Where a job's first argument is the path of a file here, its bytes go to the cluster once, whatever disk workers have.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rag.cluster import Cluster, ClusterLost
from rag.errors import InternalError
from rag.ingest import alone
from rag.ingest.processes import IsStopped, Job, Stopped

T = TypeVar("T")
_KEPT_FILES = 16  # whose bytes stay on the cluster while they may still be asked for


class RemoteProcesses:
    """A pool, see Processes. A cluster that is lost is an InternalError that can be retried."""

    def __init__(self, cluster: Cluster, memory_mb: int) -> None:
        self._cluster = cluster
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._sent: OrderedDict[Path, Any] = OrderedDict()
        self._closed = False

    @property
    def workers(self) -> int:
        try:
            return self._cluster.workers
        except ClusterLost as error:
            raise _lost(error) from error

    def warm(self) -> Job[None]:
        """The cluster's processes are its own; there is nothing to start."""
        return Job(_nothing, (), 0.0, _Done())

    def close(self) -> None:
        self._closed = True

    def submit(self, function: Callable[..., T], args: tuple[Any, ...], timeout_s: float) -> Job[T]:
        """Raises Stopped, InternalError."""
        if self._closed:
            raise Stopped
        path, rest = (args[0], args[1:]) if isinstance(args[0], Path) else (None, args)
        try:
            content = None if path is None else self._content(path)
            future = self._cluster.submit(alone.on_worker, function, content, tuple(rest), timeout_s, self._memory_mb)
        except ClusterLost as error:
            self._forget()
            raise _lost(error) from error
        return Job(function, args, timeout_s, future)

    def wait(self, jobs: Sequence[Job[T]], is_stopped: IsStopped) -> None:
        """Until one of the jobs is done. Raises Stopped, InternalError."""
        try:
            if not self._cluster.wait([job.future for job in jobs], lambda: self._closed or is_stopped()):
                raise Stopped
        except ClusterLost as error:
            self._forget()
            raise _lost(error) from error

    def outcome(self, job: Job[T]) -> tuple[T, float]:
        """(what a job that is done gave, its seconds). Raises what it raised, InternalError."""
        if isinstance(job.future, _Done):
            return job.function(*job.args), 0.0
        try:
            answer: alone.Answer = self._cluster.result(job.future)
        except ClusterLost as error:
            self._forget()
            raise _lost(error) from error
        if answer.error is not None:
            raise answer.error
        return answer.value, answer.seconds

    def _content(self, path: Path) -> Any:
        with self._lock:
            if path in self._sent:
                self._sent.move_to_end(path)
                return self._sent[path]
        content = self._cluster.send(path.read_bytes())
        with self._lock:
            self._sent[path] = content
            while len(self._sent) > _KEPT_FILES:
                self._sent.popitem(last=False)
        return content

    def _forget(self) -> None:
        with self._lock:
            self._sent.clear()


class _Done:
    """The future of nothing."""

    status = "finished"

    def done(self) -> bool:
        return True

    def cancel(self) -> None:
        """There is nothing to call off."""


def _lost(error: ClusterLost) -> InternalError:
    return InternalError("internal_error", str(error))


def _nothing() -> None:
    """A job that does nothing."""
