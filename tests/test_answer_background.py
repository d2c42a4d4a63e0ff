"""The loop that all streams from models share. What they bring is in test_answer_models."""

from __future__ import annotations

import subprocess
import sys

AT_ONCE = """
import threading
from rag.answer.background import shared_loop
gate, loops = threading.Barrier(30), []
def ask():
    gate.wait()
    loops.append(shared_loop())
threads = [threading.Thread(target=ask) for _ in range(30)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(loops), len(set(map(id, loops))))
"""


def test_those_who_ask_first_all_at_once_share_one_loop() -> None:
    told = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.split() == ["30", "1"]
