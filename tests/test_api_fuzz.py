"""The API under generated requests: nothing fails by the server's own making, no answer is undescribed.

Every operation of the OpenAPI document, by schemathesis; `make api-test` runs thousands more.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.api_folio import serving_folio
from tests.fuzzing import fuzz


def test_no_request_makes_an_answer_that_is_not_described(tmp_path: Path) -> None:
    with serving_folio(tmp_path / "data") as folio:
        options = ("--phases", "examples,coverage,fuzzing", "--max-examples", "1", "--seed", "1")
        ended = fuzz(folio, tmp_path, *options, timeout_s=280)
    assert ended.returncode == 0, ended.stdout[-6_000:] + ended.stderr[-2_000:]
    assert int(re.findall(r"(\d+) generated", ended.stdout)[0]) > 1_000
