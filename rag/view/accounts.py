"""The pages beside the page: signing in, the account, the figures for admins, and where nothing is. Whole documents,
without scripts but for the figures' refreshing. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Protocol

from markupsafe import Markup

from rag.view.templates import render
from rag.view.texts import Language
from store.accounts import Account
from store.sessions import ApiToken

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self' https://huggingface.co"
)
Way = Literal["login", "register", "huggingface"]


class Place(Protocol):
    """Where the page stands: before its paths, and in which language."""

    @property
    def root(self) -> str: ...
    @property
    def language(self) -> Language: ...


def sign_in_page(
    place: Place, way: Way, *, target: str, problem: str = "", name: str = "", is_open: bool = True, first: bool = False
) -> Markup:
    """Signing in or registering. `target`: where to go on to; `first`: nobody has an account yet."""
    return render(
        "sign_in.html", place.language, root=place.root, way=way, target=target, problem=problem, name=name,
        is_open=is_open, first=first,
    )  # fmt: skip


def account_page(
    place: Place, account: Account, tokens: Sequence[ApiToken], *, problem: str = "", done: str = "", token: str = ""
) -> Markup:
    """One's own account. `token`: one just made, shown this once."""
    return render(
        "account.html", place.language, root=place.root, account=account, tokens=tokens, problem=problem, done=done,
        token=token,
    )  # fmt: skip


def lost_page(place: Place) -> Markup:
    """What stands at an address that leads nowhere."""
    return render("lost.html", place.language, root=place.root)


def operator_page(place: Place, problem: str = "") -> Markup:
    """Where the operator's token is asked for."""
    return render("operator.html", place.language, root=place.root, problem=problem)


def admin_page(place: Place, stats: Mapping[str, Any], queue: Mapping[str, Any], accounts: Sequence[Account]) -> Markup:
    """The figures, and everybody's plan."""
    return render("admin.html", place.language, root=place.root, stats=stats, queue=queue, accounts=accounts)


def figures_html(place: Place, stats: Mapping[str, Any], queue: Mapping[str, Any]) -> Markup:
    """The part of the admin page that changes by itself."""
    return render("admin_figures.html", place.language, root=place.root, stats=stats, queue=queue)
