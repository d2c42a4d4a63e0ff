"""What those who sign in get, as models for the OpenAPI document; the values are made by `rag.records`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rag.api.schemas import Moment, Schema


class Me(Schema):
    """Who is asking. `token`: with accounts off, the same identity for a program as a bearer token."""

    user_id: str = Field(examples=["u_5f0c1d"])
    kind: Literal["anonymous", "account"]
    token: str | None
    username: str | None
    email: str | None
    plan: str = Field(examples=["free"])
    is_admin: bool


class Account(Schema):
    """Somebody who signs in."""

    user_id: str = Field(examples=["u_5f0c1d"])
    username: str = Field(examples=["ada"])
    email: str | None
    kind: Literal["account"]
    plan: str = Field(examples=["free"])
    is_admin: bool
    created_at: Moment


class Session(Schema):
    """Just signed in. Send `token` as `Authorization: Bearer <token>`; a browser has it as a cookie."""

    user: Account
    token: str = Field(examples=["fs_..."])
    token_type: Literal["bearer"]
    expires_at: Moment


class Done(Schema):
    done: Literal[True]


class ApiToken(Schema):
    """`prefix`: its first characters, to know it again."""

    id: str = Field(examples=["tok_0193a1b2c3d4e5f6"])
    name: str
    prefix: str
    created_at: Moment
    last_used_at: Moment | None


class NewToken(ApiToken):
    """`token` is told this once."""

    token: str
