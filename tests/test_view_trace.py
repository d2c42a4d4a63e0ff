"""The trace of an answer: query, steps, candidates by retriever, what went into the prompt."""

from __future__ import annotations

from typing import Any

from rag.view.trace import trace_html
from tests.view_rows import NASTY, citation, hit


def trace(**changes: Any) -> dict[str, Any]:
    step = {"name": "search", "status": "finished", "label": "Searching 1 document", "detail": "", "elapsed_ms": 40.0}
    both = {"keyword": {"rank": 2, "score": 3.456}, "semantic": {"rank": 1, "score": 0.9}, "fused": 1.0}
    values: dict[str, Any] = {
        "message_id": "msg_1", "question": "And before?", "query": "Sales in 2024?", "model": "best", "cached": False,
        "settings": {"search_mode": "hybrid", "passages": 8, "documents": ["doc_1"], "settings": {"language": "de"}},
        "steps": [step, {**step, "name": "generate", "detail": "best; 1 of 2 passages fit its prompt",
                         "label": "Generating answer", "elapsed_ms": 400.0}],
        "retrieved": [{**hit(1), "scores": both}, hit(2, "doc_2", "other.pdf")],
        "citations": [citation(1, 0, passage_id="doc_1:1")], "error": None,
        "usage": {"input_tokens": 1_900, "output_tokens": 40}, "timings": {"first_token_ms": 61.0, "total_ms": 440.0},
    }  # fmt: skip
    return {**values, **changes}


def test_it_shows_what_was_searched_found_and_told() -> None:
    html = trace_html(trace(), "en")
    assert "Sales in 2024?" in html
    assert "Words + meaning" in html
    assert "Searched 1 document" in html
    assert "Deutsch" in html
    assert "<td>2 (3.46)</td><td>1 (0.90)</td><td>yes, cited</td>" in html
    assert "<td>1 (2.00)</td><td>–</td><td>no</td>" in html
    assert "1 of 2 candidates went into the prompt. Cited: 1." in html
    assert "1,900 read · 40 written" in html
    assert "first word after 61 ms · 440 ms in all" in html
    assert 'style="width:10.0%"' in html


def test_it_shows_what_was_put_in_order_again() -> None:
    again = {"keyword": {"rank": 2, "score": 3.456}, "fused": 1.0, "reranked": {"rank": 1, "score": 0.75}}
    asked = {"search_mode": "hybrid", "passages": 8, "settings": {"rerank": "on"}}
    html = trace_html(trace(retrieved=[{**hit(1), "scores": again}, hit(2)], settings=asked), "en")
    assert "<dt>Reranking</dt><dd>On</dd>" in html
    assert "<td>2 (3.46)</td><td>–</td><td>1 (0.75)</td>" in html
    assert "Rerank" not in trace_html(trace(), "en")


def test_an_answer_without_a_search_says_so() -> None:
    empty = trace(retrieved=[], citations=[], steps=[], usage={}, timings={}, query="And before?", settings={})
    html = trace_html(empty, "en")
    assert "Nothing was searched." in html
    assert "Searched for" not in html


def test_the_built_in_answerer_has_no_prompt() -> None:
    assert "searched for sentences" in trace_html(trace(model="extractive"), "en")


def test_nothing_untrusted_becomes_markup() -> None:
    nasty = {**hit(1), "document": NASTY, "snippet": NASTY}
    step = {"name": NASTY, "status": "finished", "label": NASTY, "detail": NASTY, "elapsed_ms": 1.0}
    html = trace_html(trace(question=NASTY, query=NASTY + "!", model=NASTY, retrieved=[nasty], steps=[step],
                            error={"message": NASTY}), "de")  # fmt: skip
    assert "<img" not in html
