"""Which documents a question names: by words run together or apart, by initials and years, and when by nothing."""

from __future__ import annotations

import pytest

from rag.search.naming import NamedDocument, in_full, named

FILINGS = tuple(
    NamedDocument(name, name)
    for name in (
        "ADOBE_2015_10K.pdf",
        "ADOBE_2016_10K.pdf",
        "GENERALMILLS_2020_10K.pdf",
        "JOHNSON_JOHNSON_2022_10K.pdf",
        "MGMRESORTS_2022Q4_EARNINGS.pdf",
        "Pfizer_2023Q2_10Q.pdf",
    )
)


def narrowest(question: str, documents: tuple[NamedDocument, ...] = FILINGS) -> tuple[str, ...]:
    choices = named(question, documents)
    return choices[0] if choices else ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What was revenue in Adobe's 2016 filing?", ("ADOBE_2016_10K.pdf",)),
        ("What was Adobe’s operating income in FY15?", ("ADOBE_2015_10K.pdf",)),
        ("How did General Mills finance its dividends?", ("GENERALMILLS_2020_10K.pdf",)),
        ("Did JnJ sell its inventory?", ("JOHNSON_JOHNSON_2022_10K.pdf",)),
        ("Did J&J sell its inventory?", ("JOHNSON_JOHNSON_2022_10K.pdf",)),
        ("Which region did best for MGM?", ("MGMRESORTS_2022Q4_EARNINGS.pdf",)),
        ("what does pfizer expect to pay for upjohn?", ("Pfizer_2023Q2_10Q.pdf",)),
    ],
)
def test_names_as_people_write_them(question: str, expected: tuple[str, ...]) -> None:
    assert narrowest(question) == expected


def test_a_year_chooses_among_those_that_are_named() -> None:
    assert named("What changed at Adobe between FY2015 and FY2016?", FILINGS) == (
        ("ADOBE_2015_10K.pdf", "ADOBE_2016_10K.pdf"),
    )
    assert named("What was Adobe's revenue in 2016?", FILINGS) == (
        ("ADOBE_2016_10K.pdf",),
        ("ADOBE_2015_10K.pdf", "ADOBE_2016_10K.pdf"),
    )
    assert narrowest("What happened in 2020?") == ("GENERALMILLS_2020_10K.pdf",)


@pytest.mark.parametrize(
    "question",
    [
        "What were net sales?",
        "Summarise the 10K report",
        "Which US state has the lowest rate?",
        "how do mills work",
        "Who is General Electric's chairman?",
        "",
    ],
)
def test_other_words_name_nothing(question: str) -> None:
    assert named(question, FILINGS) == ()


def test_what_most_names_share_tells_nothing_apart() -> None:
    acme = tuple(NamedDocument(name, name) for name in ("Acme invoice.pdf", "Acme lease.pdf", "Acme patents.pdf"))
    assert named("What does Acme owe?", acme) == ()
    assert narrowest("When does Acme's Lease end?", acme) == ("Acme lease.pdf",)
    assert named("When does the Lease end?", acme[1:2]) == (), "there is nothing to choose between"


def test_titles_count_as_names_do() -> None:
    scans = (NamedDocument("a", "scan0001.pdf", "Satzung des Vereins Morgenröte"), NamedDocument("b", "scan0002.pdf"))
    assert narrowest("Was steht in der Satzung von Morgenröte?", scans) == ("a",)
    chinese = (NamedDocument("a", "年度报告.pdf"), NamedDocument("b", "合同.pdf"))
    assert narrowest("年度报告 里有什么?", chinese) == ("a",)


@pytest.mark.parametrize(
    ("question", "name", "title", "expected"),
    [
        ("Which ship did the Union capture?", "state_of_the_union.md", "", False),
        ("What did the State of the Union say?", "state_of_the_union.md", "", True),
        ("How did General Mills do in 2020?", "GENERALMILLS_2020_10K.pdf", "", True),
        ("How did MGM do?", "MGMRESORTS_2022Q4_EARNINGS.pdf", "", True),
        ("Did JnJ sell its inventory?", "JOHNSON_JOHNSON_2022_10K.pdf", "", True),
        ("What does the Harbour Handbook say?", "scan0001.pdf", "Harbour Handbook", True),
        ("What happened in 2020?", "GENERALMILLS_2020_10K.pdf", "", False),
    ],
)
def test_a_name_is_said_in_full_or_in_part(question: str, name: str, title: str, expected: bool) -> None:
    assert in_full(question, NamedDocument(name, name, title)) is expected
