"""What conversations cost: python -m bench.turns [--answers 200] [--seconds 30] [--conversations 100000]

1. Answers that stream at once at 10 tokens a second, from the scripted server of bench/model.py in a process of its
   own: the delay from the server's write of a token to a follower's having it after it is on disk, and the resident
   memory. Once with the durable turns alone, once through the whole App with its model library.
2. A list page and a search in a database of so many conversations and ten times as many messages, most of one user.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from bench.main_job import report, resident_kilobytes
from bench.model import RATE, model_server
from rag import Asking, load_settings, open_app
from rag.events import Done, Event, Logged, Token
from rag.turns import Turns
from store import conversations, fulltext, states, users
from store.database import Database
from store.turns import Turn

Ask = Callable[[str, Asking], Turn]
Follow = Callable[[str], Generator[Logged | None, None, None]]
owners: dict[str, str] = {}  # turn id -> user


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--conversations", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        streaming(Path(folder), options.answers, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        finding(Path(folder) / "folio.db", options.conversations)


# 1. Streaming


def streaming(folder: Path, answers: int, seconds: float) -> None:
    """Once with the turns alone, once through all of the App."""
    with model_server(seconds) as model:
        url = model.url
        gc.freeze()  # as the App does
        with (
            closing(Database.open(folder / "turns.db")) as database,
            closing(Turns(database, reader_of(url), max_turns=answers)) as turns,
        ):
            measure("turns alone", answers, seconds, turns.start, turns.follow)
        settings = load_settings(data=folder / "app", offline=True, openai_base_url=url, max_turns=answers)
        with open_app(settings) as app:
            warm = app.ask("u_warm", Asking("number", search_mode="none"))
            app.stop("u_warm", warm.id)
            time.sleep(3)  # the model library is imported in the background
            measure("the whole App", answers, seconds, app.ask, lambda turn_id: app.follow(owners[turn_id], turn_id))


def measure(name: str, answers: int, seconds: float, ask: Ask, follow_: Follow) -> None:
    memory: list[int] = []
    over = threading.Event()

    def watch_memory() -> None:
        while not over.wait(0.5):
            memory.append(resident_kilobytes(os.getpid()))

    with ThreadPoolExecutor(answers + 1) as pool:
        pool.submit(watch_memory)
        begun = time.monotonic()
        followers = []
        for number in range(answers):  # a question every 50 ms: people do not ask all at once
            followers.append(pool.submit(follow, ask, follow_, number))
            time.sleep(0.05)
        all_ask = time.time() + 1.0
        try:
            streams = [follower.result() for follower in followers]
        finally:
            over.set()
        elapsed = time.monotonic() - begun
    first_end = min(stream[-1][0] for stream in streams)
    tokens = sorted(itertools.chain.from_iterable(streams))
    expected = answers * int(seconds * RATE)
    report(f"{name}: {answers} answers at {RATE:g} tokens/s, tokens that came of {expected}", len(tokens), "")
    report("  tokens lost", expected - len(tokens), "", 0)
    report("  from the first question to the last answer's end", elapsed, "s")
    steady = sorted(delay for sent, delay in tokens if all_ask <= sent <= first_end)
    report("  rate while all stream", len(steady) / max(0.001, first_end - all_ask), "/s")
    for share in (0.5, 0.99, 1.0) if steady else ():
        value = steady[min(len(steady) - 1, int(len(steady) * share))] * 1000
        report(f"  added delay p{share * 100:g}", value, "ms", 100.0 if share == 0.99 else None)
    report("  resident memory, highest", max(memory) / 1024, "MB", 500)


def reader_of(url: str) -> Callable[[Turn, threading.Event], Iterator[Event]]:
    """An answer as the server sends it, without a model library in between."""
    address = urlsplit(url)

    def read(turn: Turn, stop: threading.Event) -> Iterator[Event]:
        body = json.dumps({"stream": True, "messages": [{"role": "user", "content": turn.asking["question"]}]})
        with closing(HTTPConnection(address.hostname or "", address.port, timeout=60)) as connection:
            connection.request("POST", f"{address.path}/chat/completions", body)
            for line in connection.getresponse():
                if line.startswith(b"data: {"):
                    for choice in json.loads(line[6:])["choices"]:  # none where it tells the usage
                        if choice["delta"].get("content"):
                            yield Token(choice["delta"]["content"])
        yield Done(turn.message_id, "scripted")

    return read


def follow(ask: Ask, follow_: Follow, number: int) -> list[tuple[float, float]]:
    """Asks, follows -> (sent at, delay in seconds) of each token; checks that the log is whole."""
    turn = ask(f"u_{number % 50}", Asking(f"number {number}", search_mode="none"))
    owners[turn.id] = turn.owner
    tokens, last = [], 0
    with closing(follow_(turn.id)) as events:
        for logged in events:
            assert logged is not None
            assert logged.seq == last + 1
            last = logged.seq
            if isinstance(logged.event, Token):
                arrived = time.time()
                tokens += [(float(stamp), arrived - float(stamp)) for stamp in logged.event.text.split()]
    assert logged is not None
    assert isinstance(logged.event, Done)
    return tokens


# 2. Listing and searching


def finding(path: Path, count: int) -> None:
    with closing(Database.open(path)) as database:
        begun = time.monotonic()
        words, cumulated = vocabulary()
        fill(database, count, words, cumulated)
        report(f"{count} conversations, {count * 10} messages: written in", time.monotonic() - begun, "s")
        chance = random.Random(5)
        cursors = [f"2026-{month:02d}-01T00:00:00.000Z conv_" for month in range(1, 13)]
        timed("  list page p95", lambda: conversations.list_page(database, "u_0", before=chance.choice(cursors)), 50)
        for user_id, whose in (("u_0", "of the user with nine tenths of them"), ("u_7", "of another user")):
            common, rare = words[:50], words[500:]
            for name, queries in (
                ("a common word", lambda: chance.choice(common)),  # noqa: B023 -- used in this round only
                ("a rare word", lambda: chance.choice(rare)),  # noqa: B023
                ("two words", lambda: f"{chance.choice(common)} {chance.choice(rare)}"),  # noqa: B023
                ("a beginning", lambda: chance.choice(common)[:4]),  # noqa: B023
                ("nothing", lambda: f"none{chance.random()}"),
            ):
                search = lambda query=queries, user=user_id: fulltext.search(database, user, query())  # noqa: E731
                timed(f"  search p95, {name}, {whose}", search, 100)
        timed("  counts p95", lambda: states.counts(database, "u_0"))


def timed(name: str, work: Callable[[], object], aim: float | None = None, rounds: int = 60) -> None:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    report(name, statistics.quantiles(taken, n=20)[-1], "ms", aim)


def vocabulary() -> tuple[list[str], list[float]]:
    """Words, the common ones first, and how often they come, by Zipf's law."""
    chance = random.Random(3)
    syllables = ["re", "ve", "nu", "in", "co", "me", "pro", "fit", "ta", "lo", "sub", "per", "di", "un", "tra", "ko"]
    words = sorted({"".join(chance.choices(syllables, k=chance.randint(2, 5))) for _ in range(30_000)})
    chance.shuffle(words)
    return words, list(itertools.accumulate(1 / (rank + 20) for rank in range(len(words))))


def fill(database: Database, count: int, words: list[str], cumulated: list[float]) -> None:
    """Nine tenths of the conversations are u_0's; each has five questions and five answers."""
    chance = random.Random(4)
    for number in range(100):
        users.ensure(database, f"u_{number}")

    def said(length: int) -> str:
        return " ".join(chance.choices(words, cum_weights=cumulated, k=length))

    for start in range(0, count, 1_000):
        made: list[tuple[str | int, ...]] = []
        lines: list[tuple[str | int | None, ...]] = []
        for number in range(start, min(start + 1_000, count)):
            owner = "u_0" if chance.random() < 0.9 else f"u_{chance.randint(1, 99)}"
            at = f"2026-{1 + number * 12 // count:02d}-{1 + number % 28:02d}T00:00:00.{number % 1000:03d}Z"
            name, parent = f"conv_{number:016x}", None
            made.append((name, owner, said(6), at, at, number + 1))
            for line in range(10):
                order = number * 10 + line + 1
                role, length = ("assistant", 80) if line % 2 else ("user", 12)
                lines.append((f"msg_{order:016x}", name, parent, role, said(length), "complete", at, at, order))
                parent = f"msg_{order:016x}"
        with database.write() as writer:
            writer.conn.executemany(
                "INSERT INTO conversations(id, owner, title, created_at, updated_at, number) VALUES (?, ?, ?, ?, ?, ?)",
                made,
            )
            writer.conn.executemany(
                """INSERT INTO messages(
                    id, conversation_id, parent_id, role, text, status, created_at, updated_at, number)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                lines,
            )


if __name__ == "__main__":
    main()
