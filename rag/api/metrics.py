"""The figures of `rag.people.admin` in Prometheus' text form: counts only, made afresh at each scrape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from rag import __version__

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_ANSWERS: Final = ("running", "waiting", "done", "stopped", "interrupted", "error")
_STORED: Final = ("documents", "pages", "passages", "conversations", "messages", "files", "deletions_under_way")
_BYTES: Final = ("file_bytes", "database_bytes", "free_bytes")
_USERS: Final = ("accounts", "anonymous", "active")


class _Collector:
    def __init__(self, stats: Mapping[str, Any]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        stats = self._stats
        yield _gauge("folio_info", "The version that runs.", "version", {__version__: 1})
        yield _gauge("folio_uptime_seconds", "Since the start.", None, {"": stats["uptime_s"]})
        answers = {name: stats["answers"][name] for name in _ANSWERS}
        yield _gauge("folio_answers", "Answers: running and waiting now, ended in 24 hours.", "state", answers)
        failures = {str(one["error_code"]): one["count"] for one in stats["answers"]["failures"]}
        yield _gauge("folio_answer_failures", "Answers that failed in 24 hours, by code.", "code", failures)
        tasks = {name: value for name, value in stats["tasks"].items() if name != "failures"}
        yield _gauge("folio_tasks", "Ingestion tasks by stage.", "stage", tasks)
        failures = {str(one["error_code"]): one["count"] for one in stats["tasks"]["failures"]}
        yield _gauge("folio_task_failures", "Files that could not be read in 24 hours, by code.", "code", failures)
        yield _gauge("folio_cache_hits", "Answers from the cache in 24 hours.", None, {"": stats["cache"]["hits"]})
        times = {
            quantile: stats["first_token_ms"][name] / 1000
            for quantile, name in (("0.5", "p50"), ("0.95", "p95")) if stats["first_token_ms"][name] is not None
        }  # fmt: skip
        yield _gauge("folio_first_token_seconds", "Time to the first token in 24 hours.", "quantile", times)
        yield _gauge("folio_users", "Users by kind.", "kind", {name: stats["users"][name] for name in _USERS})
        yield _gauge("folio_stored", "What is kept.", "what", {name: stats["storage"][name] for name in _STORED})
        sizes = {name.removesuffix("_bytes"): stats["storage"][name] for name in _BYTES}
        yield _gauge("folio_storage_bytes", "Bytes of files and database, and free on the disk.", "where", sizes)


def exposition(stats: Mapping[str, Any]) -> bytes:
    """`Admin.stats` -> what a scrape gets."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(stats))
    return generate_latest(registry)


def _gauge(name: str, words: str, label: str | None, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label] if label else None)
    for value, count in values.items():
        family.add_metric([value] if label else [], float(count))
    return family
