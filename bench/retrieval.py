"""How well search finds the right page, through the code that answers questions: python -m bench.retrieval FOLDER...

A folder has questions.jsonl {question, doc?, page? | passage_ids?, lang?} and either docs/ (the files) or
passages.jsonl {id, title, text, lang?}; each passage counts as a page of its own. A question counts when it says which
pages answer it. Prints, for keyword search and, with FOLIO_EMBEDDING_PATH, for search by meaning and both fused:

    hit@10   questions with a right page among the first ten different pages
    MRR@10   mean of 1 / rank of the first right page, 0 past ten
    recall   mean share of a question's right pages among the first ten
    gold@5   where a set names characters instead of pages: mean share of them in the first five passages
    nDCG@10  binary gains
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from bench.remembered import Remembered
from rag.corpus import Names, passages_of
from rag.ingest import kinds
from rag.ingest.sandbox import Sandbox
from rag.ingest.splitting import split
from rag.model import Heading, Page, Passage, SearchMode
from rag.search.embedding import Embedder
from rag.search.generations import Generations
from rag.search.index import WEIGHTS
from rag.search.retrieve import Retriever
from rag.settings import load_settings
from store import documents
from store.database import Database
from store.documents import PassageRow

USER = "bench"
DEPTH = 10  # pages looked at
GOLD_HITS = 5
HITS = 50  # passages asked for, enough for ten different pages
Place = tuple[str, int]  # document id, page number


@dataclass(frozen=True, slots=True)
class Question:
    """`right`: the pages that answer it. `within`: the document it is about, where the set says so. `spans`: the
    characters of that document that answer it.
    """

    text: str
    right: frozenset[Place]
    within: str | None
    group: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder in the index. `document_of`: file name, or language of passages, -> document id."""

    document_of: dict[str, str]
    place_of: dict[str, Place]
    passages: int
    keyword_s: float
    named: list[tuple[str, list[Page]]]


class Bench:
    def __init__(self, data: Path, resources: ExitStack, vectors: Path | None = None) -> None:
        settings = load_settings(data=data, offline=True)
        self.db = resources.enter_context(closing(Database.open(data / "folio.db")))
        self.embedder = resources.enter_context(closing(Embedder(settings)))
        remembered = self.embedder if vectors is None else resources.enter_context(Remembered(self.embedder, vectors))
        self.generations = resources.enter_context(closing(Generations(self.db, settings, remembered)))
        self.retriever = Retriever(self.generations, self.embedder, self._passages, Names(self.db))
        self.has_model = settings.embedding_path is not None

    def load_model(self) -> None:
        ready = threading.Event()
        self.embedder.on_ready(ready.set)
        self.embedder.start()
        while not ready.wait(0.1):
            if self.embedder.state in {"absent", "failed"}:
                sys.exit(self.embedder.reason)

    def add(self, name: str, pages: Sequence[Page]) -> tuple[str, int]:
        """A document of these pages, found by keywords. -> (its id, how many passages it has)."""
        digest = f"{abs(hash((name, len(pages)))):064x}"
        made = documents.create(self.db, owner=USER, name=name, media_type="application/pdf", sha256=digest, bytes=1)
        rows = [
            PassageRow(f"{made.id}:{c.number}", made.id, c.number, c.page, c.start, c.end, c.heading, c.text)
            for c in split(pages)
        ]
        documents.save_passages(self.db, made.id, rows)
        self.generations.write_keyword(made, rows, lambda done, total: None)
        documents.update(self.db, made.id, passages=len(rows), searchable=True, status="ready")
        return made.id, len(rows)

    def embed(self, document_ids: Sequence[str]) -> float:
        """Dense vectors of these documents. -> seconds."""
        begun = time.perf_counter()
        for document_id in document_ids:
            self.generations.write_dense(document_id, lambda done, total: None, threading.Event())
        return time.perf_counter() - begun

    def _passages(self, user_id: str, ids: Sequence[str]) -> dict[str, Passage]:
        return passages_of(self.db, user_id, ids)


def read_files(folder: Path) -> Iterator[tuple[str, list[Page]]]:
    """(name, pages) of every file in docs/ that has a text."""
    with Sandbox(1) as sandbox:
        for path in sorted((folder / "docs").iterdir()):
            with path.open("rb") as stream:
                media_type = kinds.media_type(stream, path.name)
            yield path.name, list(sandbox.parse(path, media_type).pages)


def read_passages(folder: Path) -> tuple[list[tuple[str, list[Page]]], dict[str, tuple[str, int]]]:
    """One document for each language, a page for each passage; and passage id -> (document, page)."""
    pages: dict[str, list[Page]] = {}
    place_of: dict[str, tuple[str, int]] = {}
    for row in rows_of(folder / "passages.jsonl"):
        name = row.get("lang") or folder.name
        into = pages.setdefault(name, [])
        title = str(row.get("title") or "").replace("_", " ")
        headings = (Heading(1, title, 0),) if title else ()
        into.append(Page(len(into) + 1, row["text"], headings=headings))
        place_of[row["id"]] = (name, len(into))
    return list(pages.items()), place_of


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def index_folder(bench: Bench, folder: Path) -> Corpus:
    has_files = (folder / "docs").is_dir()
    named, place_of = (list(read_files(folder)), {}) if has_files else read_passages(folder)
    begun = time.perf_counter()
    added = {name: bench.add(name, pages) for name, pages in named}
    keyword_s = time.perf_counter() - begun
    document_of = {name: document_id for name, (document_id, _) in added.items()}
    return Corpus(
        document_of,
        {passage_id: (document_of[name], page) for passage_id, (name, page) in place_of.items()},
        sum(count for _, count in added.values()),
        keyword_s,
        named,
    )


def questions_of(folder: Path, corpus: Corpus) -> list[Question]:
    found = []
    for row in rows_of(folder / "questions.jsonl"):
        document = corpus.document_of.get(row.get("doc") or row.get("lang") or "")
        if document is not None and row.get("page"):
            right = frozenset((document, page) for page in row["page"])
        else:
            right = frozenset(corpus.place_of[passage] for passage in row.get("passage_ids") or ())
        spans = tuple((start, end) for start, end in row.get("spans") or ()) if document else ()
        if right or spans:
            found.append(Question(row["question"], right, document, row.get("lang", ""), spans))
    return found


def pages_found(
    bench: Bench, question: Question, mode: SearchMode, given: bool, weights: tuple[float, float]
) -> list[Place]:
    """The first DEPTH different pages."""
    within = (question.within,) if given and question.within else None
    hits = bench.retriever.search(USER, question.text, mode=mode, documents=within, limit=HITS, weights=weights)
    return list(dict.fromkeys((hit.passage.document_id, hit.passage.page) for hit in hits))[:DEPTH]


def gold_found(bench: Bench, question: Question, mode: SearchMode, starts: dict[Place, int]) -> float:
    """The share of the characters that answer which the first GOLD_HITS passages hold. `starts`: where pages begin."""
    gold = {place for start, end in question.spans for place in range(start, end)}
    found: set[int] = set()
    for hit in bench.retriever.search(USER, question.text, mode=mode, limit=GOLD_HITS):
        passage = hit.passage
        if passage.document_id == question.within:
            begin = starts[passage.document_id, passage.page]
            found.update(range(begin + passage.start, begin + passage.end))
    return len(gold & found) / len(gold)


def page_starts(folder: Path, named: Sequence[tuple[str, Sequence[Page]]], ids: dict[str, str]) -> dict[Place, int]:
    """Where the pages of text files stand in them."""
    starts: dict[Place, int] = {}
    for name, pages in named:
        text, at = (folder / "docs" / name).read_text(encoding="utf-8"), 0
        for page in pages:
            at = text.index(page.text, at)
            starts[ids[name], page.number] = at
    return starts


def figures(right: frozenset[Place], pages: Sequence[Place]) -> tuple[float, float, float, float]:
    """(hit, reciprocal rank, recall, nDCG) of one question."""
    gains = [page in right for page in pages]
    first = next((rank for rank, gain in enumerate(gains, start=1) if gain), None)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(DEPTH, len(right)) + 1))
    gained = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
    return float(first is not None), 1 / first if first else 0.0, sum(gains) / len(right), gained / ideal


def measure(bench: Bench, questions: Sequence[Question], search: Callable[[Question], list[Place]]) -> str:
    """A row of the table: hit, MRR, recall, nDCG, and how long a search took."""
    took: list[float] = []
    found = []
    for question in questions:
        begun = time.perf_counter()
        pages = search(question)
        took.append(1_000 * (time.perf_counter() - begun))
        found.append(figures(question.right, pages))
    hit, rank, recall, gain = (mean(column) for column in zip(*found, strict=True))
    cuts = quantiles(took, n=20) if len(took) > 1 else took * 19
    return f"{hit:7.3f} {rank:7.3f} {recall:7.3f} {gain:7.3f} {cuts[9]:8.1f} {cuts[18]:8.1f}"


def report(bench: Bench, folder: Path, weights: Sequence[tuple[float, float]]) -> None:
    corpus = index_folder(bench, folder)
    questions = questions_of(folder, corpus)
    print(f"\n{folder.name}: {corpus.passages:,} passages, {len(questions):,} questions;", end=" ")
    print(f"keyword points in {corpus.keyword_s:.1f} s ({corpus.passages / corpus.keyword_s:,.0f}/s)")
    ways: list[tuple[str, SearchMode, tuple[float, float]]] = [("keyword", "keyword", WEIGHTS)]
    if bench.has_model:
        dense_s = bench.embed(list(corpus.document_of.values()))
        print(f"dense vectors in {dense_s:.1f} s ({corpus.passages / dense_s:,.0f}/s)")
        ways += [("semantic", "semantic", WEIGHTS)]
        ways += [(f"hybrid {keyword:g}:{dense:g}", "hybrid", (keyword, dense)) for keyword, dense in weights]
    if any(question.spans for question in questions):
        starts = page_starts(folder, corpus.named, corpus.document_of)
        for label, mode, _ in ways:
            share = mean(gold_found(bench, question, mode, starts) for question in questions)
            print(f"{label:32} gold@5 {share:.3f}", flush=True)
        return
    print(f"{'':32}{'hit@10':>7} {'MRR@10':>7} {'recall':>7} {'nDCG@10':>7} {'p50 ms':>8} {'p95 ms':>8}")
    groups = sorted({question.group for question in questions})
    for label, mode, chosen in ways:
        for group in groups:
            asked = [question for question in questions if question.group == group]
            for given in (False, True) if any(question.within for question in asked) else (False,):
                name = " ".join(filter(None, (label, group, "document given" if given else "")))
                row = measure(bench, asked, lambda q, m=mode, g=given, w=chosen: pages_found(bench, q, m, g, w))  # type: ignore[misc]
                print(f"{name:32}{row}", flush=True)
    for document_id in corpus.document_of.values():
        documents.mark_deleted(bench.db, USER, document_id)


def _weights(text: str) -> tuple[float, float]:
    keyword, dense = text.split(":")
    return float(keyword), float(dense)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--weights", nargs="+", type=_weights, default=[WEIGHTS], metavar="KEYWORD:DENSE")
    parser.add_argument("--vectors", type=Path, metavar="FILE", help="keep dense vectors here for the next run")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        with tempfile.TemporaryDirectory() as data, ExitStack() as resources:
            bench = Bench(Path(data), resources, arguments.vectors)
            if bench.has_model:
                bench.load_model()
            report(bench, folder, arguments.weights)


if __name__ == "__main__":
    main()
