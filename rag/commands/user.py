"""python -m rag user add | list | plan | password | remove: accounts from the command line.

It holds the data folder meanwhile, so not while Folio is served: then an admin does this on the page or by the API.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from rag.errors import RequestError
from rag.output import Output
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.people.accounts import Accounts


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its own commands."""
    parser = commands.add_parser("user", help="make, list, change and remove accounts")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for name, verb, words in (
        ("add", add, "make an account; the password is asked for, or read from standard input"),
        ("list", show, "everybody with their plan"),
        ("plan", plan, "set somebody's plan"),
        ("password", password, "set somebody's password; their sessions end"),
        ("remove", remove, "remove an account with everything in it"),
    ):
        one = verbs.add_parser(name, help=words)
        if name != "list":
            one.add_argument("name", metavar="NAME", help="user name or e-mail address")
        if name == "add":
            one.add_argument("--admin", action="store_true", help="they look after this Folio (the first one always)")
            one.add_argument("--plan", metavar="PLAN", help="their plan (default: FOLIO_DEFAULT_PLAN)")
        if name == "plan":
            one.add_argument("plan", metavar="PLAN")
        one.set_defaults(command=_with_accounts(verb))


Verb = Callable[[argparse.Namespace, "Accounts", Output], None]


def _with_accounts(verb: Verb) -> Callable[[argparse.Namespace, Settings, Output], int]:
    def command(options: argparse.Namespace, settings: Settings, output: Output) -> int:
        with _accounts(settings) as accounts:
            verb(options, accounts, output)
        return 0

    return command


@contextmanager
def _accounts(settings: Settings) -> Iterator[Accounts]:
    """Raises SearchError(index_in_use) while Folio is served, RequestError for a folder that cannot be used."""
    from rag.coded import folder_problems_named  # noqa: PLC0415
    from rag.people.accounts import Accounts  # noqa: PLC0415 -- `--help` stays instant
    from store.database import Database  # noqa: PLC0415
    from store.folder import hold  # noqa: PLC0415

    with (
        folder_problems_named(settings.data),
        hold(settings.data),
        closing(Database.open(settings.data / "folio.db")) as db,
    ):
        yield Accounts(db, settings)


def add(options: argparse.Namespace, accounts: Accounts, output: Output) -> None:
    """Make an account. Raises RequestError: invalid_request, conflict."""
    is_first = accounts.is_empty()
    name, email = (None, options.name) if "@" in options.name else (options.name, None)
    made = accounts.add(name or "", email=email, password=_asked_password(), is_admin=options.admin or None)
    if options.plan is not None:
        made = accounts.change(made.user_id, plan=options.plan)
    first = " the first account, and" if is_first else ""
    output.line(f"{made.username}:{first} {'an admin' if made.is_admin else 'made'}, plan {made.plan}")


def show(_: argparse.Namespace, accounts: Accounts, output: Output) -> None:
    """List everybody."""
    rows = [
        (one.username, one.email or "", one.plan, "admin" if one.is_admin else "", one.provider, one.created_at[:10])
        for one in accounts.everybody()
    ]
    output.table(("name", "e-mail", "plan", "", "signs in by", "since"), rows)


def plan(options: argparse.Namespace, accounts: Accounts, output: Output) -> None:
    """Set a plan. Raises RequestError: not_found, invalid_request."""
    changed = accounts.change(_id_of(options.name, accounts), plan=options.plan)
    output.line(f"{changed.username}: plan {changed.plan}")


def password(options: argparse.Namespace, accounts: Accounts, output: Output) -> None:
    """Set a password. Raises RequestError: not_found, invalid_request."""
    accounts.set_password(_id_of(options.name, accounts), _asked_password())
    output.line(f"{options.name}: the password is set")


def remove(options: argparse.Namespace, accounts: Accounts, output: Output) -> None:
    """Remove an account. Raises RequestError: not_found, conflict."""
    accounts.remove(_id_of(options.name, accounts))
    output.line(f"{options.name}: removed")


def _id_of(name: str, accounts: Accounts) -> str:
    for account in accounts.everybody():
        if name in {account.user_id, account.username}:
            return account.user_id
    return accounts.named(name).user_id


def _asked_password() -> str:
    """Typed twice at a terminal; else the first line of standard input. Raises RequestError(invalid_request)."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise RequestError("invalid_request", "The two are not the same. Nothing was changed.")
    return first
