"""A port for a server in another process: it has to be known before the server is there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of this machine that nobody else gets until the block ends, and at which a server may listen meanwhile.

    Linux lets two sockets have one address if both say SO_REUSEADDR and at most one listens (socket(7)); who asks for
    any port, or only connects, is never given one that is bound.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
