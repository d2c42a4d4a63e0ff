"""The API under generated requests, at length: python -m bench.api_fuzz [--examples 150] [--seed 1]

Serves a Folio with two documents and lets schemathesis make requests from its OpenAPI document, single ones and whole
sequences; prints its report. Ends with status 1 for any failure or fewer than 5,000 cases.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from bench.main_job import report
from tests.api_folio import serving_folio
from tests.fuzzing import fuzz

ENOUGH = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=150, help="requests for each operation, beside the systematic")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving_folio(Path(folder) / "data") as folio:
        ended = fuzz(
            folio, Path(folder), "--max-examples", str(options.examples), "--seed", str(options.seed), timeout_s=3_600
        )
    print(ended.stdout, ended.stderr)
    cases = int((re.findall(r"(\d+) generated", ended.stdout) or ["0"])[0])
    report("cases", cases, "")
    report("failures", float(ended.returncode), "", 0)
    return ended.returncode or int(cases < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
