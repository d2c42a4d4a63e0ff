from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rag.api.reference import render
from rag.errors import CODES
from tests.api_server import API, ScriptedApp, serving


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(ScriptedApp(tmp_path_factory.mktemp("openapi")).api()) as address:
        yield address


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}{API}/openapi.json").json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_what_there_is_is_described(document: dict[str, Any]) -> None:
    assert {name for name, _ in _operations(document)} == {
        f"{method} {API}{path}"
        for method, path in [
            ("GET", "/health"), ("GET", "/models"), ("GET", "/auth/me"), ("POST", "/search"), ("POST", "/chat/"),
            ("POST", "/chat/start"), ("GET", "/chat/stream"), ("POST", "/chat/stream"), ("POST", "/fast_chat/stream"),
            ("GET", "/chat/turns/{turn_id}/events"), ("POST", "/chat/turns/{turn_id}/stop"), ("GET", "/chat/history"),
            ("POST", "/chat/conversation"), ("GET", "/chat/conversation/{conversation_id}"),
            ("GET", "/chat/conversations"), ("POST", "/docs/upload_file_async"), ("GET", "/docs/processing/active"),
            ("GET", "/docs/processing/{task_id}/status"), ("GET", "/docs/processing/{task_id}/events"),
            ("GET", "/docs"), ("GET", "/docs/{document_id}"), ("DELETE", "/docs/{document_id}"),
            ("GET", "/docs/{document_id}/text"),
            ("GET", "/docs/{document_id}/file"), ("GET", "/docs/{document_id}/pages/{number}.png"),
            ("POST", "/lab/runs"), ("POST", "/lab/runs/file"), ("GET", "/lab/runs"), ("GET", "/lab/compare"),
            ("GET", "/lab/runs/{run_id}"), ("DELETE", "/lab/runs/{run_id}"), ("GET", "/lab/runs/{run_id}/rows"),
            ("GET", "/lab/runs/{run_id}/rows/{number}"), ("GET", "/lab/runs/{run_id}/events"),
            ("POST", "/lab/runs/{run_id}/cancel"), ("POST", "/lab/runs/{run_id}/resume"),
            ("POST", "/lab/runs/{run_id}/again"), ("GET", "/lab/runs/{run_id}/sheet"),
            ("POST", "/lab/inspect"), ("POST", "/lab/ab"), ("POST", "/lab/why"),
        ]
    }  # fmt: skip


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
                assert CODES[code][0] == int(status)
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
    response = httpx.get(f"{url}/api/reference")
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
