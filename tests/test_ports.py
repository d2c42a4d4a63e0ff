"""That a port which is kept for a server is given to nobody else."""

from __future__ import annotations

import socket

import pytest

from tests.ports import answers, reserved_port


def test_a_server_may_listen_where_nobody_else_gets_a_port() -> None:
    with reserved_port() as port:
        assert not answers(port)
        with pytest.raises(OSError, match="in use"), socket.socket() as other:
            other.bind(("127.0.0.1", port))
        with socket.create_server(("", port)):
            assert answers(port)
        assert not answers(port)
