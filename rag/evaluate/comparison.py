"""Two runs row by row, and two ranked lists move by move. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Flip = Literal["gained", "lost", "same"]
JSON = Mapping[str, Any]
FLIPS = ("answer", "page", "refusal")
_LESS_IS_BETTER = frozenset({"failed", "refusals", "input_tokens", "output_tokens"})


@dataclass(frozen=True, slots=True)
class Move:
    """A passage in two ranked lists. `a`, `b`: its ranks from 1, None where it is not among them."""

    passage_id: str
    document: str
    pages: tuple[int, ...]
    snippet: str
    a: int | None
    b: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "passage_id": self.passage_id, "document": self.document, "pages": list(self.pages),
            "snippet": self.snippet, "a": self.a, "b": self.b,
        }  # fmt: skip


def moves(first: Sequence[JSON], second: Sequence[JSON]) -> list[Move]:
    """Contract hits of two searches, best first -> every passage of either with both ranks, by the better of them."""
    ranks = [{str(hit["passage_id"]): rank for rank, hit in enumerate(hits, start=1)} for hits in (first, second)]
    hits = {str(hit["passage_id"]): hit for hit in (*first, *second)}
    found = [
        Move(passage_id, str(hit["document"]), tuple(hit["pages"]), str(hit["snippet"]),
             ranks[0].get(passage_id), ranks[1].get(passage_id))
        for passage_id, hit in hits.items()
    ]  # fmt: skip
    return sorted(found, key=lambda move: (min(filter(None, (move.a, move.b))), move.a is None, move.a or 0))


def compare(a: Mapping[str, Any], b: Mapping[str, Any], rows_a: Sequence[JSON], rows_b: Sequence[JSON]) -> JSON:
    """Two summaries and their rows -> {"figures", "rows", "flips", "only_a", "only_b"}; JSON values.

    Rows belong together when they ask the same question of the same document and page (the order does not matter);
    of several alike, the first with the first.
    """
    others: dict[tuple[str, ...], list[JSON]] = {}
    for row in rows_b:
        others.setdefault(_key(row), []).append(row)
    pairs, only_a = [], []
    for row in rows_a:
        same = others.get(_key(row))
        if same:
            pairs.append(_pair(row, same.pop(0)))
        else:
            only_a.append(row["number"])
    return {
        "figures": figures(a, b),
        "rows": pairs,
        "flips": {
            name: {flip: sum(pair[name]["flip"] == flip for pair in pairs) for flip in ("gained", "lost")}
            for name in FLIPS
        },
        "only_a": only_a,
        "only_b": [row["number"] for left in others.values() for row in left],
    }


def _key(row: JSON) -> tuple[str, ...]:
    return " ".join(str(row["question"]).split()).casefold(), str(row["document"]).casefold(), str(row["pages"])


def figures(a: JSON, b: JSON) -> list[dict[str, Any]]:
    """Each figure that both have: {"name", "a", "b", "change", "better": "a" | "b" | ""}."""
    found = []
    for name, before in a.items():
        after = b.get(name)
        numeric = isinstance(before, int | float) and isinstance(after, int | float)
        change = round(after - before, 4) if numeric and after is not None else None
        counts_down = name in _LESS_IS_BETTER or name.endswith("_ms")
        judged = change and not name.endswith("rows") and name not in {"rows", "quotes"}
        better = "" if not judged or change is None else "b" if (change > 0) != counts_down else "a"
        found.append({"name": name, "a": before, "b": after, "change": change, "better": better})
    return found


def _pair(a: JSON, b: JSON) -> dict[str, Any]:
    ranks = [(row["measures"].get("ranking") or {}).get("rank") for row in (a, b)]
    matches = [(row["measures"].get("match") or {}).get("matches") for row in (a, b)]
    expected = any(row["measures"].get("ranking") for row in (a, b))
    refused = [row["measures"].get("refused") for row in (a, b)]
    hits = [row["trace"].get("retrieved", ()) for row in (a, b)]
    return {
        "question": a["question"],
        "expected": a["expected"],
        "numbers": [a["number"], b["number"]],
        "answers": [a["answer"], b["answer"]],
        "answer": {"a": matches[0], "b": matches[1], "flip": _flip(*matches)},
        "page": {
            "a": ranks[0], "b": ranks[1],
            "flip": _flip(*(rank is not None for rank in ranks)) if expected else "same",
        },
        "refusal": {"a": refused[0], "b": refused[1], "flip": _flip(*refused)},
        "passages": {
            "shared": len({hit["passage_id"] for hit in hits[0]} & {hit["passage_id"] for hit in hits[1]}),
            "a": len(hits[0]), "b": len(hits[1]),
        },
        "total_ms": [row["timings"].get("total_ms") for row in (a, b)],
    }  # fmt: skip


def _flip(before: bool | None, after: bool | None) -> Flip:
    if before is None or after is None or before == after:
        return "same"
    return "gained" if after else "lost"
