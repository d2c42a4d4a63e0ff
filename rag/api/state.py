"""What a route is given: the App, who is asking, and the streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from rag.api.auth import Caller, Identities, caller_of, identify
from rag.api.follow import Followers
from rag.api.rooms import Rooms
from rag.api.traffic import Traffic
from rag.app import App
from rag.errors import RequestError


@dataclass(frozen=True, slots=True)
class State:
    """Made once by create_api; kept as `api.state.door`."""

    app: App
    identities: Identities
    followers: Followers
    rooms: Rooms
    traffic: Traffic


async def _door(request: Request) -> State:
    state: State = request.app.state.door
    return state


async def _app(request: Request) -> App:
    state: State = request.app.state.door
    return state.app


async def _identities(request: Request) -> Identities:
    state: State = request.app.state.door
    return state.identities


async def _followers(request: Request) -> Followers:
    state: State = request.app.state.door
    return state.followers


async def _traffic(request: Request) -> Traffic:
    state: State = request.app.state.door
    return state.traffic


async def _account(request: Request) -> Caller:
    state: State = request.app.state.door
    if state.app.settings.auth == "none":
        raise RequestError("not_found", "There are no accounts here: FOLIO_AUTH is none.")
    identify(request)
    return caller_of(request)


async def _caller(request: Request) -> Caller:
    return caller_of(request)


async def only_admins(request: Request) -> None:
    """A route's dependency: for admins and the operator. To others it does not exist; strangers are to sign in."""
    if not caller_of(request).is_admin:
        identify(request)
        raise RequestError("not_found", "It does not exist, or it is not for you.")


async def _user(request: Request) -> str:
    return identify(request)


Door = Annotated[State, Depends(_door)]
Folio = Annotated[App, Depends(_app)]
Signer = Annotated[Identities, Depends(_identities)]
Streams = Annotated[Followers, Depends(_followers)]
Counter = Annotated[Traffic, Depends(_traffic)]
Who = Annotated[Caller, Depends(_caller)]
Member = Annotated[Caller, Depends(_account)]  # somebody with an account
User = Annotated[str, Depends(_user)]
