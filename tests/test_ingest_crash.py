"""Killed again and again while it ingests: every file ends once, completed or failed by its own fault, and the index
holds what the database holds.

`python -m bench.ingest_crash` does the same with a thousand documents and a kill every few seconds.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from rag.search.generations import Generations
from rag.settings import load_settings
from store.database import Database
from tests.conftest import wait_until
from tests.doubles_search import HashingEmbedder, counts
from tests.ingest_life import DAMAGED_EVERY
from tests.mother import mother_of

FILES = 40
KILLS = 4


@pytest.mark.timeout(400)
def test_every_file_ends_once_however_often_the_process_is_killed(tmp_path: Path) -> None:
    folder, chance = tmp_path / "data", random.Random(1)
    folder.mkdir()
    with mother_of("tests.ingest_life", folder, FILES) as mother:
        lives = [mother.life(number, chance.uniform(0.0, 0.2), after='"moved"') for number in range(KILLS)]
        assert len([life for life in lives if life[-1]["ended"] < FILES]) >= 2
        assert mother.life(KILLS, 120.0)[-1]["ended"] == FILES
    check(folder, FILES)


def check(folder: Path, files: int) -> Counter[str]:
    """Everything that has to hold at the end. -> how many attempts were needed, and of what kinds the points are."""
    settings = load_settings(data=folder, workers=2, offline=True)
    with closing(Database.open(folder / "folio.db")) as db:
        with db.read() as reader:
            ends = reader.execute("SELECT status, json_extract(error, '$.error_code') AS code FROM tasks").fetchall()
            twice = reader.execute(
                "SELECT count(*) FROM (SELECT 1 FROM documents GROUP BY owner, sha256 HAVING count(*) > 1)"
            ).fetchone()[0]
            passages = dict(
                map(tuple, reader.execute("SELECT document_id, count(*) FROM passages GROUP BY 1").fetchall())
            )
            attempts = Counter(f"attempt {row[0]}" for row in reader.execute("SELECT attempt FROM tasks").fetchall())
            documents = reader.execute("SELECT count(*) FROM documents").fetchone()[0]
            wrong = reader.execute(
                """SELECT d.id FROM documents d WHERE d.searchable <> (d.status = 'ready')
                OR d.passages <> (SELECT count(*) FROM passages p WHERE p.document_id = d.id)"""
            ).fetchall()
        damaged = files // DAMAGED_EVERY
        found = Counter((row["status"], row["code"]) for row in ends)
        assert found == Counter({("completed", None): files - damaged, ("failed", "damaged_document"): damaged})
        assert (documents, twice, wrong) == (files, 0, [])
        embedder = HashingEmbedder()
        with closing(Generations(db, settings, embedder)) as index:
            index.start()
            wait_until(lambda: index.progress().by_meaning == files - damaged)
            assert counts(index) == passages
            with index.borrow() as points:
                assert points.count(dense=True) == sum(passages.values())
    assert list((folder / "files").glob("upload-*")) == []
    return attempts
