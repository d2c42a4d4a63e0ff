"""How long the parts of an answer take."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rag.events import JSON


@dataclass(slots=True)
class Clock:
    """Milliseconds since the question came, and those of each part."""

    began: float = field(default_factory=time.monotonic)
    timings: JSON = field(default_factory=dict)

    def elapsed_ms(self, since: float | None = None) -> float:
        return round((time.monotonic() - (self.began if since is None else since)) * 1000, 1)

    def note(self, name: str, since: float | None = None) -> None:
        self.timings.setdefault(name, self.elapsed_ms(since))
