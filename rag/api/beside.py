"""For a front end with a server of its own: the API's outer layer round it, and who its cookies say is there."""

from __future__ import annotations

import logging
from collections.abc import Mapping

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


def known_user(app: App, identities: Identities, cookies: Mapping[str, str], session: str = "") -> str | None:
    """Whom the cookies, or else `session` (the token of who signed in here), prove to be there; None for a stranger."""
    if app.settings.auth == "none":
        known = identities.user(cookies.get(COOKIE, ""))
        return known[0] if known else None
    for token in filter(None, (session, cookies.get(SESSION_COOKIE, ""))):
        found = app.accounts.proof(token)
        if found is not None:
            return found[0].account.user_id
    return None
