"""The document that ships with Folio, to try it with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """Where it lies, what to call it, and what to ask it."""

    path: Path
    name: str
    questions: tuple[str, ...]


def read_sample() -> Sample:
    path = next(FOLDER.glob("*.pdf"))
    questions = tuple((FOLDER / "questions.txt").read_text(encoding="utf-8").splitlines())
    return Sample(path, path.stem.replace("-", " ").title() + path.suffix, questions)
