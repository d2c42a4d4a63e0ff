"""What streaming costs over HTTP: python -m bench.streams [--streams 300] [--requests 50] [--seconds 30]

A server process holds so many answers that a scripted model writes at 10 tokens a second, each followed by an SSE
client; another process follows them all, and a further one sends so many REST requests a second (lists, figures,
health). Printed: the delay from the model's token to the client's having it, the REST latency, both while all streams
are open; whether anything was lost; and what share of a processor each process took in that time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn

from bench.main_job import report
from bench.model import RATE, ROOT, model_server
from bench.wire import Pool, ask, post
from rag import load_settings, open_app
from rag.api import create_api

API = "/api/v1"
PATHS = ("/health", "/chat/conversations?limit=5", "/docs?limit=5", "/chat/conversations/stats", "/models")
BETWEEN_S = 0.02  # two questions: people do not ask all at once
SETTLE_S = 1.0  # after the last question: its turn has begun
LOOK_S = 0.5
Times = list[tuple[float, float]]  # (moment, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--requests", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--serve", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--ask", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--token", help=argparse.SUPPRESS)
    parser.add_argument("--follow", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(Path(options.serve), options.model, options.streams)
    elif options.ask:
        say(asyncio.run(requests(options.ask, options.token, options.requests, options.seconds)))
    elif options.follow:
        say(asyncio.run(follow_all(options.follow, options.streams)))
    else:
        run(options)


def say(told: object) -> None:
    print(json.dumps(told), flush=True)


def run(options: argparse.Namespace) -> None:
    lasts_s = options.streams * BETWEEN_S + options.seconds
    common = ["--streams", str(options.streams), "--requests", str(options.requests), "--seconds"]
    with (
        tempfile.TemporaryDirectory() as folder,
        model_server(options.seconds) as model,
        helper("--serve", folder, "--model", model.url, *common, str(options.seconds)) as server,
    ):
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        token = warm(url)
        with (
            helper("--follow", url, *common, str(options.seconds)) as follower,
            helper("--ask", url, "--token", token, *common, str(lasts_s)) as asker,
            Shares(
                {
                    "server": server.pid,
                    "model": model.process_id,
                    "streaming clients": follower.pid,
                    "REST client": asker.pid,
                }
            ) as shares,
        ):
            streams = json.loads(follower.communicate()[0])
            told = json.loads(asker.communicate()[0])
    show(streams, told, shares, options)


def warm(url: str) -> str:
    """One answer, so that the model library is loaded; nobody's first question is measured. -> who asked: a token."""
    with httpx.Client(base_url=f"{url}{API}", timeout=60) as client:
        token: str = client.get("/auth/me").raise_for_status().json()["data"]["token"]
        body = {"question": "Hello", "search_mode": "none"}
        client.post("/chat/", json=body).raise_for_status()
    return token


class Shares:
    """While inside, looks at how much processor time processes use."""

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = processes
        self._seen: list[tuple[float, dict[str, float]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Shares:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def between(self, begin: float, end: float) -> dict[str, float]:
        """Of one processor, between these moments, by process. Empty when there was not enough to see."""
        inside = [seen for seen in self._seen if begin <= seen[0] <= end]
        if len(inside) < 2:
            return {}
        (first, before), (last, after) = inside[0], inside[-1]
        return {name: (after[name] - used) / (last - first) for name, used in before.items() if name in after}

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            used = {name: processor_s(process_id) for name, process_id in self._processes.items()}
            self._seen.append((time.time(), {**used, "everything on this machine": machine_s()}))


def processor_s(process_id: int) -> float:
    """Processor time a process has used so far, all its threads together."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_s() -> float:
    """Processor time that was used by anybody: all but idling and waiting for a disk."""
    fields = [int(each) for each in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def helper(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.streams", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
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


async def follow_all(url: str, count: int) -> list[Times]:
    """For each stream its tokens: (when the model sent it, seconds until it was here). Events are read at the end."""
    address, tasks = urlsplit(url), []
    for number in range(count):
        request = post(f"{API}/fast_chat/stream", {"question": f"number {number}", "search_mode": "none"})
        tasks.append(asyncio.create_task(ask(str(address.hostname), address.port or 80, request)))
        await asyncio.sleep(BETWEEN_S)
    return [tokens_of(raw.events()) for raw in await asyncio.gather(*tasks)]


def tokens_of(events: Sequence[tuple[float, dict[str, Any]]]) -> Times:
    """Checks on the way that no event is missing."""
    assert [event["seq"] for _, event in events] == list(range(1, len(events) + 1))
    assert events[-1][1]["type"] == "done", events[-1]
    stamps = [(came, stamp) for came, event in events if event["type"] == "token" for stamp in event["text"].split()]
    return [(float(stamp), came - float(stamp)) for came, stamp in stamps]


async def requests(url: str, token: str, rate: float, seconds: float) -> dict[str, Any]:
    """So many REST requests a second, whether or not earlier ones are answered -> (sent at, seconds, path) of each."""
    taken: list[tuple[float, float, str]] = []
    failed = 0

    async def one(pool: Pool, path: str) -> None:
        nonlocal failed
        sent, begun = time.time(), time.perf_counter()
        status, _ = await pool.get(f"{API}{path}")
        taken.append((sent, time.perf_counter() - begun, path))
        failed += status != 200

    address = urlsplit(url)
    with closing(Pool(str(address.hostname), address.port or 80, f"Authorization: Bearer {token}\r\n")) as pool:
        tasks = []
        begun = time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one(pool, PATHS[number % len(PATHS)])))
        await asyncio.gather(*tasks)
    return {"taken": taken, "failed": failed}


def show(streams: list[Times], told: dict[str, Any], shares: Shares, options: argparse.Namespace) -> None:
    expected = options.streams * int(options.seconds * RATE)
    tokens = [token for stream in streams for token in stream]
    begin = max(stream[0][0] for stream in streams) + SETTLE_S
    end = min(stream[-1][0] for stream in streams)
    report(f"{options.streams} streams at {RATE:g} tokens/s: tokens that came", len(tokens), "")
    report("  tokens lost", expected - len(tokens), "", 0)
    report("  REST requests that failed", told["failed"], "", 0)
    report("  all streams at once for", end - begin, "s")
    if end - begin < SETTLE_S:
        print("  The streams were not open at once for long enough to measure: more --seconds, or fewer --streams.")
        return
    steady = [delay for sent, delay in tokens if begin <= sent <= end]
    taken = [(seconds, path) for sent, seconds, path in told["taken"] if begin <= sent <= end]
    report("  tokens in that time", len(steady) / (end - begin), "/s")
    report_shares("token delay", steady, {50: None, 95: None, 99: 100.0, 100: None})
    report_shares(f"REST at {options.requests:g}/s", [seconds for seconds, _ in taken], {50: None, 95: 50.0, 99: None})
    for path in PATHS:
        report_shares(f"  {path}", [seconds for seconds, where in taken if where == path], {95: None})
    for name, share in shares.between(begin, end).items():
        report(f"  processor: {name}", share * 100, "%")


def report_shares(name: str, seconds: Sequence[float], aims: dict[int, float | None]) -> None:
    """Percentiles in ms, each with its aim."""
    ordered = sorted(seconds)
    for share, aim in aims.items() if ordered else ():
        value = ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
        report(f"  {name} p{share}", value * 1000, "ms", aim)


if __name__ == "__main__":
    main()
