"""Who may call what: a row for every route of the server, read by test_api_matrix.

A new route needs a row here, else the test names it. A row says whose the route is:

    OPEN   anybody may call it, also nobody; it shows nothing of anybody's
    OWN    whoever is signed in may call it and meets only their own things; nobody gets 401
    MINE   its path or query names a thing by its id: the owner gets it, others the same 404 as for an id that is not
           there, nobody gets 401
    ADMIN  for admins; others who are signed in get 404, nobody gets 401

and how it is called: `json`, `form`, `files`, `query` (values in braces are the owner's ids, see `Ids`), which statuses
the owner gets (`admin` for ADMIN) and whether it has to come `last`, because it takes away what others need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["OPEN", "OWN", "MINE", "ADMIN"]


@dataclass(frozen=True, slots=True)
class Row:
    kind: Kind
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    files: bool = False
    query: str = ""
    statuses: frozenset[int] = frozenset({200})
    last: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)  # in place of the owner's usual ones


_ASK = {"question": "What was the net revenue?"}
_IN_HIS = {**_ASK, "conversation_id": "{conversation_id}"}
_V1 = "/api/v1"
_CREDENTIALS = {"username": "nobody here", "password": "wrong horse"}

ROWS: dict[str, Row] = {
    f"GET {_V1}/health": Row("OPEN"),
    f"GET {_V1}/openapi.json": Row("OPEN"),
    "GET /api/reference": Row("OPEN"),
    "GET /metrics": Row("OPEN"),
    f"GET {_V1}/models": Row("OWN"),
    # Asking
    f"POST {_V1}/search": Row("OWN", json=_ASK),
    f"POST {_V1}/chat": Row("MINE", json=_IN_HIS),
    f"POST {_V1}/chat/": Row("MINE", json=_IN_HIS),
    f"POST {_V1}/fast_chat/stream": Row("MINE", json={**_ASK, "documents": ["{document_id}"]}),
    f"POST {_V1}/chat/stream": Row("MINE", json=_IN_HIS),
    f"POST {_V1}/chat/start": Row("MINE", json={**_ASK, "documents": ["{document_id}"]}),
    f"GET {_V1}/chat/stream": Row("MINE", query="session_id={session_id}"),
    f"GET {_V1}/chat/turns/{{turn_id}}/events": Row("MINE"),
    f"POST {_V1}/chat/turns/{{turn_id}}/stop": Row("MINE"),
    # Conversations
    f"GET {_V1}/chat/history": Row("MINE", query="conversation_id={conversation_id}"),
    f"POST {_V1}/chat/conversation": Row("OWN"),
    f"GET {_V1}/chat/conversation/{{conversation_id}}": Row("MINE"),
    f"GET {_V1}/chat/conversations": Row("OWN"),
    f"GET {_V1}/chat/conversations/search": Row("OWN", query="q=revenue"),
    f"GET {_V1}/chat/conversations/stats": Row("OWN"),
    f"PATCH {_V1}/chat/conversation/{{conversation_id}}": Row("MINE", json={"title": "Another"}),
    f"GET {_V1}/chat/conversation/{{conversation_id}}/export": Row("MINE"),
    f"GET {_V1}/chat/conversation/{{conversation_id}}/draft": Row("MINE"),
    f"PUT {_V1}/chat/conversation/{{conversation_id}}/draft": Row("MINE", json={"text": "begun"}),
    f"GET {_V1}/chat/conversation/{{conversation_id}}/versions": Row("MINE"),
    f"GET {_V1}/chat/conversation/{{conversation_id}}/typing": Row("MINE"),
    f"POST {_V1}/chat/conversation/{{conversation_id}}/typing": Row("MINE"),
    f"POST {_V1}/chat/conversation/{{conversation_id}}/share": Row("MINE"),
    f"GET {_V1}/chat/conversation/{{conversation_id}}/shares": Row("MINE"),
    f"POST {_V1}/chat/conversation/{{conversation_id}}/restore": Row("MINE"),
    f"DELETE {_V1}/chat/conversation/{{conversation_id}}": Row("MINE", last=True),
    f"DELETE {_V1}/chat/shares/{{share_id}}": Row("MINE", last=True),
    f"WS {_V1}/chat/conversation/{{conversation_id}}/ws": Row("MINE"),
    f"POST {_V1}/chat/messages/{{message_id}}/regenerate": Row("MINE"),
    f"POST {_V1}/chat/messages/{{message_id}}/edit": Row("MINE", json=_ASK, ids={"message_id": "question_id"}),
    f"POST {_V1}/chat/messages/{{message_id}}/reaction": Row("MINE", json={"thumb": "up"}),
    f"POST {_V1}/chat/messages/{{message_id}}/show": Row("MINE"),
    f"GET {_V1}/chat/messages/{{message_id}}/trace": Row("MINE"),
    # What was shared is for whoever has the link
    "GET /shared/{secret}": Row("OPEN", statuses=frozenset({404})),
    "GET /api/client": Row("OWN"),
    # Documents
    f"POST {_V1}/files/upload": Row("OWN", files=True),
    f"POST {_V1}/files/upload/image": Row("OWN", files=True, statuses=frozenset({415})),
    f"POST {_V1}/files/upload/pdf": Row("OWN", files=True, statuses=frozenset({415})),
    f"POST {_V1}/files/upload/audio": Row("OWN", files=True, statuses=frozenset({415})),
    f"POST {_V1}/files/upload/batch": Row("OWN", files=True, statuses=frozenset({422})),
    f"POST {_V1}/files/transcribe": Row("OWN", files=True, statuses=frozenset({415})),
    f"GET {_V1}/files/upload/info": Row("OWN"),
    f"GET {_V1}/account/export": Row("OWN"),
    f"POST {_V1}/account/import": Row("OWN", files=True, statuses=frozenset({422})),
    f"POST {_V1}/docs/processing/{{task_id}}/retry": Row("MINE", statuses=frozenset({409})),
    f"POST {_V1}/docs/processing/{{task_id}}/cancel": Row("MINE"),
    f"POST {_V1}/docs/upload_file_async": Row("OWN", files=True),
    f"GET {_V1}/docs/processing/active": Row("OWN"),
    f"GET {_V1}/docs/processing/{{task_id}}/status": Row("MINE"),
    f"GET {_V1}/docs/processing/{{task_id}}/events": Row("MINE"),
    f"GET {_V1}/docs": Row("OWN"),
    f"GET {_V1}/docs/{{document_id}}": Row("MINE"),
    f"GET {_V1}/docs/{{document_id}}/pages/{{number}}.png": Row("MINE"),
    f"GET {_V1}/docs/{{document_id}}/text": Row("MINE"),
    f"GET {_V1}/docs/{{document_id}}/file": Row("MINE"),
    f"DELETE {_V1}/docs/{{document_id}}": Row("MINE", last=True),
    # Tools for analysts
    f"POST {_V1}/lab/runs": Row("OWN", json={"questions": [_ASK]}),
    f"POST {_V1}/lab/runs/file": Row("OWN", files=True),
    f"GET {_V1}/lab/runs": Row("OWN"),
    f"GET {_V1}/lab/compare": Row("MINE", query="a={run_id}&b={run_id}"),
    f"GET {_V1}/lab/runs/{{run_id}}": Row("MINE"),
    f"GET {_V1}/lab/runs/{{run_id}}/rows": Row("MINE"),
    f"GET {_V1}/lab/runs/{{run_id}}/rows/{{number}}": Row("MINE"),
    f"GET {_V1}/lab/runs/{{run_id}}/events": Row("MINE"),
    f"GET {_V1}/lab/runs/{{run_id}}/sheet": Row("MINE"),
    f"POST {_V1}/lab/runs/{{run_id}}/again": Row("MINE", json={}),
    f"POST {_V1}/lab/runs/{{run_id}}/cancel": Row("MINE"),
    f"POST {_V1}/lab/runs/{{run_id}}/resume": Row("MINE", statuses=frozenset({200, 409})),
    f"DELETE {_V1}/lab/runs/{{run_id}}": Row("MINE", last=True),
    f"POST {_V1}/lab/inspect": Row("MINE", json={**_ASK, "documents": ["{document_id}"]}),
    f"POST {_V1}/lab/ab": Row("OWN", json={**_ASK, "a": {}, "b": {"search_mode": "keyword"}}),
    f"POST {_V1}/lab/why": Row("MINE", json={**_ASK, "sentence": "Some sentence.", "message_id": "{message_id}"}),
    # Accounts
    f"POST {_V1}/auth/register": Row("OPEN", json={"username": "?", "password": "wrong horse"}),
    f"POST {_V1}/auth/login": Row("OPEN", json=_CREDENTIALS),
    f"POST {_V1}/auth/logout": Row("OWN"),
    f"GET {_V1}/auth/me": Row("OWN"),
    f"POST {_V1}/auth/password": Row(
        "OWN", json={"current_password": "wrong horse", "new_password": "new horse"}, statuses=frozenset({401})
    ),
    f"DELETE {_V1}/auth/me": Row("OWN", json={"password": "wrong horse"}, statuses=frozenset({401})),
    f"GET {_V1}/auth/tokens": Row("OWN"),
    f"POST {_V1}/auth/tokens": Row("OWN", json={"name": "a script"}),
    f"DELETE {_V1}/auth/tokens/{{token_id}}": Row("MINE", last=True),
    "POST /logout": Row("OPEN"),
    "GET /login": Row("OPEN"),
    "POST /login": Row("OPEN", form=_CREDENTIALS),
    "GET /register": Row("OPEN"),
    "POST /register": Row("OPEN", form={"username": "?", "password": "wrong horse"}),
    "GET /account": Row("OWN"),
    "POST /account/tokens": Row("OWN", form={"name": "a script"}),
    "POST /account/tokens/{token_id}/revoke": Row("MINE", last=True, ids={"token_id": "page_token_id"}),
    "POST /account/password": Row(
        "OWN", form={"current": "wrong horse", "new": "new horse"}, statuses=frozenset({401})
    ),
    "POST /account/delete": Row("OWN", form={"password": "wrong horse", "sure": "yes"}, statuses=frozenset({401})),
    # Admins
    f"GET {_V1}/admin/queue": Row("ADMIN"),
    f"GET {_V1}/admin/stats": Row("ADMIN"),
    f"GET {_V1}/admin/users": Row("ADMIN"),
    f"PATCH {_V1}/admin/users/{{user_id}}": Row("ADMIN", json={"plan": "pro"}),
    f"DELETE {_V1}/admin/users/{{user_id}}": Row("ADMIN", last=True),
    "GET /admin": Row("ADMIN"),
    "POST /admin": Row("ADMIN", form={"token": "wrong"}, statuses=frozenset({404})),
    "GET /admin/figures": Row("ADMIN"),
    "POST /admin/users/{user_id}": Row("ADMIN", form={"plan": "team"}, statuses=frozenset({303})),
}
