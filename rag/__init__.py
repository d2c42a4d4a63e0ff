"""Folio's door: open an App, ask it, follow the events.

    if __name__ == "__main__":  # documents are read in processes of their own, which import the script again
        with open_app(load_settings()) as app, open("report.pdf", "rb") as report:
            task = app.library.upload("me", report, "report.pdf")
            turn = app.ask("me", Asking("What was the revenue in 2023?"))
            for logged in app.follow("me", turn.id):
                ...

Importing this package is cheap: what is named here loads when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.app import App, open_app
    from rag.errors import CODES, DocumentError, FolioError, InternalError, ModelError, RequestError, SearchError
    from rag.events import Answer, Event, Logged, fold
    from rag.model import Asking, Citation, Hit, Passage
    from rag.settings import Settings, load_settings

__version__ = "0.1.0"
_HOMES = {
    "App": "rag.app", "open_app": "rag.app",
    "CODES": "rag.errors", "DocumentError": "rag.errors", "FolioError": "rag.errors", "InternalError": "rag.errors",
    "ModelError": "rag.errors", "RequestError": "rag.errors", "SearchError": "rag.errors",
    "Answer": "rag.events", "Event": "rag.events", "Logged": "rag.events", "fold": "rag.events",
    "Asking": "rag.model", "Citation": "rag.model", "Hit": "rag.model", "Passage": "rag.model",
    "Settings": "rag.settings", "load_settings": "rag.settings",
}  # fmt: skip
__all__ = [
    "CODES",
    "Answer",
    "App",
    "Asking",
    "Citation",
    "DocumentError",
    "Event",
    "FolioError",
    "Hit",
    "InternalError",
    "Logged",
    "ModelError",
    "Passage",
    "RequestError",
    "SearchError",
    "Settings",
    "fold",
    "load_settings",
    "open_app",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
