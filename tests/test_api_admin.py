"""The figures: queue and stats as they are, for admins and the operator only; the page; Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from rag.api import admin_schemas
from rag.people.admin import percentiles
from tests.api_folio import NOTES, body_of, data_of, error_of, upload
from tests.conftest import wait_until
from tests.members import Club, open_club

ASK = {"question": "What is there?", "search_mode": "none"}
OPERATOR = "operator-token-0123456789"


def _queue(client: httpx.Client) -> admin_schemas.AdminQueue:
    return data_of(client.get("/admin/queue"), admin_schemas.AdminQueue)


def _stats(client: httpx.Client) -> admin_schemas.AdminStats:
    return data_of(client.get("/admin/stats"), admin_schemas.AdminStats)


@contextmanager
def _two(club: Club) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """An admin and somebody else."""
    with club.client(club.join("boss")) as boss, club.client(club.join("ada")) as ada:
        yield boss, ada


def test_the_queue_is_what_waits_and_runs_now(tmp_path: Path) -> None:
    with open_club(tmp_path, max_turns=1) as club, _two(club) as (boss, ada):
        turns = [body_of(ada.post("/chat/start", json=ASK))["data"]["turn_id"] for _ in range(3)]
        wait_until(lambda: [turn.turn_id for turn in _queue(boss).answers.running] == turns[:1])
        wait_until(lambda: [turn.position for turn in _queue(boss).answers.waiting] == [1, 2])
        seen = _queue(boss).answers
        assert [turn.turn_id for turn in seen.waiting] == turns[1:]
        assert {turn.username for turn in (*seen.running, *seen.waiting)} == {"ada"}
        assert seen.max_running == 1
        assert seen.running[0].running_s is not None
        assert 0 <= seen.running[0].running_s <= seen.running[0].age_s < 30
        figures = _stats(boss).answers
        assert (figures.running, figures.waiting, figures.done) == (1, 2, 0)
        ada.post(f"/chat/turns/{turns[1]}/stop")
        assert [turn.turn_id for turn in _queue(boss).answers.waiting] == turns[2:]
        club.gate.set()
        wait_until(lambda: _stats(boss).answers.done == 2)
        assert (_queue(boss).answers.running, _queue(boss).answers.waiting) == ([], [])
        assert _stats(boss).answers.stopped == 1


def test_the_stats_count_what_happened(tmp_path: Path) -> None:
    with open_club(tmp_path) as club, club.client(club.join("boss")) as boss:
        club.gate.set()
        upload(boss, "notes.md", NOTES)
        upload(boss, "broken.pdf", b"%PDF-1.7 this is no document")
        for _ in range(2):
            assert body_of(boss.post("/chat/", json=ASK))["data"]["answer"]
        stats = _stats(boss)
        assert (stats.answers.done, stats.answers.error) == (2, 0)
        assert (stats.cache.answers, stats.cache.hits, stats.cache.share) == (2, 1, 0.5)
        assert stats.first_token_ms.count == 2
        assert stats.first_token_ms.p50 is not None
        assert stats.first_token_ms.p95 is not None
        assert 0 <= stats.first_token_ms.p50 <= stats.first_token_ms.p95
        assert (stats.tasks.completed, stats.tasks.failed) == (1, 1)
        (failure,) = stats.tasks.failures
        assert failure.error_code == "damaged_document"
        assert (stats.users.accounts, stats.users.admins, stats.users.active) == (1, 1, 1)
        assert stats.storage.documents == 2
        assert stats.storage.file_bytes == len(NOTES) + len(b"%PDF-1.7 this is no document")
        assert stats.storage.database_bytes > 0
        page = httpx.get(f"{club.url}/admin", headers=boss.headers, timeout=60)
        assert "damaged_document" in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_only_the_last_admin_cannot_go(tmp_path: Path) -> None:
    with open_club(tmp_path) as club, _two(club) as (boss, ada):
        ids = {one["username"]: one["user_id"] for one in body_of(boss.get("/admin/users"))["data"]}
        for asked in (
            boss.patch(f"/admin/users/{ids['boss']}", json={"is_admin": False}),
            boss.delete(f"/admin/users/{ids['boss']}"),
        ):
            assert error_of(asked, 409).error_code == "conflict"
        error_of(boss.patch(f"/admin/users/{ids['ada']}", json={"plan": "a b"}), 422)
        error_of(boss.patch("/admin/users/u_nobody", json={"plan": "pro"}), 404)
        error_of(ada.get("/admin/queue"), 404)
        assert body_of(boss.patch(f"/admin/users/{ids['ada']}", json={"is_admin": True}))["data"]["is_admin"] is True
        assert ada.get("/admin/queue").status_code == 200
        assert ada.delete(f"/admin/users/{ids['boss']}").status_code == 200
        error_of(boss.get("/auth/me"), 401)


def test_without_accounts_the_operator_alone_sees_them(tmp_path: Path) -> None:
    with open_club(tmp_path, auth="none", admin_token=OPERATOR, metrics=True) as club:
        with club.client() as somebody:
            for path in ("/admin/queue", "/admin/stats", "/admin/users"):
                assert error_of(somebody.get(path), 404).error_code == "not_found"
        with club.client(f"{OPERATOR}x") as guesser:
            error_of(guesser.get("/admin/stats"), 401)
        with club.client(OPERATOR) as operator:
            assert _stats(operator).answers.done == 0
            error_of(operator.get("/docs"), 401)  # the operator is nobody who has documents
        with httpx.Client(base_url=club.url, timeout=60) as browser:
            assert browser.get("/admin").status_code == 401
            assert browser.post("/admin", data={"token": "a guess"}).status_code == 401
            assert browser.get("/admin/figures").status_code == 404
            assert browser.post("/admin", data={"token": OPERATOR}).status_code == 303
            assert "What goes on" in browser.get("/admin").text
            assert browser.get("/admin/figures").status_code == 200
        _check_metrics(club)


def _check_metrics(club: Club) -> None:
    answer = httpx.get(f"{club.url}/metrics", timeout=60)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    states = {sample.labels["state"]: sample.value for sample in families["folio_answers"].samples}
    assert states == dict.fromkeys(("running", "waiting", "done", "stopped", "interrupted", "error"), 0.0)
    assert families["folio_storage_bytes"].samples


def test_metrics_are_off_unless_set(tmp_path: Path) -> None:
    with open_club(tmp_path, auth="none") as club:
        assert httpx.get(f"{club.url}/metrics", timeout=60).status_code == 404


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentiles([]) == {"count": 0, "p50": None, "p95": None}
    assert percentiles([7.0]) == {"count": 1, "p50": 7.0, "p95": 7.0}
    assert percentiles([float(n) for n in range(1, 101)]) == {"count": 100, "p50": 50.0, "p95": 95.0}


def test_without_a_token_the_machines_own_caller_is_an_admin_but_no_page_under_another_name(tmp_path: Path) -> None:
    """A site whose name was made to lead here (DNS rebinding) is a page in a browser on this machine."""
    with open_club(tmp_path, auth="none") as club, club.client() as caller:
        port = httpx.URL(club.url).port
        for host in ("localhost", f"localhost:{port}", "127.0.0.1", f"[::1]:{port}"):
            assert caller.get("/admin/queue", headers={"Host": host}).status_code == 200, host
        for host in ("evil.example", f"127.0.0.1.evil.example:{port}", "localhost.evil.example", "[", "a b"):
            assert error_of(caller.get("/admin/queue", headers={"Host": host}), 404).error_code == "not_found", host
