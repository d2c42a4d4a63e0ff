"""How an answer came about: what was searched, what was found by which retriever, and where time went. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from rag.answer.language import ANSWER_LANGUAGES
from rag.events import Step
from rag.view.answers import step_detail
from rag.view.figures import duration
from rag.view.templates import render
from rag.view.texts import TEXTS, Language, Texts, counted, figure, model_name

JSON = Mapping[str, Any]
_FITS = re.compile(r"(\d+) of (\d+) passages fit")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A hit, by which retriever it was found at which place ("" if not), and what became of it."""

    number: int
    place: str
    snippet: str
    passage_id: str
    keyword: str
    semantic: str
    reranked: str
    in_prompt: bool
    cited: bool


@dataclass(frozen=True, slots=True)
class _Bar:
    """A step and how long it took; `share` of the longest, 0..100."""

    name: str
    detail: str
    time: str
    share: float


def trace_html(trace: JSON, language: Language) -> Markup:
    """The trace panel. `trace` as `Talk.trace` gives it."""
    texts = TEXTS[language]
    candidates = _candidates(trace, texts)
    return render(
        "trace.html",
        language,
        trace=trace,
        query=trace["query"] if trace["query"] != trace["question"] else "",
        facts=_settings(trace, texts),
        bars=_bars(trace["steps"], language),
        candidates=candidates,
        is_reranked=any(one.reranked for one in candidates),
        summary=_summary(trace, texts),
        tokens=_tokens(trace["usage"], texts),
        times=_times(trace["timings"], texts),
    )


def _settings(trace: JSON, texts: Texts) -> list[tuple[str, str]]:
    asked: JSON = trace["settings"]
    model = str(trace["model"] or asked.get("model") or "")
    documents = asked.get("documents")
    more: JSON = asked.get("settings") or {}
    language, rerank = ANSWER_LANGUAGES.get(str(more.get("language"))), str(more.get("rerank") or "")
    facts = [
        (texts["model"], model_name(texts, model)),
        (texts["mode"], texts.get(f"mode_{asked.get('search_mode', 'hybrid')}", "")),
        (texts["passages"], str(asked.get("passages", ""))),
        (texts["rerank"], texts.get(f"rerank_{rerank}", rerank) if rerank else ""),
        (texts["trace_documents"], texts["trace_all"] if documents is None else str(len(documents))),
        (texts["language"], texts["language_auto"] if language is None else language[1]),
    ]
    return [(name, value) for name, value in facts if value]


def _bars(steps: Sequence[JSON], language: Language) -> list[_Bar]:
    texts = TEXTS[language]
    longest = max((float(step["elapsed_ms"]) for step in steps), default=0.0)
    bars = []
    for step in steps:
        elapsed_ms = float(step["elapsed_ms"])
        is_skipped = step["status"] == "skipped"
        time = texts["step_skipped"] if is_skipped else figure(texts, duration(elapsed_ms))
        bars.append(
            _Bar(
                _step_name(step, texts), step_detail(Step(**step), language), time, 100 * elapsed_ms / (longest or 1.0)
            )
        )
    return bars


def _step_name(step: JSON, texts: Texts) -> str:
    """In the reader's language where the step is known."""
    own, searched = texts.get(f"step_{step['name']}", ""), "".join(filter(str.isdigit, str(step["label"])))
    count = counted(texts, "document", int(searched)) if searched else texts["documents"]
    return own.format(n=count) if own else str(step["label"])


def _prompted(trace: JSON) -> int:
    """How many of the hits went into the prompt: all, unless the step that wrote the answer says less."""
    details = [str(step["detail"]) for step in trace["steps"] if step["name"] == "generate"]
    found = next(filter(None, map(_FITS.search, details)), None)
    return int(found[1]) if found else len(trace["retrieved"])


def _candidates(trace: JSON, texts: Texts) -> list[_Candidate]:
    cited = {(str(one["passage_id"])) for one in trace["citations"]}
    used = _prompted(trace)
    return [
        _Candidate(
            number=int(hit["number"]),
            place=f"{hit['document']} · {texts['page_short'].format(n=hit['pages'][0])}",
            snippet=str(hit["snippet"]),
            passage_id=str(hit["passage_id"]),
            keyword=_rank(hit, "keyword", texts),
            semantic=_rank(hit, "semantic", texts),
            reranked=_rank(hit, "reranked", texts),
            in_prompt=at < used,
            cited=str(hit["passage_id"]) in cited,
        )
        for at, hit in enumerate(trace["retrieved"])
    ]


def _rank(hit: JSON, retriever: str, texts: Texts) -> str:
    score = (hit.get("scores") or {}).get(retriever)
    return f"{score['rank']} ({figure(texts, format(score['score'], '.2f'))})" if score else ""


def _summary(trace: JSON, texts: Texts) -> str:
    found, cited = len(trace["retrieved"]), len({str(one["passage_id"]) for one in trace["citations"]})
    if not found:
        return texts["trace_none"]
    if trace["model"] == "extractive":
        return texts["trace_extractive"].format(n=found, cited=cited)
    return texts["trace_prompt"].format(used=_prompted(trace), n=found, cited=cited)


def _tokens(usage: JSON, texts: Texts) -> str:
    read, written = int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0)
    parts = (("tokens_in", read), ("tokens_out", written))
    return " · ".join(texts[name].format(n=figure(texts, f"{number:,}")) for name, number in parts if number)


def _times(timings: JSON, texts: Texts) -> str:
    parts = (("trace_first", timings.get("first_token_ms")), ("trace_total", timings.get("total_ms")))
    return " · ".join(
        texts[name].format(time=figure(texts, duration(float(value)))) for name, value in parts if value is not None
    )
