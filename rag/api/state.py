"""What a route is given: the App, who is asking, and the streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from rag.api.auth import Identities, identify
from rag.api.follow import Followers
from rag.api.rooms import Rooms
from rag.app import App


@dataclass(frozen=True, slots=True)
class State:
    """Made once by create_api; kept as `api.state.door`."""

    app: App
    identities: Identities
    followers: Followers
    rooms: Rooms


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


async def _user(request: Request) -> str:
    return identify(request)


Door = Annotated[State, Depends(_door)]
Folio = Annotated[App, Depends(_app)]
Signer = Annotated[Identities, Depends(_identities)]
Streams = Annotated[Followers, Depends(_followers)]
User = Annotated[str, Depends(_user)]
