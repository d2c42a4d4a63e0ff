"""The tools for analysts over HTTP, to the letter of what is described."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from rag.api import account_schemas, lab_bodies, schemas
from rag.evaluate.golden import read_golden
from tests.api_folio import QUESTION, Folio, body_of, data_of, error_of, frames_of
from tests.api_server import API
from tests.conftest import wait_until

GOLDEN = [
    {"question": QUESTION["question"], "expected_answer": "412 million", "file": "report.pdf", "page": 1},
    {"Frage": "When does the ferry to Stromness leave?", "Antwort": "seven", "Datei": "Notizen"},
]
SENTENCE = "The net revenue of Halden Mills was 412 million crowns in 2022."


def ended(client: httpx.Client, run_id: str) -> lab_bodies.Run:
    wait_until(lambda: body_of(client.get(f"/lab/runs/{run_id}"))["data"]["summary"] is not None)
    return data_of(client.get(f"/lab/runs/{run_id}"), lab_bodies.Run)


@pytest.fixture(scope="module")
def run(client: httpx.Client) -> lab_bodies.Run:
    body = {"name": "Golden", "questions": [*GOLDEN, {"no": "question"}], "settings": {"passages": 4}}
    return ended(client, data_of(client.post("/lab/runs", json=body), lab_bodies.Run).run_id)


def test_a_run_of_json_rows(client: httpx.Client, run: lab_bodies.Run) -> None:
    assert (run.status, run.name, run.total, run.done) == ("completed", "Golden", 2, 2)
    assert run.problems == [{"row": 3, "problem": "it has no question"}]
    assert run.settings["passages"] == 4
    assert run.summary is not None
    assert (run.summary["answer_match"], run.summary["recall@1"]) == (1.0, 1.0)
    rows = data_of(client.get(f"/lab/runs/{run.run_id}/rows"), list[lab_bodies.RunRow])
    assert [row.number for row in rows] == [1, 2]
    assert [
        row.number for row in data_of(client.get(f"/lab/runs/{run.run_id}/rows?after=1"), list[lab_bodies.RunRow])
    ] == [2]
    traced = data_of(client.get(f"/lab/runs/{run.run_id}/rows/1"), lab_bodies.TracedRow)
    assert traced.trace["retrieved"][0]["document"] == "report.pdf"
    error_of(client.get(f"/lab/runs/{run.run_id}/rows/3"), 404)
    assert run.run_id in [each.run_id for each in data_of(client.get("/lab/runs"), list[lab_bodies.Run])]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_goes_out_as_an_attachment_and_comes_back_as_a_run(
    client: httpx.Client, run: lab_bodies.Run, form: str
) -> None:
    sheet = client.get(f"/lab/runs/{run.run_id}/sheet", params={"format": form})
    assert sheet.status_code == 200
    assert sheet.headers["content-disposition"] == f'attachment; filename="{run.run_id}.{form}"'
    assert sheet.headers["x-content-type-options"] == "nosniff"
    assert len(read_golden(sheet.content, f"x.{form}").rows) == 2
    data = {"search_mode": "keyword", "settings": json.dumps({"passages": 2, "weights": "1:1"})}
    sent = client.post("/lab/runs/file", files={"file": (f"set.{form}", sheet.content)}, data=data)
    again = ended(client, data_of(sent, lab_bodies.Run).run_id)
    assert (again.name, again.settings["search_mode"], again.settings["passages"]) == ("set", "keyword", 2)


def test_a_run_can_be_followed_to_its_end(client: httpx.Client, run: lab_bodies.Run) -> None:
    begun = data_of(client.post(f"/lab/runs/{run.run_id}/again", json={"search_mode": "keyword"}), lab_bodies.Run)
    frames = [
        lab_bodies.RunEvent.model_validate(frame)
        for frame in frames_of(client.get(f"/lab/runs/{begun.run_id}/events").text)
    ]
    assert frames[-1].status == "completed"
    assert frames[-1].summary is not None
    assert [frame.seq for frame in frames] == sorted({frame.seq for frame in frames})
    compared = data_of(client.get("/lab/compare", params={"a": run.run_id, "b": begun.run_id}), lab_bodies.Comparison)
    assert len(compared.rows) == 2
    assert compared.flips["answer"] == {"gained": 0, "lost": 0}


def test_cancelling_resuming_and_deleting(client: httpx.Client) -> None:
    many = {"questions": [{"question": f"What about number {n}?"} for n in range(500)]}
    begun = data_of(client.post("/lab/runs", json=many), lab_bodies.Run)
    cancelled = data_of(client.post(f"/lab/runs/{begun.run_id}/cancel"), lab_bodies.Run)
    assert cancelled.status == "cancelled"
    assert cancelled.summary is not None
    resumed = data_of(client.post(f"/lab/runs/{begun.run_id}/resume"), lab_bodies.Run)
    assert resumed.status in {"queued", "running"}
    assert error_of(client.post(f"/lab/runs/{begun.run_id}/resume"), 409).error_code == "conflict"
    assert data_of(client.delete(f"/lab/runs/{begun.run_id}"), lab_bodies.RunDeleted).deleted
    error_of(client.get(f"/lab/runs/{begun.run_id}"), 404)


def test_other_peoples_runs_are_not_there(folio: Folio, run: lab_bodies.Run) -> None:
    with httpx.Client(base_url=f"{folio.url}{API}", timeout=30) as other:
        other.headers["Authorization"] = f"Bearer {data_of(other.get('/auth/me'), account_schemas.Me).token}"
        for method, path in [
            ("GET", ""), ("GET", "/rows"), ("GET", "/rows/1"), ("GET", "/events"), ("GET", "/sheet"), ("POST",
            "/cancel"),
            ("POST", "/resume"), ("DELETE", ""),
        ]:  # fmt: skip
            error_of(other.request(method, f"/lab/runs/{run.run_id}{path}"), 404)
        error_of(other.post(f"/lab/runs/{run.run_id}/again", json={}), 404)
        error_of(other.get("/lab/compare", params={"a": run.run_id, "b": run.run_id}), 404)
        assert data_of(other.get("/lab/runs"), list[lab_bodies.Run]) == []


def test_the_inspector(client: httpx.Client) -> None:
    seen = data_of(client.post("/lab/inspect", json={**QUESTION, "settings": {"passages": 1}}), lab_bodies.Inspection)
    assert (seen.limit, seen.in_prompt) == (1, 1)
    assert len(seen.hits) >= 2
    assert seen.hits[0].scores.keyword is not None
    found = data_of(client.post("/search", json={**QUESTION, "limit": 1}), list[schemas.Hit])
    assert seen.hits[:1] == found


def test_two_settings_side_by_side(client: httpx.Client) -> None:
    body = {**QUESTION, "a": {"search_mode": "keyword"}, "b": {"settings": {"passages": 1}}}
    found = data_of(client.post("/lab/ab", json=body), lab_bodies.Ab)
    assert "412 million" in found.a.answer
    assert found.moves[0].a == found.moves[0].b == 1
    assert len(found.b.retrieved) == 1


def test_why_not(client: httpx.Client, folio: Folio) -> None:
    def why(sentence: str, **more: Any) -> lab_bodies.Why:
        return data_of(client.post("/lab/why", json={**QUESTION, "sentence": sentence, **more}), lab_bodies.Why)

    assert why(SENTENCE).kind == "in_prompt"
    assert why("Bananas grow on trees.").kind == "not_extracted"
    assert why(SENTENCE, documents=[folio.notes.document_id]).kind == "filtered"
    answered = body_of(client.post("/chat/", json=QUESTION))
    assert why(SENTENCE, message_id=answered["data"]["message_id"]).kind == "used"
    assert answered["metadata"]["support"]["counts"]["quote"] >= 1
    error_of(client.post("/lab/why", json={**QUESTION, "sentence": SENTENCE, "message_id": "msg_none"}), 404)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/lab/runs", {"questions": []}), ("/lab/runs", {"questions": [{"x": 1}]}), ("/lab/runs", {}),
        ("/lab/runs", {"questions": [{"question": "Who?"}], "settings": {"weights": "x"}}),
        ("/lab/runs", {"questions": [{"question": "Who?"}], "settings": {"passages": 99}}),
        ("/lab/ab", {"question": " ", "a": {}, "b": {}}), ("/lab/ab", {"question": "Who?"}),
        ("/lab/why", {"question": "Who?"}), ("/lab/why", {"question": "Who?", "sentence": "..."}),
        ("/lab/inspect", {"question": "Who?", "depth": 0}), ("/lab/inspect", {"question": "Who?",
        "model": "none such"}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    assert error_of(client.post(path, json=body), 422).error_code == "invalid_request"


def test_files_that_do_not_fit_are_refused(client: httpx.Client) -> None:
    def send(content: bytes, name: str = "q.csv", **data: str) -> httpx.Response:
        return client.post("/lab/runs/file", files={"file": (name, content)}, data=data)

    assert error_of(send(b"a,b\n1,2\n"), 422).error_code == "invalid_request"
    assert error_of(send(b"question\nWho?\n", settings="not json"), 422).error_code == "invalid_request"
    assert error_of(send(b"question\n" + b"x" * (6 * 1024 * 1024)), 413).error_code == "too_large"
    error_of(client.post("/lab/runs/file", data={"name": "x"}), 422)
