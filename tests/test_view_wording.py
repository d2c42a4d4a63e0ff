"""What other rooms say, in the interface's language: every code, every step, every sentence that they can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from rag.answer.model_errors import _CAUSES
from rag.errors import CODES, ModelError
from rag.events import Answer, Step
from rag.ingest import transcription
from rag.ingest.kinds import unsupported
from rag.ingest.parts import invisible_warning
from rag.ingest.recognition import INSTALL
from rag.view import answers, compact, documents, page, wording
from rag.view.texts import TEXTS, said, said_documents, said_errors
from tests.view_rows import document, task

RAG = Path(__file__).parent.parent / "rag"
ERRORS = {"DocumentError", "SearchError", "ModelError", "RequestError", "InternalError", "Failed", "_failed",
          "_unavailable"}  # fmt: skip
# What only an operator, a command or a program reads: at a terminal, in the log, or as JSON.
ELSEWHERE = (
    "__main__", "answer/training", "answer/catalogue", "api/", "backup", "cluster", "commands/", "evaluate/retraining",
    "settings", "ingest/sources", "ingest/remote", "coded",
)  # fmt: skip
TABLES = {
    "errors": said_errors.DE, "documents": said_documents.DE, "details": said.DETAILS_DE, "state": said.STATE_DE,
    "words": said.WORDS_DE,
}  # fmt: skip


def template_of(node: ast.expr) -> str | None:
    """A sentence as the source has it; what it names becomes a 7. None for what is put together elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else named(part) for part in node.values)
    return None


def named(part: ast.expr) -> str:
    return "The model server at 7" if "target.server" in ast.unparse(part) else "7"


def said_in_source() -> Iterator[tuple[str, str]]:
    """(where, sentence) of every error that the source raises for somebody at the page."""
    for path in sorted(RAG.rglob("*.py")):
        place = path.relative_to(RAG).with_suffix("").as_posix()
        if place.startswith(ELSEWHERE):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
                sentence = template_of(node.args[min(1, len(node.args) - 1)])
                if sentence is not None and sentence not in CODES:
                    yield place, sentence


def warned_in_source() -> Iterator[str]:
    """Every warning that the reading of documents gives."""
    for path in sorted((RAG / "ingest").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"warnings.append", "self.warnings.append",
                                                                         "said.append"}:  # fmt: skip
                sentence = template_of(node.args[0])
                if sentence is not None:
                    yield sentence


def test_every_code_is_said_in_both_languages() -> None:
    assert set(said.CODES_DE) == set(CODES)
    for code, (_, _, english) in CODES.items():
        assert wording.way_on(code, "en") == english
        assert wording.way_on(code, "de") not in {"", english}
        own = "Nobody knows this." if code in wording.SPEAKS else said.CODES_DE[code][0]
        assert wording.error_message(code, "Nobody knows this.", "de") == own
    assert wording.way_on("no_such_code", "de") == ""


@pytest.mark.parametrize("code", sorted(ModelError.codes))
def test_under_a_message_of_the_model_stands_only_what_to_do(code: str) -> None:
    for language in TEXTS:
        step = wording.next_step(code, language)
        assert step
        assert wording.way_on(code, language).endswith(f". {step}")
    assert wording.next_step("rate_limited", "en") == wording.way_on("rate_limited", "en")


def test_every_step_is_said_in_both_languages() -> None:
    named = {
        match[1]
        for path in RAG.rglob("*.py")
        for match in re.finditer(r'\bStep\(\s*"(\w+)"|^STEP = "(\w+)"', path.read_text(), re.M)
        if match[1]
    } | {"cache", "plan"}
    assert named == {"cache", "plan", "condense", "select", "search", "read", "generate"}
    for name in named:
        for ending in ("", "_now"):
            assert TEXTS["en"][f"step_{name}{ending}"] != TEXTS["de"][f"step_{name}{ending}"]


def test_every_stage_is_said_in_both_languages() -> None:
    stages = {key for key in TEXTS["en"] if key.startswith(("stage_", "was_", "queued"))}
    assert all(TEXTS["en"][key] != TEXTS["de"][key] for key in stages)


@pytest.mark.parametrize("name", TABLES)
def test_a_translation_names_what_its_sentence_names(name: str) -> None:
    for english, german in TABLES[name].items():
        fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (english, german)]
        assert fields[0] == fields[1], english
        assert english != german


def test_every_sentence_of_the_source_is_known() -> None:
    """A new error of a room needs its German sentence, or it is said by its code only."""
    found = list(said_in_source())
    assert len(found) > 90
    # What ends in a 7 goes on with a sentence of its own.
    asked = [(place, re.sub(r"(?<=[.]) 7$", "", text)) for place, text in found]
    unknown = {text for _, text in asked if wording.sentences(text, "de") == text}
    assert unknown == {"The model server at 7 7.", "7 7", "This document 7; there is no page 7."}  # of parts, all known
    warned = list(warned_in_source())
    assert len(warned) >= 10
    assert [text for text in warned if wording.sentences(text, "de") == text] == []
    for _, _, what in _CAUSES:
        assert "Modellserver" in wording.sentences(f"The model server at there {what}.", "de")
    assert "gibt es nicht" in wording.sentences("This document has 3 pages; there is no page 9.", "de")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The question has 9,000 characters; 8,000 are the most.",
         "Die Frage hat 9.000 Zeichen; höchstens 8.000 sind erlaubt."),
        ("The model server at localhost:11434 cannot be reached.",
         "Der Modellserver auf localhost:11434 ist nicht erreichbar."),
        ("The model server (openai) refused the API key. Check its API key.",
         "Der Modellserver (openai) lehnte den API-Schlüssel ab. Prüfe dessen API-Schlüssel."),
        ("The model 'best' gave an empty answer.", "Das Modell „best“ gab eine leere Antwort."),
        ("2 of 9 pages have no text (pages 3, 4). Pictures of text were not read: No text recognition (OCR) is "
         f"installed. {INSTALL}",
         "2 von 9 Seiten haben keinen Text (Seiten 3, 4). Bilder von Text wurden nicht gelesen: Es ist keine "
         "Texterkennung (OCR) installiert. Installiere tesseract-ocr auf dem Server, oder „pip install folio[ocr]“, "
         "und versuche es noch einmal."),
        (f"'talk.wav' is a recording. {transcription.HOW_TO}",
         f"„talk.wav“ ist eine Aufnahme. {said_documents.DE[transcription.HOW_TO]}"),
        ("'a {name}.xlsx' is empty.", "„a {name}.xlsx“ ist leer."),
        ("1 invisible character was left out.", "1 unsichtbares Zeichen wurde ausgelassen."),
        ("Nobody knows this.", "Nobody knows this."),
    ],
)  # fmt: skip
def test_sentences(english: str, german: str) -> None:
    assert wording.sentences(english, "de") == german
    assert wording.sentences(english, "en") == english


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("12 passages from 3 documents", "12 Passagen aus 3 Dokumenten"),
        ("nothing found", "nichts gefunden"),
        ("3 chosen documents", "3 gewählte Dokumente"),
        ("8 passages from 1 document; first in a; b.pdf, which the question names. The embedding model m/x-1.5 is not "
         "loaded yet. Search goes by keywords until then.",
         "8 Passagen aus 1 Dokument; zuerst in a; b.pdf, weil die Frage es nennt. Das Einbettungsmodell m/x-1.5 ist "
         "noch nicht geladen. Bis dahin geht die Suche nach Wörtern."),
        ("9 pages of 2 documents; too long to be read whole: a.pdf: the first 3 of 9 pages; read in 4 parts, 2 pages "
         "kept", "9 Seiten aus 2 Dokumenten; zu lang, um ganz gelesen zu werden: a.pdf: die ersten 3 von 9 Seiten; in "
         "4 Teilen gelesen, 2 Seiten behalten"),
        ("wide: 16 passages; asks for a list or a comparison (by the rule)",
         "breit: 16 Passagen; fragt nach einer Liste oder einem Vergleich (nach der Regel)"),
        ("best; 3 of 8 passages fit its prompt", "best; 3 von 8 Passagen passen in seinen Prompt"),
        ("its page 'xii?' is no page number; it is asked without",
         "ihre Seite „xii?“ ist keine Seitenzahl; gefragt wird ohne sie"),
        ("narrow: asks for something particular", "eng: fragt nach etwas Bestimmtem"),
        ("extractive", "nur Zitate"),
    ],
)  # fmt: skip
def test_details_of_steps(english: str, german: str) -> None:
    assert wording.detail(english, "de") == german
    assert wording.detail(english, "en") == english


def test_figures_are_written_as_in_the_language() -> None:
    done = Answer(status="complete", model="best", usage={"total_tokens": 1_985}, timings={"first_token_ms": 1_234.0})
    assert answers.run_line(done, TEXTS["de"]) == "best · 1.985 Token · erstes Wort nach 1,2 s"
    assert answers.run_line(done, TEXTS["en"]) == "best · 1,985 tokens · first word after 1.2 s"
    assert documents.row(document(bytes=3_500_000), None, "de").facts[-1] == "3,3 MB"
    assert "2,5 GB" in page.welcome_html(page.Sample("s.pdf", (), is_loaded=False), False, int(2.5 * 1024**3), "de")


def test_only_what_was_looked_up_can_lack_support_or_a_model() -> None:
    searched, planned = Step("search", "finished", "Searching 1 document"), Step("plan", "finished", "Deciding")
    for steps, text, model, hinted in (
        ((searched,), "I could not find an answer to this in your documents.", "extractive", True),
        ((searched,), "I could not find an answer to this in your documents.", "best", False),
        ((planned,), "You are welcome. Ask me anything about your documents.", "extractive", False),
    ):
        answer = Answer(status="complete", text=text, model=model, steps=steps)
        html = answers.exchange_html(answers.Exchange("m", "c", "Why?", answer), "en")
        assert ('class="connect"' in html) is hinted
        assert 'class="support"' not in html
        assert "support" not in compact.facts(answer, "en")


def test_what_a_person_wrote_stays() -> None:
    query = Step("condense", "finished", "Preparing search query", "nothing found")
    assert answers.step_line(query, Answer(), "de").detail == "nothing found"
    assert wording.sentences("x" * 5_000, "de") == "x" * 5_000


def test_rows_refusals_and_what_is_degraded() -> None:
    refused = unsupported("old.doc", "a file of an old Office version (.doc, .xls, .ppt)")
    failed = task(status="failed", error={"error_code": refused.code, "message": refused.message})
    row = documents.row(document(status="failed", warnings=[invisible_warning(1_200)]), failed, "de")
    assert row.notes == ("1.200 unsichtbare Zeichen wurden ausgelassen.",)
    assert row.error.startswith("„old.doc“ ist eine Datei einer alten Office-Version (.doc, .xls, .ppt); das kann")
    assert "einfachen Text" in row.error
    assert row.way_on.startswith("Wandle die Datei")
    assert "Wandle die Datei" in documents.documents_html([row], "de", 1024)
    assert page.refusal(ModelError("model_error", "Odd."), "de").startswith("Das Modell ist gescheitert. Versuche es")
    health = {"degraded": [{"what": "ocr", "why": f"Scanned pages and images are not read. {INSTALL}"}]}
    assert page.degraded_line(health, "de").startswith("Gescannte Seiten und Bilder werden nicht gelesen.")
    assert "Installiere tesseract-ocr" in compact.label(page.degraded_line(health, "de")).replace("\\", "")
