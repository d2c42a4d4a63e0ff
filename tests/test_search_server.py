"""The server index when the server misbehaves. What it does otherwise is in the contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rag.errors import SearchError
from rag.search.server import ServerIndex, collections, connect


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with 500 and a page that is no JSON."""

    def do_GET(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"<html>out of order</html>")

    do_PUT = do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def refusing_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("reachable", [True, False])
def test_a_server_that_fails_is_a_coded_error(refusing_server: str, reachable: bool) -> None:
    url = refusing_server if reachable else "http://127.0.0.1:9"
    with closing(connect(url, "")) as client:
        with pytest.raises(SearchError) as failed:
            ServerIndex(client, "folio", 8)
        assert failed.value.code == "index_unavailable"
        assert failed.value.details["reason"]
        with pytest.raises(SearchError):
            collections(client, "folio")
