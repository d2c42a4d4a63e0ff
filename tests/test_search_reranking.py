"""Reranking: the model arrives behind everybody's back, orders the first hits, and never stands in the way."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rag import App, Asking, open_app
from rag.events import Step
from rag.model import SHARED_OWNER, Hit, RankScore
from rag.search.model_files import ModelUnavailable, ModelUnusable
from rag.search.reranking import CrossEncoder, Reranker, RerankModel, describe, in_order, is_foreign, load, scored
from rag.settings import load_settings
from tests.answer_material import hits_of
from tests.conftest import LIMIT_S, wait_until
from tests.tiny_model import write_reranker
from tests.whole import refused

SCORES = {"whale": 3.0, "plankton": 2.0, "sea": 1.0, "gull": -1.0}
TEXTS = ("a gull flies", "the sea is deep", "a whale sings")


class ByLength:
    """Longer is better. Remembers what it read; fails when told to."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.fails = False

    def rerank(self, query: str, documents: Iterable[str], *, batch_size: int) -> Iterable[float]:
        texts = list(documents)
        if self.fails and query != "warm up":
            raise RuntimeError("onnxruntime broke")
        self.read += texts
        return [float(len(text)) for text in texts]


class Attempts:
    """A loader that fails with each of `failures` first, and waits for `may_go`."""

    def __init__(self, encoder: CrossEncoder, *failures: Exception) -> None:
        self.encoder, self.failures = encoder, list(failures)
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self, model: RerankModel, cache: Path, may_download: bool) -> CrossEncoder:
        self.may_go.wait(LIMIT_S)
        if self.failures:
            raise self.failures.pop(0)
        return self.encoder


@contextmanager
def started(loader: Attempts, data: Path, **settings: object) -> Iterator[Reranker]:
    values = {"data": data, "reranker": "some/model", **settings}
    with closing(Reranker(load_settings(**values), loader=loader, pauses_s=(0.001,))) as reranker:
        reranker.start()
        yield reranker


@contextmanager
def ready(data: Path, encoder: CrossEncoder, **settings: object) -> Iterator[Reranker]:
    with started(Attempts(encoder), data, **settings) as reranker:
        wait_until(lambda: reranker.state == "ready")
        yield reranker


def texts(hits: Iterable[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def test_without_a_model_nothing_is_loaded_or_said() -> None:
    with closing(Reranker(load_settings())) as reranker:
        reranker.start()
        assert (reranker.state, reranker.reason, reranker.fingerprint) == ("absent", "", "")
        assert (reranker.depth(), reranker.depth("on"), reranker.note(), reranker.note(0)) == (0, 0, "", "")
        assert "FOLIO_RERANKER" in reranker.note("on")
        assert reranker.rerank("q", hits_of(*TEXTS), 3) == (hits_of(*TEXTS), "")


def test_nothing_waits_for_the_model(tmp_path: Path) -> None:
    loader = Attempts(ByLength(), ModelUnavailable("The reranking model is not here."))
    loader.may_go.clear()
    with started(loader, tmp_path) as reranker:
        assert reranker.state == "loading"
        assert (reranker.depth(), reranker.fingerprint) == (0, "")
        assert "is being loaded" in reranker.note()
        assert reranker.note(0) == "", "who does not want it is not told"
        loader.may_go.set()
        wait_until(lambda: reranker.state == "ready")
        assert (reranker.reason, reranker.depth(), reranker.depth(7), reranker.depth(0)) == ("", 20, 7, 0)
        assert reranker.fingerprint


def test_it_may_be_left_to_the_question(tmp_path: Path) -> None:
    with ready(tmp_path, ByLength(), rerank_candidates=0) as reranker:
        assert (reranker.depth(), reranker.depth("on"), reranker.note()) == (0, 20, "")


@pytest.mark.parametrize("failure", [ModelUnusable("There is no such model."), RuntimeError("onnxruntime broke")])
def test_an_unusable_model_is_given_up(tmp_path: Path, failure: Exception) -> None:
    with started(Attempts(ByLength(), failure), tmp_path) as reranker:
        wait_until(lambda: reranker.state == "failed")
        assert reranker.note()
        assert reranker.depth("on") == 0


def test_the_first_hits_are_ordered_and_numbered_anew(tmp_path: Path) -> None:
    with ready(tmp_path, ByLength()) as reranker:
        hits, note = reranker.rerank("which", hits_of("bb", "a", "dddd", "cccccc"), 3)
    assert texts(hits) == ["dddd", "bb", "a", "cccccc"]
    assert [hit.number for hit in hits] == [1, 2, 3, 4]
    assert [hit.reranked and hit.reranked.rank for hit in hits] == [1, 2, 3, None]
    assert note.startswith("the first 3 reranked by some/model in ")
    assert hits[0].to_json()["scores"]["reranked"]["rank"] == 1
    assert hits[3].to_json()["scores"]["reranked"] is None


def test_equal_scores_keep_the_order_of_the_search() -> None:
    hits = in_order(hits_of("a", "b", "c"), [1.0, 2.0, 1.0])
    assert texts(hits) == ["b", "a", "c"]
    assert hits[1].reranked == RankScore(2, 1.0)
    assert in_order([], []) == []


def test_each_text_gets_its_own_score_though_they_are_read_by_length() -> None:
    encoder = ByLength()
    assert scored(encoder, "q", ["ccc", "a", "lone \ud800 surrogate", "bb"]) == [3.0, 1.0, 16.0, 2.0]
    assert [len(text) for text in encoder.read] == [1, 2, 3, 16]


def test_a_model_that_fails_leaves_the_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    encoder = ByLength()
    encoder.fails = True
    with ready(tmp_path, encoder) as reranker:
        hits, note = reranker.rerank("q", hits_of("a", "bb"), 2)
    assert texts(hits) == ["a", "bb"]
    assert "some/model failed" in note
    assert "onnxruntime broke" in caplog.text


def test_a_question_in_another_language_is_not_reranked(tmp_path: Path) -> None:
    german = "Wie hoch waren die Umsatzerlöse der Gesellschaft im vergangenen Geschäftsjahr?"
    assert is_foreign(german, {"en", "de"}, {"en"})
    assert not is_foreign(german, {"en"}, {"en"}), "no document is in another language"
    assert not is_foreign("What were the revenues of the company in the last fiscal year?", {"en", "de"}, {"en"})
    with ready(tmp_path, ByLength(), reranker="Xenova/ms-marco-MiniLM-L-6-v2") as reranker:
        hits, note = reranker.rerank(german, hits_of("a", "bb"), 2, {"de"})
        assert (texts(hits), "language" in note) == (["a", "bb"], True)
        assert texts(reranker.rerank("Where is the sea?", hits_of("a", "bb"), 2, {"en"})[0]) == ["bb", "a"]


def test_a_real_model_in_a_folder(tmp_path: Path) -> None:
    model = describe(load_settings(reranker_path=write_reranker(tmp_path / "tiny", SCORES)))
    assert model is not None
    encoder = load(model, tmp_path, False)
    assert scored(encoder, "where", TEXTS) == pytest.approx([0.0, 1.0, 3.0])
    assert scored(load(model, tmp_path, False), "whale", ["sea"]) == pytest.approx([3.0]), "loaded twice"
    changed = describe(load_settings(reranker_path=write_reranker(tmp_path / "other", {"whale": 1.0})))
    assert changed is not None
    assert changed.fingerprint != model.fingerprint


def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    for settings, message in (
        (load_settings(reranker_path=folder), r"FOLIO_RERANKER_PATH: there is no \.onnx file"),
        (load_settings(reranker="some/model"), "downloads are off"),
    ):
        model = describe(settings)
        assert model is not None
        with pytest.raises((ModelUnusable, ModelUnavailable), match=message):
            load(model, tmp_path / "models", False)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "other.onnx").write_bytes(b"x")
    unknown = describe(load_settings(reranker="nobody/nothing"))
    assert unknown is not None
    with pytest.raises(ModelUnusable, match="has no reranking model nobody/nothing"):
        load(unknown, tmp_path / "models", False)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One document of three pages, each its own passage, and the tiny model."""
    folder = tmp_path_factory.mktemp("reranking")
    tiny = write_reranker(folder / "tiny", SCORES)
    with open_app(load_settings(data=folder / "data", offline=True, ocr="off", reranker_path=tiny)) as opened:
        for name, text in (("one.txt", TEXTS[0]), ("two.txt", TEXTS[1]), ("three.txt", TEXTS[2])):
            path = folder / name
            path.write_text(f"Animals of the coast: {text} every day of the year.\n")
            with path.open("rb") as stream:
                opened.library.upload(SHARED_OWNER, stream, name)
        wait_until(lambda: all(each.searchable for each in opened.library.documents(SHARED_OWNER)))
        wait_until(lambda: not any(each["what"] == "reranking" for each in opened.health()["degraded"]))
        yield opened


QUESTION = "Which animals of the coast fly every day?"


def found(app: App, **settings: object) -> list[Hit]:
    return app.search("ann", Asking(QUESTION, search_mode="keyword", settings=settings), 3)


def test_a_search_is_reranked_unless_it_says_otherwise(app: App) -> None:
    assert [hit.passage.document for hit in found(app)] == ["three.txt", "two.txt", "one.txt"]
    assert all(hit.reranked is None for hit in found(app, rerank="off"))
    assert {hit.passage.document for hit in found(app, rerank="off")} == {"one.txt", "two.txt", "three.txt"}
    assert [hit.reranked is not None for hit in found(app, rerank=2)] == [True, True, False]
    assert len(app.search("ann", Asking(QUESTION, search_mode="keyword"), 1)) == 1
    with refused("invalid_request"):
        found(app, rerank="sometimes")


def test_the_trace_of_an_answer_shows_it(app: App) -> None:
    turn = app.ask("ann", Asking(QUESTION, search_mode="keyword"))
    steps = [logged.event for logged in app.follow("ann", turn.id) if logged and isinstance(logged.event, Step)]
    detail = next(step.detail for step in steps if step.name == "search" and step.status == "finished")
    assert "reranked by tiny in" in detail


def test_two_settings_side_by_side(app: App) -> None:
    plain = Asking(QUESTION, search_mode="keyword", settings={"rerank": "off"})
    both = app.lab.ab("ann", plain, Asking(QUESTION, search_mode="keyword", settings={"rerank": "on"}))
    assert both["a"]["ranked"][0]["scores"]["reranked"] is None
    assert both["b"]["ranked"][0]["scores"]["reranked"]["rank"] == 1
    assert "reranked by" in both["b"]["note"]
