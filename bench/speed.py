"""How fast search is in a large collection: python -m bench.speed [--passages 100000]

Wants FOLIO_EMBEDDING_PATH. One user has so many passages, two others a tenth of that each. Texts are made of runs of
words from the project's own, dense vectors are random, so that filling takes a minute. Printed, each beside its aim:
the rate of keyword vectors, what opening that data folder takes in a process of its own, hybrid searches (the
question's embedding included; every other one within a quarter of the documents), and the memory of that process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

import numpy as np

from bench.main_job import report, resident_kilobytes
from bench.retrieval import USER, Bench
from rag import App, Asking, load_settings, open_app
from rag.search.filling import points_of
from store import documents
from store.documents import PassageRow

ROOT = Path(__file__).resolve().parent.parent
A_DOCUMENT = 500  # passages
A_PASSAGE = 110  # words
SEARCHES = 200
WARM_UP = 10
PATIENCE_S = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        print(json.dumps(searched(options.search)), flush=True)
        return
    print(f"load at the start: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder), options.passages)
        told = json.loads(
            subprocess.run(
                [sys.executable, "-m", "bench.speed", "--search", folder],
                cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
            ).stdout
        )  # fmt: skip
    report("opening the data folder", told["open_s"], "s", 2.0)
    report("hybrid search p50", told["p50_ms"], "ms")
    report("hybrid search p95, embedding included", told["p95_ms"], "ms", 40.0)
    report("resident memory before the model is there", told["opened_mb"], "MB")
    report("resident memory after the searches", told["searched_mb"], "MB")
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


def runs_of_words(chance: random.Random) -> Iterator[str]:
    """Some words that follow each other somewhere in the project's own texts, without end."""
    paths = [ROOT / "README.md", *sorted((ROOT / "rag").rglob("*.py"))]
    words = [word for path in paths for word in re.findall(r"[A-Za-z]{2,}", path.read_text(encoding="utf-8"))]
    while True:
        start, count = chance.randrange(len(words) - 12), chance.randint(4, 12)
        yield " ".join(words[start : start + count])


def rows_of(document_id: str, count: int, runs: Iterator[str], chance: random.Random) -> list[PassageRow]:
    rows = []
    for number in range(1, count + 1):
        text = ". ".join(next(runs) for _ in range(A_PASSAGE // 8)) + f" {chance.randrange(1_000_000):,}."
        rows.append(PassageRow(f"{document_id}:{number}", document_id, number, number, 0, len(text), next(runs), text))
    return rows


def filled(folder: Path, passages: int) -> None:
    """A data folder with all its keyword and dense vectors. Prints the rate of each."""
    chance, numbers = random.Random(1), np.random.default_rng(1)
    runs = runs_of_words(chance)
    keyword_s = dense_s = 0.0
    with ExitStack() as resources:
        bench = Bench(folder, resources)
        bench.load_model()
        bench.generations.warm()
        every = [(USER, passages), ("u_second", passages // 10), ("u_third", passages // 10)]
        for owner in [owner for owner, count in every for _ in range(count // A_DOCUMENT)]:
            name = f"{next(runs)}.pdf"
            made = documents.create(
                bench.db, owner=owner, name=name, media_type="application/pdf",
                sha256=f"{chance.getrandbits(256):064x}", bytes=1,
            )  # fmt: skip
            rows = rows_of(made.id, A_DOCUMENT, runs, chance)
            documents.save_passages(bench.db, made.id, rows)
            begun = time.perf_counter()
            bench.generations.write_keyword(made, rows, lambda done, total: None)
            keyword_s += time.perf_counter() - begun
            begun = time.perf_counter()
            vectors = numbers.normal(size=(len(rows), bench.embedder.dimension))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            with bench.generations.borrow() as index:
                index.set_dense(points_of(made, rows, in_languages=False), vectors.tolist())
            dense_s += time.perf_counter() - begun
            documents.update(
                bench.db,
                made.id,
                passages=len(rows),
                pages=len(rows),
                searchable=True,
                status="ready",
                dense_in=bench.embedder.fingerprint,
            )
        with bench.generations.borrow() as index:
            index.flush()
            count = index.count()
    report("passages in the index, of three users", count, "")
    rate = count / keyword_s
    print(f"{'keyword vectors':<72} {rate:9.0f} /s     (aim >= 5000: {'holds' if rate >= 5_000 else 'MISSED'})")
    print(f"{'dense vectors written, given their numbers':<72} {count / dense_s:9.0f} /s")


def searched(folder: Path) -> dict[str, float]:
    """Opens the folder and searches it, as a server would."""
    chance = random.Random(2)
    runs = runs_of_words(chance)
    settings = load_settings(data=folder, offline=True)
    begun = time.perf_counter()
    with open_app(settings) as app:
        open_s = time.perf_counter() - begun
        opened_mb = resident_kilobytes(os.getpid()) / 1024
        wait_for_meaning(app)
        ids = [document.id for document in app.library.documents(USER)]
        took = []
        for number in range(SEARCHES + WARM_UP):
            within = tuple(chance.sample(ids, len(ids) // 4)) if number % 2 else None
            question = f"What is said of {next(runs)}?"
            begun = time.perf_counter()
            app.search(USER, Asking(question, documents=within), 8)  # by meaning too: waited for above
            took.append(1_000 * (time.perf_counter() - begun))
        cuts: Sequence[float] = quantiles(took[WARM_UP:], n=20)
        searched_mb = resident_kilobytes(os.getpid()) / 1024
    return {
        "open_s": open_s, "p50_ms": cuts[9], "p95_ms": cuts[18], "opened_mb": opened_mb, "searched_mb": searched_mb,
    }  # fmt: skip


def wait_for_meaning(app: App) -> None:
    """Returns when searches go by meaning too."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
    while not app.health()["capabilities"]["dense"]:
        if time.monotonic() > deadline:
            sys.exit(str(app.health()["degraded"]))
        pause.wait(0.1)


if __name__ == "__main__":
    main()
