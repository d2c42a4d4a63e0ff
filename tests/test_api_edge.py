from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from rag.api import identify
from rag.api.auth import COOKIE
from tests.api_server import API, ScriptedApp, serving

ASK = {"question": "What is it?"}


async def _page(request: Request) -> Response:
    return HTMLResponse(f"<p>{identify(request)}</p>")


async def _asset(_request: Request) -> Response:
    return PlainTextResponse("body {}", media_type="text/css", headers={"Cache-Control": "public"})


def _full() -> None:
    raise HTTPException(400, "There was an error parsing the body") from OSError(errno.ENOSPC, "No space left")


async def _take(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API with a page mounted behind it, as the front end does."""
    app = ScriptedApp(tmp_path_factory.mktemp("edge"), max_document_mb=0.5)
    api = app.api()
    api.add_api_route("/full", _full)  # as FastAPI reports a disk that is full while it takes an upload
    routes = [Route("/", _page), Route("/style.css", _asset), Route("/take", _take, methods=["POST"])]
    api.mount("/", Starlette(routes=routes))
    with serving(api) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as opened:
        yield opened


def _problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body = response.json()
    assert response.status_code == status, body
    assert set(body) == {"success", "data", "error", "metadata"}
    assert (body["success"], body["data"], body["metadata"]) == (False, None, {})
    assert set(body["error"]) == {"error_code", "message", "details", "timestamp"}
    assert body["error"]["error_code"] == code
    problem: dict[str, Any] = body["error"]
    return problem


def _me(client: httpx.Client, **headers: str) -> Any:
    return client.get(f"{API}/auth/me", headers=headers).json()["data"]


def test_a_browser_gets_one_cookie_and_stays_one_user(client: httpx.Client) -> None:
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=u_")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert "max-age=31536000" in cookie.lower()
    again = client.get("/")
    assert "set-cookie" not in again.headers
    assert again.text == first.text
    me = _me(client)
    assert first.text == f"<p>{me['user_id']}</p>"
    assert me["kind"] == "anonymous"


def test_behind_https_the_cookie_works_in_a_frame(client: httpx.Client) -> None:
    response = client.get("/", headers={"X-Forwarded-Proto": "https"})
    assert response.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=None; Secure")


def test_a_cookie_never_stands_beside_what_caches_share(client: httpx.Client) -> None:
    response = client.get("/style.css")
    assert "set-cookie" not in response.headers
    assert response.headers["cache-control"] == "public"
    assert client.get(f"{API}/health").headers["cache-control"] == "no-store"


def test_a_bearer_token_is_the_same_user_without_cookies(client: httpx.Client, url: str) -> None:
    me = _me(client)
    with httpx.Client(base_url=url, timeout=60) as program:
        assert _me(program, Authorization=f"Bearer {me['token']}")["user_id"] == me["user_id"]
        assert not program.cookies


def test_a_forged_token_is_refused_and_a_forged_cookie_replaced(client: httpx.Client) -> None:
    me = _me(client)
    forged = client.get(f"{API}/auth/me", headers={"Authorization": f"Bearer {me['token']}x"})
    _problem(forged, 401, "not_authenticated")
    assert forged.headers["www-authenticate"] == "Bearer"
    replaced = client.get(f"{API}/auth/me", headers={"Cookie": f"{COOKIE}={me['token']}x"})
    assert replaced.json()["data"]["user_id"] != me["user_id"]
    assert COOKIE in replaced.headers["set-cookie"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://[", "http://x:99999"])
def test_another_sites_page_cannot_act_with_the_cookie(client: httpx.Client, origin: str) -> None:
    token = _me(client)["token"]
    refused = client.post(f"{API}/search", json=ASK, headers={"Origin": origin})
    _problem(refused, 403, "invalid_request")
    assert client.post("/take", headers={"Origin": origin}).status_code == 403
    as_program = {"Origin": origin, "Authorization": f"Bearer {token}"}
    assert client.post(f"{API}/search", json=ASK, headers=as_program).status_code == 200
    assert client.get(f"{API}/health", headers={"Origin": origin}).status_code == 200


def test_our_own_page_can_act(client: httpx.Client, url: str) -> None:
    assert client.post(f"{API}/search", json=ASK, headers={"Origin": url}).status_code == 200
    proxied = {
        "Origin": "https://folio.example",
        "X-Forwarded-Host": "folio.example, inner",
        "X-Forwarded-Proto": "https",
    }
    assert client.post(f"{API}/search", json=ASK, headers=proxied).status_code == 200


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/style.css", f"{API}/health", f"{API}/nothing", "/api/reference"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert policy.startswith(("default-src 'self'", "default-src 'none'"))
        assert "http:" not in policy
        loads = [part for part in policy.split("; ") if not part.startswith("frame-ancestors")]
        assert not any("https:" in part or "*" in part for part in loads)


def test_a_defect_is_an_envelope_and_a_traceback_in_the_log(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="rag.api.edge"):
        problem = _problem(client.get(f"{API}/docs"), 500, "internal_error")
    assert "a defect" not in problem["message"]
    assert any(record.exc_info and "a defect" in str(record.exc_info[1]) for record in caplog.records)


def test_a_disk_that_fills_up_while_uploading_is_said_so(client: httpx.Client) -> None:
    _problem(client.get("/full"), 507, "storage_full")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("GET", "/api/v2/health", 404, "not_found"),
        ("GET", f"{API}/nothing", 404, "not_found"),
        ("POST", f"{API}/nothing/at/all", 404, "not_found"),
        ("PUT", f"{API}/health", 405, "invalid_request"),
        ("DELETE", f"{API}/chat/", 405, "invalid_request"),
        ("PATCH", f"{API}/docs/1", 405, "invalid_request"),
    ],
)
def test_unknown_paths_and_methods_are_answered_by_the_api(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = client.request(method, path)
    _problem(response, status, code)
    assert ("allow" in response.headers) is (status == 405)


def test_the_methods_that_would_do_are_named(client: httpx.Client) -> None:
    assert client.put(f"{API}/docs/1").headers["allow"] == "GET, HEAD, DELETE"


def test_the_page_keeps_its_own_not_found(client: httpx.Client) -> None:
    assert client.get("/nothing").text == "Not Found"


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


def _chunks(count: int, head: bytes = b"") -> Iterator[bytes]:
    yield head
    yield from (b" " * 65_536 for _ in range(count))


def test_a_body_is_bounded_whatever_it_says_about_its_length(client: httpx.Client) -> None:
    as_json = {"Content-Type": "application/json"}
    for body in (b" " * 2_000_000, _chunks(32)):
        problem = _problem(client.post(f"{API}/search", content=body, headers=as_json), 413, "too_large")
        assert problem["details"] == {"max_bytes": 1024 * 1024}
    as_form = {"Content-Type": "multipart/form-data; boundary=b"}
    for upload in (PART + b" " * 2_000_000, _chunks(32, PART)):
        response = client.post(f"{API}/docs/upload_file_async", content=upload, headers=as_form)
        _problem(response, 413, "too_large")


def test_the_pages_own_paths_bound_themselves(client: httpx.Client) -> None:
    assert client.post("/take", content=b"x" * 2_000_000).text == "2000000"


def test_a_length_that_is_too_much_is_refused_before_the_body_comes(url: str) -> None:
    head = f"POST {API}/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
