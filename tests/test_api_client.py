"""The sample client against a server whose connections break."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from rag.events import Cited, Done, Event, Failed, Queued, Step, Token
from tests.api_server import API, ScriptedApp, serving

SAMPLE = Path(__file__).parent.parent / "samples" / "stream_client.py"
LOG: list[Event] = [
    Queued("conv_1", "msg_1", 2, 3.0),
    Step("search", "started", "Searching 1 document"),
    Step("search", "finished", "Searching 1 document", "", 4.2),
    Token("Revenue was "),
    Token("4 [1]\u2028."),
    Cited({"number": 1, "document": "report.pdf", "page": 3, "quote": "a revenue of 4"}),
    Done("msg_1", "extractive"),
]


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stream_client", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _AnsweringApp(ScriptedApp):
    """Answers every question with LOG at once."""

    def ask(self, user_id: str, asking: object) -> object:
        known = len(self.turns)
        turn = super().ask(user_id, asking)  # type: ignore[arg-type]
        if len(self.turns) > known:
            self.add(turn.id, *LOG)
        return turn


class _Breaking(httpx.BaseTransport):
    """A connection that breaks after each of `events` frames, in order, before it holds."""

    def __init__(self, *events: int) -> None:
        self._inner = httpx.HTTPTransport()
        self._events = list(events)
        self.requests: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path} {request.headers.get('Last-Event-ID', '')}".strip())
        response = self._inner.handle_request(request)
        if not self._events or "text/event-stream" not in response.headers.get("content-type", ""):
            return response
        assert isinstance(response.stream, httpx.SyncByteStream)
        return httpx.Response(200, headers=response.headers, stream=_Broken(response.stream, self._events.pop(0)))

    def close(self) -> None:
        self._inner.close()


class _Broken(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, events: int) -> None:
        self._inner = inner
        self._events = events

    def __iter__(self) -> Iterator[bytes]:
        text = b"".join(self._inner)
        ends = [match.end() for match in re.finditer(rb"\ndata: .*\n\n", text)]
        yield text[: ends[self._events - 1] + 5] if self._events else text[:5]
        raise httpx.ReadError("the connection was lost")

    def close(self) -> None:
        self._inner.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ScriptedApp:
    return _AnsweringApp(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def url(app: ScriptedApp) -> Iterator[str]:
    with serving(app.api()) as address:
        yield address


def test_no_event_is_missed_or_seen_twice(sample: ModuleType, app: ScriptedApp, url: str) -> None:
    transport = _Breaking(0, 2, 1, 0)
    known = len(app.turns)
    with httpx.Client(base_url=url, transport=transport, timeout=60) as client:
        client.get(f"{API}/auth/me")
        events = list(sample.ask(client, {"question": "What was the revenue?"}))
    assert [event["seq"] for event in events] == list(range(1, len(LOG) + 2))
    assert len(app.turns) == known + 1
    path = f"{API}/chat/turns/turn_{known + 1}/events"
    assert transport.requests[1:] == [
        f"POST {API}/fast_chat/stream", f"POST {API}/fast_chat/stream",
        f"GET {path} 2", f"GET {path} 3", f"GET {path} 3",
    ]  # fmt: skip


def test_it_prints_steps_tokens_and_sources(sample: ModuleType, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample.main(["What was the revenue?", "--url", url]) == 0
    printed = capsys.readouterr()
    assert printed.out == "Revenue was 4 [1]\u2028.\n[1] report.pdf, page 3: “a revenue of 4”\n"
    assert "waiting, place 2" in printed.err
    assert "Searching 1 document · 4 ms" in printed.err
    assert "token: u_" in printed.err


def test_it_says_why_it_cannot(sample: ModuleType, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample.main(["  ", "--url", url]) == 1
    assert "(invalid_request)" in capsys.readouterr().err
    assert sample.main(["What?", "--url", url, "--token", "forged"]) == 1
    assert "(not_authenticated)" in capsys.readouterr().err
    assert sample.main(["What?", "--url", "http://127.0.0.1:9"]) == 1
    assert "error:" in capsys.readouterr().err


def test_a_failed_answer_is_an_error(sample: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    failed = {"type": "error", **{name: getattr(Failed("x", "Too slow."), name) for name in ("error_code", "message")}}
    assert sample.show([{"type": "token", "text": "Half"}, failed]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("Half", "\nerror: Too slow.\n")


@pytest.mark.parametrize(
    ("lines", "data"),
    [
        ([": comment", "", 'data: {"a":1}', ""], [{"a": 1}]),
        (["id: 1", "event: x", "data:[1,", "data: 2]", "", "data: 3"], [[1, 2]]),
        (["retry: 5", "", ""], []),
    ],
)
def test_frames_are_decoded_as_the_standard_says(sample: ModuleType, lines: list[str], data: list[object]) -> None:
    assert list(sample.decode(lines)) == data
