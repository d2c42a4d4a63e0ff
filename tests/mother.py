"""A process that forks lives, so that each of them begins at once, and kills them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any


class Mother:
    """The process that forks lives: `module` run on a folder. For each seed on its input it says "born <pid>", what its
    life says, and "ended"."""

    def __init__(self, module: str, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        self.rest = b""

    def life(self, seed: int, lives_s: float, *, after: str = "") -> list[dict[str, Any]]:
        """A life of this many seconds from its first word on, or from the word `after`, ended by kill -9 unless it has
        ended by itself. -> what it said."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seed}\n".encode())
        born = self.line(60.0)
        assert born is not None
        assert born.startswith("born ")
        said = [self.line(60.0)]
        while after and said[-1] not in {None, "ended"} and after not in str(said[-1]):
            said.append(self.line(60.0))
        ends = monotonic() + lives_s
        while said[-1] != "ended" and (left_s := ends - monotonic()) > 0:
            line = self.line(left_s)
            if line is not None:
                said.append(line)
        if said[-1] != "ended":
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(int(born.split()[1]), signal.SIGKILL)
        while said[-1] != "ended":
            said.append(self.line(60.0))
        return [json.loads(line) for line in said[:-1] if line]

    def line(self, timeout_s: float) -> str | None:
        """The next line, None when there is none in time."""
        assert self.process.stdout is not None
        deadline = monotonic() + timeout_s
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - monotonic()))
            if not ready:
                return None
            block = self.process.stdout.read(1 << 16)
            assert block, "the process has ended by itself"
            self.rest += block
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()


@contextmanager
def mother_of(module: str, *arguments: object) -> Iterator[Mother]:
    """A mother, ended with the block."""
    made = Mother(module, *arguments)
    try:
        yield made
    finally:
        assert made.process.stdin is not None
        assert made.process.stdout is not None
        made.process.stdin.close()
        made.process.kill()
        made.process.wait()
        made.process.stdout.close()
