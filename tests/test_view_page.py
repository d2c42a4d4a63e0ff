"""What stands around the conversation, the figures, the texts, and the page's head."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from rag.errors import ModelError, RequestError
from rag.view import figures, page, shell, texts
from rag.view.templates import STATIC
from rag.view.texts import TEXTS, choose_language
from tests.view_rows import NASTY


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


def test_reranking_is_offered_where_a_model_for_it_is_set() -> None:
    assert "folio-rerank" not in page.composer_html([], 8_000, "en")
    html = page.composer_html([], 8_000, "de", can_rerank=True)
    assert html.index("folio-rerank") < html.index(">Wie üblich<", html.index("folio-rerank")) < html.index(">Aus<")


def test_what_the_page_sends_becomes_what_is_asked() -> None:
    sent = {"question": " Why? ", "conversation": "conv_1", "model": "best", "mode": "keyword", "passages": 12,
            "language": "de", "rerank": "off", "weights": "", "documents": ["doc_1"], "key": "k"}  # fmt: skip
    asking = page.asking_of(sent, 8)
    assert (asking.question, asking.conversation_id, asking.model) == ("Why?", "conv_1", "best")
    assert (asking.search_mode, asking.passages, asking.documents) == ("keyword", 12, ("doc_1",))
    assert (asking.settings, asking.client_key) == ({"language": "de", "rerank": "off"}, "k")


def test_what_does_not_fit_is_as_if_it_had_not_been_sent() -> None:
    odd = {"question": "Why?", "mode": 3, "passages": 9_999, "language": "<b>", "rerank": "7",
           "documents": "all", "model": None}  # fmt: skip
    asking = page.asking_of(odd, 8)
    assert (asking.search_mode, asking.passages, asking.documents, asking.settings) == ("hybrid", 8, None, {})
    assert page.asking_of({**odd, "language": ["de"], "passages": True}, 8).settings == {}


def test_the_fields_show_what_was_asked_with() -> None:
    asked = {"model": "best", "search_mode": "none", "passages": 4, "documents": ["d"],
             "settings": {"language": "fr", "rerank": "off"}}  # fmt: skip
    shown = {"model": "best", "mode": "none", "passages": 4, "language": "fr", "weights": "", "rerank": "off",
             "documents": ["d"]}  # fmt: skip
    assert page.choices_of(asked) == shown
    assert page.choices_of({}) == {
        "model": "", "mode": "hybrid", "passages": 0, "language": "", "weights": "", "rerank": "", "documents": None,
    }  # fmt: skip


def test_without_a_model_the_page_says_what_one_would_add() -> None:
    quotes = SimpleNamespace(name="extractive", is_default=True, included=True)
    best = SimpleNamespace(name="best", is_default=False, included=True)
    denied = SimpleNamespace(name="dear", is_default=False, included=False)
    assert not page.has_model([quotes, denied])
    assert page.has_model([quotes, best])
    sample = page.Sample("Sample.pdf", ("What?",), is_loaded=False)
    for language, words in (
        ("en", "OPENAI_API_KEY, or OPENAI_BASE_URL"),
        ("de", "OPENAI_API_KEY, oder OPENAI_BASE_URL"),
    ):
        for has_model, shown in ((True, False), (False, True)):
            html = page.welcome_html(sample, False, 1024, language, has_model=has_model)  # type: ignore[arg-type]
            assert (words in html) is shown
    assert "data-quotes-only" in page.composer_html([quotes], 8_000, "en")
    assert "data-quotes-only" not in page.composer_html([quotes, best], 8_000, "en")


def test_what_is_degraded_is_one_line() -> None:
    one = {"degraded": [{"what": "search", "why": "Words only."}]}
    two = {"degraded": [*one["degraded"], {"what": "ocr", "why": "No OCR."}]}
    assert page.degraded_line({}, "en") == ""
    assert page.degraded_line(one, "en") == "Words only."
    assert page.degraded_line({"degraded": [{"what": "semantic_search", "why": "No model."}]}, "en") == (
        "Search by words only. No model."
    )
    assert page.degraded_line(two, "en") == "Words only. (and 1 more)"


def test_a_refusal_says_what_to_do() -> None:
    assert page.refusal(RequestError("conflict", "Busy."), "en") == "Busy."
    assert page.refusal(ModelError("model_timeout", "Too slow."), "en").startswith("Too slow. ")
    assert page.refusal(ModelError("model_timeout", "Too slow."), "de").startswith("Das Modell antwortete nicht ")


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
    ("count", "text"),
    [(840, "840 B"), (12_300, "12 KB"), (50 * 1024**2, "50 MB"), (3_565_158, "3.4 MB"), (69 * 1024**3, "69 GB")],
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


@pytest.mark.parametrize(
    ("timestamp", "passed"),
    [
        ("2026-11-20T12:59:30.000Z", ("now", 0)),
        ("2026-11-20T13:30:00.000Z", ("now", 0)),
        ("2026-11-20T12:01:00.000Z", ("minutes", 59)),
        ("2026-11-19T14:00:00.000Z", ("hours", 23)),
        ("2026-11-10T13:00:00.000Z", ("days", 10)),
    ],
)
def test_ages(timestamp: str, passed: tuple[str, int]) -> None:
    assert figures.age(timestamp, datetime(2026, 11, 20, 13, tzinfo=UTC)) == passed


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (75.9, "1:15"), (3_675, "1:01:15"), (-3, "0:00")])
def test_places_in_a_recording(seconds: float, text: str) -> None:
    assert figures.clock(seconds) == text


def test_no_two_areas_word_the_same_key() -> None:
    areas = [module for module in vars(texts).values() if hasattr(module, "EN") and hasattr(module, "DE")]
    assert len(areas) > 4
    keys = [key for area in areas for key in area.EN]
    assert sorted(keys) == sorted(set(keys))
    for area in areas:
        assert set(area.EN) == set(area.DE)
