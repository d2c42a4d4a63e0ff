"""The LangChain adapter against a real server: pieces as they come, stops and silences that close it, coded errors."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from rag.answer.catalogue import Catalogue
from rag.answer.models import ChatMessage, ChatModel, TextPiece, Usage
from rag.errors import ModelError, RequestError
from rag.settings import Settings
from tests.doubles import ChatServer, Ending, Piece, Reply, Script, pieces

AT_ONCE_S = 20.0  # on a busy machine; what is waited for otherwise takes at least 30 s
KEY = "sk-secret-0123456789abcdef"
ASK = (ChatMessage("system", "Be brief."), ChatMessage("user", "How are sales?"))


def settings_for(base_url: str, **more: object) -> Settings:
    values = {"openai_base_url": base_url, "openai_api_key": KEY, "openai_model": "scripted", "models": "", **more}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type,call-arg]  # pydantic checks the values


ModelFor = Callable[..., ChatModel]


@pytest.fixture
def model_for() -> Iterator[ModelFor]:
    """Makes the default model for a server (or a base URL), with more settings by name; closes them all."""
    with ExitStack() as stack:

        def make(server: ChatServer | str, **more: object) -> ChatModel:
            base_url = server if isinstance(server, str) else server.base_url
            model = stack.enter_context(Catalogue(settings_for(base_url, **more))).build(None)
            assert model is not None
            return model

        yield make


def replying(*texts: str, ending: Ending = "done", status: int = 200, message: str = "") -> Script:
    return lambda asked: Reply(pieces(*texts), status=status, ending=ending, message=message)


def read(model: ChatModel) -> tuple[str, Usage | None]:
    """The whole answer and its usage."""
    text, usage = "", None
    for piece in model.stream(ASK, threading.Event()):
        if isinstance(piece, TextPiece):
            text += piece.text
        else:
            usage = piece
    return text, usage


def error_of(ask: Callable[[], object]) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask()
    assert KEY not in caught.value.message
    assert KEY not in str(caught.value.details)
    assert caught.value.message.endswith(".")
    return caught.value


def test_pieces_arrive_as_they_are_written(model_for: ModelFor) -> None:
    gate = threading.Event()
    with ChatServer(lambda asked: Reply((Piece("Sales "), Piece("rose.", gate=gate)))) as server:
        with closing(model_for(server).stream(ASK, threading.Event())) as stream:
            assert next(stream) == TextPiece("Sales ")
            gate.set()
            assert next(stream) == TextPiece("rose.")
            assert isinstance(next(stream), Usage)
        asked = server.wait_for()
        assert asked.messages == [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "How are sales?"},
        ]  # fmt: skip
        assert asked.authorization == f"Bearer {KEY}"
        assert asked.body["stream_options"] == {"include_usage": True}


def test_the_usage_is_what_the_server_counted(model_for: ModelFor) -> None:
    with ChatServer(replying("Sales rose.")) as server:
        assert read(model_for(server)) == ("Sales rose.", Usage(6, 3))


def test_one_connection_serves_many_answers(model_for: ModelFor) -> None:
    with ChatServer(replying("Sales rose.")) as server:
        model = model_for(server)
        for _ in range(5):
            read(model)
        assert server.connections == 1


def test_complete_gives_the_whole_answer(model_for: ModelFor) -> None:
    with ChatServer(replying("Sales ", "rose.")) as server:
        assert model_for(server).complete(ASK, threading.Event(), 5.0) == "Sales rose."


def test_a_stop_while_blocked_closes_the_connection_at_once(model_for: ModelFor) -> None:
    with ChatServer(replying("Sales ", ending="silence")) as server:
        stop = threading.Event()
        stream = model_for(server).stream(ASK, stop)
        assert next(stream) == TextPiece("Sales ")
        threading.Timer(0.05, stop.set).start()
        assert list(stream) == []
        assert server.wait_for().left.wait(AT_ONCE_S)


def test_a_stop_before_the_first_token_closes_the_connection(model_for: ModelFor) -> None:
    with ChatServer(replying(ending="silence")) as server:
        stop = threading.Event()
        stream = model_for(server).stream(ASK, stop)

        def stop_when_asked() -> None:
            server.wait_for()
            stop.set()

        watcher = threading.Thread(target=stop_when_asked)
        watcher.start()
        assert list(stream) == []
        watcher.join()
        assert server.wait_for().left.wait(AT_ONCE_S)


def test_leaving_the_stream_closes_the_connection(model_for: ModelFor) -> None:
    with ChatServer(replying("Sales ", ending="silence")) as server:
        with closing(model_for(server).stream(ASK, threading.Event())) as stream:
            next(stream)
        assert server.wait_for().left.wait(AT_ONCE_S)


@pytest.mark.parametrize(("texts", "sentence"), [((), "wrote nothing"), (("Sales ",), "stopped writing")])
def test_silence_is_a_timeout_and_closes_the_connection(
    texts: tuple[str, ...], sentence: str, model_for: ModelFor
) -> None:
    with ChatServer(replying(*texts, ending="silence")) as server:
        model = model_for(server, first_token_timeout_s=AT_ONCE_S if texts else 0.3, token_timeout_s=0.3)
        stream = model.stream(ASK, threading.Event())
        assert [piece.text for piece in [next(stream) for _ in texts] if isinstance(piece, TextPiece)] == list(texts)
        began = time.monotonic()
        error = error_of(lambda: next(stream))
        assert error.code == "model_timeout"
        assert sentence in error.message
        assert time.monotonic() - began < AT_ONCE_S
        assert server.wait_for().left.wait(AT_ONCE_S)


def test_complete_has_a_time_limit_of_its_own(model_for: ModelFor) -> None:
    slow = Reply(pieces(*["word "] * 100, delay_s=1.0))
    with ChatServer(lambda asked: slow if len(server.asked) > 1 else Reply(pieces("word"))) as server:
        model = model_for(server)
        model.complete(ASK, threading.Event(), 20.0)  # the first use imports the library
        began = time.monotonic()
        assert error_of(lambda: model.complete(ASK, threading.Event(), 0.3)).code == "model_timeout"
        assert time.monotonic() - began < AT_ONCE_S
        assert server.wait_for(2).left.wait(AT_ONCE_S)


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (401, "model_unavailable", "OPENAI_API_KEY"),
        (403, "model_unavailable", "OPENAI_API_KEY"),
        (404, "model_unavailable", "'scripted'"),
        (429, "model_error", "busy"),
        (400, "model_error", "refused"),
        (500, "model_error", "500"),
    ],
)
def test_a_refusal_has_a_code_and_a_sentence(status: int, code: str, sentence: str, model_for: ModelFor) -> None:
    with ChatServer(replying(status=status, message=f"the key {KEY} is wrong")) as server:
        error = error_of(lambda: read(model_for(server)))
        assert error.code == code
        assert sentence in error.message
        assert len(server.asked) <= 2  # tried again once at most


def test_a_prompt_that_is_too_long_says_what_to_do(model_for: ModelFor) -> None:
    with ChatServer(replying(status=400, message="maximum context length is 4096 tokens")) as server:
        assert "FOLIO_CONTEXT_TOKENS" in error_of(lambda: read(model_for(server))).message


@pytest.mark.parametrize("ending", ["drop", "cut", "garbage"])
def test_an_answer_that_breaks_off_keeps_its_text(ending: Ending, model_for: ModelFor) -> None:
    with ChatServer(replying("Sales ", "rose", ending=ending)) as server:
        got: list[TextPiece | Usage] = []
        error = error_of(lambda: got.extend(_each(model_for(server), got)))
        assert error.code == "model_error"
        assert got == [TextPiece("Sales "), TextPiece("rose")]
        assert len(server.asked) == 1  # never again after the first token


def _each(model: ChatModel, got: list[TextPiece | Usage]) -> list[TextPiece | Usage]:
    for piece in model.stream(ASK, threading.Event()):
        got.append(piece)
    return []


@pytest.mark.parametrize("texts", [(), ("",)])
def test_an_empty_answer_is_an_error(texts: tuple[str, ...], model_for: ModelFor) -> None:
    with ChatServer(replying(*texts)) as server:
        error = error_of(lambda: read(model_for(server)))
        assert (error.code, "empty" in error.message) == ("model_error", True)


def test_a_server_that_is_not_there_is_unavailable(model_for: ModelFor) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: refused
        port = held.getsockname()[1]
        model = model_for(f"http://user:{KEY}@127.0.0.1:{port}/v1")
        error = error_of(lambda: read(model))
        assert error.code == "model_unavailable"
        assert f"127.0.0.1:{port}" in error.message


def test_a_page_instead_of_an_answer_is_an_error(model_for: ModelFor) -> None:
    with ChatServer(replying("x")) as server:
        model = model_for(server.base_url + "/nowhere")
        assert error_of(lambda: read(model)).code == "model_unavailable"


def test_a_provider_that_is_not_installed_names_its_package(model_for: ModelFor) -> None:
    model = model_for("", models="far=mistralai:large")
    error = error_of(lambda: read(model))
    assert (error.code, "langchain-mistralai" in error.message) == ("model_unavailable", True)


def test_a_model_without_a_key_says_which(model_for: ModelFor) -> None:
    model = model_for("", models="fast=openai:gpt-5-nano", openai_api_key="")
    assert "OPENAI_API_KEY" in error_of(lambda: read(model)).message


def test_the_catalogue_lists_what_can_be_chosen() -> None:
    def names(**values: object) -> list[tuple[str, str, bool]]:
        return [(e.name, e.provider, e.is_default) for e in Catalogue(settings_for("", **values)).entries]

    built_in = ("extractive", "built-in", False)
    assert names(openai_api_key="") == [("extractive", "built-in", True)]
    assert names() == [("scripted", "openai", True), built_in]
    assert names(models="fast=openai:a, best=ollama:qwen3:8b") == [
        ("fast", "openai", True), ("best", "ollama", False), built_in,
    ]  # fmt: skip
    with pytest.raises(RequestError):
        Catalogue(settings_for("", models="a=openai:x,a=openai:y"))


def test_an_unknown_model_is_refused_by_naming_what_there_is() -> None:
    catalogue = Catalogue(settings_for("", models="fast=openai:a"))
    assert catalogue.build("extractive") is None
    assert catalogue.build("fast") is catalogue.build(None)
    with pytest.raises(RequestError, match="fast, extractive") as caught:
        catalogue.build("slow")
    assert caught.value.code == "invalid_request"


def test_warming_makes_the_client_before_the_first_question() -> None:
    assert Catalogue(settings_for("", openai_api_key="")).warm() is None
    with ChatServer(replying("Sales rose.")) as server, Catalogue(settings_for(server.base_url)) as catalogue:
        thread = catalogue.warm()
        assert thread is not None
        thread.join(20.0)
        assert not thread.is_alive()
        model = catalogue.build(None)
        assert model is not None
        assert read(model)[0] == "Sales rose."


def test_eight_answers_at_once_do_not_wait_for_each_other(model_for: ModelFor) -> None:
    gate = threading.Event()
    with ChatServer(lambda asked: Reply((Piece("one "), Piece("two", gate=gate)))) as server:
        model = model_for(server)
        streams = [model.stream(ASK, threading.Event()) for _ in range(8)]
        assert [next(stream) for stream in streams] == [TextPiece("one ")] * 8
        gate.set()
        for stream in streams:
            assert next(stream) == TextPiece("two")
            stream.close()
