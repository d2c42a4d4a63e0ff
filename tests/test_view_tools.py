"""The tools' frame, their fields, and one question with two settings: what is drawn, and that texts stay texts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rag.view.lab import inspection_html, row_trace, settings_line
from rag.view.texts import Language
from rag.view.texts.tools import DE, EN
from rag.view.tools import TOOLS, ab_html, asked_with, tools_html
from rag.view.trace import trace_html
from tests.view_rows import NASTY, citation, hit

MODELS = [
    SimpleNamespace(name=NASTY, provider="openai", is_default=True, included=True),
    SimpleNamespace(name="dear", provider="openai", is_default=False, included=False),
    SimpleNamespace(name="extractive", provider="", is_default=False, included=True),
]
SETTINGS = {"model": None, "search_mode": "hybrid", "passages": 8, "documents": None, "settings": {"weights": "1:3"}}


def side(**changes: Any) -> dict[str, Any]:
    text = 'Sales rose [1: "a quote"].'
    values = {
        "settings": SETTINGS, "answer": text, "elapsed_ms": 120.0, "ranked": [], "limit": 8, "note": NASTY,
        "model": "small", "citations": [citation(1, text.index("["))], "timings": {"first_token_ms": 40.0},
        "support": {"sentences": [{"start": 0, "end": len(text), "kind": "quote"}],
                    "counts": {"quote": 1, "passage": 0, "none": 0}},
        "error": None,
    }  # fmt: skip
    return {**values, **changes}


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_frame_has_every_tool_and_only_models_that_can_be_used(language: Language) -> None:
    html = tools_html(MODELS, language, 9)
    for tool in TOOLS:
        assert f'id="tool-{tool}"' in html
        assert f'id="panel-{tool}"' in html
    assert "<img" not in html
    assert 'value="dear"' not in html
    assert '<option value="9" selected>' in html
    assert 'name="rerank"' not in html
    assert tools_html(MODELS, language, can_rerank=True).count('name="rerank"') == len(TOOLS) + 1
    assert EN.keys() == DE.keys()


def test_fields_become_settings_and_strange_ones_are_left_out() -> None:
    how = {"mode": "keyword", "passages": 4, "weights": "3:1", "model": "small"}
    asking = asked_with({"question": " Why? ", "how": how, "documents": ["d1"], "conversation": "c", "key": "k"}, 8)
    assert (asking.question, asking.search_mode, asking.passages, asking.model) == ("Why?", "keyword", 4, "small")
    assert (asking.documents, asking.conversation_id, asking.client_key) == (("d1",), None, None)
    assert (dict(asking.settings), asking.use_cache) == ({"weights": "3:1"}, False)
    strange = asked_with({"question": "Why?", "how": {"weights": "9:9", "mode": "x", "passages": "many"}}, 8)
    assert (strange.search_mode, strange.passages, dict(strange.settings)) == ("hybrid", 8, {})
    assert asked_with({"question": "Why?", "how": "nonsense"}, 8).passages == 8


def test_two_answers_stand_side_by_side() -> None:
    move = {"passage_id": "p", "document": NASTY, "pages": [1], "snippet": NASTY, "a": 3, "b": 1}
    failed = side(answer=NASTY, citations=[], error={"message": NASTY}, support={"sentences": [], "counts": {}})
    html = ab_html({"a": side(), "b": failed, "moves": [move]}, "en")
    assert "<img" not in html
    assert "small · Words + meaning · Passages 8 · Balance 1:3" in html
    assert html.count('class="chip"') == 1
    assert "120 ms in all · first word after 40 ms" in html
    assert "↑ 2" in html
    assert "Rests on a verified quote" in html


def test_settings_in_a_line() -> None:
    assert settings_line({}, "en") == ""
    assert (
        settings_line({"model": "extractive", "search_mode": "keyword"}, "en") == "Quotes only (no model) · Words only"
    )


def test_the_trace_of_a_row_is_shown_as_any_other() -> None:
    trace: dict[str, Any] = {
        "question": NASTY, "query": "q", "status": "complete", "model": "small", "steps": [], "retrieved": [hit(1)],
        "citations": [], "usage": {}, "timings": {}, "error": None,
    }  # fmt: skip
    html = trace_html(row_trace({"run_id": "run_1", "settings": SETTINGS}, {"number": 3, "trace": trace}), "en")
    assert 'data-key="trace-run_1-3"' in html
    assert "why-not" not in html  # that is asked of an answer in a conversation
    assert "<img" not in html


def test_where_passages_were_put_in_order_again_their_places_are_a_column() -> None:
    found: dict[str, Any] = {"hits": [hit(1), hit(2)], "in_prompt": 1, "decision": "", "note": "", "elapsed_ms": 12.0}
    assert "Reranked" not in inspection_html(found, "en")
    found["hits"][0]["scores"]["reranked"] = {"rank": 3, "score": 0.5}
    html = inspection_html(found, "en")
    assert '<td data-label="Reranked"><b>3</b> <span class="note">0.50</span></td>' in html
    assert 'colspan="6"' in html
    said = {**SETTINGS, "settings": {"rerank": "off"}}
    assert settings_line(said, "de").endswith("Nachsortieren Aus")
