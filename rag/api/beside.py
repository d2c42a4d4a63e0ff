"""For a front end with a server of its own: the API's outer layer round it, and who its cookies say is there."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.types import ASGIApp

from rag.api.auth import COOKIE, SESSION_COOKIE, Identities, load_key
from rag.api.edge import Edge
from rag.api.gate import Gate
from rag.app import App
from rag.errors import FolioError
from rag.settings import load_settings

log = logging.getLogger(__name__)


def edged(inner: ASGIApp) -> ASGIApp:
    """The outer layer round `inner`; none where the settings do not fit, which is what the page then says."""
    try:
        return Edge(inner, Gate(Identities(load_key(load_settings()))), lambda path: None)
    except FolioError as error:
        log.error("%s", error.message)  # noqa: TRY400 -- a sentence is all there is to say
        return inner


class Visitors:
    """Who looks at a page that is not the API's."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._identities = Identities(load_key(app.settings))

    def user_id(self, cookies: Mapping[str, str], session: MutableMapping[Any, Any]) -> str | None:
        """Whom the cookies prove to be there; None for somebody who has to sign in.

        `session` is what is kept for one tab: under "token" what proves who signed in there; under "user", with
        accounts off, who it is in a browser that keeps no cookies.
        """
        if self._app.settings.auth == "none":
            known = self._identities.user(cookies.get(COOKIE, ""))
            return known[0] if known else str(session.setdefault("user", f"u_{secrets.token_hex(12)}"))
        for token in filter(None, (session.get("token", ""), cookies.get(SESSION_COOKIE, ""))):
            found = self._app.accounts.proof(token)
            if found is not None:
                return found[0].account.user_id
        return None
