"""Routes that ask: search, whole answers, and streams of a turn's events."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from rag.answer.support import support_of
from rag.api.bodies import AskBody, SearchBody
from rag.api.envelope import EnvelopeResponse, failure, success, timestamp
from rag.api.event_schemas import NO_MORE, stream_of
from rag.api.follow import Followers, Following
from rag.api.openapi import errors
from rag.api.schemas import Envelope, Hit, Started, TurnRef, WholeAnswer
from rag.api.sse import COMMENT, EventStream, frame, no_content
from rag.api.state import Folio, Signer, Streams, User
from rag.errors import FolioError, InternalError
from rag.events import Answer, advance
from rag.records import answer_json

log = logging.getLogger(__name__)

MAX_SEQ = 2**53
ASKING_ERRORS = errors(
    "not_found", "conflict", "too_large", "rate_limited", "model_not_in_plan", "model_unavailable", "storage_full"
)
STREAM_OF_TURN = stream_of("TurnEvent", "The events of the turn, from the first to the terminal one.")

_SEQ = re.compile(r"[0-9]{1,15}")

router = APIRouter(tags=["asking"])
After = Annotated[
    int, Query(ge=0, le=MAX_SEQ, description="Only events with a greater `seq`; all of them, where there is none such.")
]
LastEventId = Annotated[str | None, Header(description="The last `id` a client saw; goes before `after`.")]


@router.post("/search", summary="Hits without an answer", response_model=Envelope[list[Hit]], responses=ASKING_ERRORS)
def search(body: SearchBody, app: Folio, user: User) -> Response:
    """The passages an answer would be written from, best first, through the same search.

    `metadata.note` says why it was by keywords only, when it was.
    """
    asking = body.to_asking(app.settings)
    if asking.conversation_id is not None:
        app.conversation(user, asking.conversation_id)
    started = monotonic()
    hits, note = app.search_noted(user, asking, body.limit or asking.passages)
    elapsed_ms = round((monotonic() - started) * 1000, 1)
    about = {"search_mode": asking.search_mode, "note": note, "elapsed_ms": elapsed_ms, "total": len(hits)}
    return success([hit.to_json() for hit in hits], about)


@router.post(
    "/chat/",
    summary="Ask, wait, and get the whole answer",
    response_model=Envelope[WholeAnswer],
    responses=ASKING_ERRORS | errors("model_error", "model_timeout", "queue_timeout"),
)
@router.post("/chat", include_in_schema=False)
async def chat(body: AskBody, app: Folio, user: User, streams: Streams) -> Response:
    """Waits until the answer is complete. Who leaves finds it in the conversation.

    `metadata.support` marks what each sentence rests on: a verified quote, a passage, or nothing.
    """
    streams.check_room()
    turn = await run_in_threadpool(app.ask, user, body.to_asking(app.settings))
    answer = Answer()
    async with aclosing(await streams.open(user, turn.id)) as lines:
        async for logged in lines:
            answer = answer if logged is None else advance(answer, logged)
    return _whole(turn.id, answer)


def _whole(turn_id: str, answer: Answer) -> EnvelopeResponse:
    if answer.error is None:
        support = support_of(answer.text, answer.citations, answer.sources).to_json()
        return success(answer_json(turn_id, answer), {"status": answer.status, "support": support})
    ids = {"turn_id": turn_id, "conversation_id": answer.conversation_id, "message_id": answer.message_id}
    details = {**answer.error.details, **ids, "answer": answer.text}
    return failure(FolioError(answer.error.error_code, answer.error.message, details))


@router.post(
    "/fast_chat/stream",
    summary="Ask and stream (search)",
    response_class=Response,
    responses=ASKING_ERRORS | STREAM_OF_TURN | NO_MORE,
)
async def fast_chat_stream(
    body: AskBody, app: Folio, user: User, streams: Streams, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """Answers from the passages that a search finds. The turn goes on when the client leaves.

    Who sends the same `client_key` again comes back to the same turn, and may say where it was.
    """
    streams.check_room()
    turn = await run_in_threadpool(app.ask, user, body.to_asking(app.settings))
    return await _begin(streams, user, turn.id, body, last_event_id, after)


@router.post(
    "/chat/stream",
    summary="Ask and stream (whole documents)",
    response_class=Response,
    responses=ASKING_ERRORS | STREAM_OF_TURN | NO_MORE,
)
async def chat_stream(
    body: AskBody, app: Folio, user: User, streams: Streams, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """Loads the `documents` into the model's context, as far as they fit, unless `search_mode` says otherwise."""
    streams.check_room()
    turn = await run_in_threadpool(app.ask, user, body.to_asking(app.settings, "document"))
    return await _begin(streams, user, turn.id, body, last_event_id, after)


@router.post(
    "/chat/start",
    summary="Ask; the stream is opened by another call",
    response_model=Envelope[Started],
    responses=ASKING_ERRORS,
)
def chat_start(body: AskBody, app: Folio, user: User, identities: Signer) -> Response:
    """For a browser's EventSource, which can only GET: `GET /chat/stream?session_id=` within ten minutes."""
    turn = app.ask(user, body.to_asking(app.settings))
    session_id = identities.session(turn.id)
    return success({"session_id": session_id, "conversation_id": turn.conversation_id, "turn_id": turn.id})


@router.get(
    "/chat/stream",
    summary="Stream what /chat/start began",
    response_class=Response,
    responses=errors("not_found", "rate_limited") | STREAM_OF_TURN | NO_MORE,
)
async def chat_stream_session(
    session_id: Annotated[str, Query(max_length=500)],
    user: User,
    streams: Streams,
    identities: Signer,
    after: After = 0,
    last_event_id: LastEventId = None,
) -> Response:
    """The same events as `GET /chat/turns/{id}/events`."""
    return await _resume(streams, user, identities.turn_of(session_id), last_event_id, after)


@router.get(
    "/chat/turns/{turn_id}/events",
    summary="Follow or resume a turn",
    response_class=Response,
    responses=errors("not_found", "rate_limited") | STREAM_OF_TURN | NO_MORE,
)
async def turn_events(
    turn_id: str, user: User, streams: Streams, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """Any number of clients may follow a turn, while it is written and afterwards; all see the same events."""
    return await _resume(streams, user, turn_id, last_event_id, after)


@router.post(
    "/chat/turns/{turn_id}/stop",
    summary="Stop a turn",
    response_model=Envelope[TurnRef],
    responses=errors("not_found"),
)
def stop(turn_id: str, app: Folio, user: User) -> Response:
    """The text so far is kept. Stopping a turn that has ended changes nothing."""
    app.stop(user, turn_id)
    return success({"turn_id": turn_id})


async def _begin(
    streams: Followers, user: str, turn_id: str, body: AskBody, last_event_id: str | None, after: int
) -> Response:
    if body.client_key is None:  # a turn that has just begun: nobody has a place in it yet
        return EventStream(_frames(turn_id, await streams.open(user, turn_id)))
    return await _resume(streams, user, turn_id, last_event_id, after)


async def _resume(streams: Followers, user: str, turn_id: str, last_event_id: str | None, after: int) -> Response:
    if last_event_id is not None:
        after = int(last_event_id) if _SEQ.fullmatch(last_event_id) else 0
    after, seen = await streams.place(user, turn_id, after)
    if seen is not None and seen.is_terminal:
        return no_content()
    return EventStream(_frames(turn_id, await streams.open(user, turn_id, after)))


async def _frames(turn_id: str, lines: Following) -> AsyncGenerator[bytes, None]:
    """A turn's events as frames, with comments while there are none.

    Once the head is sent, what goes wrong can only be an event. It is not in the log, so it has no place in it.
    """
    seen = 0
    try:
        async with aclosing(lines):
            async for logged in lines:
                if logged is None:
                    yield COMMENT
                else:
                    seen = logged.seq
                    yield frame(logged.event.type, logged.to_json(), logged.seq)
    except FolioError as error:
        yield _failed(turn_id, seen, error)
    except Exception:  # the API's edge: an ordinary answer's is in rag.api.edge
        log.exception("the stream of turn %s broke off", turn_id)
        yield _failed(turn_id, seen, InternalError("internal_error", "The stream broke off. Open it again."))


def _failed(turn_id: str, seq: int, error: FolioError) -> bytes:
    fields = {"error_code": error.code, "message": error.message, "details": error.details}
    envelope = {"turn_id": turn_id, "seq": seq, "type": "error", "at": timestamp()}
    return frame("error", {**envelope, **fields, "retryable": error.retryable})
