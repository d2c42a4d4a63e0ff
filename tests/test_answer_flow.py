"""The whole room at once: a question, a corpus, and a model that is reached over a real socket."""

from __future__ import annotations

import json
import threading
from urllib.request import Request, urlopen

import pytest

from rag.answer.catalogue import Catalogue
from rag.answer.pipeline import answer
from rag.errors import ModelError
from rag.events import Cited, Done, Event, Step, Token
from rag.model import Asking, Exchange
from rag.settings import Settings
from tests.answer_material import MemoryCorpus
from tests.doubles import ChatServer, Piece, Reply, Script
from tests.quoting import quoting_script

SALES = "How much did net sales increase?"


def ask(
    script: Script,
    question: str = SALES,
    *,
    stop: threading.Event | None = None,
    history: tuple[Exchange, ...] = (),
    into: list[Event] | None = None,
) -> list[Event]:
    events: list[Event] = [] if into is None else into
    with ChatServer(script) as server:
        settings = Settings(_env_file=None, openai_base_url=server.base_url, openai_model="scripted", models="")  # type: ignore[call-arg]
        with Catalogue(settings) as catalogue:
            for event in answer(
                Asking(question),
                message_id="msg_1",
                model=catalogue.build(None),
                model_name="scripted",
                corpus=MemoryCorpus(),
                stop=stop or threading.Event(),
                history=history,
            ):
                events.append(event)
    return events


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def test_a_model_that_quotes_is_cited_and_verified() -> None:
    events = ask(quoting_script())
    assert "net sales" in text_of(events).lower()
    assert '"' not in text_of(events)  # the quotes went into the citations
    cited = [event.citation for event in events if isinstance(event, Cited)]
    assert cited
    assert {citation["status"] for citation in cited} == {"verified"}
    done = events[-1]
    assert isinstance(done, Done)
    assert done.usage["input_tokens"] > 100
    assert done.usage["output_tokens"] > 5


def test_a_follow_up_is_condensed_by_the_model() -> None:
    history = (Exchange("What were net sales?", "What were net sales?", "$10.2 billion"),)
    events = ask(quoting_script(), "And the gross profit?", history=history)
    condensed = [event for event in events if isinstance(event, Step) and event.name == "condense"][-1]
    assert (condensed.status, condensed.detail) == ("finished", "What were net sales, And the gross profit?")


def test_a_stop_in_mid_stream_keeps_the_text() -> None:
    stop = threading.Event()
    held = threading.Event()

    def script(asked: object) -> Reply:
        threading.Timer(0.1, stop.set).start()
        return Reply(
            (Piece("Net sales rose "), Piece('[1: "Net sales increased 18.3% to $10.2 bil'), Piece("x", gate=held))
        )

    events = ask(script, stop=stop)
    assert text_of(events) == "Net sales rose [1]"
    assert not isinstance(events[-1], Done)


def test_a_drop_in_mid_stream_keeps_the_text() -> None:
    events: list[Event] = []
    with pytest.raises(ModelError) as caught:
        ask(lambda asked: Reply((Piece("Net sales "), Piece("rose")), ending="drop"), into=events)
    assert caught.value.code == "model_error"
    assert text_of(events) == "Net sales rose"


def test_the_double_speaks_the_protocol_without_streaming_too() -> None:
    with ChatServer(quoting_script(), models=("a", "b")) as server:
        with urlopen(f"{server.base_url}/models") as listed:
            assert [entry["id"] for entry in json.load(listed)["data"]] == ["a", "b"]
        body = json.dumps({"model": "a", "messages": [{"role": "user", "content": "Hello"}]}).encode()
        request = Request(f"{server.base_url}/chat/completions", body, {"content-type": "application/json"})
        with urlopen(request) as answered:
            whole = json.load(answered)
        assert "no passages" in whole["choices"][0]["message"]["content"]
        assert whole["usage"]["total_tokens"] > 0
