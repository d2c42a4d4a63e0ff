from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from rag.api.reference import render
from rag.api.schemas import Failure
from rag.errors import CODES
from tests.api_server import API, ScriptedApp, serving


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(ScriptedApp(tmp_path_factory.mktemp("openapi")).api()) as address:
        yield address


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}{API}/openapi.json", timeout=60).json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


# Another site's page, a body that stops coming, a range past the end.
EDGE = {("invalid_request", "403"), ("invalid_request", "408"), ("invalid_request", "416")}
CONTRACT = """
GET /health /models /auth/me /chat/stream /chat/turns/{turn_id}/events /chat/history /chat/conversations
GET /chat/conversations/search /chat/conversations/stats /files/upload/info /docs /docs/{document_id}
GET /docs/{document_id}/text /docs/{document_id}/file /docs/{document_id}/pages/{number}.png /docs/processing/active
GET /docs/processing/{task_id}/status /docs/processing/{task_id}/events /chat/messages/{message_id}/trace
POST /search /chat/ /chat/start /chat/stream /fast_chat/stream /chat/turns/{turn_id}/stop /chat/conversation
POST /chat/messages/{message_id}/regenerate /chat/messages/{message_id}/edit /chat/messages/{message_id}/reaction
POST /chat/messages/{message_id}/show /docs/upload_file_async /files/upload /files/upload/image /files/upload/pdf
POST /files/upload/audio /files/upload/batch /files/transcribe
POST /docs/processing/{task_id}/retry /docs/processing/{task_id}/cancel
DELETE /docs/{document_id} /auth/me /auth/tokens/{token_id} /admin/users/{user_id}
POST /auth/register /auth/login /auth/logout /auth/password /auth/tokens
GET /auth/tokens /admin/queue /admin/stats /admin/users /account/export /chat/conversation/{conversation_id}/shares
GET /lab/runs /lab/compare /lab/runs/{run_id} /lab/runs/{run_id}/rows /lab/runs/{run_id}/rows/{number}
GET /lab/runs/{run_id}/events /lab/runs/{run_id}/sheet
POST /lab/runs /lab/runs/file /lab/runs/{run_id}/cancel /lab/runs/{run_id}/resume /lab/runs/{run_id}/again
POST /lab/inspect /lab/ab /lab/why /account/import /chat/conversation/{conversation_id}/share
DELETE /lab/runs/{run_id} /chat/shares/{share_id}
"""
OF_A_CONVERSATION = (
    ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/restore"), ("GET", "/export"), ("GET", "/typing"),
    ("POST", "/typing"), ("GET", "/draft"), ("PUT", "/draft"), ("GET", "/versions"),
)  # fmt: skip


def test_what_the_contract_names_is_described(document: dict[str, Any]) -> None:
    described = {name for name, _ in _operations(document)}
    for line in CONTRACT.strip().splitlines():
        method, *paths = line.split()
        assert {f"{method} {API}{path}" for path in paths} <= described
    room = f"{API}/chat/conversation/{{conversation_id}}"
    assert {f"{method} {room}{path}" for method, path in OF_A_CONVERSATION} <= described


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    for name, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None:
            references = re.findall(r"schemas/([A-Za-z]+)", json.dumps(content["schema"]))
            assert references, name
            assert all(shapes[reference].get("examples") for reference in references), name


def test_the_frames_of_a_live_connection_are_described(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    kinds = {shapes[item["$ref"].rpartition("/")[2]]["properties"]["type"]["const"]
             for item in shapes["ClientFrame"]["oneOf"]}  # fmt: skip
    assert kinds == {"chat_message", "typing", "stop", "resume", "ping"}
    assert "/ws`" in document["info"]["description"]


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_route_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        responses = operation["responses"]
        assert {"200", "401", "422", "500"} <= set(responses), name
        for status, response in responses.items():
            if int(status) < 400:
                continue
            content = response["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Failure"}, name
            for code, example in content["examples"].items():
                assert CODES[code][0] == int(status) or (code, status) in EDGE, name
                Failure.model_validate(example["value"])
                assert example["value"]["error"]["error_code"] == code


def test_streams_name_their_events(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    kinds = {
        shapes[item["$ref"].rpartition("/")[2]]["properties"]["type"]["const"] for item in shapes["TurnEvent"]["anyOf"]
    }
    assert kinds == {"queued", "step", "sources", "token", "citation", "done", "stopped", "interrupted", "error"}
    streams = [
        name
        for name, operation in _operations(document)
        if "text/event-stream" in operation["responses"]["200"]["content"]
    ]
    assert len(streams) == 6


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document)))
    assert names <= set(document["components"]["schemas"])


def test_the_reference_page_loads_nothing(url: str, document: dict[str, Any]) -> None:
    response = httpx.get(f"{url}/api/reference", timeout=60)
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    page = response.text
    assert not re.search(r"<(script|link|img|iframe)|\bsrc=|@import|url\(", page)
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    anchors = set(re.findall(r"href='#([^']+)'", page))
    assert anchors <= set(re.findall(r"id='([^']+)'", page))


def test_the_reference_page_shows_markup_as_text() -> None:
    page = render(
        {
            "info": {"title": "<b>", "version": "1", "description": "`<i>` & more"},
            "paths": {"/<x>": {"get": {"summary": "<u>", "responses": {"200": {"description": "<s>"}}}}},
            "components": {"schemas": {}},
        }
    )
    assert not re.search(r"<(b|i|u|s|x)>(?!GET)", page.replace("<b>GET</b>", "").replace("<b>200</b>", ""))
