"""The tools for analysts -> HTML and sentences. Pure; values in, as `rag.verbs.lab` and the API have them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from rag.view import wording
from rag.view.figures import duration
from rag.view.templates import render
from rag.view.texts import TEXTS, Language, Texts, figure, model_name

JSON = Mapping[str, Any]
SHOWN = (
    "rows", "failed", "recall@1", "recall@3", "recall@5", "recall@10", "mrr", "page_hit", "page_recall",
    "answer_match", "answer_f1", "verified_quotes", "refusals", "search_p50_ms", "search_p95_ms",
    "first_token_p50_ms", "first_token_p95_ms", "total_p50_ms", "total_p95_ms", "input_tokens", "output_tokens",
)  # fmt: skip
_MARKER = re.compile(r"\s*[\[【]\^?\d{1,3}(?:\s*[,;:–-][^\[\]【】\n]*)?[\]】]")
_MARKS = re.compile(r"\*{1,3}|`+|~~|^\s*(?:[-+>]|#{1,6}|\d{1,9}[.)])\s+", re.MULTILINE)
_NONE = Markup("")
_SHARES = frozenset(name for name in SHOWN if name.startswith(("recall@", "page_", "answer_match"))) | {
    "verified_quotes", "refusals",
}  # fmt: skip


def figure_text(name: str, value: float | None, texts: Texts = TEXTS["en"]) -> str:
    """A figure as a person reads it: a share in percent, a time with its unit; "–" where there is none."""
    if value is None:
        return "–"
    if name.endswith("_ms"):
        return figure(texts, duration(value))
    if name in _SHARES:
        return f"{100 * value:.0f} %"
    return figure(texts, f"{value:,}" if isinstance(value, int) else f"{value:.2f}")


def figures_of(summary: JSON | None, language: Language) -> list[tuple[str, str]]:
    """(name, value) of a run's figures, in the order of SHOWN; those that say nothing about this run left out."""
    found = summary or {}
    texts = TEXTS[language]
    return [
        (texts[f"fig_{name}"], figure_text(name, found[name], texts)) for name in SHOWN if found.get(name) is not None
    ]


def runs_html(runs: Sequence[JSON], language: Language) -> Markup:
    """The list of runs, newest first, each with its progress and its main figures."""
    texts = TEXTS[language]
    shown = [
        {
            **run,
            "status_text": texts[f"lab_status_{run['status']}"],
            "how": settings_line(run["settings"], language),
            "progress": texts["lab_progress"].format(done=run["done"], total=run["total"]),
            "figures": figures_of(run["summary"], language)[:1]
            + [
                (texts[f"fig_{name}"], figure_text(name, run["summary"][name], texts))
                for name in ("recall@5", "page_hit", "answer_match", "verified_quotes")
                if run["summary"] and run["summary"].get(name) is not None
            ],
        }
        for run in runs
    ]
    return render("lab_runs.html", language, runs=shown)


def settings_line(settings: JSON, language: Language) -> str:
    """What questions are asked with, in a line; `settings` as a run has them."""
    texts = TEXTS[language]
    model, more = str(settings.get("model") or ""), settings.get("settings") or {}
    weights, rerank = more.get("weights"), more.get("rerank")
    said = (
        model_name(texts, model),
        texts.get(f"mode_{settings.get('search_mode')}", ""),
        f"{texts['passages']} {settings['passages']}" if settings.get("passages") else "",
        f"{texts['tool_weights']} {weights}" if weights else "",
        f"{texts['rerank']} {texts.get(f'rerank_{rerank}', rerank)}" if rerank else "",
    )
    return " · ".join(filter(None, said))


def run_html(run: JSON, rows: Sequence[JSON], language: Language) -> Markup:
    """One run: its figures, what could not be read, and the first of its rows, each with its answer and measures."""
    texts = TEXTS[language]
    return render(
        "lab_run.html",
        language,
        run=run,
        status_text=texts[f"lab_status_{run['status']}"],
        progress=texts["lab_progress"].format(done=run["done"], total=run["total"]),
        figures=figures_of(run["summary"], language),
        problems=[
            texts["lab_problem"].format(row=problem["row"], problem=wording.detail(problem["problem"], language))
            if problem["row"]
            else wording.sentences(problem["problem"], language)
            for problem in run["problems"]
        ],
        rows=[_row(row, language) for row in rows],
        hidden=max(0, run["total"] - len(rows)),
        settings=settings_line(run["settings"], language),
    )


def row_trace(run: JSON, row: JSON) -> dict[str, Any]:
    """A row's trace, as the trace view has that of an answer in a conversation."""
    trace = row["trace"]
    return {**trace, "message_id": f"{run['run_id']}-{row['number']}", "settings": run["settings"], "cached": False}


def _row(row: JSON, language: Language) -> dict[str, Any]:
    texts = TEXTS[language]
    measures = row["measures"]
    match, ranks = measures.get("match"), measures.get("ranking")
    quotes = measures.get("quotes") or {}
    trace = row.get("trace") or {}
    return {
        **row,
        "answer": _said(row["answer"]),
        "status_text": texts[f"lab_status_{row['status']}"],
        "match": "" if match is None else texts["lab_yes" if match["matches"] else "lab_no"],
        "matches": None if match is None else match["matches"],
        "rank": "" if ranks is None else ranks["rank"] or "–",
        "quotes": f"{quotes.get('verified', 0)}/{sum(quotes.values())}" if sum(quotes.values()) else "",
        "time": figure(texts, duration(row["timings"]["total_ms"])) if "total_ms" in row["timings"] else "",
        "error": wording.of_error(trace["error"], language) if trace.get("error") else "",
    }


def comparison_html(comparison: JSON, language: Language) -> Markup:
    """Two runs side by side: figures with their change, then the rows, those that flipped first."""
    texts = TEXTS[language]
    figures = [
        (
            texts[f"fig_{each['name']}"], figure_text(each["name"], each["a"], texts),
            figure_text(each["name"], each["b"], texts),
            _change(each, texts), each["better"],
        )
        for each in comparison["figures"]
        if each["name"] in SHOWN and not (each["a"] is None and each["b"] is None)
    ]  # fmt: skip
    flips = [texts[f"lab_flip_{name}"].format(**counts) for name, counts in comparison["flips"].items()]
    sides = ((texts["lab_a"], "a"), (texts["lab_b"], "b"))
    alone = len(comparison["only_a"]) + len(comparison["only_b"])
    rows = [{**row, "answers": [_said(answer) for answer in row["answers"]]} for row in comparison["rows"]]
    ordered = sorted(rows, key=lambda row: row["answer"]["flip"] == row["page"]["flip"] == "same")
    return render(
        "lab_comparison.html",
        language,
        sides=[(name, comparison[key], settings_line(comparison[key]["settings"], language)) for name, key in sides],
        figures=figures,
        flips=flips,
        alone=texts["lab_only"].format(n=alone) if alone else "",
        rows=ordered,
        flip_text={flip: texts[f"lab_{flip}"] for flip in ("gained", "lost", "same")},
    )


def _change(measure: JSON, texts: Texts) -> str:
    change = measure["change"]
    if not change or (measure["name"].endswith("_ms") and abs(change) < 1):
        return ""
    said = figure_text(measure["name"], abs(change), texts)
    return f"{'+' if change > 0 else '−'}{said}"


def inspection_html(inspection: JSON, language: Language) -> Markup:
    """Every candidate of a search with its ranks and scores, and the line below which none reaches the answer."""
    texts, found = TEXTS[language], len(inspection["hits"])
    took = figure(texts, duration(float(inspection.get("elapsed_ms") or 0)))
    return render(
        "lab_inspection.html",
        language,
        inspection=inspection,
        is_reranked=any(hit["scores"].get("reranked") for hit in inspection["hits"]),
        cut_line=texts["lab_cut_line"].format(n=inspection["in_prompt"]),
        took=texts["tool_took_one" if found == 1 else "tool_took"].format(n=found, time=took) if found else "",
    )


def moves_html(moves: Sequence[JSON], language: Language) -> Markup:
    """The passages of two searches with their ranks in both, and how far each moved."""
    return render("lab_moves.html", language, moves=[{**move, **_moved(move)} for move in moves])


def _moved(move: JSON) -> dict[str, Any]:
    a, b = move["a"], move["b"]
    if a is None or b is None:
        return {"by": 0, "moved": "in" if a is None else "out"}
    return {"by": abs(a - b), "moved": "up" if b < a else "down" if b > a else "same"}


def why_sentences(verdict: JSON, language: Language) -> list[str]:
    """A verdict in sentences: what happened, the differences, the ranks, and what else matters."""
    texts = TEXTS[language]
    is_unread = verdict["kind"] == "cut_by_prompt" and verdict["place"] is None
    found = [
        texts["why_not_read" if is_unread else f"why_{verdict['kind']}"].format(
            page=verdict["page"], document=verdict["document"], percent=int(100 * verdict["similarity"]),
            number=verdict["passage_number"], place=verdict["place"], limit=verdict["limit"],
            in_prompt=verdict["in_prompt"],
        )
    ]  # fmt: skip
    if verdict["kind"] == "other_characters":
        found += [f"{_difference(each, texts)}." for each in verdict["differences"][:5]]
    if verdict.get("depth"):
        found.append(_ranks(verdict, texts))
    if verdict.get("is_split"):
        found.append(texts["why_split"])
    return [*found, *([_capital(wording.detail(verdict["note"], language))] if verdict["note"] else [])]


def _difference(difference: JSON, texts: Texts) -> str:
    key = (
        "why_more" if not difference["sentence"] else "why_missing" if not difference["document"] else "why_difference"
    )
    return _capital(texts[key].format(**difference))


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _ranks(verdict: JSON, texts: Texts) -> str:
    def place(rank: JSON | None) -> str:
        if rank is None:
            return texts["why_no_rank"].format(n=verdict["depth"])
        return texts["why_rank"].format(n=rank["rank"])

    meaning = texts["why_no_meaning"] if verdict["semantic"] is None and verdict["note"] else place(verdict["semantic"])
    return texts["why_ranks"].format(words=place(verdict["keyword"]), meaning=meaning)


def why_html(verdict: JSON, language: Language) -> Markup:
    """A verdict with the text it is about."""
    return render("lab_why.html", language, verdict=verdict, sentences=why_sentences(verdict, language))


def support_line(support: JSON, language: Language) -> str:
    """How many sentences rest on what, in a line; "" when none was marked."""
    texts, counts = TEXTS[language], support["counts"]
    total = sum(counts.values())
    if total < 2:
        return next((texts[f"support_{kind}"] for kind, number in counts.items() if number), "")
    said = [texts["support_counts"].format(quote=counts["quote"], n=total)]
    said += [texts[f"support_counts_{kind}"].format(n=counts[kind]) for kind in ("passage", "none") if counts[kind]]
    return " · ".join(said)


def support_html(text: str, support: JSON, language: Language) -> Markup:
    """The marked sentences of an answer, one a line, each with what it rests on; "" when none was marked."""
    texts = TEXTS[language]
    sentences = [
        (each["kind"], texts[f"support_{each['kind']}"], _said(text[each["start"] : each["end"]]))
        for each in support["sentences"]
    ]
    line = support_line(support, language)
    return render("support.html", language, line=line, sentences=sentences, counts=support["counts"]) if line else _NONE


def _said(sentence: str) -> str:
    """A sentence as it reads: without markers and marks of Markdown; of a table's row, its cells."""
    lines = map(_cells, _MARKER.sub("", sentence).splitlines())
    return " ".join(_MARKS.sub("", "\n".join(lines)).split())


def _cells(line: str) -> str:
    if not line.lstrip().startswith("|"):
        return line
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    return "" if all(set(cell) <= set(":-") for cell in cells) else " · ".join(filter(None, cells))
