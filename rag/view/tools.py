"""The view with the tools for analysts: its frame, what its fields say, and one question with two settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from markupsafe import Markup

from rag.model import SEARCH_MODES, Asking
from rag.view import wording
from rag.view.figures import duration
from rag.view.lab import moves_html, settings_line, support_html
from rag.view.markdown import answer_html
from rag.view.page import PASSAGES, WEIGHTS, Model, asking_of, model_names, reranking_names
from rag.view.templates import render
from rag.view.texts import TEXTS, Language, figure

JSON = Mapping[str, Any]
TOOLS: Final = ("inspect", "why", "ab", "golden")
ROWS: Final = 100  # of a run, drawn at first
MOVES: Final = 30
_CHIP: Final = Markup(
    '\u2060<a class="chip" role="button" tabindex="0" data-act="hit" data-passage="{}" data-status="{}" '
    'data-quote="{}" data-about="{}" aria-label="{}">{}</a>'
)
_MODES: Final = tuple(mode for mode in SEARCH_MODES if mode not in {"document", "none"})


def tools_html(models: Sequence[Model], language: Language, passages: int = 8, *, can_rerank: bool = False) -> Markup:
    """The frame: a tab for each tool with its fields, and an empty place for what it gives. Drawn once.

    `can_rerank`: there is a model that puts passages in order again.
    """
    texts = TEXTS[language]
    usable = [model for model in models if model.included]
    modes = {name: [(mode, texts[f"mode_{mode}"]) for mode in members] for name, members in
             (("search", _MODES), ("answer", SEARCH_MODES))}  # fmt: skip
    tabs = [(tool, texts[f"tool_{tool}"], texts[f"tool_{tool}_about"]) for tool in TOOLS]
    return render(
        "tools.html", language, tabs=tabs, models=list(model_names(models, language).items()), modes=modes,
        default_model=next((one.name for one in usable if one.is_default), ""),
        passages=[(number, number) for number in sorted({*PASSAGES, passages})], default_passages=passages,
        weights=[(value, texts[f"weights_{value}"]) for value in WEIGHTS],
        reranking=list(reranking_names(language).items()) if can_rerank else [],
        go={tool: texts[f"tool_{tool}_go"] for tool in TOOLS if tool != "golden"},
    )  # fmt: skip


def asked_with(data: JSON, passages: int, how: str = "how") -> Asking:
    """What a tool's fields say: the question, and under `how` the settings. Never from the cache."""
    said = data.get(how)
    fields = said if isinstance(said, dict) else {}
    asking = asking_of({**data, **fields, "conversation": "", "key": ""}, passages)
    return replace(asking, use_cache=False)


def ab_html(found: JSON, language: Language) -> Markup:
    """Two answers to one question with their times and what their sentences rest on, and how the passages moved."""
    sides = [(name.upper(), _side(found[name], language)) for name in ("a", "b")]
    moved = found["moves"][:MOVES]
    return render("lab_ab.html", language, sides=sides, moves=moves_html(moved, language) if moved else "")


def _side(side: JSON, language: Language) -> dict[str, Any]:
    texts, first_ms, text = TEXTS[language], side["timings"].get("first_token_ms"), str(side["answer"])
    settings = {**side["settings"], "model": side["model"] or side["settings"]["model"]}
    citations = [dict(one) for one in side["citations"]]
    times = [texts["trace_first"].format(time=figure(texts, duration(float(first_ms))))] if first_ms else []
    return {
        "settings": settings_line(settings, language),
        "answer": answer_html(text, citations, lambda index: _chip(citations[index], language)),
        "support": support_html(text, side["support"], language),
        "error": wording.of_error(side["error"], language) if side["error"] else "",
        "time": " · ".join([texts["trace_total"].format(time=figure(texts, duration(side["elapsed_ms"]))), *times]),
        "note": side["note"],
    }


def _chip(citation: JSON, language: Language) -> str:
    """A citation outside any conversation: it leads to its passage."""
    texts, about = TEXTS[language], f"{citation['document']} · {TEXTS[language]['page'].format(n=citation['page'])}"
    label = texts["chip"].format(n=citation["number"], document=citation["document"], page=citation["page"])
    return _CHIP.format(citation["passage_id"], citation["status"], citation["quote"], about, label, citation["number"])
