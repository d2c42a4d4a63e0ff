"""Read-only links: anybody who has one reads the snapshot, nobody else; a link that was taken back leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pydantic import TypeAdapter

from rag.api import schemas
from rag.api.shares import SharedLink
from tests.api_folio import QUESTION, Folio, body_of, data_of, error_of


@pytest.fixture
def stranger(folio: Folio) -> Iterator[httpx.Client]:
    """Somebody without any cookie, at the root of the server."""
    root = httpx.URL(str(folio.client.base_url)).copy_with(path="/")
    with httpx.Client(base_url=root, timeout=60) as client:
        yield client


@pytest.fixture
def answer(folio: Folio) -> schemas.WholeAnswer:
    return data_of(folio.client.post("/chat/", json=QUESTION), schemas.WholeAnswer)


def _share(folio: Folio, answer: schemas.WholeAnswer) -> SharedLink:
    return data_of(folio.client.post(f"/chat/conversation/{answer.conversation_id}/share"), SharedLink)


def _links(folio: Folio, answer: schemas.WholeAnswer) -> list[SharedLink]:
    body = body_of(folio.client.get(f"/chat/conversation/{answer.conversation_id}/shares"))
    return TypeAdapter(list[SharedLink]).validate_python(body["data"])


def test_whoever_has_the_link_reads_the_snapshot(
    folio: Folio, answer: schemas.WholeAnswer, stranger: httpx.Client
) -> None:
    link = _share(folio, answer)
    page = stranger.get(str(link.path))
    assert page.status_code == 200
    assert QUESTION["question"] in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"


def test_what_is_said_later_is_not_in_it(folio: Folio, answer: schemas.WholeAnswer, stranger: httpx.Client) -> None:
    link = _share(folio, answer)
    later = {"question": "And what about spruce?", "conversation_id": answer.conversation_id}
    assert folio.client.post("/chat/", json=later).status_code == 200
    assert "spruce?" not in stranger.get(str(link.path)).text


def test_a_link_is_told_once_and_taken_back(folio: Folio, answer: schemas.WholeAnswer, stranger: httpx.Client) -> None:
    link = _share(folio, answer)
    assert [(one.id, one.path) for one in _links(folio, answer)] == [(link.id, None)]
    assert body_of(folio.client.delete(f"/chat/shares/{link.id}"))["data"] == {"id": link.id}
    assert _links(folio, answer) == []
    assert stranger.get(str(link.path)).status_code == 404
    assert error_of(folio.client.delete(f"/chat/shares/{link.id}"), 404).error_code == "not_found"


def test_a_link_leads_nowhere_while_its_conversation_is_in_the_trash(
    folio: Folio, answer: schemas.WholeAnswer, stranger: httpx.Client
) -> None:
    link = _share(folio, answer)
    path = f"/chat/conversation/{answer.conversation_id}"
    assert folio.client.delete(path).status_code == 200
    assert stranger.get(str(link.path)).status_code == 404
    assert folio.client.post(f"{path}/restore").status_code == 200
    assert stranger.get(str(link.path)).status_code == 200


def test_only_the_owner_makes_sees_and_takes_back_links(
    folio: Folio, answer: schemas.WholeAnswer, stranger: httpx.Client
) -> None:
    link = _share(folio, answer)
    path = f"api/v1/chat/conversation/{answer.conversation_id}"
    assert stranger.post(f"{path}/share").status_code == 404
    assert stranger.get(f"{path}/shares").status_code == 404
    assert stranger.delete(f"api/v1/chat/shares/{link.id}").status_code == 404
    assert stranger.get("shared/guessed").status_code == 404
