"""Exports of hostile conversations: in no format does anything of a text become markup."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from docx import Document
from markdown_it import MarkdownIt

from rag.export import FORMATS, export
from rag.export.transcript import Transcript, clean, sources_of
from store.conversations import Conversation
from store.messages import Message

AT = "2026-11-20T13:00:00.000Z"
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> ![p](https://evil.example/a.png) "
    "[click](javascript:alert(1)) [r][1] <https://evil.example> </style></title>\x00\x1b[31m\ud800\n\n"
    '[1]: https://evil.example "t"\n\n# Sources\n\n```html\n<b onclick="x">\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'
)
CITATION = {"number": 2, "document": HOSTILE, "page": 4, "quote": HOSTILE, "status": "verified"}
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "section",
        "div",
        "ul",
        "ol",
        "li",
    ),
    *("blockquote", "small", "strong", "em", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "br", "hr"),
}


def _message(role: str, text: str, **changes: object) -> Message:
    message = Message(
        id=f"msg_{role}", conversation_id="conv_1", parent_id=None, role="user", text=text, status="complete",
        model="extractive", query="", citations=[], sources=[], steps=[], usage={}, timings={}, settings={},
        error=None, cached=False, created_at=AT, updated_at=AT,
    )  # fmt: skip
    return replace(message, role=role, **changes)  # type: ignore[arg-type]


def _transcript(text: str, title: str = "Title") -> Transcript:
    answer = _message("assistant", text, citations=[CITATION, {**CITATION, "number": 1}])
    conversation = Conversation("conv_1", "u_1", title, "active", AT, AT, "msg_assistant", 2)
    return Transcript(conversation, (_message("user", text), answer, _message("user", "And?")), AT)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def _check_html(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    assert {tag for tag, _ in tags.found} <= ALLOWED
    names = {name for _, attributes in tags.found for name, _ in attributes}
    assert names <= {"lang", "charset", "http-equiv", "content", "name", "class", "style", "dir"}
    return tags


def test_html_holds_no_markup_but_its_own() -> None:
    page = export(_transcript(HOSTILE, HOSTILE), "html").content.decode()
    tags = _check_html(page)
    assert "alert(1)" in tags.text
    assert "default-src &#x27;none&#x27;" in page
    assert "<table>" in page


def test_markdown_renders_to_nothing_but_text() -> None:
    text = export(_transcript(HOSTILE, HOSTILE), "md").content.decode()
    for renderer in (MarkdownIt("commonmark").enable("table"), MarkdownIt("js-default", {"html": True})):
        tags = _check_html(renderer.render(text))
        assert "alert(1)" in tags.text
        headings = [tag for tag, _ in tags.found if tag in {"h1", "h2", "h3"}]
        assert headings == ["h1", "h2", "h3", "h2"]


def test_word_opens_and_says_it_as_text() -> None:
    document = Document(io.BytesIO(export(_transcript(HOSTILE + "\n- **bold** item", HOSTILE), "docx").content))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert any("<script>" in text for text in texts)
    assert any(run.text == "bold" and run.bold for paragraph in document.paragraphs for run in paragraph.runs)
    assert not list(document.element.body.iter("{*}hyperlink"))


def test_word_has_tables_lists_code_and_text_from_right_to_left() -> None:
    answer = (
        "| Figure | 2025 |\n|---|---:|\n| **Costs** | 18 \\| 19 |\n| Profit | 7 |\nAfter it.\n\n1. One of *them*\n\n"
        "```\nx | y\n```\n\nقيمة العقد 12.\nUse `a*b*c` and 2 * 3 * 4."
    )
    document = Document(io.BytesIO(export(_transcript(answer), "docx").content))
    [table] = document.tables[:1]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Figure", "2025"], ["Costs", "18 | 19"], ["Profit", "7"],
    ]  # fmt: skip
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert {"After it.", "1. One of them", "x | y", "Use a*b*c and 2 * 3 * 4."} <= set(texts)
    [turned] = [each for each in document.paragraphs if each.text.startswith("قيمة")]
    assert list(turned._p.iter("{*}bidi"))


def test_what_was_found_and_not_cited_is_no_source() -> None:
    found = _message("assistant", "I could not find it.", sources=[{"number": 1, "document": "b.pdf", "pages": [7]}])
    whole = _transcript("Plain")
    lone = replace(whole, messages=(whole.messages[0], found))
    for wanted in ("md", "html"):
        text = export(lone, wanted).content.decode()
        assert "Found, but not cited" in text
        assert "Sources<" not in text
    assert "Sources" in export(whole, "html").content.decode()


def test_json_keeps_everything_as_it_was() -> None:
    body = json.loads(export(_transcript(HOSTILE), "json").content)
    assert body["messages"][0]["text"] == HOSTILE.replace("\ud800", "?")
    assert (body["exported_at"], body["conversation"]["id"]) == (AT, "conv_1")


def test_sources_are_numbered_once_with_their_quotes() -> None:
    first = {"number": 2, "document": "a.pdf", "page": 1, "quote": "one", "status": "verified"}
    sources = sources_of([first, {**first, "quote": "two"}, first, {**first, "number": 1, "page": 3}], [])
    assert [(source.number, source.label, [quote for quote, _ in source.quotes]) for source in sources] == [
        (1, "a.pdf, page 3", ["one"]), (2, "a.pdf, page 1", ["one", "two"]),
    ]  # fmt: skip
    [uncited] = sources_of([], [{"number": 1, "document": "b.pdf", "pages": [7]}])
    assert (uncited.label, uncited.quotes) == ("b.pdf, page 7", ())


def test_a_question_without_an_answer_is_there() -> None:
    text = export(_transcript("Plain"), "md").content.decode()
    assert "## And?" in text
    assert "unanswered" in text


@pytest.mark.parametrize("title", ["", "...", "../../etc/passwd", "a/b\\c:d*e?", "\x00", "x" * 500, "CON"])
@pytest.mark.parametrize("wanted", FORMATS)
def test_names_are_fit_for_a_file_system(title: str, wanted: str) -> None:
    name = export(_transcript("Text", title), wanted).name  # type: ignore[arg-type]
    assert re.fullmatch(r'[^/\\:*?"<>|\x00-\x1f]{1,90}\.(md|json|html|docx)', name)
    assert not name.startswith(".")


def test_what_xml_does_not_take_is_left_out() -> None:
    assert clean("a\x00b\x0bc\ud800\ufffed\te\nf") == "abcd\te\nf"
