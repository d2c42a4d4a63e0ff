"""What every test may use: a database in a temporary folder, waiting on a condition, and no way to the network."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.turns import Turns
from store.database import Database
from tests.script import Script

if TYPE_CHECKING:
    import httpx

    from rag.api import schemas
    from tests.api_folio import Folio
    from tests.pages import Place

LIMIT_S = 60.0  # for what is to happen at all: a busy or a slow machine is no reason to fail


def wait_until(condition: Callable[[], object], timeout_s: float = LIMIT_S) -> None:
    """Returns as soon as `condition()` is true. Raises AssertionError when it is not within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {timeout_s} s")
        time.sleep(0.002)


def soonest(took_s: Callable[[], float], within_s: float, attempts: int = 30) -> None:
    """For what is to be fast: one of some attempts is. In the others the machine may have been busy with other things.

    `took_s()` makes an attempt and says how long it took. Raises AssertionError when all took longer than `within_s`.
    """
    taken: list[float] = []
    while not taken or taken[-1] >= within_s:
        assert len(taken) < attempts, f"never within {within_s} s: {taken}"
        taken.append(took_s())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported now stays: looking for garbage in it takes two fifths of this time, and some of every test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files but those that come early by name: begun last, they would end long after all others."""
    items.sort(key=lambda item: not item.path.name.startswith("test_ui_"))


_OPENED = pytest.StashKey[tuple[ExitStack, "Place"]]()


@pytest.fixture(scope="module")
def shared_place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A Folio with a scripted model, and a browser: the same for all modules of browser tests in a row."""
    from tests.pages import nothing, scripted_place  # noqa: PLC0415 -- only browser tests import a browser

    stash = request.config.stash
    if _OPENED not in stash:
        stack = ExitStack()
        stash[_OPENED] = stack, stack.enter_context(scripted_place(tmp_path_factory.mktemp("place")))
    place = stash[_OPENED][1]
    place.model.script = nothing
    return place


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """The browser of `shared_place` ends before a module that begins without it: while it lives, a loop runs here."""
    try:
        return (yield)
    finally:
        is_wanted = nextitem and (nextitem.path == item.path or "shared_place" in getattr(nextitem, "fixturenames", ()))
        if _OPENED in item.config.stash and not is_wanted:
            item.config.stash[_OPENED][0].close()
            del item.config.stash[_OPENED]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database with all migrations, which is most of what opening one takes: to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "folio.db"
    Database.open(path).close()
    return path


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Iterator[Database]:
    """A new, migrated database, closed after the test."""
    opened = Database.open(Path(shutil.copyfile(migrated, tmp_path / "folio.db")))
    yield opened
    opened.close()


@pytest.fixture
def script() -> Iterator[Script]:
    """An answer to feed, for `runner`."""
    made = Script()
    yield made
    made.release.set()


@pytest.fixture
def runner(database: Database, script: Script) -> Iterator[Turns]:
    """Turns that `script` answers, three at once."""
    with closing(Turns(database, script, max_turns=3, grace_s=0.2)) as made:
        yield made


def _refuse_unless_local(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    local = name is None or (isinstance(name, str) and (name in {"", "::1", "localhost"} or name.startswith("127.")))
    if not local:
        raise AssertionError(f"a test tried to reach {name!r}")


@pytest.fixture(autouse=True, scope="session")
def plain_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever starts the suite: no settings of theirs but a Qdrant server to test against, no proxy, no certificates.

    Nobody is asked by TLS here, and reading a hundred certificates is most of what making an HTTP client takes.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            is_setting = name.startswith(("FOLIO_", "OPENAI_")) and not name.startswith("FOLIO_QDRANT_")
            if is_setting or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Sockets reach this machine only: a test that asks anything else fails, name lookups included."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_unless_local(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_unless_local(address[0])
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_unless_local(host)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="module")
def folio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folio]:
    """A server with two documents, and a user whose they are."""
    from tests.api_folio import serving_folio  # noqa: PLC0415 -- the API is not every test's to load

    with serving_folio(tmp_path_factory.mktemp("folio")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(folio: Folio) -> httpx.Client:
    return folio.client


@pytest.fixture(scope="module")
def report(folio: Folio) -> schemas.Uploaded:
    return folio.report


@pytest.fixture(scope="module")
def notes(folio: Folio) -> schemas.Uploaded:
    return folio.notes
