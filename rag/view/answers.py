"""A question and its answer, finished or in the writing -> HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from rag.errors import CODES
from rag.events import Answer, Failed, Step
from rag.view.figures import duration
from rag.view.markdown import answer_html, plain_text
from rag.view.templates import render
from rag.view.texts import TEXTS, Language, Texts, counted
from store.messages import Message

JSON = dict[str, Any]
_JOINER = "\u2060"  # keeps a chip on the line of the word it follows
_KNOWN_STEPS = frozenset({"plan", "condense", "select", "search", "read", "generate"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answer to it, so far. `key` is the answer's message id."""

    key: str
    conversation_id: str
    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class _StepLine:
    """A step as it is shown. `label` says what is being done, or was done."""

    label: str
    detail: str
    time: str
    status: str


def exchanges(messages: Sequence[Message]) -> list[Exchange]:
    """The branch of a conversation, in order -> its questions with their answers."""
    found = []
    question = ""
    for message in messages:
        if message.role == "user":
            question = message.text
        else:
            found.append(Exchange(message.id, message.conversation_id, question, _answer_of(message)))
    return found


def _answer_of(message: Message) -> Answer:
    return Answer(
        status=message.status,  # type: ignore[arg-type]  # the column holds the same words
        message_id=message.id,
        conversation_id=message.conversation_id,
        text=message.text,
        steps=tuple(Step(**step) for step in message.steps),
        sources=tuple(message.sources),
        citations=tuple(message.citations),
        model=message.model,
        usage=message.usage,
        timings=message.timings,
        cached=message.cached,
        error=None if message.error is None else Failed(**message.error),
    )


def exchange_html(exchange: Exchange, language: Language) -> Markup:
    """One exchange. Its root carries data-key, and data-seq: how far the answer's log is in it."""
    answer, texts = exchange.answer, TEXTS[language]
    steps = [_step_line(step, answer, texts) for step in answer.steps]
    return render(
        "exchange.html",
        language,
        exchange=exchange,
        answer=answer,
        steps=steps,
        total=_total(answer),
        sources=_sources(answer.sources),
        body=_body(exchange, language),
        copy_text=plain_text(answer.text),
        status=_status_line(answer, texts),
        way_on=CODES[answer.error.error_code][2] if answer.error and answer.error.error_code in CODES else "",
        can_retry=answer.status in {"stopped", "interrupted"} or (answer.error is not None and answer.error.retryable),
        model=texts["model_extractive"] if answer.model == "extractive" else answer.model,
        tokens=int(answer.usage.get("total_tokens") or 0),
    )


def thread_html(shown: Iterable[Exchange], language: Language) -> Markup:
    """A whole conversation."""
    return Markup("").join(exchange_html(exchange, language) for exchange in shown)


def _body(exchange: Exchange, language: Language) -> Markup:
    citations = exchange.answer.citations
    return answer_html(
        exchange.answer.text,
        citations,
        lambda index: _JOINER + render("chip.html", language, citation=citations[index], index=index).strip(),
        is_growing=not exchange.answer.is_finished,
    )


def _step_line(step: Step, answer: Answer, texts: Texts) -> _StepLine:
    working = step.status == "started" and not answer.is_finished
    label = step.label
    if step.name in _KNOWN_STEPS:
        searched = "".join(filter(str.isdigit, step.label))
        count = counted(texts, "document", int(searched)) if searched else texts["documents"]
        label = texts[f"step_{step.name}{'_now' if working or step.status == 'skipped' else ''}"].format(n=count)
    time = "" if step.status in {"started", "skipped"} else duration(step.elapsed_ms)
    status = "now" if working else "done" if step.status == "finished" else step.status
    return _StepLine(label, step.detail, time, status)


def _total(answer: Answer) -> str:
    spent = sum(step.elapsed_ms for step in answer.steps)
    return duration(spent) if answer.is_finished and spent else ""


def _sources(hits: Sequence[JSON]) -> list[tuple[str, list[JSON]]]:
    """Hits by document, in the order in which the documents were first found."""
    order = {str(hit["document_id"]): place for place, hit in reversed(list(enumerate(hits)))}
    ordered = sorted(hits, key=lambda hit: (order[str(hit["document_id"])], int(hit["number"])))
    return [(str(group[0]["document"]), group) for group in
            (list(members) for _, members in groupby(ordered, key=lambda hit: str(hit["document_id"])))]  # fmt: skip


def _status_line(answer: Answer, texts: Texts) -> str:
    match answer.status:
        case "queued" | "sending":
            return _waiting_line(answer, texts)
        case "stopped" | "interrupted":
            return texts[f"was_{answer.status}"]
        case "error" if answer.error is not None:
            return answer.error.message
        case _:
            return ""


def _waiting_line(answer: Answer, texts: Texts) -> str:
    if answer.position <= 0:
        return texts["queued_next"]
    if answer.eta_s < 1:
        return texts["queued"].format(n=answer.position)
    return texts["queued_eta"].format(n=answer.position, s=round(answer.eta_s))
