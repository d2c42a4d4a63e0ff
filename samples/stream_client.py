"""Asks Folio a question over HTTP, prints steps and answer as they arrive, and comes back after a lost connection.

    python samples/stream_client.py "What was the net revenue in 2022?" --upload report.pdf
    python samples/stream_client.py "And the year before?" --conversation conv_... --token ...

Needs Python 3.11 and httpx, nothing of Folio.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx

API = "/api/v1"
TERMINAL = {"done", "stopped", "interrupted", "error"}
MAX_ATTEMPTS = 8
Json = dict[str, Any]


class Refused(Exception):
    """The server answered with an error, whose sentence this is, or cannot be reached any more."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    headers = {"Authorization": f"Bearer {options.token}"} if options.token else {}
    # The server sends a comment at least every 15 s: silence for 30 s is a lost connection.
    with httpx.Client(base_url=options.url, headers=headers, timeout=httpx.Timeout(10, read=30)) as client:
        try:
            return run(client, options)
        except (Refused, httpx.TransportError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ask Folio and stream the answer.")
    parser.add_argument("question")
    parser.add_argument("--url", default="http://127.0.0.1:7860", help="where Folio is served")
    parser.add_argument("--token", default=os.environ.get("FOLIO_TOKEN", ""), help="who you are, from GET /auth/me")
    parser.add_argument("--upload", metavar="FILE", type=Path, help="upload this first and wait until it can be asked")
    parser.add_argument("--conversation", metavar="ID", help="continue this conversation")
    parser.add_argument("--model", help="a name from GET /models")
    return parser.parse_args(arguments)


def run(client: httpx.Client, options: argparse.Namespace) -> int:
    """Uploads if asked to, asks, prints. Returns the exit status."""
    if not options.token:
        # Without it every run is somebody new, who sees none of the documents of the run before.
        token = data_of(client.get(f"{API}/auth/me"))["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        print(f"token: {token}", file=sys.stderr)
    if options.upload:
        upload(client, options.upload)
    body = {"question": options.question, "conversation_id": options.conversation, "model": options.model}
    return show(ask(client, {name: value for name, value in body.items() if value}))


def upload(client: httpx.Client, path: Path) -> None:
    """Sends a file and returns when questions find it."""
    with path.open("rb") as file:
        answer = client.post(f"{API}/docs/upload_file_async", files={"file": (path.name, file)}, timeout=300)
    task_id = data_of(answer)["task_id"]
    while True:
        task = data_of(client.get(f"{API}/docs/processing/{task_id}/status"))
        print(f"{task['name']}: {task['current_step']} {task['progress_percentage']:.0f} %", file=sys.stderr)
        if task["error"]:
            raise Refused(task["error"]["message"])
        if task["searchable"]:
            return
        time.sleep(0.3)


def ask(client: httpx.Client, body: Json) -> Iterator[Json]:
    """A question -> its events, each once and in order, up to the terminal one, whatever the connection does.

    The client key makes the question safe to repeat when the connection is lost before the first event; after it the
    turn is followed from the last event seen.
    """
    body = {**body, "client_key": uuid.uuid4().hex}
    turn_id, seen, attempts = "", 0, 0
    while True:
        if turn_id:
            stream = client.stream("GET", f"{API}/chat/turns/{turn_id}/events", headers={"Last-Event-ID": str(seen)})
        else:
            stream = client.stream("POST", f"{API}/fast_chat/stream", json=body)
        try:
            with stream as response:
                check(response)
                for event in decode(response.iter_lines()):
                    turn_id, seen, attempts = event["turn_id"], event["seq"], 0
                    yield event
                    if event["type"] in TERMINAL:
                        return
        except httpx.TransportError as error:
            if attempts == MAX_ATTEMPTS:
                raise Refused(f"The connection was lost and did not come back: {error}") from error
        attempts += 1
        time.sleep(min(5.0, 0.1 * 2**attempts))


def decode(lines: Iterable[str]) -> Iterator[Json]:
    """Lines of server-sent events -> the JSON of each event's data."""
    data: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if not line and data:
            yield json.loads("\n".join(data))
            data = []
        elif name == "data":
            data.append(value.removeprefix(" "))


def show(events: Iterable[Json]) -> int:
    """Prints steps to stderr, the answer to stdout, then its sources. Returns the exit status."""
    citations: list[Json] = []
    for event in events:
        match event["type"]:
            case "queued" if event["position"]:
                print(f"waiting, place {event['position']}", file=sys.stderr)
            case "step" if event["status"] != "started":
                print(f"{event['label']} · {event['elapsed_ms']:.0f} ms", file=sys.stderr)
            case "token":
                print(event["text"], end="", flush=True)
            case "citation":
                citations.append(event)
            case "error":
                print(f"\nerror: {event['message']}", file=sys.stderr)
                return 1
    print()
    for citation in citations:
        print(f"[{citation['number']}] {citation['document']}, page {citation['page']}: “{citation['quote']}”")
    return 0


def check(response: httpx.Response) -> None:
    """Raises Refused with the server's own sentence for an error answer."""
    if response.is_error:
        response.read()
        try:
            problem = response.json()["error"]
        except (ValueError, KeyError):
            raise Refused(f"HTTP {response.status_code}") from None
        raise Refused(f"{problem['message']} ({problem['error_code']})")


def data_of(response: httpx.Response) -> Any:
    """What is in the envelope. Raises Refused."""
    check(response)
    return response.json()["data"]


if __name__ == "__main__":
    sys.exit(main())
