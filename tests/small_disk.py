"""What Folio does on a disk that is full. A program, so that it can be given a small disk of its own.

python -m tests.small_disk FOLDER full|again      prints what happened as JSON
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rag.app import open_app
from rag.errors import FolioError
from rag.model import Asking
from tests.whole import FERRY, NOTES, answer_to, ingest, settings_for

ANN = "u_ann"
_BLOCK = bytes(4096)


def on_a_full_disk(folder: Path) -> dict[str, object]:
    """Fills the disk while Folio runs: the codes of what is refused, and what is still there."""
    with open_app(settings_for(folder / "data")) as app:
        first = ingest(app, ANN, NOTES, "notes.md")
        fill(folder / "filler")
        return {
            "large file": code_of(lambda: app.library.upload(ANN, io.BytesIO(b"many words\n" * 600_000), "large.txt")),
            "small file": code_of(lambda: app.library.upload(ANN, io.BytesIO(b"few words\n"), "small.txt")),
            "question": code_of(lambda: answer_to(app, ANN, FERRY)),
            "deletion": code_of(lambda: app.library.delete_document(ANN, first.id)),
            "documents": [document.name for document in app.library.documents(ANN)],
            "hits": len(app.search(ANN, Asking(FERRY), 5)),
            "leftovers": [path.name for path in (folder / "data" / "files").glob("upload-*")],
        }


def with_space_again(folder: Path) -> dict[str, object]:
    """A start on the full disk, then one with space."""
    seen: dict[str, object] = {"start": code_of(lambda: open_app(settings_for(folder / "data")).close())}
    (folder / "filler").unlink()
    with open_app(settings_for(folder / "data")) as app:
        seen["upload"] = code_of(
            lambda: app.library.upload(ANN, io.BytesIO(b"The boat to Hoy leaves at nine.\n"), "hoy.txt")
        )
        seen["documents"] = [document.name for document in app.library.documents(ANN)]
        seen["answer"] = answer_to(app, ANN, FERRY).text
    return seen


def fill(filler: Path) -> None:
    """Writes until there is no space."""
    try:
        with filler.open("wb", buffering=0) as target:
            while target.write(_BLOCK):
                pass
    except OSError:
        return


def code_of(verb: Callable[[], object]) -> str:
    """The code a verb is refused with; "" when it is not. Anything but a FolioError ends this program."""
    try:
        verb()
    except FolioError as error:
        return error.code
    return ""


if __name__ == "__main__":
    scene = {"full": on_a_full_disk, "again": with_space_again}[sys.argv[2]]
    sys.stdout.write(json.dumps(scene(Path(sys.argv[1]))) + "\n")
