"""Requests that schemathesis makes from the OpenAPI document, against a Folio on a real port."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.api_folio import Folio
from tests.api_server import API

ROOT = Path(__file__).resolve().parent.parent
# What no schema can say makes a valid request a refusal: an unknown model, a file that is none, a turn in the way.
# What is refused for its size (413) is refused. And a conversation that was deleted is in the trash, where it can be
# read and from where it comes back.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "413", "415", "422", "429"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]

[[operations]]
include-path-regex = "/chat/conversation/"
checks = { use_after_free = { enabled = false } }
"""


def fuzz(folio: Folio, folder: Path, *options: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Runs schemathesis with all its checks, which is its default, as `folio.client`; its report is the `stdout`.

    `--checks all` would overrule CONFIG.
    """
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    authorization = f"Authorization: {folio.client.headers['Authorization']}"
    command = [
        str(Path(sys.executable).with_name("st")), "--config-file", str(config), "run",
        f"{folio.url}{API}/openapi.json", "--header", authorization, "--continue-on-failure", "--no-color", *options,
    ]  # fmt: skip
    environment = {
        **os.environ, "NO_PROXY": "*", "SCHEMATHESIS_HOOKS": "tests.fuzz_hooks", "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
    )
