"""The tools for analysts as HTML and sentences: what is said, and that nothing of a user's is markup."""

from __future__ import annotations

from typing import Any

import pytest

from rag.view.lab import (
    comparison_html,
    figure_text,
    figures_of,
    inspection_html,
    moves_html,
    run_html,
    runs_html,
    support_html,
    support_line,
    why_html,
    why_sentences,
)
from rag.view.texts import TEXTS, Language
from rag.view.texts.lab import DE, EN
from tests.view_rows import AT, NASTY, hit

SUMMARY = {
    "rows": 2, "failed": 0, "recall@5": 0.5, "mrr": 0.25, "page_hit": 0.5, "answer_match": 1.0, "answer_f1": 0.4,
    "verified_quotes": None, "total_p50_ms": 1234.0, "input_tokens": 12_345, "ranked_rows": 2,
}  # fmt: skip


def run(**changes: Any) -> dict[str, Any]:
    values = {
        "run_id": "run_1", "name": NASTY, "status": "completed", "settings": {},
        "problems": [{"row": 3, "problem": NASTY}],
        "notes": [NASTY], "total": 2, "done": 2, "progress_percentage": 100.0, "summary": SUMMARY, "error": None,
        "created_at": AT,
    }  # fmt: skip
    return {**values, **changes}


def row(**changes: Any) -> dict[str, Any]:
    values = {
        "number": 1, "question": NASTY, "expected": NASTY, "document": "", "pages": [], "status": "done",
        "answer": NASTY,
        "measures": {"match": {"matches": False}, "ranking": {"rank": None}, "quotes": {"verified": 1, "missing": 1}},
        "timings": {"total_ms": 12.0}, "usage": {},
        "trace": {"steps": [{"label": NASTY, "detail": NASTY, "elapsed_ms": 3.0, "status": "finished"}],
                  "retrieved": [hit(1)], "error": None},
    }  # fmt: skip
    return {**values, **changes}


def verdict(**changes: Any) -> dict[str, Any]:
    values = {
        "kind": "cut", "sentence": "s", "question": "q", "closest": NASTY, "similarity": 1.0, "differences": [],
        "document": NASTY, "page": 7, "passage_number": 4, "passage_text": NASTY, "is_split": False,
        "keyword": {"rank": 37, "score": 1.0}, "semantic": {"rank": 112, "score": 0.1}, "place": 41, "limit": 8,
        "in_prompt": 8, "depth": 500, "note": "",
    }  # fmt: skip
    return {**values, **changes}


def comparison() -> dict[str, Any]:
    pair = {
        "question": NASTY, "answers": [NASTY, "b"], "answer": {"a": True, "b": False, "flip": "lost"},
        "page": {"a": 1, "b": None, "flip": "lost"},
    }  # fmt: skip
    figure = {"name": "mrr", "a": 0.5, "b": 0.25, "change": -0.25, "better": "a"}
    flips = {name: {"gained": 0, "lost": 1} for name in ("answer", "page", "refusal")}
    return {"a": run(), "b": run(), "figures": [figure], "rows": [pair], "flips": flips, "only_a": [2], "only_b": []}


def test_both_languages_have_every_text() -> None:
    assert EN.keys() == DE.keys()
    assert not EN.keys() & {key for key in TEXTS["en"] if TEXTS["en"][key] != EN.get(key, TEXTS["en"][key])}


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_of_a_users_is_markup(language: Language) -> None:
    seen = {
        "hits": [{**hit(1), "snippet": NASTY, "document": NASTY}], "note": NASTY, "decision": NASTY, "limit": 1,
        "in_prompt": 0,
    }  # fmt: skip
    move = {"passage_id": "p", "document": NASTY, "pages": [1], "snippet": NASTY, "a": 1, "b": 3}
    support = {"sentences": [{"start": 0, "end": len(NASTY), "kind": "none", "numbers": []}], "counts": {"none": 1}}
    pages = (
        runs_html([run()], language), run_html(run(), [row(), row(status="pending")], language),
        comparison_html(comparison(), language), inspection_html(seen, language), moves_html([move], language),
        why_html(verdict(), language), support_html(NASTY, support, language),
    )  # fmt: skip
    for html in pages:
        assert "<img" not in html
        assert "&lt;img" in html


def test_figures_as_a_person_reads_them() -> None:
    assert figure_text("recall@5", 0.5) == "50 %"
    assert figure_text("mrr", 0.25) == "0.25"
    assert figure_text("total_p50_ms", 1234.0) == "1.2 s"
    assert figure_text("input_tokens", 12_345) == "12,345"
    assert figure_text("mrr", None) == "–"
    assert ("Found at 5", "50 %") in figures_of(SUMMARY, "en")
    assert all(name != "Verified quotes" for name, _ in figures_of(SUMMARY, "en"))
    assert figures_of(None, "en") == []


def test_a_list_of_runs_teaches_when_it_is_empty_and_shows_progress() -> None:
    assert "expected answer" in runs_html([], "en")
    html = runs_html([run(status="running", done=1, progress_percentage=50.0, summary=None)], "en")
    assert "Running · 1 of 2" in html
    assert 'value="50.0"' in html


def test_a_run_shows_rows_traces_and_where_to_get_the_sheet() -> None:
    html = run_html(run(), [row()], "en")
    assert 'href="api/v1/lab/runs/run_1/sheet?format=xlsx"' in html
    assert 'data-match="no"' in html
    assert "1/2" in html
    assert 'data-act="lab-row" data-run="run_1" data-number="1"' in html
    assert "Show 1 more" in html
    assert 'data-verb="cancel"' in run_html(run(status="running"), [], "en")
    assert 'data-verb="resume"' in run_html(run(status="cancelled"), [], "en")


def test_a_comparison_says_what_flipped() -> None:
    html = comparison_html(comparison(), "en")
    assert "Answers: 0 gained, 1 lost" in html
    assert "1 questions are in one run only." in html
    assert 'data-better="a"' in html
    assert "−0.25" in html
    assert "1 → –" in html


def test_the_inspector_draws_the_line_where_the_prompt_ends() -> None:
    hits = [{**hit(1), "passage_id": "p1"}, {**hit(2), "passage_id": "p2"}]
    html = inspection_html({"hits": hits, "note": "", "decision": "", "limit": 1, "in_prompt": 1}, "en")
    assert html.index('data-key="p1"') < html.index('class="cut"') < html.index('data-key="p2"')
    assert "Nothing was found." in inspection_html({"hits": [], "note": "", "decision": "", "in_prompt": 0}, "en")


def test_moves_have_a_direction() -> None:
    base = {"document": "a", "pages": [1], "snippet": ""}
    moves = [
        {**base, "passage_id": str(n), "a": a, "b": b}
        for n, (a, b) in enumerate([(3, 1), (1, 3), (2, 2), (None, 1), (1, None)])
    ]
    html = moves_html(moves, "en")
    for sign in ("↑ 2", "↓ 2", "=", "new", "gone"):
        assert sign in html


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", [key.removeprefix("why_") for key in EN if key.startswith("why_")
                                  and key.removeprefix("why_") in {
    "not_extracted", "other_characters", "not_searchable", "filtered", "not_passage", "not_matched", "cut",
    "cut_by_prompt", "not_used", "in_prompt", "used"}])  # fmt: skip
def test_every_verdict_is_a_sentence(kind: str, language: Language) -> None:
    sentence = why_sentences(verdict(kind=kind, document="a.pdf"), language)[0]
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_a_verdict_in_full() -> None:
    assert why_sentences(verdict(document="a.pdf"), "en") == [
        "It is in passage 4 of a.pdf (page 7), found at place 41; 8 passages reach the answer.",
        "By words: place 37. By meaning: place 112.",
    ]
    other = verdict(
        kind="other_characters", similarity=0.967, document="a.pdf", keyword=None, semantic=None, note="No model.",
        is_split=True, differences=[{"sentence": "421", "document": "412"}, {"sentence": "", "document": "new"},
                                    {"sentence": "old", "document": ""}],
    )  # fmt: skip
    assert why_sentences(other, "en") == [
        "It stands on page 7 of a.pdf, written otherwise (96 % the same).",
        "“421” is “412” in the document.",
        "The document has “new” besides.",
        "“old” is not in the document.",
        "By words: not among the first 500. By meaning: not searched.",
        "It is split between two passages.",
        "No model.",
    ]


def test_each_sentence_is_shown_with_what_it_rests_on() -> None:
    text = '- **One** & two [1: "a quote"]. Three `four`.'
    support = {
        "sentences": [{"start": 0, "end": 31, "kind": "quote"}, {"start": 32, "end": len(text), "kind": "none"}],
        "counts": {"quote": 1, "passage": 0, "none": 1},
    }  # fmt: skip
    html = support_html(text, support, "en")
    assert '<span class="sentence">One &amp; two.</span><span class="rests">Rests on a verified quote' in html
    assert '<span class="sentence">Three four.</span><span class="rests">Nothing found supports' in html
    assert support_line(support, "en") == "1 of 2 sentences rest on a verified quote · 1 without support"
    assert (
        support_line({"counts": {"quote": 0, "passage": 1, "none": 0}}, "en") == "Rests on a passage, without a quote"
    )
    assert support_line({"counts": {"quote": 0, "passage": 0, "none": 0}}, "en") == ""
    assert support_html("", {"counts": {}, "sentences": []}, "en") == ""


def test_a_row_of_a_table_is_read_as_its_cells() -> None:
    text = "| Tern Rock | **1871** | |\n|:--|---|\nA | B"
    support: dict[str, Any] = {"counts": {"quote": 0, "passage": 0, "none": 1},
                               "sentences": [{"start": 0, "end": len(text), "kind": "none"}]}  # fmt: skip
    assert '<p class="sentence">Tern Rock · 1871 A | B' in support_html(text, support, "en").replace("span", "p")
