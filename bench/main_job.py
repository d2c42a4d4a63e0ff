"""The main job's figures: python -m bench.main_job SET [--embedding FOLDER]

SET holds docs/ (PDF files) and questions.jsonl (one {"question": ...} a line). Without --embedding only keyword search
is measured. Each figure is printed beside its aim; the data folders are temporary.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

from fastembed import TextEmbedding
from openai import OpenAI

from rag import App, Asking, load_settings, open_app
from rag.events import Logged, Step
from rag.model import SHARED_OWNER
from rag.search.dense_model import describe, load
from rag.search.embedding import Embedder
from rag.search.filling import DenseWriter
from rag.settings import Settings
from store import documents
from store.database import Database
from store.documents import Document, PassageRow
from tests.doubles import ChatServer, Piece, Reply

ROOT = Path(__file__).resolve().parent.parent
WAIT_S = 1_800.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--embedding", type=Path, help="a local ONNX folder: measures dense vectors too")
    options = parser.parse_args()
    questions = [json.loads(line)["question"] for line in (options.set / "questions.jsonl").read_text().splitlines()]
    files = sorted((options.set / "docs").glob("*.pdf"))

    report("import rag", import_time_s(), "s", 0.3)
    report("idle server, resident", idle_megabytes(), "MB", 350)
    with tempfile.TemporaryDirectory() as folder:
        elapsed = ingest_command_s(options.set / "docs", Path(folder))
        report(f"python -m rag ingest, {len(files)} files searchable by keyword", elapsed, "s", 45)
        with open_app(load_settings(data=folder, offline=True)) as app:
            latencies(app, questions, "keyword-only", sources_aim_ms=20)
            lengths = {document.name: document.pages for document in app.library.documents(SHARED_OWNER)}
        first_token_delay(Path(folder))
    one_filing(files, lengths)
    if options.embedding:
        with tempfile.TemporaryDirectory() as folder:
            dense(files, questions, options.embedding, Path(folder))


def report(name: str, value: float, unit: str, aim: float | None = None) -> None:
    mark = "" if aim is None else f"   (aim <= {aim:g}: {'holds' if value <= aim else 'MISSED'})"
    print(f"{name:<72} {value:9.2f} {unit:<4}{mark}", flush=True)


def environment(folder: Path | str) -> dict[str, str]:
    return {**os.environ, "FOLIO_DATA": str(folder), "FOLIO_OFFLINE": "true", "FOLIO_PORT": "0"}


def import_time_s() -> float:
    code = "import time; t = time.perf_counter(); import rag; print(time.perf_counter() - t)"
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT).stdout)
        for _ in range(5)
    ]
    return statistics.median(runs)


def idle_megabytes() -> float:
    """Resident memory of `python -m rag serve` and its children, once it says it is ready."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "rag", "serve"], cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            next(line for line in server.stdout if "ready" in line)
            return sum(resident_kilobytes(pid) for pid in (server.pid, *children(server.pid))) / 1024
        finally:
            server.terminate()
            server.wait()


def children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield int(child)
            yield from children(int(child))


def resident_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) if found else 0


def ingest_command_s(documents: Path, folder: Path) -> float:
    """What `python -m rag ingest` itself says, plus its start."""
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "rag", "ingest", str(documents)],
        cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    total = time.monotonic() - started
    said = {
        label: float(found[1])
        for label in ("All searchable", "Finished")
        if (found := re.search(rf"{label} after ([\d.]+) s", ended.stderr))
    }
    return said["All searchable"] + total - said["Finished"]


def upload(app: App, path: Path) -> str:
    with path.open("rb") as stream:
        return app.library.upload(SHARED_OWNER, stream, path.name).id


@contextmanager
def patience() -> Iterator[Iterator[None]]:
    """Ticks every 10 ms until the block is left; raises TimeoutError after WAIT_S."""

    def ticks() -> Iterator[None]:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            yield
            time.sleep(0.01)
        raise TimeoutError

    yield ticks()


def one_filing(files: list[Path], lengths: dict[str, int]) -> None:
    """The filing nearest to 100 pages, uploaded to a server that has just started. `lengths`: pages by name."""
    path = min(files, key=lambda each: abs(lengths[each.name] - 100))
    with tempfile.TemporaryDirectory() as folder, open_app(load_settings(data=folder, offline=True)) as app:
        started = time.monotonic()
        task_id = upload(app, path)
        with patience() as ticks:
            next(None for _ in ticks if app.library.task(SHARED_OWNER, task_id).searchable)
        report(f"one filing of {lengths[path.name]} pages, upload to searchable", time.monotonic() - started, "s", 3)


def dense(files: list[Path], questions: list[str], embedding: Path, folder: Path) -> None:
    """All dense vectors beside plain fastembed in document order: with everything else of the ingestion, and alone."""
    with open_app(load_settings(data=folder, embedding_path=embedding, offline=True)) as app:
        started = time.monotonic()
        task_ids = [upload(app, path) for path in files]
        with patience() as ticks:
            next(None for _ in ticks if all(app.library.task(SHARED_OWNER, each).is_finished for each in task_ids))
        ours = time.monotonic() - started
        unfinished = [document.name for document in app.library.documents(SHARED_OWNER) if document.dense_in is None]
        assert not unfinished, unfinished
        report("ingestion with all dense vectors", ours, "s")
        passages = passages_of(app)
        plain = plain_embedding_s(app.settings, passages)
        report("TextEmbedding.embed of the same passages in document order", plain, "s")
        report("ratio", ours / plain, "", 0.75)
        alone = dense_alone_s(app.settings, passages)
        report("the dense vectors alone, headings and names included", alone, "s")
        report("ratio", alone / plain, "", 0.65)
        latencies(app, questions, "hybrid", sources_aim_ms=60)


def passages_of(app: App) -> list[tuple[Document, list[PassageRow]]]:
    with closing(Database.open(app.settings.data / "folio.db")) as db:
        found = [documents.load(db, each.id) for each in reversed(app.library.documents(SHARED_OWNER))]
        return [(document, documents.passages(db, document.id)) for document in found]


def plain_embedding_s(settings: Settings, passages: list[tuple[Document, list[PassageRow]]]) -> float:
    """fastembed as its documentation shows it, over the same passages; their headings and names come on top with us."""
    model = describe(settings)
    load(model, settings.data / "models", may_download=False)  # makes the folder known to fastembed
    encoder = TextEmbedding(f"folio/{model.fingerprint}", specific_model_path=str(model.folder))
    texts = [passage.text for _, rows in passages for passage in rows]
    started = time.monotonic()
    for _ in encoder.embed(texts):
        pass
    return time.monotonic() - started


def dense_alone_s(settings: Settings, passages: list[tuple[Document, list[PassageRow]]]) -> float:
    """What the ingestion does for dense vectors and nothing else, nothing written."""
    embedder = Embedder(settings)
    ready = Event()
    embedder.on_ready(ready.set)
    embedder.start()
    if not ready.wait(WAIT_S):
        raise TimeoutError
    writer = DenseWriter(embedder, lambda *_: True)
    started = time.monotonic()
    written = sum(writer.write(document, rows, lambda *_: None, Event()) for document, rows in passages)
    elapsed = time.monotonic() - started
    assert written == sum(len(rows) for _, rows in passages)
    return elapsed


def first_token_delay(app_folder: Path) -> None:
    """What Folio adds to a model's first word: the time from the step that asks the model to the token in the log."""
    script = [Piece("Tern Rock ", 0.05), Piece("keeps a lighthouse.", 0.05)]
    with ChatServer(lambda _: Reply(tuple(script))) as server:
        settings = load_settings(data=app_folder, offline=True, openai_base_url=server.base_url, openai_api_key="k")
        client = OpenAI(base_url=server.base_url, api_key="k")
        with open_app(settings) as app:
            direct = [direct_first_token_ms(client) for _ in range(40)]
            through = [folio_first_token_ms(app) for _ in range(40)]
    report("the model's first token, asked directly, p95", percentile(direct[3:]), "ms")
    report("the model's first token, through Folio, p95", percentile(through[3:]), "ms")
    report("added delay, p95 against p95", percentile(through[3:]) - percentile(direct[3:]), "ms", 30)


def direct_first_token_ms(client: OpenAI) -> float:
    started = time.perf_counter()
    with client.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": "Who?"}], stream=True
    ) as stream:
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                return (time.perf_counter() - started) * 1000
    raise AssertionError("the scripted server said nothing")


def folio_first_token_ms(app: App) -> float:
    turn = app.ask(SHARED_OWNER, Asking("What is said?", search_mode="none", use_cache=False))
    asked = 0.0
    with closing(app.follow(SHARED_OWNER, turn.id)) as events:
        for logged in events:
            if logged is None:
                continue
            if isinstance(logged.event, Step) and logged.event.name == "generate" and not asked:
                asked = time.perf_counter()
            if logged.event.type == "token":
                return (time.perf_counter() - asked) * 1000
    raise AssertionError("no token came")


def latencies(app: App, questions: list[str], name: str, *, sources_aim_ms: float) -> None:
    """Time from ask() to the first event, the sources and the end of an extractive answer, over all questions."""
    first: list[float] = []
    sources: list[float] = []
    done: list[float] = []
    for question in questions:
        started = time.perf_counter()
        turn = app.ask(SHARED_OWNER, Asking(question, model="extractive", use_cache=False))
        with closing(app.follow(SHARED_OWNER, turn.id)) as events:
            for logged in events:
                elapsed = (time.perf_counter() - started) * 1000
                note(logged, elapsed, first, sources, done)
    report(f"{name}: question to first event, p95", percentile(first), "ms", 50)
    report(f"{name}: question to sources, p95", percentile(sources), "ms", sources_aim_ms)
    report(f"{name}: extractive answer complete, p95", percentile(done), "ms", 300)


def note(logged: Logged | None, elapsed: float, first: list[float], sources: list[float], done: list[float]) -> None:
    if logged is None:
        return
    if logged.seq == 1:
        first.append(elapsed)
    if logged.event.type == "sources":
        sources.append(elapsed)
    if logged.is_terminal:
        done.append(elapsed)


def percentile(values: list[float], share: float = 0.95) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main()
