"""A thousand small documents, and a `kill -9` every few seconds, until every one of them has ended.

    python -m bench.ingest_crash [--documents 1000] [--kill-every-s 3] [--seed 1]

Most lives last half to one and a half of that from the moment on at which documents have begun to end; every fourth is
killed that soon after its start, however far it is, or not, by then. Prints each life, how long all took, and how many
attempts documents needed. Raises when a document did not end, ended twice or failed without its own fault, or when
points and passages differ.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.mother import mother_of
from tests.test_ingest_crash import check

EARLY_EVERY = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--kill-every-s", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, started, ended = random.Random(options.seed), time.monotonic(), [0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "data"
        folder.mkdir()
        with mother_of("tests.ingest_life", folder, options.documents) as mother:
            while ended[-1] < options.documents:
                lives_s = options.kill_every_s * chance.uniform(0.5, 1.5)
                life = mother.life(len(ended), lives_s, after="" if len(ended) % EARLY_EVERY == 0 else '"moved"')
                ended.append(life[-1]["ended"] if life else ended[-1])
                print(f"{time.monotonic() - started:6.0f} s  life {len(ended) - 1}: {ended[-1]} ended", flush=True)
        seconds = time.monotonic() - started
        attempts = check(folder, options.documents)
    kills = len(ended) - 2
    print(f"{options.documents} documents, {kills} kills, {seconds:.0f} s; all ended, points equal passages")
    for attempt, documents in sorted(attempts.items()):
        print(f"{attempt}: {documents} documents")


if __name__ == "__main__":
    main()
