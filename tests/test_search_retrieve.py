"""A question -> hits: fusion or not, whose passages, and what is said when meaning is not to be had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import SearchError
from rag.model import Passage
from rag.search.edge import EdgeIndex
from rag.search.holder import Holder
from rag.search.index import IndexPoint
from rag.search.naming import NamedDocument
from rag.search.retrieve import Retriever
from tests.doubles_search import HashingEmbedder, hashed

DIMENSION = 64
TEXTS = {
    "doc_a:1": ("ann", "The quick brown fox jumps over the lazy dog."),
    "doc_a:2": ("ann", "Whales are the largest animals in the sea."),
    "doc_b:1": ("ben", "A fox of Ben's, and a whale."),
    "doc_s:1": ("shared", "Everybody may read about the fox."),
}


class Source(Holder):
    """An IndexSource whose `reason` is set from outside."""

    reason = ""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    points = [
        IndexPoint(passage_id, owner, passage_id.split(":")[0], text, "en")
        for passage_id, (owner, text) in TEXTS.items()
    ]
    with closing(EdgeIndex(tmp_path / "index", DIMENSION)) as index:
        index.upsert(points)
        index.set_dense(points, [hashed(point.text, DIMENSION) for point in points])
        source = Source()
        source.replace(index, lambda old: None)
        yield source


def passages(user_id: str, ids: Sequence[str], texts: Mapping[str, tuple[str, str]] = TEXTS) -> dict[str, Passage]:
    """As the database gives them: only the user's and the shared ones."""
    return {
        passage_id: Passage(passage_id, passage_id.split(":")[0], "report.pdf", 1, 1, 0, len(text), "", text)
        for passage_id, (owner, text) in texts.items()
        if passage_id in ids and owner in {user_id, "shared"}
    }


def ids(retriever: Retriever, question: str, user_id: str = "ann", **how: object) -> list[str]:
    return [hit.passage.passage_id for hit in retriever.search(user_id, question, **how)]  # type: ignore[arg-type]


def test_hits_are_numbered_and_know_their_ranks(source: Source) -> None:
    hits = Retriever(source, HashingEmbedder(), passages).search("ann", "lazy fox", limit=2)
    assert [hit.number for hit in hits] == [1, 2]
    assert hits[0].passage.passage_id == "doc_a:1"
    assert hits[0].keyword is not None
    assert hits[0].semantic is not None
    assert hits[0].fused >= hits[1].fused


def test_only_the_users_own_and_shared_passages(source: Source) -> None:
    retriever = Retriever(source, HashingEmbedder(), passages)
    for mode in ("hybrid", "keyword", "semantic"):
        assert set(ids(retriever, "fox", mode=mode)) <= {"doc_a:1", "doc_a:2", "doc_s:1"}
        assert "doc_b:1" in ids(retriever, "fox", "ben", mode=mode)
    assert ids(retriever, "fox", documents=("doc_b",)) == []
    assert ids(retriever, "fox", documents=("doc_s",)) == ["doc_s:1"]


def test_a_vanished_passage_makes_room_for_the_next(source: Source) -> None:
    def without_the_best(user_id: str, wanted: Sequence[str]) -> dict[str, Passage]:
        return passages(user_id, [passage_id for passage_id in wanted if passage_id != "doc_a:1"])

    hits = Retriever(source, HashingEmbedder(), without_the_best).search("ann", "lazy fox", limit=1)
    assert [(hit.number, hit.passage.passage_id) for hit in hits] == [(1, "doc_s:1")]


def test_without_a_model_every_mode_is_keyword_and_says_so(source: Source) -> None:
    embedder = HashingEmbedder(ready=False)
    retriever = Retriever(source, embedder, passages)
    for mode in ("hybrid", "keyword", "semantic", "document"):
        hits = retriever.search("ann", "foxes", mode=mode)
        assert {hit.passage.passage_id for hit in hits} == {"doc_a:1", "doc_s:1"}
        assert all(hit.semantic is None and hit.keyword is not None for hit in hits)
    assert retriever.note() == "The embedding model is being loaded. Search goes by keywords until then."
    embedder.become_ready()
    assert retriever.note() == ""
    assert any(hit.semantic for hit in retriever.search("ann", "foxes"))


def test_an_index_of_other_vectors_is_not_asked_by_meaning(source: Source) -> None:
    source.reason = "The index is being made again."
    retriever = Retriever(source, HashingEmbedder(dimension=DIMENSION + 1), passages)
    assert all(hit.semantic is None for hit in retriever.search("ann", "fox"))
    assert retriever.note().startswith("The index is being made again.")


def test_documents_that_a_question_names_come_first(source: Source) -> None:
    names = {"ann": [NamedDocument("doc_a", "Whale watching.pdf"), NamedDocument("doc_s", "Reynard_2020.pdf")]}
    plain = Retriever(source, HashingEmbedder(), passages)
    naming = Retriever(source, HashingEmbedder(), passages, lambda user_id: names[user_id])
    question = "Which quick brown fox is in Reynard?"
    for mode in ("hybrid", "keyword"):
        assert ids(plain, question, mode=mode)[0] == "doc_a:1"
        assert ids(naming, question, mode=mode)[:2] == ["doc_s:1", "doc_a:1"], "others are not left out"
    assert naming.choices("ann", question) == (("doc_s",),)
    assert ids(naming, question, documents=("doc_a",)) == ["doc_a:1", "doc_a:2"], "only chosen ones can be named"


def test_a_name_said_in_part_needs_the_words_of_the_question_too(source: Source) -> None:
    known = [NamedDocument("doc_a", "Whale watching.pdf"), NamedDocument("doc_s", "Reynard_fables.pdf")]
    naming = Retriever(source, HashingEmbedder(), passages, lambda user_id: known)
    assert naming.choices("ann", "Which quick brown fox jumps over the dog of Reynard?") == ()
    assert naming.choices("ann", "What may everybody read in Reynard?") == (("doc_s",),)


GERMAN = {
    "doc_d:1": ("ann", "Die Versicherungen zahlten im Frühjahr für die beschädigten Häuser."),
    "doc_d:2": ("ann", "Der Fuchs springt über den faulen Hund und läuft nach Hause."),
}


def test_a_model_is_not_asked_in_languages_it_does_not_know(source: Source) -> None:
    embedder = HashingEmbedder()
    embedder.languages = frozenset({"en"})

    def found(user_id: str, wanted: Sequence[str]) -> dict[str, Passage]:
        return passages(user_id, wanted, {**TEXTS, **GERMAN})

    retriever = Retriever(source, embedder, found)
    points = [IndexPoint(passage_id, owner, "doc_d", text, "de") for passage_id, (owner, text) in GERMAN.items()]
    with source.borrow() as index:
        index.upsert(points)
        index.set_dense(points, [hashed("fox", DIMENSION)] * 2)
    german = retriever.search("ann", "Wann zahlte die Versicherung für die Häuser?")
    assert german[0].passage.passage_id == "doc_d:1"
    assert all(hit.semantic is None for hit in german)
    assert any(hit.semantic for hit in retriever.search("ann", "What does the quick brown fox jump over?"))
    assert any(hit.semantic for hit in retriever.search("ann", "Wem gehört das Auto am Straßenrand?")), (
        "nothing by words"
    )
    assert all(hit.semantic for hit in retriever.search("ann", "Wann zahlte die Versicherung?", mode="semantic"))


def test_modes_that_do_not_search(source: Source) -> None:
    retriever = Retriever(source, HashingEmbedder(), passages)
    assert retriever.search("ann", "fox", mode="none") == []
    assert retriever.search("ann", "  ", mode="keyword") == []


def test_without_an_index_there_is_a_coded_error() -> None:
    with pytest.raises(SearchError) as failed:
        Retriever(Source(), HashingEmbedder(), passages).search("ann", "fox")
    assert failed.value.code == "index_unavailable"
