"""The embedding model: found, loaded behind everybody's back, and polite to questions."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from rag.search.dense_model import DenseModel, Encoder, describe, load
from rag.search.embedding import Embedder, batches_by_length
from rag.search.model_files import ModelUnavailable, ModelUnusable
from rag.settings import load_settings
from tests.conftest import LIMIT_S, wait_until
from tests.tiny_model import write_model


class Row(list[float]):
    def tolist(self) -> list[float]:
        return list(self)


class CountingEncoder:
    """Vectors are (length of the text, 1). Remembers what it was asked."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.batches: list[list[str]] = []

    def query_embed(self, query: list[str]) -> Iterable[Any]:
        self.queries.extend(query)
        return [Row((float(len(text)), 1.0)) for text in query]

    def passage_embed(self, texts: list[str], *, batch_size: int) -> Iterable[Any]:
        self.batches.append(texts)
        return [Row((float(len(text)), 1.0)) for text in texts]

    def token_count(self, texts: str) -> int:
        return len(texts)


class Attempts:
    """A loader that fails with each of `failures` first."""

    def __init__(self, encoder: Encoder, *failures: Exception) -> None:
        self.encoder = encoder
        self.failures = list(failures)
        self.calls: list[bool] = []
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self, model: DenseModel, cache: Path, may_download: bool) -> Encoder:
        self.may_go.wait(LIMIT_S)
        self.calls.append(may_download)
        if self.failures:
            raise self.failures.pop(0)
        return self.encoder


@contextmanager
def started(loader: Attempts, data: Path, **settings: object) -> Iterator[Embedder]:
    values = {"data": data, "embedding_model": "BAAI/bge-small-en-v1.5", **settings}
    embedder = Embedder(load_settings(**values), loader=loader, pauses_s=(0.001,))
    with closing(embedder):
        embedder.start()
        yield embedder


@contextmanager
def ready(tmp_path: Path, encoder: Encoder) -> Iterator[Embedder]:
    with started(Attempts(encoder), tmp_path) as embedder:
        wait_until(lambda: embedder.state == "ready")
        yield embedder


def test_nothing_waits_for_the_model(tmp_path: Path) -> None:
    loader = Attempts(CountingEncoder())
    loader.may_go.clear()
    with started(loader, tmp_path) as embedder:
        assert embedder.state == "loading"
        assert "is being loaded" in embedder.reason
        assert embedder.dimension == 384, "known before it is loaded"
        assert embedder.try_query("what") is None
        assert list(embedder.embed(["text"], stop=threading.Event())) == []
        heard = threading.Event()
        embedder.on_ready(heard.set)
        loader.may_go.set()
        assert heard.wait(LIMIT_S)
        assert (embedder.state, embedder.reason) == ("ready", "")
        assert embedder.dimension == 2, "what the model really makes"
        again = threading.Event()
        embedder.on_ready(again.set)
        assert again.is_set()


def test_a_failed_download_is_tried_again(tmp_path: Path) -> None:
    gone = ModelUnavailable("The model cannot be downloaded.")
    loader = Attempts(CountingEncoder(), gone, gone)
    with started(loader, tmp_path) as embedder:
        wait_until(lambda: embedder.state == "ready")
    assert loader.calls == [True, True, True]


def test_between_attempts_the_reason_stands(tmp_path: Path) -> None:
    loader = Attempts(CountingEncoder(), ModelUnavailable("The model cannot be downloaded."))
    embedder = Embedder(load_settings(data=tmp_path), loader=loader, pauses_s=(60,))
    with closing(embedder):
        embedder.start()
        wait_until(lambda: embedder.state == "absent")
        assert embedder.reason == "The model cannot be downloaded."


def test_offline_the_hub_is_not_asked(tmp_path: Path) -> None:
    loader = Attempts(CountingEncoder(), ModelUnavailable("It is not here."))
    with started(loader, tmp_path, offline=True) as embedder:
        wait_until(lambda: embedder.state == "absent")
    assert loader.calls == [False]


@pytest.mark.parametrize("failure", [ModelUnusable("There is no such model."), RuntimeError("onnxruntime broke")])
def test_an_unusable_model_is_given_up(tmp_path: Path, failure: Exception) -> None:
    loader = Attempts(CountingEncoder(), failure)
    with started(loader, tmp_path) as embedder:
        wait_until(lambda: embedder.state == "failed")
        assert embedder.reason
        assert "Traceback" not in embedder.reason
    assert len(loader.calls) == 1


def test_questions_are_prefixed_as_the_model_wants_and_remembered(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    with ready(tmp_path, encoder) as embedder:
        encoder.queries.clear()
        first, again = embedder.try_query("what is it"), embedder.try_query("what is it")
        assert first == again
        assert encoder.queries == ["Represent this sentence for searching relevant passages: what is it"]
        assert embedder.try_query("lone \ud800 surrogate") is not None


def test_every_text_gets_its_vector(tmp_path: Path) -> None:
    texts = ["x" * (number * 37 % 900) for number in range(100)]
    encoder = CountingEncoder()
    with ready(tmp_path, encoder) as embedder:
        made = {
            position: vector
            for positions, vectors in embedder.embed(texts, stop=threading.Event())
            for position, vector in zip(positions, vectors, strict=True)
        }
    assert [made[position][0] for position in range(100)] == [len(text) for text in texts]
    lengths = [len(text) for batch in encoder.batches for text in batch]
    assert lengths == sorted(lengths)


def test_batches_are_of_like_length_and_bounded() -> None:
    lengths = [350, 10, 20, 370, 390, 30, 5_000, 0]
    batches = list(batches_by_length(lengths))
    assert batches == [[7, 1, 2, 5], [0, 3], [4], [6]]
    assert [len(batch) for batch in batches_by_length([1] * 40)] == [16, 16, 8]
    assert list(batches_by_length([])) == []


def test_a_stop_ends_within_a_batch(tmp_path: Path) -> None:
    stop = threading.Event()
    encoder = CountingEncoder()
    with ready(tmp_path, encoder) as embedder:
        batches = embedder.embed(["x" * 1_500] * 5, stop=stop)
        next(batches)
        stop.set()
        assert list(batches) == []
    assert len(encoder.batches) == 1


def test_a_question_passes_before_the_next_batch(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    with ready(tmp_path, encoder) as embedder:
        batches = embedder.embed(["x" * 1_500] * 3, stop=threading.Event())
        next(batches)
        done = threading.Event()

        def go_on() -> None:
            next(batches)
            done.set()

        worker = threading.Thread(target=go_on)
        with embedder.questions_first():
            worker.start()
            assert embedder.try_query("a question") is not None
            assert not done.wait(0.05), "the batch waits while a question is on its way"
        assert done.wait(LIMIT_S)
        worker.join()


def test_a_real_model_in_a_folder(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path, embedding_path=write_model(tmp_path / "tiny"))
    with closing(Embedder(settings)) as embedder:
        assert embedder.dimension == 4
        embedder.start()
        wait_until(lambda: embedder.state != "loading")
        assert embedder.reason == ""
        assert embedder.try_query("whale") == pytest.approx([1, 0, 0, 0])
        ((positions, vectors),) = embedder.embed(["whale dog", "sea"], stop=threading.Event())
        assert dict(zip(positions, vectors, strict=True)) == {
            0: pytest.approx([0.5**0.5, 0.5**0.5, 0, 0]),
            1: pytest.approx([0.6, 0.8, 0, 0]),
        }


def test_pooling_is_what_the_folder_says(tmp_path: Path) -> None:
    written = write_model(tmp_path / "written", pooling="cls_token")
    assert describe(load_settings(embedding_path=written)).pooling == "cls"
    encoder = load(describe(load_settings(embedding_path=written)), tmp_path, False)
    (vector,) = encoder.passage_embed(["dog whale"], batch_size=1)
    assert vector.tolist() == pytest.approx([0, 1, 0, 0])
    assert describe(load_settings(embedding_path=write_model(tmp_path / "bge-tiny-en"))).pooling == "cls"
    assert describe(load_settings(embedding_path=write_model(tmp_path / "some"))).pooling == "mean"
    assert describe(load_settings(embedding_path=write_model(tmp_path / "m", pooling="mean_tokens"))).pooling == "mean"


def test_the_fingerprint_changes_with_what_makes_vectors(tmp_path: Path) -> None:
    first = write_model(tmp_path / "first")
    copy = write_model(tmp_path / "copy")
    assert describe(load_settings(embedding_path=first)) != describe(load_settings(embedding_path=copy))
    prints = {
        describe(load_settings(embedding_path=first)).fingerprint,
        describe(load_settings(embedding_path=write_model(tmp_path / "cls", pooling="cls_token"))).fingerprint,
        describe(load_settings(embedding_model="BAAI/bge-small-en-v1.5")).fingerprint,
        describe(load_settings(embedding_model="BAAI/bge-base-en-v1.5")).fingerprint,
    }
    (copy / "model.onnx").write_bytes((copy / "model.onnx").read_bytes() + b"\0")
    prints.add(describe(load_settings(embedding_path=copy)).fingerprint)
    assert len(prints) == 5
    assert all(len(fingerprint) == 12 for fingerprint in prints)


@pytest.mark.parametrize(
    ("name", "spoken", "unspoken"),
    [
        ("BAAI/bge-small-en-v1.5", "en", "de"),
        ("sentence-transformers/all-MiniLM-L6-v2", "en", "zh"),
        ("BAAI/bge-small-zh-v1.5", "zh", "ar"),
        ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", "hi", None),
        ("intfloat/multilingual-e5-large", "ar", None),
        ("somebody/something-new", "sw", None),
    ],
)
def test_which_languages_a_model_speaks(name: str, spoken: str, unspoken: str | None, tmp_path: Path) -> None:
    with closing(Embedder(load_settings(data=tmp_path, embedding_model=name))) as embedder:
        assert embedder.speaks(spoken)
        assert unspoken is None or not embedder.speaks(unspoken)


def test_the_threads_of_a_loaded_model_sleep_between_questions(tmp_path: Path) -> None:
    loaded: Any = load(describe(load_settings(embedding_path=write_model(tmp_path / "some"))), tmp_path, False)
    options = loaded.model.model.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert len(list(loaded.query_embed(["what is it"]))) == 1


def test_an_empty_folder_is_unusable_not_fatal(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    model = describe(load_settings(embedding_path=folder))
    assert model.dimension == 0
    with pytest.raises(ModelUnusable, match=r"no \.onnx file"):
        load(model, tmp_path, False)
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        load(describe(load_settings(embedding_path=folder)), tmp_path, False)


def test_a_model_of_the_hub_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = describe(load_settings())
    with pytest.raises(ModelUnavailable, match="downloads are off"):
        load(model, tmp_path / "models", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelUnavailable, match="the hub does not answer"):
        load(model, tmp_path / "models", True)


def test_another_models_files_in_the_cache_do_not_help(tmp_path: Path) -> None:
    cache = tmp_path / "models"
    cache.mkdir()
    (cache / "other.onnx").write_bytes(b"x")
    with pytest.raises(ModelUnavailable, match="downloads are off"):
        load(describe(load_settings()), cache, False)
    with pytest.raises(ModelUnusable, match="has no embedding model"):
        load(describe(load_settings(embedding_model="nobody/nothing")), cache, False)
