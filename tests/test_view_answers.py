"""A question with its answer, in every state it can be seen in."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from rag.events import Answer, Failed, Step
from rag.view.answers import Exchange, copy_text, exchange_html, exchanges, opened_html, thread_html
from rag.view.texts import TEXTS
from tests.view_rows import NASTY, citation, hit, message

EN = TEXTS["en"]


def shown(answer: Answer, question: str = "How did sales do?") -> str:
    return str(exchange_html(Exchange("msg_1", "conv_1", question, answer), "en"))


def test_the_root_says_whose_it_is_and_how_far_it_is() -> None:
    html = shown(Answer(status="streaming", text="Sales", last_seq=12))
    assert 'data-key="msg_1" data-conversation="conv_1" data-seq="12" data-status="streaming"' in html
    assert 'aria-busy="true"' in html


def test_while_working_the_line_says_what_was_done_and_what_is_being_done() -> None:
    steps = (
        Step("condense", "skipped", "Preparing search query"),
        Step("search", "finished", "Searching 3 documents", elapsed_ms=42.2),
        Step("generate", "started", "Generating answer"),
    )
    html = shown(Answer(status="processing", steps=steps))
    line = html[html.index("<summary>") : html.index("</summary>")]
    assert 'data-status="done">Searched 3 documents<span class="time">42 ms</span>' in line
    assert 'data-status="now">Generating the answer</span>' in line
    assert "query" not in line


def test_afterwards_the_steps_fold_into_one_line() -> None:
    steps = (Step("search", "finished", "Searching 1 documents", "sales 2025", 400.0),
             Step("generate", "finished", "Generating answer", "", 900.0))  # fmt: skip
    answer = Answer(status="complete", text="Up.", steps=steps, model="small", usage={"total_tokens": 2280})
    html = shown(answer)
    line = html[html.index("<summary>") : html.index("</summary>")]
    assert EN["how"] in line
    assert "1.3 s" in line
    assert "Searched 1 document<" in html
    assert "sales 2025" in html
    assert "small · 2,280 tokens" in html


def test_a_step_nobody_knows_is_shown_by_its_own_label() -> None:
    assert "Reranking 40 passages" in shown(
        Answer(status="processing", steps=(Step("rerank", "started", "Reranking 40 passages"),))
    )


def test_sources_stand_there_before_the_first_word_grouped_by_document() -> None:
    html = shown(Answer(status="processing", sources=(hit(1), hit(2, "doc_2", "other.pdf", 3), hit(3))))
    order = [
        html.index(piece) for piece in ("report.pdf", "<b>1</b>", "<b>3</b>", "other.pdf", "<b>2</b>", 'class="prose"')
    ]
    assert order == sorted(order)
    assert "p. 3" in html


def test_a_chip_names_its_quote_its_place_and_its_status() -> None:
    answer = Answer(text="Up [1].", citations=(citation(1, 3, status="missing", quote='said "so"'),))
    html = shown(answer)
    assert 'data-status="missing"' in html
    assert 'data-quote="said &#34;so&#34;"' in html
    assert 'data-about="report.pdf · Page 7"' in html
    assert 'aria-label="Citation 1: report.pdf, page 7"' in html


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(status="queued"), EN["queued_next"]),
        (Answer(status="queued", position=3), "Waiting for a free place: number 3 in line"),
        (Answer(status="queued", position=3, eta_s=21.4), "Waiting for a free place: number 3 in line, about 21 s"),
        (Answer(status="stopped", text="Half"), EN["was_stopped"]),
        (Answer(status="interrupted", text="Half"), EN["was_interrupted"]),
    ],
)
def test_the_status_is_a_sentence(answer: Answer, sentence: str) -> None:
    assert sentence in shown(answer)


def test_an_error_keeps_the_text_and_says_what_to_do() -> None:
    failed = Failed("model_timeout", "The model was silent for 30 s.", retryable=True)
    html = shown(Answer(status="error", text="So far", error=failed))
    assert "So far" in html
    assert "The model was silent for 30 s." in html
    assert "Retry, or choose another model." in html
    assert "The model was too slow." not in html  # the message has said so
    assert 'data-act="again"' in html


def test_what_cannot_be_retried_offers_no_retry() -> None:
    html = shown(Answer(status="error", error=Failed("invalid_request", "No such model.")))
    assert 'data-act="again"' not in html


def test_a_cached_answer_says_so() -> None:
    assert EN["cached"] in shown(Answer(status="complete", text="Up.", cached=True))


def test_nothing_untrusted_becomes_markup() -> None:
    answer = Answer(
        status="error",
        text=NASTY + " [1]",
        steps=(Step("search", "finished", NASTY, NASTY, 1.0), Step("odd", "finished", NASTY, "", 1.0)),
        sources=({**hit(1), "document": NASTY, "heading": NASTY, "snippet": NASTY},),
        citations=(citation(1, len(NASTY) + 1, quote=NASTY, document=NASTY),),
        model=NASTY,
        error=Failed("model_error", NASTY),
    )
    assert "<img" not in shown(answer, NASTY)


def test_history_rows_become_questions_with_their_answers() -> None:
    rows = [
        message("user", "First?"),
        message("assistant", "One.", id="msg_a", steps=[asdict(Step("search", "finished", "Searching 2 documents"))]),
        message("user", "Second?"),
        message("assistant", "", id="msg_b", status="error",
                error={"error_code": "model_error", "message": "Broke.", "details": {}, "retryable": True}),
    ]  # fmt: skip
    found = exchanges(rows)
    assert [(one.key, one.question, one.answer.status) for one in found] == [
        ("msg_a", "First?", "complete"),
        ("msg_b", "Second?", "error"),
    ]
    html = thread_html(found, "de")
    assert "2 Dokumente durchsucht" in html
    assert "Das Modell ist gescheitert." in html  # a sentence that nobody knows is said by its code
    assert "Broke." in thread_html(found, "en")


def test_versions_are_stepped_through() -> None:
    exchange = Exchange("msg_2", "conv_1", "Why?", Answer(status="complete", text="So."), "msg_q",
                        versions=("msg_1", "msg_2", "msg_3"), question_versions=("msg_q",), thumb="down")  # fmt: skip
    html = exchange_html(exchange, "en")
    assert "<span>2/3</span>" in html
    assert 'data-message="msg_1"' in html
    assert 'data-message="msg_3"' in html
    assert html.count("stepper") == 1
    assert 'data-thumb="down" aria-pressed="true"' in html
    assert 'data-act="edit"' in html


def test_a_copy_takes_its_sources_along() -> None:
    answer = Answer(text="Up [1].", citations=(citation(1, 3, quote="net  sales\nrose"),))
    assert copy_text(answer, EN) == 'Up [1].\n\nSources:\n[1] report.pdf, Page 7: "net sales rose"'
    assert copy_text(Answer(text="Up."), EN) == "Up."


def test_a_cached_answer_says_since_when_and_offers_a_new_one() -> None:
    made = Step("cache", "finished", "Using the answer to the same question", "made 2020-01-01T00:00:00.000Z")
    html = shown(Answer(status="complete", text="Up.", cached=True, steps=(made,)))
    assert "From the cache, made" in html
    assert EN["ask_anew"] in html


def test_found_passages_say_by_what_they_were_found() -> None:
    html = shown(Answer(status="complete", text="Up.", sources=(hit(1), hit(2))))
    assert "2 found passages" in html
    assert '<i data-by="words">words 1</i>' in html
    assert "report.pdf · found by its words (place 1)" in html


def test_of_a_long_conversation_the_latest_are_drawn() -> None:
    rows = [Exchange(f"msg_{number}", "conv_1", f"Q{number}?", Answer(status="complete")) for number in range(50)]
    html = opened_html("active", rows, 30, "en")
    assert html.count("<section") == 30
    assert "Show 20 earlier" in html
    assert 'data-count="90"' in html
    assert "earlier" not in opened_html("active", rows[:30], 30, "en")


@pytest.mark.parametrize(("state", "sentence"), [("trash", EN["is_trash"]), ("archived", EN["is_archived"])])
def test_where_a_conversation_is_stands_above_it(state: str, sentence: str) -> None:
    assert sentence in opened_html(state, [], 30, "en")
    assert sentence not in opened_html("active", [], 30, "en")
