"""What stands around the conversation, the figures, the texts, and the page's head."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from rag.errors import ModelError, RequestError
from rag.view import figures, page, shell
from rag.view.templates import STATIC
from rag.view.texts import TEXTS, choose_language
from tests.view_rows import NASTY, conversation

TODAY = date(2026, 11, 20)


def test_conversations_stand_under_their_days() -> None:
    html = page.rail_html(
        [
            conversation("conv_1", "Now"),
            conversation("conv_2", "", "2026-11-19T09:00:00.000Z"),
            conversation("conv_3", NASTY, "2026-11-15T09:00:00.000Z"),
            conversation("conv_4", "Old", "2025-01-01T09:00:00.000Z"),
        ],
        "en",
        TODAY,
    )
    order = [html.index(text) for text in ("Today", "Now", "Yesterday", "conv_2", "Last 7 days", "Older", "Old<")]
    assert order == sorted(order)
    assert 'href="?conversation=conv_1"' in html
    assert "<img" not in html


def test_an_empty_list_of_conversations_says_so() -> None:
    assert TEXTS["de"]["no_conversations"] in page.rail_html([], "de")


def test_the_welcome_invites_first_and_steps_back_later() -> None:
    sample = page.Sample("Sample.pdf", ("What?", NASTY), is_loaded=False)
    first = page.welcome_html(sample, has_documents=False, max_bytes=1024, language="en")
    assert "Drop files here" in first
    assert first.count('data-act="sample"') == 2
    assert "<img" not in first
    later = page.welcome_html(sample, has_documents=True, max_bytes=1024, language="en")
    assert "Drop files here" not in later
    assert 'data-act="sample"' not in later


def test_the_composer_offers_models_and_modes() -> None:
    models = [
        SimpleNamespace(name="best", is_default=False, included=True),
        SimpleNamespace(name="extractive", is_default=True, included=True),
    ]
    html = page.composer_html(models, 8_000, "en")
    assert '<option value="best" >best</option>' in html
    assert '<option value="extractive" selected>Quotes only (no model)</option>' in html
    assert '<option value="hybrid">Words + meaning</option>' in html


def test_what_is_degraded_is_one_line() -> None:
    one = {"degraded": [{"what": "search", "why": "Words only."}]}
    two = {"degraded": [*one["degraded"], {"what": "ocr", "why": "No OCR."}]}
    assert page.degraded_line({}, "en") == ""
    assert page.degraded_line(one, "en") == "Words only."
    assert page.degraded_line(two, "en") == "Words only. (and 1 more)"


def test_a_refusal_says_what_to_do() -> None:
    assert page.refusal(RequestError("conflict", "Busy.")) == "Busy."
    assert page.refusal(ModelError("model_timeout", "Too slow.")).startswith("Too slow. ")


@pytest.mark.parametrize(
    ("question", "problem"),
    [("", "Write a question first."), (" \n ", "Write a question first."), ("why?", "")],
)
def test_a_question_needs_words(question: str, problem: str) -> None:
    assert page.question_problem(question, 100, "en") == problem


def test_a_question_has_an_end() -> None:
    assert "20,000 characters, and 8,000 fit" in page.question_problem("x" * 20_000, 8_000, "en")


@pytest.mark.parametrize(
    ("elapsed_ms", "text"),
    [(0.2, "<1 ms"), (42.4, "42 ms"), (999.4, "999 ms"), (999.6, "1.0 s"), (1_240, "1.2 s"), (75_000, "1 min 15 s")],
)
def test_durations(elapsed_ms: float, text: str) -> None:
    assert figures.duration(elapsed_ms) == text


@pytest.mark.parametrize(
    ("count", "text"), [(840, "840 B"), (12_300, "12 KB"), (50 * 1024**2, "50 MB"), (3_565_158, "3.4 MB")]
)
def test_sizes(count: int, text: str) -> None:
    assert figures.size(count) == text


@pytest.mark.parametrize(
    ("media_type", "name", "text"),
    [("application/pdf", "x", "PDF"), ("", "a.epub", "EPUB"), ("", "a.<b>", "FILE"), ("", "noending", "FILE")],
)
def test_kinds(media_type: str, name: str, text: str) -> None:
    assert figures.kind(media_type, name) == text


def test_every_language_has_every_text_with_the_same_places_to_fill() -> None:
    for name, text in TEXTS["en"].items():
        assert sorted(_places(text)) == sorted(_places(TEXTS["de"][name])), name
    assert TEXTS["en"].keys() == TEXTS["de"].keys()


def _places(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("de-AT,en;q=0.5", "de"), ("fr,de;q=0.8", "de"), ("en-GB,de", "en"), ("fr", "en")],
)
def test_the_readers_language_is_taken_where_there_is_one(header: str, language: str) -> None:
    assert choose_language(header) == language


def test_the_page_gets_our_head_and_a_nonce_on_every_script() -> None:
    gradio = (
        '<html lang="en"><head><meta property="og:image" content="https://elsewhere.example/x.jpg">'
        '<meta name="viewport" content="width=device-width"><script>one()</script></head>'
        '<body><script type="module" src="./assets/index.js"></script></body></html>'
    )
    html = shell.dress(gradio, "n0nce", "abc", "de")
    assert html.count("<script") == html.count('<script nonce="n0nce"') == 3
    assert "elsewhere" not in html
    assert "viewport" in html
    assert '<html lang="de">' in html
    assert "page/base.css?v=abc" in html


def test_the_policy_allows_our_own_origin_and_our_own_scripts_only() -> None:
    policy = shell.policy("n0nce")
    assert "default-src 'self'" in policy
    assert "script-src 'self' 'nonce-n0nce' 'unsafe-eval';" in policy
    assert "http:" not in policy


def test_styles_and_scripts_ask_nobody_else() -> None:
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, path.name
        assert "@import" not in text, path.name
