"""A question and its answer, finished or in the writing -> HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

from rag.answer.support import support_of
from rag.events import Answer, Failed, Step
from rag.view import wording
from rag.view.figures import age, duration
from rag.view.lab import support_html
from rag.view.markdown import answer_html, plain_text
from rag.view.templates import render
from rag.view.texts import BUILT_IN, TEXTS, Language, Texts, counted, figure, model_name
from store.messages import Message
from store.reactions import Reaction

JSON = dict[str, Any]
_MORE = 60  # exchanges are drawn at a time, when earlier ones are asked for
_JOINER = "\u2060"  # keeps a chip on the line of the word it follows
_KNOWN_STEPS = frozenset({"cache", "plan", "condense", "select", "search", "read", "generate"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answer to it, so far. `key` is the answer's message id.

    `versions` and `question_versions` are the ids of all versions of the answer and of the question, oldest first.
    """

    key: str
    conversation_id: str
    question: str
    answer: Answer
    question_id: str = ""
    versions: tuple[str, ...] = ()
    question_versions: tuple[str, ...] = ()
    thumb: str = ""


@dataclass(frozen=True, slots=True)
class Stepper:
    """Which version is on show, from 1, of how many, and the ids of those beside it ("" at either end)."""

    number: int
    total: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as it is shown. `label` says what is being done, or was done."""

    label: str
    detail: str
    time: str
    status: str


def exchanges(
    messages: Sequence[Message],
    versions: Mapping[str, tuple[str, ...]] | None = None,
    reactions: Mapping[str, Reaction] | None = None,
) -> list[Exchange]:
    """The branch of a conversation, in order -> its questions with their answers.

    `versions`: message id -> the ids of all its versions. `reactions`: answer's id -> its thumb.
    """
    known, judged = versions or {}, reactions or {}
    found = []
    question, question_id = "", ""
    for message in messages:
        if message.role == "user":
            question, question_id = message.text, message.id
            continue
        thumb = judged[message.id].thumb if message.id in judged else ""
        exchange = Exchange(
            message.id, message.conversation_id, question, _answer_of(message), question_id,
            known.get(message.id, ()), known.get(question_id, ()), thumb,
        )  # fmt: skip
        found.append(exchange)
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
    steps = [step_line(step, answer, language) for step in answer.steps]
    return render(
        "exchange.html",
        language,
        exchange=exchange,
        answer=answer,
        steps=steps,
        total=_total(answer, texts),
        sources=_sources(answer.sources),
        hit_count=len(answer.sources),
        found_by=lambda hit: _found_by(hit, texts),
        body=_body(exchange, language),
        support=_support(answer, language),
        copy_text=copy_text(answer, texts),
        cached=cached_line(answer, texts),
        stepper=stepper(exchange.versions, exchange.key),
        question_stepper=stepper(exchange.question_versions, exchange.question_id),
        status=status_line(answer, language),
        way_on=way_on(answer, language),
        run=run_line(answer, texts),
        lacks_model=lacks_model(answer),
        can_retry=answer.status in {"stopped", "interrupted"} or (answer.error is not None and answer.error.retryable),
    )


def _support(answer: Answer, language: Language) -> Markup:
    """What the sentences of a finished answer rest on; nothing of talk, for which nothing was looked up."""
    if not answer.is_finished or not answer.text or not was_looked_up(answer):
        return Markup("")
    return support_html(answer.text, support_of(answer.text, answer.citations, answer.sources).to_json(), language)


def was_looked_up(answer: Answer) -> bool:
    """Whether its documents were searched or read."""
    return any(step.name in {"search", "read"} for step in answer.steps)


def lacks_model(answer: Answer) -> bool:
    """Whether nothing was found by quoting alone, where a model may have found it."""
    return answer.status == "complete" and answer.model == BUILT_IN and was_looked_up(answer) and not answer.citations


def way_on(answer: Answer, language: Language) -> str:
    """What to do about the error it ended in; empty where there is none."""
    return wording.next_step(answer.error.error_code, language) if answer.error else ""


def copy_text(answer: Answer, texts: Texts) -> str:
    """What "copy" puts on the clipboard: the answer, and under it each cited number with its place and its quote."""
    lines = [plain_text(answer.text).strip()]
    for at, citation in enumerate(sorted(answer.citations, key=lambda one: int(one["number"]))):
        lines += ["", f"{texts['copy_sources']}:"] if not at else []
        place = f"{citation['document']}, {texts['page'].format(n=citation['page'])}"
        lines.append(f'[{citation["number"]}] {place}: "{" ".join(str(citation["quote"]).split())}"')
    return "\n".join(lines)


def age_text(timestamp: str, texts: Texts, moment: datetime | None = None) -> str:
    """How long ago, short: "12 min"."""
    unit, number = age(timestamp, moment)
    return texts[f"age_{unit}"].format(n=number)


def _found_by(hit: JSON, texts: Texts) -> list[str]:
    """By which retriever a hit was found, as sentences."""
    scores = hit.get("scores") or {}
    return [
        texts[f"found_{name}"].format(n=scores[name]["rank"]) for name in ("keyword", "semantic") if scores.get(name)
    ]


def stepper(versions: Sequence[str], shown: str) -> Stepper | None:
    """The steps to the versions beside the one on show; None where it is the only one."""
    if len(versions) < 2 or shown not in versions:
        return None
    at = versions.index(shown)
    return Stepper(
        at + 1, len(versions), versions[at - 1] if at else "", versions[at + 1] if at + 1 < len(versions) else ""
    )


def cached_line(answer: Answer, texts: Texts) -> str:
    """That the answer was there already, and since when."""
    if not answer.cached:
        return ""
    made = next((step.detail.removeprefix("made ") for step in answer.steps if step.name == "cache"), "")
    try:
        unit, _ = age(made)
    except ValueError:
        return texts["cached"]
    return texts["cached_now"] if unit == "now" else texts["cached_at"].format(age=age_text(made, texts))


def run_line(answer: Answer, texts: Texts) -> str:
    """By which model, with how many tokens, how soon."""
    tokens, first_ms = int(answer.usage.get("total_tokens") or 0), answer.timings.get("first_token_ms")
    parts = (
        model_name(texts, answer.model),
        texts["tokens"].format(n=figure(texts, f"{tokens:,}")) if tokens else "",
        texts["trace_first"].format(time=figure(texts, duration(float(first_ms)))) if first_ms else "",
    )
    return " · ".join(filter(None, parts)) if answer.is_finished else ""


def thread_html(shown: Iterable[Exchange], language: Language) -> Markup:
    """A whole conversation."""
    return Markup("").join(exchange_html(exchange, language) for exchange in shown)


def opened_html(state: str, shown: Sequence[Exchange], latest: int, language: Language) -> Markup:
    """A conversation as it is opened: what is to be known of it, and the `latest` of its exchanges."""
    hidden = max(0, len(shown) - latest)
    html = thread_html(shown[hidden:], language)
    return render("opened.html", language, state=state, hidden=hidden, next_count=latest + _MORE) + html


def latest(shown: Sequence[Exchange], message_id: str, least: int) -> int:
    """How many of the latest exchanges are drawn: so many that the one that is asked for, if any, is among them."""
    at = next((at for at, one in enumerate(shown) if message_id and message_id in (one.key, one.question_id)), None)
    return least if at is None else max(least, len(shown) - at + 1)


def _body(exchange: Exchange, language: Language) -> Markup:
    citations = exchange.answer.citations
    return answer_html(
        exchange.answer.text,
        citations,
        lambda index: _JOINER + render("chip.html", language, citation=citations[index], index=index).strip(),
        is_growing=not exchange.answer.is_finished,
    )


def step_line(step: Step, answer: Answer, language: Language) -> StepLine:
    """A step in the words of the reader's language."""
    texts = TEXTS[language]
    working = step.status == "started" and not answer.is_finished
    label = step.label
    if step.name in _KNOWN_STEPS:
        searched = "".join(filter(str.isdigit, step.label))
        count = counted(texts, "document", int(searched)) if searched else texts["documents"]
        label = texts[f"step_{step.name}{'_now' if working or step.status == 'skipped' else ''}"].format(n=count)
    time = "" if step.status in {"started", "skipped"} else figure(texts, duration(step.elapsed_ms))
    status = "now" if working else "done" if step.status == "finished" else step.status
    return StepLine(label, step_detail(step, language), time, status)


def step_detail(step: Step, language: Language) -> str:
    """What a step adds to its label. The query is the reader's own; when a kept one was made, its note says."""
    if step.name == "condense":
        return step.detail
    return "" if step.name == "cache" else wording.detail(step.detail, language)


def _total(answer: Answer, texts: Texts) -> str:
    spent = sum(step.elapsed_ms for step in answer.steps)
    return figure(texts, duration(spent)) if answer.is_finished and spent else ""


def _sources(hits: Sequence[JSON]) -> list[tuple[str, list[JSON]]]:
    """Hits by document, in the order in which the documents were first found."""
    order = {str(hit["document_id"]): place for place, hit in reversed(list(enumerate(hits)))}
    ordered = sorted(hits, key=lambda hit: (order[str(hit["document_id"])], int(hit["number"])))
    return [(str(group[0]["document"]), group) for group in
            (list(members) for _, members in groupby(ordered, key=lambda hit: str(hit["document_id"])))]  # fmt: skip


def status_line(answer: Answer, language: Language) -> str:
    """That it waits, or how it ended, as a sentence; empty for an answer that is being written or is complete."""
    texts = TEXTS[language]
    match answer.status:
        case "queued" | "sending":
            return _waiting_line(answer, texts)
        case "stopped" | "interrupted":
            return texts[f"was_{answer.status}"]
        case "error" if answer.error is not None:
            return wording.error_message(answer.error.error_code, answer.error.message, language)
        case _:
            return ""


def _waiting_line(answer: Answer, texts: Texts) -> str:
    if answer.position <= 0:
        return texts["queued_next"]
    if answer.eta_s < 1:
        return texts["queued"].format(n=answer.position)
    return texts["queued_eta"].format(n=answer.position, s=round(answer.eta_s))
