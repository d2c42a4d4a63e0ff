"""A process that lives to be killed: it asks, streams, stops, judges, deletes, backs up, and says what has been done.

    python -m tests.crash_life FOLDER

For each line on standard input, "<seed>", it forks a life and prints "born <pid>"; when that has ended, "ended". A life
prints one JSON line for each thing that is on disk for good: {"did": what, ...}. Things that may or may not have
happened when it is killed are announced before: {"did": "deleting", ...}.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path

from rag.errors import FolioError
from rag.events import Done, Event, Token
from rag.model import Asking
from rag.turns import Turns
from store import documents, files, reactions, states, turns
from store.backup import back_up
from store.database import Database
from store.documents import PageRow
from store.errors import StoreError
from store.turns import Turn

ASKERS = 4


def say(did: str, **facts: object) -> None:
    """In one write: a line is there whole or not at all."""
    os.write(1, f"{json.dumps({'did': did, **facts})}\n".encode())


def numbers(turn: Turn, stop: threading.Event) -> Iterator[Event]:
    """An answer of as many numbers as the question says."""
    for number in range(int(turn.asking["question"])):
        if stop.wait(0.001):
            return
        yield Token(f"{number} ")
    yield Done(turn.message_id, "counting")


class Life:
    """Threads that work on one data folder until the process is killed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.database = Database.open(folder / "folio.db")
        self.turns = Turns(self.database, numbers, max_turns=ASKERS + 2)

    def run(self) -> None:
        say("ready")
        threads = [threading.Thread(target=self.talk, args=(number,)) for number in range(ASKERS)]
        threads.append(threading.Thread(target=self.keep))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def talk(self, number: int) -> None:
        chance, user_id, where = random.Random(f"{self.seed} {number}"), f"u_{number}", None
        while True:
            try:
                where = self.exchange(chance, user_id, where)
            except FolioError as error:
                say("refused", code=error.code)
                where = None

    def exchange(self, chance: random.Random, user_id: str, where: str | None) -> str | None:
        """One question in the conversation `where`. -> the conversation to go on in, None for a new one."""
        asking = Asking(str(chance.randint(0, 60)), where)
        turn = self.turns.start(user_id, asking)
        say("asked", turn=turn.id, conversation=turn.conversation_id)
        with closing(self.turns.follow(turn.id)) as events:
            for logged in islice(events, chance.choice([3, 10, None])):
                assert logged is not None
                say("event", turn=turn.id, seq=logged.seq, conversation=turn.conversation_id)
        if not turns.load(self.database, turn.id).is_finished:
            self.turns.stop(turn.id)
            say("stopped", turn=turn.id, conversation=turn.conversation_id)
        reactions.react(self.database, user_id, turn.message_id, chance.choice(["up", "down"]))
        say("judged", message=turn.message_id, conversation=turn.conversation_id)
        if chance.random() < 0.3:
            say("deleting", conversation=turn.conversation_id)
            states.trash(self.database, user_id, turn.conversation_id)
            states.delete(self.database, user_id, turn.conversation_id)
            say("deleted", conversation=turn.conversation_id)
            return None
        return turn.conversation_id if chance.random() < 0.7 else None

    def keep(self) -> None:
        """Documents come and go, and backups are made."""
        for number in count():
            content = f"{self.seed} {number}".encode() * 100
            sha256, size, _ = files.put(self.folder, io.BytesIO(content), 1_000_000)
            made = documents.create(
                self.database, owner="u_0", name=f"{number}.txt", media_type="text/plain", sha256=sha256, bytes=size
            )
            documents.save_pages(self.database, made.id, [PageRow(1, content.decode(), b"", "[]", 0.0, 0.0, None)])
            say("kept", document=made.id)
            if number % 2:
                say("removing", document=made.id)
                documents.mark_deleted(self.database, "u_0", made.id)
                say("removed", document=made.id)
            target = self.folder.parent / f"{self.seed}-{number}.zip"
            try:
                back_up(self.folder, target)
                say("backed up", path=str(target))
            except StoreError as error:
                say("refused", code=str(error))


def main() -> None:
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        child = os.fork()  # nothing runs here yet: no thread, no open database
        if not child:
            Life(folder, int(line)).run()
            os._exit(1)
        os.write(1, f"born {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
