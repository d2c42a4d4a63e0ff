"""How soon the server answers while it ingests: python -m bench.health FOLDER [--files 10] [--embedding FOLDER]

`python -m rag serve` takes the largest files of FOLDER by its API, while another process asks `/api/v1/health` so many
times a second, whether or not earlier requests are answered. Printed: how long the answers took before, until all
is searchable, and until all has ended, dense vectors included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bench.main_job import ROOT, environment, report
from bench.streams import API, report_shares
from bench.wire import Pool

IDLE_S = 5.0
LOOK_S = 0.5
STUCK_S = 1_800.0
SLOWEST = 8
Taken = list[tuple[float, float, float, int]]  # sent at, how late that was, seconds until the answer, status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--embedding", type=Path, help="a folder with an embedding model; without one, keywords only")
    parser.add_argument("--requests", type=float, default=20.0, help="a second")
    parser.add_argument("--ask", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(asyncio.run(health(options.ask, options.requests))), flush=True)
        return
    found = sorted(
        (path for path in options.folder.rglob("*") if path.is_file()), key=lambda path: -path.stat().st_size
    )
    with serving(options.embedding) as url, asking(url, options.requests) as asker:
        time.sleep(IDLE_S)
        begun = time.time()
        searchable, ended = ingest(url, found[: options.files])
        taken: Taken = json.loads(asker.communicate()[0])
    report(f"{len(found[: options.files])} files searchable after", searchable - begun, "s")
    report("  all ended after", ended - begun, "s")
    report("  requests that failed", sum(status != 200 for *_, status in taken), "", 0)
    for name, first, last, aim in (
        ("before", 0.0, begun, None), ("until all is searchable", begun, searchable, 100.0),
        ("until all has ended", begun, ended, 100.0),
    ):  # fmt: skip
        inside = [seconds for sent, _, seconds, _ in taken if first <= sent <= last]
        late = [late_s for sent, late_s, _, _ in taken if first <= sent <= last]
        report_shares(f"asked late {name}: how busy the machine is", late, {99: None})
        report_shares(f"health {name} ({len(inside)} requests)", inside, {50: None, 99: aim, 100: None})
    slow = sorted(taken, key=lambda each: -each[2])[:SLOWEST]
    for sent, late_s, seconds, _ in sorted(slow):
        print(f"  slow: {seconds * 1000:.0f} ms, {sent - begun:.2f} s into uploads, {late_s * 1000:.0f} ms late")


@contextmanager
def serving(embedding: Path | None) -> Iterator[str]:
    """The server as people start it -> its address."""
    with tempfile.TemporaryDirectory() as folder:
        variables = environment(folder) | ({"FOLIO_EMBEDDING_PATH": str(embedding)} if embedding else {})
        command = [sys.executable, "-m", "rag", "serve"]
        with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                addresses = (re.search(r"http://[\w.:]+\d", line) for line in server.stdout)
                yield next(address[0] for address in addresses if address)
            finally:
                server.terminate()


@contextmanager
def asking(url: str, rate: float) -> Iterator[subprocess.Popen[str]]:
    """A process that asks until its input ends, and then prints what it took."""
    command = [sys.executable, "-m", "bench.health", ".", "--ask", url, "--requests", str(rate)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


async def health(url: str, rate: float) -> Taken:
    taken: Taken = []

    async def one(pool: Pool, late_s: float) -> None:
        sent, begun = time.time(), time.perf_counter()
        status, _ = await pool.get(f"{API}/health")
        taken.append((sent, late_s, time.perf_counter() - begun, status))

    address = urlsplit(url)
    tasks: list[asyncio.Task[None]] = []
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    with closing(Pool(str(address.hostname), address.port or 80)) as pool:
        begun = time.perf_counter()
        while not over.done():
            due = begun + len(tasks) / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(pool, time.perf_counter() - due)))
        await asyncio.gather(*tasks)
    return taken


def ingest(url: str, paths: list[Path]) -> tuple[float, float]:
    """Uploads them one after the other -> when all of them were searchable, and when all had ended."""
    searchable = 0.0
    with httpx.Client(base_url=f"{url}{API}", timeout=120) as client:
        client.headers["Authorization"] = f"Bearer {client.get('/auth/me').json()['data']['token']}"
        task_ids = [taken(client, path)["task_id"] for path in paths]
        deadline = time.time() + STUCK_S
        while time.time() < deadline:
            tasks = [client.get(f"/docs/processing/{each}/status").json()["data"] for each in task_ids]
            if not searchable and all(task["searchable"] or task["completed_at"] for task in tasks):
                searchable = time.time()
            if all(task["completed_at"] for task in tasks):
                return searchable, time.time()
            time.sleep(LOOK_S)
    raise TimeoutError("a task does not end")


def taken(client: httpx.Client, path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        data: dict[str, Any] = client.post("/docs/upload_file_async", files={"file": (path.name, stream)}).json()[
            "data"
        ]
    return data


if __name__ == "__main__":
    main()
