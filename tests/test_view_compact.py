"""Answers, sources and rows for a front end with few widgets of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import CODES
from rag.events import Answer, Failed, Step
from rag.view import compact, documents
from rag.view.answers import Exchange
from rag.view.page import Sample
from rag.view.texts import TEXTS, Language
from tests.view_rows import NASTY, citation, document, hit, task

EN = TEXTS["en"]
DONE = Answer(status="complete", text="Sales rose [1].", model="small", usage={"total_tokens": 2280})


def exchange(answer: Answer, **changes: object) -> Exchange:
    return replace(Exchange("msg_1", "conv_1", "How?", answer), **changes)  # type: ignore[arg-type]


def test_while_it_is_written_the_title_says_what_is_being_done() -> None:
    steps = (Step("search", "started", "Searching 3 documents"),)
    assert compact.parts(Answer(status="processing", steps=steps), "en").title == "Searching 3 documents …"
    assert compact.parts(Answer(status="processing", steps=steps), "de").title == "3 Dokumente werden durchsucht …"
    waiting = compact.parts(Answer(status="queued", position=2), "en")
    assert (waiting.title, waiting.state) == ("Waiting for a free place: number 2 in line", "running")


def test_steps_say_how_long_they_took_or_that_they_did_not() -> None:
    steps = (
        Step("condense", "skipped", "Preparing search query"),
        Step("search", "finished", "Searching 3 documents", NASTY, 42.2),
        Step("generate", "failed", "Generating answer", "", 900.0),
    )
    shown = compact.parts(Answer(status="error", steps=steps), "en")
    assert shown.state == "error"
    assert [said in shown.steps for said in ("not needed", "42 ms", "failed", "Searched 3 documents")] == [True] * 4
    assert "<img" not in shown.steps
    assert "900 ms" not in shown.steps


def test_what_was_found_and_cited_is_harmless() -> None:
    cited = replace(DONE, sources=(hit(1, name=NASTY),), citations=(citation(1, 11, quote=NASTY, document=NASTY),))
    shown = compact.parts(cited, "en")
    assert 'class="f-chip" data-status="verified"' in shown.prose
    assert 'class="f-hit"' in shown.found
    assert "<img" not in "".join(shown.html)


def test_under_a_complete_answer_there_is_nothing_to_complain_of() -> None:
    under = compact.ending(exchange(replace(DONE, citations=(citation(1, 11),)), thumb="up"), "en")
    assert (under.said, under.beside, under.again) == ((), (), EN["regenerate"])
    assert compact.THUMBS[under.thumb or 0] == "up"
    assert under.citations == (compact.citation_name(citation(1, 11), "en"),)
    assert under.facts.startswith(compact.label("small · 2,280 tokens"))


def test_an_error_comes_with_a_way_on_and_a_stop_with_what_became_of_it() -> None:
    failed = Failed("model_timeout", "It took too long.", {}, True)
    under = compact.ending(exchange(Answer(status="error", error=failed)), "en")
    assert under.said == (("error", compact.label("It took too long. Retry, or choose another model.")),)
    assert under.again == EN["retry"]
    assert compact.ending(exchange(Answer(status="stopped", text="Half")), "en").said == (
        ("caption", compact.label(EN["was_stopped"])),
    )


@pytest.mark.parametrize(
    ("key", "beside"),
    [
        ("a", (("b", "chevron_right", "2/3"),)),
        ("b", (("a", "chevron_left", "1/3"), ("c", "chevron_right", "3/3"))),
        ("c", (("b", "chevron_left", "2/3"),)),
    ],
)
def test_one_steps_to_the_versions_beside_it(key: str, beside: tuple[tuple[str, str, str], ...]) -> None:
    assert compact.ending(exchange(DONE, key=key, versions=("a", "b", "c")), "en").beside == beside


def test_a_document_is_named_with_its_facts_and_says_what_went_wrong() -> None:
    failed = task(status="failed", error={"error_code": "no_text", "message": "No text."}, completed_at="2026")
    row = documents.row(document(name=NASTY, status="failed", owner="shared"), failed, "en")
    facts, note, error = compact.row_lines(replace(row, is_shared=True, notes=("Page 3 is blank.",)), "en")
    assert EN["shared"] in facts[1]
    assert "12 pages" in facts[1]
    assert (note, error) == (
        ("caption", compact.label("Page 3 is blank.")),
        ("error", compact.label(f"No text. {CODES['no_text'][2]}")),
    )


@pytest.mark.parametrize(
    ("is_loaded", "has_documents", "kinds", "can_ask"),
    [
        (False, False, ["title", "text", "heading", "caption"], True),
        (True, True, ["title", "text", "heading"], True),
        (False, True, ["title", "text"], False),
    ],
)
def test_the_welcome_offers_the_sample_to_those_who_have_nothing_else(
    is_loaded: bool, has_documents: bool, kinds: list[str], can_ask: bool
) -> None:
    shown = compact.welcome(Sample("Sample.pdf", ("What?",), is_loaded), has_documents, "en")
    assert [kind for kind, _ in (*shown.lines, *shown.offer)] == kinds
    assert bool(shown.questions) == can_ask


def test_what_can_be_done_with_a_task_is_said_in_words() -> None:
    failed = documents.row(document(name="a.pdf", status="failed"), task(status="failed", error={}), "en")
    assert list(compact.row_verbs(failed, "en")) == [("retry", "refresh", compact.label("Read a.pdf again"))]
    assert list(compact.row_verbs(replace(failed, verbs=()), "en")) == []


def test_a_thumb_has_its_place() -> None:
    assert [compact.thumb(place) for place in (0, 1, None)] == ["down", "up", ""]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_words_of_widgets_are_a_style_sheet(language: Language) -> None:
    assert f"--f-attach: '{TEXTS[language]['attach']}'" in compact.words(language)


def test_a_frame_draws_only_what_has_changed() -> None:
    drawn: list[str] = []

    class Widget:
        def html(self, body: str, /) -> None:
            drawn.append(body)

        def update(self, *, label: str, state: str) -> None:
            drawn.append(f"{label}: {state}")

    frame = compact.Frame(compact.Parts("Searching", "running", "1", "", ""), Widget(), [Widget()] * 3)
    frame.draw(compact.Parts("Searching", "running", "1", "found", ""))
    frame.draw(compact.Parts("Done", "complete", "1", "found", "Said."))
    assert drawn == ["found", "Done: complete", "Said."]
