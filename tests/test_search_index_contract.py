"""What every index does, whichever engine is behind it: embedded Edge, qdrant-client's local mode, and a server over
HTTP: the one that FOLIO_QDRANT_URL names, else a double that answers by that local mode."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from rag.errors import SearchError
from rag.search.edge import EdgeIndex
from rag.search.index import Index, IndexPoint, Scope, scope_for
from rag.search.server import ServerIndex, collections, connect, drop
from tests.doubles_search import hashed
from tests.qdrant_http import qdrant_server

DIMENSION = 64
ENGINES = ["edge", "memory", "server"]
Make = Callable[[int], Index]


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes an index of a dimension."""
    if request.param == "edge":
        made: list[EdgeIndex] = []

        def make_edge(dimension: int) -> Index:
            made.append(EdgeIndex(tmp_path / f"index-{dimension}", dimension))
            return made[-1]

        yield make_edge
        for index in made:
            index.close()
        return
    prefix = f"folio-test-{uuid.uuid4().hex[:8]}-"
    with ExitStack() as opened:
        if request.param == "server":
            url = os.environ.get("FOLIO_QDRANT_URL") or opened.enter_context(qdrant_server())
            client = connect(url, os.environ.get("FOLIO_QDRANT_API_KEY", ""))
        else:
            client = QdrantClient(":memory:")
        opened.enter_context(closing(client))

        def make_server(dimension: int) -> Index:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Payload indexes have no effect")
                return ServerIndex(client, f"{prefix}{dimension}", dimension)

        yield make_server
        for name in collections(client, prefix):
            drop(client, name)


@pytest.fixture
def index(make: Make) -> Index:
    return make(DIMENSION)


TEXTS = {
    "fox": "The quick brown foxes jump over the lazy dog.",
    "tax": "Deferred tax assets rose to $1,234.50 million in FY2023.",
    "sea": "Whales are the largest animals in the sea.",
    "dog": "A dog sleeps in the sun all day.",
}


def point(number: int, text: str, *, owner: str = "ann", document: str = "doc_a", language: str = "en") -> IndexPoint:
    return IndexPoint(f"{document}:{number}", owner, document, text, language)


def fill(index: Index, *, owner: str = "ann", document: str = "doc_a", dense: bool = True) -> list[IndexPoint]:
    points = [point(n, text, owner=owner, document=document) for n, text in enumerate(TEXTS.values(), start=1)]
    index.upsert(points)
    if dense:
        index.set_dense(points, [hashed(one.text, DIMENSION) for one in points])
    return points


ANN = scope_for("ann")


def found(index: Index, text: str, scope: Scope = ANN, **how: object) -> list[str]:
    vector = hashed(text, DIMENSION)
    return [candidate.passage_id for candidate in index.query(text, vector, scope, 10, **how)]  # type: ignore[arg-type]


def test_keyword_search_finds_by_stemmed_words_and_normal_numbers(index: Index) -> None:
    fill(index, dense=False)
    assert found(index, "jumping fox", mode="keyword") == ["doc_a:1"]
    assert found(index, "assets of 1234.50", mode="keyword") == ["doc_a:2"]
    assert found(index, "what happened in 2023", mode="keyword") == ["doc_a:2"]
    assert found(index, "zebra", mode="keyword") == []


def test_rarer_words_weigh_more(index: Index) -> None:
    index.upsert([point(number, "common words of all days") for number in range(1, 10)])
    index.upsert([point(20, "common words and a platypus")])
    assert found(index, "common platypus", mode="keyword")[0] == "doc_a:20"


def test_semantic_search_finds_the_nearest(index: Index) -> None:
    fill(index)
    best = index.query("", hashed("animals in the sea", DIMENSION), ANN, 2, "semantic")
    assert best[0].passage_id == "doc_a:3"
    assert len(best) == 2
    assert best[0].keyword is None
    assert best[0].semantic is not None
    assert best[0].semantic.rank == 1
    assert best[0].fused == pytest.approx(best[0].semantic.score)


def test_hybrid_knows_each_retrievers_rank_and_score(index: Index) -> None:
    fill(index)
    fused = index.query("lazy dog", hashed("lazy dog", DIMENSION), ANN, 4)
    assert [candidate.passage_id for candidate in fused][:2] == ["doc_a:1", "doc_a:4"]
    assert [candidate.fused for candidate in fused] == sorted((c.fused for c in fused), reverse=True)
    by_keyword = index.query("lazy dog", None, ANN, 4, "keyword")
    assert {c.passage_id: c.keyword for c in fused if c.keyword} == {c.passage_id: c.keyword for c in by_keyword}
    assert by_keyword[0].keyword is not None
    assert by_keyword[0].keyword.rank == 1
    assert fused[-1].keyword is None, "a passage without the words has no place in the keyword list"


def test_weights_decide_between_the_retrievers(index: Index) -> None:
    by_words = [point(number, "alpha") for number in (1, 2, 3)]
    by_meaning = [point(number, "gamma") for number in (4, 5, 6)]
    index.upsert([*by_words, *by_meaning])
    index.set_dense(by_meaning, [hashed("near", DIMENSION)] * 3)
    asked = hashed("near", DIMENSION)
    words_first = index.query("alpha", asked, ANN, 6, weights=(5.0, 1.0))
    meaning_first = index.query("alpha", asked, ANN, 6, weights=(1.0, 5.0))
    assert {candidate.passage_id for candidate in words_first[:3]} == {one.passage_id for one in by_words}
    assert {candidate.passage_id for candidate in meaning_first[:3]} == {one.passage_id for one in by_meaning}


def test_nobody_finds_what_is_somebody_elses(index: Index) -> None:
    fill(index, owner="ann", document="doc_a")
    fill(index, owner="ben", document="doc_b")
    fill(index, owner="shared", document="doc_s")
    for mode in ("hybrid", "keyword", "semantic"):
        assert {passage.split(":")[0] for passage in found(index, "dog", mode=mode)} == {"doc_a", "doc_s"}
    assert found(index, "dog", scope_for("ann", ("doc_b",))) == []
    assert index.count(scope_for("ann", ("doc_b",))) == 0


def test_documents_narrow_the_search(index: Index) -> None:
    fill(index, document="doc_a")
    fill(index, document="doc_b")
    assert {p.split(":")[0] for p in found(index, "dog", scope_for("ann", ("doc_b",)))} == {"doc_b"}
    assert found(index, "dog", scope_for("ann", ())) == []


def test_nothing_to_go_by_finds_nothing(index: Index) -> None:
    fill(index)
    assert index.query("   ", None, ANN, 5) == []
    assert index.query("the of and", None, ANN, 5) == []
    assert index.query("dog", None, ANN, 5, "semantic") == []
    assert index.query("\ud800 lone surrogate dog", None, ANN, 1)[0].passage_id == "doc_a:4"


def test_an_empty_index_answers(index: Index) -> None:
    assert found(index, "anything") == []
    assert index.count() == 0
    assert index.document_counts() == {}


def test_the_same_points_again_change_nothing(index: Index) -> None:
    points = fill(index)
    before = found(index, "lazy dog")
    index.upsert(points)
    assert index.count() == len(points)
    assert index.count(dense=True) == len(points), "dense vectors are kept"
    assert found(index, "lazy dog") == before


def test_counts(index: Index) -> None:
    fill(index, document="doc_a")
    fill(index, document="doc_b", dense=False)
    assert index.count() == 8
    assert index.count(dense=True) == 4
    assert index.count(scope_for("ann", ("doc_b",)), dense=True) == 0
    assert index.count(Scope(())) == 0
    assert index.document_counts() == {"doc_a": 4, "doc_b": 4}


def test_a_deleted_document_is_gone(index: Index) -> None:
    fill(index, document="doc_a")
    fill(index, document="doc_b")
    index.delete_document("doc_a")
    index.delete_document("doc_a")
    assert index.document_counts() == {"doc_b": 4}
    assert {passage.split(":")[0] for passage in found(index, "dog")} == {"doc_b"}


def test_delete_keeps_what_it_is_told_to(index: Index) -> None:
    points = fill(index)
    index.delete_document("doc_a", keep=points[:2])
    assert index.count() == 2
    assert index.count(dense=True) == 2


def test_a_changed_passage_is_another_point(index: Index) -> None:
    first, second = point(1, "one text"), point(1, "another text")
    assert first.id != second.id
    assert first.id == point(1, "one text").id


def test_more_points_than_one_batch(index: Index) -> None:
    points = [point(number, f"passage number{number} of many") for number in range(1, 601)]
    index.upsert(points)
    index.set_dense(points, [hashed(one.text, DIMENSION) for one in points])
    assert index.count(dense=True) == 600
    assert found(index, "number577", mode="keyword") == ["doc_a:577"]
    assert len(index.query("passage", None, ANN, 150, "keyword")) == 150


def test_several_languages_in_one_index(index: Index) -> None:
    index.upsert(
        [
            point(1, "Die Versicherungen zahlten für die beschädigten Häuser.", language="de"),
            point(2, "The insurers paid for damaged houses.", language="en"),
            point(3, "卡罗来纳黑豹队的防守只丢了308分", language="zh"),
            point(4, "पैंथर्स की रक्षा ने केवल ३०८ अंक दिए", language="hi"),
            point(5, "Ubezpieczyciele zapłacili za uszkodzone domy.", language="pl"),
        ]
    )
    expected = {
        "Welche Versicherung zahlte?": "doc_a:1",
        "damage to a house": "doc_a:2",
        "黑豹队丢了多少分": "doc_a:3",
        "पैंथर्स ने कितने अंक": "doc_a:4",
        "uszkodzone domy": "doc_a:5",
        "Versicherung": "doc_a:1",
    }
    for question, passage in expected.items():
        assert found(index, question, mode="keyword")[0] == passage, question


def test_without_dense_vectors_there_is_keyword_search(make: Make) -> None:
    index = make(0)
    index.upsert([point(1, TEXTS["fox"])])
    assert [c.passage_id for c in index.query("fox", [1.0, 0.0], ANN, 5)] == ["doc_a:1"]
    assert index.count(dense=True) == 0


def test_a_vector_of_another_length_is_refused(index: Index) -> None:
    points = fill(index, dense=False)
    with pytest.raises(SearchError) as refused:
        index.set_dense(points[:1], [[1.0, 2.0]])
    assert refused.value.code == "index_unavailable"


def test_dense_vectors_need_their_points(index: Index) -> None:
    with pytest.raises(SearchError):
        index.set_dense([point(1, "never written")], [hashed("x", DIMENSION)])
    index.set_dense([], [])
