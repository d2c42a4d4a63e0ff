"""Settings of a question that change its search."""

from __future__ import annotations

from typing import Any

import pytest

from rag.tuning import weights_of
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
