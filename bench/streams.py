"""What streaming costs over HTTP: python -m bench.streams [--streams 300] [--requests 50] [--seconds 20]

A server process holds so many answers that a scripted model writes at 10 tokens a second, each followed by an SSE
client of its own in another process, while a third sends so many REST requests a second (lists, figures, health).
Printed: the delay from the model's token to the client's having it, the REST latency, and whether anything was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from bench.main_job import report
from bench.turns import RATE, ROOT, model_server
from rag import load_settings, open_app
from rag.api import create_api

API = "/api/v1"
PATHS = ("/health", "/chat/conversations?limit=5", "/docs?limit=5", "/chat/conversations/stats", "/models")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--requests", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--serve", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--ask", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(Path(options.serve), options.model, options.streams)
    elif options.ask:
        print(json.dumps(asyncio.run(requests(options.ask, options.requests, options.seconds))), flush=True)
    else:
        run(options)


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, model_server(options.seconds) as model:
        common = ["--streams", str(options.streams), "--seconds", str(options.seconds)]
        with helper("--serve", folder, "--model", model, *common) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            with helper("--ask", url, "--requests", str(options.requests), *common) as asker:
                before = processor_s(server.pid)
                streams = asyncio.run(follow_all(url, options.streams, options.seconds))
                told = json.loads(asker.communicate()[0])
            told["processor_s"] = processor_s(server.pid) - before
            server.terminate()
    show(streams, told, options)


def processor_s(process_id: int) -> float:
    """Processor time a process has used so far, all its threads together."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def helper(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.streams", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()


def serve(folder: Path, model: str, streams: int) -> None:
    """The server under test, until it is terminated."""
    settings = load_settings(data=folder, offline=True, openai_base_url=model, openai_api_key="k", max_turns=streams)
    with open_app(settings) as app:
        config = uvicorn.Config(create_api(app), host="127.0.0.1", port=0, log_level="warning", lifespan="off")
        server = _Announcing(config)
        server.run()


class _Announcing(uvicorn.Server):
    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        print(f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)


async def follow_all(url: str, count: int, seconds: float) -> list[list[tuple[float, float]]]:
    """Asks every 20 ms -> for each stream its tokens: (when the model sent it, seconds until it was here)."""
    limits = httpx.Limits(max_connections=count + 10)
    async with httpx.AsyncClient(base_url=f"{url}{API}", timeout=seconds + 60, limits=limits) as client:
        tasks = []
        for number in range(count):
            tasks.append(asyncio.create_task(follow(client, number)))
            await asyncio.sleep(0.02)
        return await asyncio.gather(*tasks)


async def follow(client: httpx.AsyncClient, number: int) -> list[tuple[float, float]]:
    """Checks on the way that no event is missing."""
    tokens: list[tuple[float, float]] = []
    body = {"question": f"number {number}", "search_mode": "none"}
    last, kind = 0, ""
    async with client.stream("POST", "/fast_chat/stream", json=body) as response:
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            if not line.startswith("data: "):
                continue
            arrived = time.time()
            event = json.loads(line[6:])
            last, kind = last + 1, event["type"]
            assert event["seq"] == last
            if kind == "token":
                tokens += [(float(stamp), arrived - float(stamp)) for stamp in event["text"].split()]
    assert kind == "done", kind
    return tokens


async def requests(url: str, rate: float, seconds: float) -> dict[str, Any]:
    """So many REST requests a second, whether or not earlier ones are answered -> (sent at, seconds) of each."""
    taken: list[tuple[float, float]] = []
    failed = 0

    async def one(client: httpx.AsyncClient, path: str) -> None:
        nonlocal failed
        sent, begun = time.time(), time.perf_counter()
        response = await client.get(f"{API}{path}")
        taken.append((sent, time.perf_counter() - begun))
        failed += response.status_code != 200

    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        await client.get(f"{API}/auth/me")
        tasks = []
        begun = time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one(client, PATHS[number % len(PATHS)])))
        await asyncio.gather(*tasks)
    return {"taken": taken, "failed": failed}


def show(streams: list[list[tuple[float, float]]], told: dict[str, Any], options: argparse.Namespace) -> None:
    expected = options.streams * int(options.seconds * RATE)
    tokens = [token for stream in streams for token in stream]
    all_began, first_ended = max(stream[0][0] for stream in streams), min(stream[-1][0] for stream in streams)
    steady = [delay * 1000 for sent, delay in tokens if all_began <= sent <= first_ended]
    rest = [taken * 1000 for sent, taken in told["taken"] if all_began <= sent <= first_ended]
    report(f"{options.streams} streams at {RATE:g} tokens/s: tokens that came", len(tokens), "")
    report("  tokens lost", expected - len(tokens), "", 0)
    report("  all stream at once for", first_ended - all_began, "s")
    for values, name, share, aim in (
        (steady, "token delay p50", 50, None), (steady, "token delay p99", 99, 100.0),
        (rest, f"REST at {options.requests:g}/s p50", 50, None), (rest, "REST p95", 95, 50.0),
    ):  # fmt: skip
        report(f"  {name}", statistics.quantiles(values, n=100)[share - 1], "ms", aim)
    report("  processor time of the server for a second of all streams", told["processor_s"] / options.seconds, "s")
    report("  REST requests measured", len(rest), "")
    report("  REST requests that failed", told["failed"], "", 0)


if __name__ == "__main__":
    main()
