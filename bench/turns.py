"""What conversations cost: python -m bench.turns [--answers 200] [--seconds 30] [--conversations 100000]

1. Answers that stream at once at 10 tokens a second, from the scripted server of tests/doubles.py in a process of its
   own, through the whole App: the delay from the server's write of a token to a follower's having it from disk, and the
   resident memory of the App's process. Every answer is compared with what the server has sent.
2. A list page and a search in a database of so many conversations and ten times as many messages, most of one user.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from bench.main_job import report, resident_kilobytes
from rag import App, Asking, load_settings, open_app
from rag.events import Token
from store import conversations, fulltext, states, users
from store.database import Database
from tests.doubles import Asked, ChatServer, Piece, Reply

ROOT = Path(__file__).resolve().parent.parent
RATE = 10.0  # tokens a second
TITLE = (Piece("Numbers"),)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(int(options.seconds * RATE))
        return
    with tempfile.TemporaryDirectory() as folder:
        streaming(Path(folder), options.answers, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        finding(Path(folder) / "folio.db", options.conversations)


# 1. Streaming


class Stamp(Piece):
    """A piece whose text is the moment at which it is sent."""

    def __init__(self) -> None:
        object.__setattr__(self, "delay_s", 1 / RATE)
        object.__setattr__(self, "gate", None)

    @property
    def text(self) -> str:
        return f"{time.time():.4f} "


def serve(tokens: int) -> None:
    """The model server: until standard input ends."""
    with ChatServer(
        lambda asked: Reply(tuple(Stamp() for _ in range(tokens))) if stamped(asked) else Reply()
    ) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


def stamped(asked: Asked) -> bool:
    """Whether it is a question, not the call for a title."""
    return "number" in asked.question and "title" not in str(asked.messages[0]["content"])


@contextmanager
def model_server(seconds: float) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.turns", "--serve", "--seconds", str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def streaming(folder: Path, answers: int, seconds: float) -> None:
    memory: list[int] = []
    over = threading.Event()

    def watch_memory() -> None:
        while not over.wait(0.5):
            memory.append(resident_kilobytes(os.getpid()))

    with model_server(seconds) as url:
        settings = load_settings(data=folder, offline=True, openai_base_url=url, max_turns=answers)
        with open_app(settings) as app, ThreadPoolExecutor(answers + 1) as pool:
            pool.submit(watch_memory)
            warm = app.ask("u_warm", Asking("number -1", search_mode="keyword"))
            app.stop("u_warm", warm.id)
            time.sleep(3)  # the model library is imported in the background
            begun = time.monotonic()
            followers = []
            for number in range(answers):  # a question every 50 ms: people do not ask all at once
                followers.append(pool.submit(follow, app, number))
                time.sleep(0.05)
            all_ask = time.time() + 1.0
            tokens = sorted(token for follower in followers for token in follower.result())
            elapsed = time.monotonic() - begun
            over.set()
    expected = answers * int(seconds * RATE)
    report(f"{answers} answers at {RATE:g} tokens/s: tokens that came, of {expected}", len(tokens), "")
    report("  tokens lost", expected - len(tokens), "", 0)
    report("  from the first question to the last answer's end", elapsed, "s")
    last_sent = tokens[-1][0]
    steady = [delay for sent, delay in tokens if all_ask <= sent <= min(last_sent, begun_to_end(tokens, answers))]
    for name, delays in (("all", [delay for _, delay in tokens]), ("while all stream", steady)):
        delays.sort()
        for share in (0.5, 0.99, 1.0):
            value = delays[min(len(delays) - 1, int(len(delays) * share))] * 1000
            aim = 100.0 if share == 0.99 and delays is steady else None
            report(f"  added delay p{share * 100:g}, {name} ({len(delays)} tokens)", value, "ms", aim)
    report("  resident memory, highest", max(memory) / 1024, "MB", 500)


def begun_to_end(tokens: list[tuple[float, float]], answers: int) -> float:
    """When the first answers end: a rate that falls is no load."""
    seconds: dict[int, int] = {}
    for sent, _ in tokens:
        seconds[int(sent)] = seconds.get(int(sent), 0) + 1
    full = [second for second, count in seconds.items() if count >= answers * RATE * 0.9]
    return float(max(full, default=int(tokens[-1][0])))


def follow(app: App, number: int) -> list[tuple[float, float]]:
    """Asks, follows -> (sent at, delay in seconds) of each token; checks that what was followed is what is kept."""
    user_id = f"u_{number % 50}"
    turn = app.ask(user_id, Asking(f"number {number}", search_mode="none"))
    tokens, text = [], ""
    with closing(app.follow(user_id, turn.id)) as events:
        for logged in events:
            if logged is not None and isinstance(logged.event, Token):
                arrived, text = time.time(), text + logged.event.text
                tokens += [(float(stamp), arrived - float(stamp)) for stamp in logged.event.text.split()]
    assert app.history(user_id, turn.conversation_id)[-1].text == text
    assert app.answer(user_id, turn.id).status == "complete"
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
