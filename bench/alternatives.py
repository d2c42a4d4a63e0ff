"""From files that are dropped to the first cited answer, beside plain alternatives: python -m bench.alternatives SET

SET holds docs/ (PDF files) and questions.jsonl {question, doc, page}; FOLIO_EMBEDDING_PATH names the model that all of
them use. --files N takes the N shortest. The alternatives, as their tutorials have them:

    LangChain     pypdf page by page, RecursiveCharacterTextSplitter 1000/200, fastembed in document order, Qdrant's
                  local mode; its answer is the best passage
    LlamaIndex    pypdf page by page with file name and page label, SentenceSplitter 1024/200, the in-memory vector
                  store; its answer is the best passage

They are not among Folio's dependencies: one whose package (langchain-text-splitters, llama-index-core) is not installed
is left out, and that is said.

Folio answers as soon as the files are found by keywords. Its questions are asked in turn until one answer has a
citation: it refuses where its passages say nothing, while an alternative's first passage counts whatever it says. Page
hit@10 is measured then, and again when the dense vectors are there. Models are loaded and parser processes started
before the clock starts, as they are for somebody who has opened the page.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pypdf

from bench.retrieval import DEPTH, HITS, rows_of
from rag import App, Asking, load_settings, open_app
from rag.events import Cited, Done
from rag.search.dense_model import describe, load

USER = "bench"
Place = tuple[str, int]  # file name, page number
Find = Callable[[str, int], list[Place]]  # question, how many passages -> where they stand, best first
PATIENCE_S = 3_600.0
FIRST = "Where are the principal executive offices?"  # asked first: the questions of a set may want arithmetic


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--files", type=int, help="the N shortest of the SET; all by default")
    options = parser.parse_args()
    compare(options.set, options.files)


def compare(folder: Path, count: int | None) -> None:
    files = sorted((folder / "docs").glob("*.pdf"), key=lambda path: (path.stat().st_size, path.name))[:count]
    names = {path.name for path in files}
    questions = [row for row in rows_of(folder / "questions.jsonl") if row["doc"] in names and row["page"]]
    print(f"\n{len(files)} files dropped, {len(questions)} questions; load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"{'':48}{'first answer s':>15}{'times as long':>15}{'page hit@10':>13}")
    ours_s = folio(files, questions)
    model = _model()
    for name, package, made in ALTERNATIVES:
        if find_spec(package) is None:
            print(f"{name}: left out, {package} is not installed here")
        else:
            plain(files, questions, name, ours_s, partial(made, files, model))


def line(name: str, seconds: float, times: float, hit: float) -> None:
    print(f"{name:<48}{seconds:15.2f}{times:15.1f}{hit:13.3f}", flush=True)


def hit_rate(questions: Sequence[dict[str, Any]], find: Find) -> float:
    hits = 0
    for question in questions:
        pages = list(dict.fromkeys(find(question["question"], HITS)))[:DEPTH]
        hits += any((question["doc"], number) in pages for number in question["page"])
    return hits / len(questions)


def folio(files: Sequence[Path], questions: Sequence[dict[str, Any]]) -> float:
    """-> seconds to the first cited answer."""
    with tempfile.TemporaryDirectory() as data, open_app(load_settings(data=data, offline=True, ocr="off")) as app:
        app.library.expect()
        _until(lambda: not app.search_noted(USER, Asking("anything"), 1)[1])

        def find(question: str, limit: int) -> list[Place]:
            hits = app.search(USER, Asking(question), limit)
            return [(hit.passage.document, hit.passage.page) for hit in hits]

        begun = time.perf_counter()
        for path in files:
            with path.open("rb") as stream:
                app.library.upload(USER, stream, path.name)
        _until(lambda: all(document.searchable for document in app.library.documents(USER)))
        if not any(_is_cited(app, question) for question in (FIRST, *(row["question"] for row in questions))):
            print("Folio answered none of the questions with a citation: its time is that of all of them")
        first_s = time.perf_counter() - begun
        line("Folio, by keywords while vectors are written", first_s, 1.0, hit_rate(questions, find))
        _until(lambda: all(document.dense_in for document in app.library.documents(USER)))
        all_s = time.perf_counter() - begun
        line("Folio, once all dense vectors are there", all_s, all_s / first_s, hit_rate(questions, find))
    return first_s


def _is_cited(app: App, question: str) -> bool:
    turn = app.ask(USER, Asking(question, model="extractive"))
    events = [logged.event for logged in app.follow(USER, turn.id) if logged is not None]
    return isinstance(events[-1], Done) and any(isinstance(event, Cited) for event in events)


def _until(holds: Callable[[], bool]) -> None:
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        pause.wait(0.05)


def plain(
    files: Sequence[Path], questions: Sequence[dict[str, Any]], name: str, ours_s: float, made: Callable[[], Find]
) -> None:
    begun = time.perf_counter()
    find = made()
    if not find(FIRST, 1):
        sys.exit(f"{name} found nothing")
    seconds = time.perf_counter() - begun
    line(name, seconds, seconds / ours_s, hit_rate(questions, find))


def _model() -> Any:
    settings = load_settings(offline=True)
    return load(describe(settings), settings.data / "models", False)


def pages_of(path: Path) -> Iterator[tuple[int, str]]:
    for number, page in enumerate(pypdf.PdfReader(path).pages, start=1):
        yield number, page.extract_text()


def langchain(files: Sequence[Path], model: Any) -> Find:
    from langchain_text_splitters import (  # type: ignore[import-not-found]  # noqa: PLC0415
        RecursiveCharacterTextSplitter,
    )
    from qdrant_client import QdrantClient, models  # noqa: PLC0415

    splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=200)
    chunks = [
        (text, path.name, number)
        for path in files
        for number, page in pages_of(path)
        for text in splitter.split_text(page)
    ]
    vectors = model.embed([text for text, _, _ in chunks])  # fastembed's own batches, in document order
    client = QdrantClient(":memory:")
    size = len(next(iter(model.embed(["warm up"]))))
    client.create_collection("c", vectors_config=models.VectorParams(size=size, distance=models.Distance.COSINE))
    points = [
        models.PointStruct(id=place, vector=vector.tolist(), payload={"name": name, "page": number})
        for place, (vector, (_, name, number)) in enumerate(zip(vectors, chunks, strict=True))
    ]
    client.upsert("c", points)

    def find(question: str, limit: int) -> list[Place]:
        vector = next(iter(model.query_embed([question]))).tolist()
        found = client.query_points("c", query=vector, limit=limit).points
        return [(point.payload["name"], point.payload["page"]) for point in found if point.payload]

    return find


def llamaindex(files: Sequence[Path], model: Any) -> Find:
    from llama_index.core import Document, VectorStoreIndex  # type: ignore[import-not-found]  # noqa: PLC0415
    from llama_index.core.base.embeddings.base import BaseEmbedding  # type: ignore[import-not-found]  # noqa: PLC0415
    from llama_index.core.node_parser import SentenceSplitter  # type: ignore[import-not-found]  # noqa: PLC0415

    class Same(BaseEmbedding):  # type: ignore[misc]
        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [vector.tolist() for vector in model.embed(texts)]

    read = [
        Document(text=page, metadata={"page_label": str(number), "file_name": path.name})
        for path in files
        for number, page in pages_of(path)
    ]
    splitter = SentenceSplitter(chunk_size=1_024, chunk_overlap=200)
    index = VectorStoreIndex.from_documents(read, transformations=[splitter], embed_model=Same(embed_batch_size=10))

    def find(question: str, limit: int) -> list[Place]:
        found = index.as_retriever(similarity_top_k=limit).retrieve(question)
        return [(each.metadata["file_name"], int(each.metadata["page_label"])) for each in found]

    return find


ALTERNATIVES: tuple[tuple[str, str, Callable[[Sequence[Path], Any], Find]], ...] = (
    ("LangChain's tutorial", "langchain_text_splitters", langchain),
    ("LlamaIndex's defaults", "llama_index", llamaindex),
)


if __name__ == "__main__":
    main()
