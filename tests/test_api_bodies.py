from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rag.api.bodies import AskBody, SearchBody
from rag.errors import FolioError
from rag.model import Asking
from rag.settings import Settings

SETTINGS = Settings(data=Path("unused"), passages=5, max_question_chars=100, _env_file=None)  # type: ignore[call-arg]


def _asking(**body: Any) -> Asking:
    return AskBody.model_validate(body).to_asking(SETTINGS)


def test_a_question_alone_is_enough() -> None:
    assert _asking(question="  What?\n") == Asking("What?", passages=5)


def test_everything_that_can_be_asked() -> None:
    asking = _asking(
        question="What?", conversation_id="conv_1", model="best", search_mode="keyword", documents=["b", "a", "b"],
        client_key="k", use_cache=False, settings={"passages": 8, "temperature": 0.5, "style": "short", "x": None},
    )  # fmt: skip
    assert asking == Asking(
        "What?", "conv_1", "best", "keyword", ("b", "a"), 8, "k", False,
        {"temperature": 0.5, "style": "short", "x": None},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "default", "mode", "documents"),
    [
        ({}, "hybrid", "hybrid", None),
        ({}, "document", "document", None),
        ({"search_mode": "semantic"}, "document", "semantic", None),
        ({"search_mode": "all", "documents": ["a"]}, "document", "hybrid", None),
        ({"search_mode": "none"}, "hybrid", "none", None),
        ({"search_mode": None, "documents": []}, "hybrid", "hybrid", None),
        ({"documents": ["a"]}, "document", "document", ("a",)),
    ],
)
def test_the_mode_asked_for_goes_before_the_addresss_own(
    body: dict[str, Any], default: Any, mode: str, documents: tuple[str, ...] | None
) -> None:
    asking = AskBody.model_validate({"question": "What?", **body}).to_asking(SETTINGS, default)
    assert (asking.search_mode, asking.documents) == (mode, documents)


def test_the_question_is_measured_without_its_spaces() -> None:
    assert len(_asking(question=" " * 50 + "x" * 100).question) == 100
    with pytest.raises(FolioError, match="101 characters long; at most 100") as caught:
        _asking(question="x" * 101)
    assert caught.value.code == "invalid_request"
    assert caught.value.details["max_characters"] == 100


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("question", {}),
        ("question", {"question": None}),
        ("question", {"question": ""}),
        ("question", {"question": " \n\t\u00a0"}),
        ("question", {"question": "a\x00b"}),
        ("question", {"question": "a\ud800b"}),
        ("question", {"question": 5}),
        ("conversation_id", {"conversation_id": ""}),
        ("conversation_id", {"conversation_id": "x" * 101}),
        ("search_mode", {"search_mode": "best"}),
        ("documents", {"documents": "doc_1"}),
        ("documents", {"documents": ["x"] * 1_001}),
        ("documents", {"documents": ["\x00"]}),
        ("client_key", {"client_key": "\ud800"}),
        ("use_cache", {"use_cache": "perhaps"}),
        ("settings", {"settings": []}),
        ("settings", {"settings": {"passages": 0}}),
        ("settings", {"settings": {"passages": 51}}),
        ("settings", {"settings": {"passages": math.nan}}),
        ("settings", {"settings": {"temperature": math.inf}}),
        ("settings", {"settings": {"seed": 2**60}}),
        ("settings", {"settings": {"style": "x" * 1_001}}),
        ("settings", {"settings": {"style": "\ud800"}}),
        ("settings", {"settings": {"\x00": 1}}),
        ("settings", {"settings": {"nested": {}}}),
        ("settings", {"settings": {str(number): 1 for number in range(31)}}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": 101}),
    ],
)
def test_what_does_not_fit_is_named(field: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        SearchBody.model_validate({"question": "What?", **body} if field != "question" else body)
    assert {problem["loc"][0] for problem in caught.value.errors()} == {field}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=8,
)
_fields = st.sampled_from([*AskBody.model_fields, "other"])


@given(st.dictionaries(_fields, _json))
def test_any_body_is_either_refused_or_asked(body: dict[str, Any]) -> None:
    try:
        asking = AskBody.model_validate(body).to_asking(SETTINGS)
    except (ValidationError, FolioError):
        return
    assert asking.question.strip()
    assert 1 <= asking.passages <= 50
    asking.question.encode()
