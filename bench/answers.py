"""How good the built-in answers are: python -m bench.answers FOLDER... (folders with passages.jsonl, see retrieval).

Each question is answered from the eight passages that keyword search finds, once as it is and once without the
passages that answer it. Prints, for each language:

    gold       answers that contain an expected answer, of all questions
    sentences  mean number of sentences in an answer
    refused    questions whose passages are there and that get no answer
    false      questions without their passages that get an answer all the same

Where a set says which questions its documents cannot answer (`answerability`), those are "false", the rest "refused".
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

from bench.retrieval import USER, Bench, Corpus, index_folder, rows_of
from rag.answer.condense import condense
from rag.answer.extractive import extract
from rag.model import Exchange, Hit

PASSAGES = 8
SPARE = 20  # passages asked for, so that enough are left without those that answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got: with its passages there, and without."""

    is_answerable: bool
    has_gold: bool
    sentences: int
    without: bool | None


def query_of(row: dict[str, Any]) -> str:
    """The question as it is searched for, with what it takes from the turns before it."""
    turns = [(turn["role"], turn["content"]) for turn in row.get("history") or ()]
    history = [Exchange(asked, asked, answered) for (role, asked), (_, answered) in pairwise(turns) if role == "user"]
    return condense(str(row["question"]), history[-6:], None, threading.Event(), 1.0).query


def outcome(bench: Bench, corpus: Corpus, row: dict[str, Any]) -> Outcome:
    query = query_of(row)
    right = {corpus.place_of[passage] for passage in row.get("passage_ids") or () if passage in corpus.place_of}
    within = corpus.document_of.get(row.get("lang") or "")
    hits = bench.retriever.search(
        USER, query, mode="keyword", documents=(within,) if within else None, limit=PASSAGES + SPARE
    )
    picks = extract(query, hits[:PASSAGES]).picks
    text = " ".join(pick.quote for pick in picks).casefold()
    golds = row["answer"] if isinstance(row["answer"], list) else []
    others = [hit for hit in hits if (hit.passage.document_id, hit.passage.page) not in right]
    answerable = (row.get("answerability") or ["ANSWERABLE"])[0]
    return Outcome(
        answerable != "UNANSWERABLE",
        any(str(gold).casefold() in text for gold in golds),
        len(picks),
        bool(extract(query, _numbered(others[:PASSAGES])).picks) if golds else None,
    )


def _numbered(hits: Sequence[Hit]) -> list[Hit]:
    return [Hit(number, hit.passage, hit.fused, hit.keyword) for number, hit in enumerate(hits, start=1)]


def rows_to_ask(folder: Path, step: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(group, question) of every `step`th question that can be judged."""
    judged = [row for row in rows_of(folder / "questions.jsonl") if _is_judged(row)]
    yield from ((row.get("lang", ""), row) for row in judged[::step])


def _is_judged(row: dict[str, Any]) -> bool:
    return (row.get("answerability") or ["ANSWERABLE"])[0] in {"ANSWERABLE", "UNANSWERABLE"}


def report(bench: Bench, folder: Path, step: int) -> None:
    corpus = index_folder(bench, folder)
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for group, row in rows_to_ask(folder, step):
        groups[group].append(outcome(bench, corpus, row))
    print(f"\n{folder.name}\n{'':8}{'asked':>7} {'gold':>6} {'sentences':>10} {'refused':>8} {'false':>6}")
    for group, found in sorted(groups.items()):
        answerable = [one for one in found if one.is_answerable]
        answered = [one.sentences for one in answerable if one.sentences]
        without = [one.without for one in found if one.without is not None]
        without = without or [one.sentences > 0 for one in found if not one.is_answerable]
        print(
            f"{group:8}{len(found):7} {mean(one.has_gold for one in answerable):6.3f}"
            f" {mean(answered):10.2f} {1 - len(answered) / len(answerable):8.3f} {mean(without or [0]):6.3f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--step", type=int, default=1, help="ask every STEPth question only")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        with tempfile.TemporaryDirectory() as data, ExitStack() as resources:
            report(Bench(Path(data), resources), folder, arguments.step)


if __name__ == "__main__":
    main()
