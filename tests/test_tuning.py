"""Settings of a question that change its search."""

from __future__ import annotations

from typing import Any

import pytest

from rag.tuning import rerank_of, weights_of
from tests.whole import refused


def test_weights_are_two_numbers() -> None:
    assert weights_of({}) is None
    assert weights_of({"weights": ""}) is None
    assert weights_of({"weights": "1:2.5"}) == (1.0, 2.5)
    assert weights_of({"weights": [2, 1]}) == (2.0, 1.0)


@pytest.mark.parametrize("said", ["1", "1:2:3", "a:b", "0:1", "-1:2", "1:nan", "1:1e9", 7, True])
def test_anything_else_is_refused(said: Any) -> None:
    with refused("invalid_request"):
        weights_of({"weights": said})


def test_reranking_is_on_off_or_a_number() -> None:
    said = ("", None, "on", True, "off", False, "0", 7, "100")
    assert [rerank_of({"rerank": each}) for each in said] == [None, None, "on", "on", 0, 0, 0, 7, 100]
    assert rerank_of({}) is None


@pytest.mark.parametrize("said", ["often", -1, "101", 1.5, ["on"], "²"])
def test_any_other_reranking_is_refused(said: Any) -> None:
    with refused("invalid_request"):
        rerank_of({"rerank": said})
