"""A thousand small documents, and a `kill -9` every few seconds, until every one of them has ended.

    python -m bench.ingest_crash [--documents 1000] [--kill-every-s 3] [--seed 1]

Prints how often the process was killed, how long it took, and how many attempts documents needed. Raises when a
document did not end, ended twice or failed without its own fault, or when points and passages differ.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.mother import mother_of
from tests.test_ingest_crash import check


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
                life = mother.life(len(ended), options.kill_every_s * chance.uniform(0.5, 1.5))
                ended.append(life[-1]["ended"])
        seconds = time.monotonic() - started
        attempts = check(folder, options.documents)
    kills = len(ended) - 2
    print(f"{options.documents} documents, {kills} kills, {seconds:.0f} s; all ended, points equal passages")
    print("ended after each life:", ", ".join(map(str, ended[1:])))
    for attempt, documents in sorted(attempts.items()):
        print(f"{attempt}: {documents} documents")


if __name__ == "__main__":
    main()
