"""The small parts search is put together from: where generations are kept, who holds one, whose turn it is, upkeep."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from rag.errors import SearchError
from rag.search.edge import EdgeIndex
from rag.search.generations import Generations
from rag.search.holder import Holder
from rag.search.shelf import Library
from rag.search.texts import keyword_text, placed, places, readable_name
from rag.search.turnstile import Turnstile
from rag.search.upkeep import Upkeep
from rag.settings import load_settings
from store import documents
from store.database import Database
from store.errors import StorageFull
from tests.conftest import LIMIT_S, wait_until
from tests.doubles_search import HashingEmbedder, add_document

URL = "http://qdrant.test:6333"


@pytest.fixture
def server() -> Iterator[QdrantClient]:
    """A Qdrant in memory that outlives the shelves that close it."""
    with closing(QdrantClient(":memory:")) as client, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")
        yield client


class Borrowed:
    """Passes everything on, but closing."""

    def __init__(self, client: QdrantClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def close(self) -> None:
        """The lender closes it."""


def test_from_embedded_to_a_server_and_back(database: Database, tmp_path: Path, server: QdrantClient) -> None:
    asked: list[tuple[str, str]] = []

    def connect(url: str, api_key: str) -> QdrantClient:
        asked.append((url, api_key))
        return Borrowed(server)  # type: ignore[return-value]

    document = add_document(database, ["The quick brown fox.", "The lazy dog."])
    for url in ("", URL, ""):
        embedder = HashingEmbedder()
        settings = load_settings(data=tmp_path, qdrant_url=url, qdrant_api_key="secret")
        library = Library(database, settings, connect)
        with closing(Generations(database, settings, embedder, library=library)) as generations:
            generations.start()
            wait_until(lambda current=generations: not current.reason)  # type: ignore[misc]
            wait_until(lambda: documents.load(database, document.id).dense_in is not None)
            with generations.borrow() as index:
                assert index.name == documents.load(database, document.id).indexed_in
                assert index.name.startswith("folio-" if url else "v")
                wait_until(lambda current=index: current.count(dense=True) == 2, 10)  # type: ignore[misc]
        documents.update(database, document.id, dense_in=None)
    assert asked[0] == (URL, "secret")
    assert server.get_collections().collections == [], "the server's generation is gone after the way back"


def test_whoever_asks_an_index_keeps_it_open(tmp_path: Path) -> None:
    old, new = EdgeIndex(tmp_path / "old", 4), EdgeIndex(tmp_path / "new", 4)
    holder = Holder()
    holder.replace(old, lambda index: index.close())
    exchanged = threading.Event()

    def exchange() -> None:
        holder.replace(new, lambda index: index.close())
        exchanged.set()

    worker = threading.Thread(target=exchange)
    with holder.borrow() as index:
        worker.start()
        wait_until(lambda: holder.current is new)
        assert index.count() == 0, "still open"
        assert not exchanged.is_set()
        with holder.borrow() as other:
            assert other is new
    worker.join(LIMIT_S)
    assert exchanged.is_set()
    with pytest.raises(SearchError):
        old.count()
    holder.replace(None, lambda index: index.close())
    with pytest.raises(SearchError) as failed, holder.borrow():
        pass
    assert failed.value.code == "index_unavailable"


def test_those_in_a_hurry_go_first() -> None:
    turnstile = Turnstile()
    order: list[str] = []

    def go(name: str, hurried: bool) -> None:
        with turnstile.turn(hurried=hurried):
            order.append(name)

    waiting = [threading.Thread(target=go, args=("slow", False)), threading.Thread(target=go, args=("fast", True))]
    with turnstile.turn(hurried=False):
        waiting[0].start()
        waiting[1].start()
        wait_until(lambda: turnstile.hurried == 1)
        assert order == []
    for thread in waiting:
        thread.join(LIMIT_S)
    assert order == ["fast", "slow"]


def test_upkeep_goes_on_after_failures() -> None:
    failures: list[Exception] = [
        SearchError("index_unavailable", "The server did not answer."),
        StorageFull("The disk is full."),
        ValueError("unforeseen"),
    ]
    done = threading.Event()

    def work() -> None:
        if failures:
            raise failures.pop(0)
        done.set()

    upkeep = Upkeep("Testing", work, pauses_s=(0.001,))
    with closing(upkeep):
        upkeep.start()
        upkeep.wake()
        assert done.wait(LIMIT_S)
        wait_until(lambda: upkeep.trouble == "")
    upkeep.close()
    assert upkeep.is_closing


def test_what_is_shown_of_a_passage() -> None:
    assert keyword_text("Part I > Item 7", "Sales grew.") == "Part I > Item 7\nSales grew."
    assert keyword_text("", "Sales grew.") == "Sales grew."
    assert [text for text, _ in places("ADOBE_2016.pdf", "Part I > Item 7 > Sales")] == ["ADOBE 2016", "Item 7 > Sales"]
    assert [text for text, _ in places("notes", "")] == ["notes"]
    assert places("___", "") == ()
    assert placed([3.0, 4.0], []) == [0.6, 0.8]
    assert placed([1.0, 0.0], [([0.0, 1.0], 1.0)]) == pytest.approx([0.5**0.5, 0.5**0.5])
    assert placed([0.0, 0.0], []) == [0.0, 0.0]
    assert readable_name("annual-report.final.v2.docx") == "annual report final v2"
    assert len(readable_name("x" * 500)) == 120
