"""The Streamlit front end in a process of its own, as `make run-streamlit` starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import wait_until
from tests.ports import answers, reserved_port

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def streamlit_served(log: Path, **settings: str) -> Iterator[str]:
    """Its address. `settings` are environment variables beside this process's; what it says goes to `log`."""
    command = [sys.executable, "-m", "streamlit", "run", "ui_streamlit.py", "--server.port"]
    with (
        reserved_port() as port,
        log.open("wb") as output,
        subprocess.Popen(
            [*command, str(port)], cwd=ROOT, stdout=output, stderr=output, env=os.environ | settings
        ) as server,
    ):
        try:
            wait_until(lambda: server.poll() is not None or answers(port))
            assert server.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
