"""How good an answer and its search were, as figures."""

from __future__ import annotations

from typing import Any

import pytest

from rag.evaluate.measures import (
    answer_match,
    percentile,
    ranking,
    row_measures,
    same_document,
    summary,
    token_f1,
    values_of,
)


@pytest.mark.parametrize(
    ("answer", "expected", "matches"),
    [
        ("Net revenue was 412 million crowns in 2022. [1]", "412 million", True),
        ("Net revenue was 412 million crowns.", "$412.0 million", True),
        ("It was 4.12e8.", "411 million", False),
        ("It rose to $4,120.", "4120", True),
        ("Revenue was 413 million.", "412 million", False),
        ("The chief executive is Dana Reyes.", "Dana Reyes", True),
        ("The chief executive is Dana Reyes.", "dana  reyes!", True),
        ("The chief executive is Dana Reyes.", "John Smith", False),
        ("Partial answers count not.", "art", False),
        ("Yes, it did.", "No", False),
        ("Seven in the morning", "at seven in the morning", True),
        (
            "The mill burned in 1999 and was built again.",
            "The mill burned down in 1999, and was then built again",
            True,
        ),
        ("The mill burned in 1998 and was built again.", "The mill burned in 1999 and was built again", False),
        ("答えは東京です。", "東京", True),
        ("Blue", "Red | Blue", True),
        ("Der Umsatz betrug 1.234,5 Mio. Euro.", "1234.5", True),
        ("Der Umsatz betrug 412,5 Mio. Euro.", "412.5", True),
        ("Es waren 2.310 Menschen.", "2310", True),
        ("There were 2,310 people.", "2.310", True),
        ("Es waren 2.311 Menschen.", "2310", False),
        ("Der Anteil lag bei 18 %.", "18.0%", True),
        ("", "x", False),
    ],
)
def test_an_answer_against_the_expected_one(answer: str, expected: str, matches: bool) -> None:
    assert answer_match(answer, expected).matches is matches


def test_the_parts_of_a_match() -> None:
    found = answer_match("Net revenue was 412 million crowns in 2022. [1]", "412 million")
    assert (found.contained, found.numbers) == (True, True)
    assert 0 < found.f1 < 1
    assert answer_match("It is red.", "red").numbers is None


def test_token_f1_is_that_of_the_terms() -> None:
    assert token_f1("net revenue", "revenue net") == 1.0
    assert token_f1("net revenue", "profit") == 0.0
    assert token_f1("net revenue rose strongly", "net revenue") == pytest.approx(2 * 0.5 / 1.5)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$4.2 billion", [4.2e9]), ("1,234.5 and -7", [1234.5, -7.0]), ("18 %", [18.0]), ("3 Mio", [3e6]),
        ("no number", []), ("v1.2.3", []), ("2022", [2022.0]), ("5 apples", [5.0]),
    ],
)  # fmt: skip
def test_numbers_are_values(text: str, values: list[float]) -> None:
    assert values_of(text) == values


def hit(document: str, page: int) -> dict[str, Any]:
    return {"document": document, "pages": [page], "passage_id": f"{document}:{page}"}


HITS = [hit("other.pdf", 1), hit("Annual Report 2022.pdf", 4), hit("Annual Report 2022.pdf", 7)]


def test_ranks_of_the_right_document_and_page() -> None:
    found = ranking(HITS, "annual_report_2022", [7, 8])
    assert (found.document_rank, found.page_rank, found.rank, found.recall) == (2, 3, 3, 0.5)
    assert ranking(HITS, "report 2022.pdf", []).rank == 2
    assert ranking(HITS, "", [1]).rank == 1
    lost = ranking(HITS, "nowhere.pdf", [1])
    assert (lost.rank, lost.recall, lost.expected) == (None, 0.0, True)
    assert not ranking(HITS, "", []).expected
    assert ranking([], "a.pdf", []).recall == 0.0


@pytest.mark.parametrize(
    ("name", "expected", "same"),
    [
        ("A_Report.pdf", "a report", True), ("A_Report.pdf", "C:\\files\\a-report.PDF", True), ("a.pdf", "b.pdf",
        False),
        ("Adobe_2016_10K.pdf", "ADOBE_2016_10K", True), ("x.pdf", "", False), ("x.pdf", ".pdf", False),
    ],
)  # fmt: skip
def test_names_are_compared_without_case_folders_and_endings(name: str, expected: str, same: bool) -> None:
    assert same_document(name, expected) is same


def row(rank_page: int, answer: str, *, total_ms: float = 10.0, status: str = "done", **more: Any) -> dict[str, Any]:
    values = {"document": "Annual Report 2022.pdf", "pages": [rank_page], "expected": "red", **more}
    measures = row_measures(
        hits=HITS,
        answer=answer,
        refused=not answer,
        citations=[{"status": "verified"}, {"status": "missing"}],
        **values,
    )
    timings = {"search_ms": 2.0, "total_ms": total_ms}
    return {"status": status, "measures": measures, "timings": timings, "usage": {"input_tokens": 5}}


def test_a_run_in_figures() -> None:
    figures = summary([row(4, "red"), row(7, "blue", total_ms=30.0), row(9, ""), row(1, "red", status="failed")])
    assert (figures["rows"], figures["failed"], figures["ranked_rows"]) == (4, 1, 4)
    assert (figures["recall@1"], figures["recall@3"], figures["page_hit"]) == (0.0, 0.5, 0.5)
    assert figures["mrr"] == round((1 / 2 + 1 / 3) / 4, 4)
    assert (figures["answer_match"], figures["verified_quotes"], figures["quotes"]) == (0.5, 0.5, 6)
    assert figures["refusals"] == round(1 / 3, 4)
    assert (figures["total_p50_ms"], figures["total_p95_ms"], figures["search_p50_ms"]) == (10.0, 28.0, 2.0)
    assert (figures["input_tokens"], figures["output_tokens"], figures["first_token_p50_ms"]) == (15, 0, None)


@pytest.mark.parametrize(
    "expected", ["n/a", "Not in the documents.", "The document does not say it.", "Keine Angabe", "k. A."]
)
def test_where_nothing_is_to_be_found_a_refusal_is_right(expected: str) -> None:
    for refused in (True, False):
        found = row_measures(
            hits=[], document="", pages=[], answer="x", expected=expected, citations=[], refused=refused
        )
        assert found["match"]["matches"] is refused
    assert row(4, "They did not disclose it.", expected="They did not disclose it.")["measures"]["match"]["matches"]


def test_a_number_in_a_name_counts_as_a_whole() -> None:
    assert not same_document("11.pdf", "1.pdf")
    assert same_document("Report 2.0 final.pdf", "report 2.0 final")
    assert not same_document("Report 2.0 final.pdf", "report 2.1 final")
    assert same_document("gro\u0308\u00dfe.pdf", "Gr\u00f6\u00dfe.PDF")


def test_what_nothing_is_known_of_is_none() -> None:
    figures = summary([row(4, "x", document="", pages=[], expected="")])
    assert (figures["recall@5"], figures["mrr"], figures["answer_match"], figures["page_hit"]) == (None,) * 4
    assert summary([])["rows"] == 0
    assert summary([])["verified_quotes"] is None


def test_percentiles_are_interpolated() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.95) == 3.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
