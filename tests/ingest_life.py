"""A process that lives to be killed while it ingests: it admits files, works on them, and says how many have ended.

    python -m tests.ingest_life FOLDER FILES

For each line on standard input it forks a life and prints "born <pid>"; when that has ended, "ended". Lives go on where
the one before was killed; the last one ends by itself. Parsers, index and database are real; the vectors are hashes.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from contextlib import closing
from pathlib import Path

from rag.ingest.worker import Ingestion
from rag.search.generations import Generations
from rag.settings import load_settings
from store import files
from store.database import Database
from store.folder import hold
from tests import material
from tests.conftest import wait_until
from tests.doubles_search import HashingEmbedder

OWNERS = 3
DAMAGED_EVERY = 20
PDF_EVERY = 5


def content(number: int) -> bytes:
    """A small file; some are PDF, some damaged."""
    if number % DAMAGED_EVERY == DAMAGED_EVERY - 1:
        return material.damaged_pdf() + str(number).encode()
    if number % PDF_EVERY == 0:
        return material.pdf([f"Page {page} of file {number}." for page in range(1, 4)])
    return "\n\n".join(f"Paragraph {n} of file {number}. " + "Words and more words. " * 40 for n in range(3)).encode()


def owner(number: int) -> str:
    return f"u_{number % OWNERS}"


def say(did: str, **facts: object) -> None:
    os.write(1, f"{json.dumps({'did': did, **facts})}\n".encode())


def ended(db: Database) -> int:
    with db.read() as reader:
        return int(
            reader.execute(
                "SELECT count(*) FROM tasks WHERE status IN ('completed', 'failed', 'cancelled')"
            ).fetchone()[0]
        )


def admit_all(ingestion: Ingestion, count: int, known: set[str]) -> None:
    for number in range(count):
        if f"{number}.bin" in known:  # a file that failed is tried again when it comes again
            continue
        ingestion.admit(owner(number), io.BytesIO(content(number)), f"{number}.bin")


def live(folder: Path, count: int) -> None:
    settings = load_settings(data=folder, workers=2, offline=True)
    with hold(folder), closing(Database.open(folder / "folio.db")) as db:
        files.sweep(db, folder, fresh_s=0.0, is_alone=True)  # as the App does
        embedder = HashingEmbedder()
        with closing(Generations(db, settings, embedder)) as index:
            index.start()
            with closing(
                Ingestion(db, settings, index, on_left=index.document_searchable, on_gone=index.notify)
            ) as ingestion:
                before = seen = ended(db)
                ingestion.start()
                say("ready", ended=before)
                with db.read() as reader:
                    known = {row[0] for row in reader.execute("SELECT name FROM documents").fetchall()}
                admission = threading.Thread(target=admit_all, args=(ingestion, count, known))
                admission.start()
                while seen < count:
                    wait_until(lambda now=seen: ended(db) > now, 120)  # type: ignore[misc]
                    seen = ended(db)
                    say("moved" if seen >= min(count, before + OWNERS) else "begun", ended=seen)
                admission.join()


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    for _ in sys.stdin:
        child = os.fork()  # nothing runs here yet: no thread, no open database
        if not child:
            live(folder, count)
            os._exit(0)
        os.write(1, f"born {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
