"""Feedback records -> a retrieval policy, and whether it is better than the rule. Needs scikit-learn (extra `policy`).

What a thumb teaches. Whether a search was needed: an answer that people liked and that cites a passage needed one; one
they liked that was given without a search did not; one they disliked that was given without a search did. How wide:
a liked answer that cites a passage past the first NARROW, or WIDE_CITED different ones, needed a wide search; a liked
one that cites less did not. Everything else teaches nothing about either.

A mistake costs: a search that was left out wrongly MISSED, everything else 1. Each record is judged by a model that was
trained without it (stratified folds); the difference in cost to the rule has a 95 % interval from resampled records.
Only a model whose interval lies wholly below the rule's cost is used.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.answer.policy import FEATURES, NO_SEARCH_BELOW, WIDE_FROM, Head, by_rule, features
from rag.errors import RequestError

MIN_RECORDS = 40
MIN_OF_EACH = 8
NARROW = 4
WIDE_CITED = 4
MISSED = 5.0
_FOLDS = 5
_RESAMPLES = 2_000
_SEED = 20_080


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question and what it turned out to need (1 or 0; None: the record does not say)."""

    question: str
    has_history: bool
    search: int | None
    wide: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A model against the rule on records neither was fitted to: mean cost a question (lower is better).

    `low`, `high`: the 95 % interval of model - rule. `is_used`: it is wholly below 0. `why`: in a sentence.
    """

    records: int
    positives: int
    model_cost: float | None
    rule_cost: float | None
    low: float | None
    high: float | None
    is_used: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def lessons_of(records: Iterable[Mapping[str, Any]]) -> list[Lesson]:
    """Exported feedback records (see store.reactions.export) -> what each teaches; the others left out."""
    found = []
    for record in records:
        question, query = str(record.get("question") or ""), str(record.get("query") or "")
        if not question or record.get("error") or record.get("thumb") not in {"up", "down"}:
            continue
        steps = {str(step.get("name")): step for step in record.get("steps") or ()}
        searched = bool({"search", "read"} & steps.keys())
        liked = record["thumb"] == "up"
        cited = {int(c["number"]) for c in record.get("citations") or () if c.get("status") != "missing"}
        search = (1 if cited else None) if liked and searched else None if searched else int(not liked)
        wide = int(max(cited) > NARROW or len(cited) >= WIDE_CITED) if liked and cited else None
        has_history = bool(steps.get("condense", {}).get("status") == "finished") or (query not in {"", question})
        if search is not None or wide is not None:
            found.append(Lesson(question, has_history, search, wide))
    return found


def train(lessons: Sequence[Lesson]) -> tuple[dict[str, Head | None], dict[str, Measured]]:
    """({"search", "wide"} -> the head to use, None where the rule stays; how each was measured).

    Raises RequestError(invalid_request) when scikit-learn is not installed.
    """
    heads: dict[str, Head | None] = {}
    measured: dict[str, Measured] = {}
    for name in ("search", "wide"):
        known = [(lesson, getattr(lesson, name)) for lesson in lessons if getattr(lesson, name) is not None]
        heads[name], measured[name] = _train_head(name, [each for each, _ in known], [int(label) for _, label in known])
    return heads, measured


def _train_head(name: str, lessons: Sequence[Lesson], labels: Sequence[int]) -> tuple[Head | None, Measured]:
    positives = sum(labels)
    if len(labels) < MIN_RECORDS or min(positives, len(labels) - positives) < MIN_OF_EACH:
        why = (
            f"Too little to learn from: {len(labels)} records say so, {positives} of them yes; "
            f"{MIN_RECORDS} are needed, {MIN_OF_EACH} of each."
        )
        return None, Measured(len(labels), positives, None, None, None, None, False, why)
    values = [features(lesson.question, has_history=lesson.has_history) for lesson in lessons]
    held_out = _held_out(values, labels)
    by_model = [_cost(name, _says(name, chance), label) for chance, label in zip(held_out, labels, strict=True)]
    by_the_rule = [_cost(name, _rule_says(name, lesson), label) for lesson, label in zip(lessons, labels, strict=True)]
    low, high = interval([a - b for a, b in zip(by_model, by_the_rule, strict=True)])
    is_used = high < 0
    why = "It is better than the rule on records it had not seen." if is_used else (
        "It is not better than the rule beyond doubt, so the rule stays."
    )  # fmt: skip
    found = Measured(
        len(labels), positives, _mean(by_model), _mean(by_the_rule), round(low, 4), round(high, 4), is_used, why
    )
    return (_fit(values, labels) if is_used else None), found


def _says(name: str, chance: float) -> int:
    """The decision at a probability, as `policy.decide` takes it."""
    return int(chance >= (NO_SEARCH_BELOW if name == "search" else WIDE_FROM))


def _rule_says(name: str, lesson: Lesson) -> int:
    ruled = by_rule(lesson.question, has_history=lesson.has_history)
    return int(ruled.searches if name == "search" else ruled.width in {"wide", "overview"})


def _cost(name: str, said: int, label: int) -> float:
    if said == label:
        return 0.0
    return MISSED if name == "search" and label == 1 else 1.0


def _held_out(values: Sequence[Sequence[float]], labels: Sequence[int]) -> list[float]:
    """Each record's probability from a model that was fitted without it."""
    StratifiedKFold = _sklearn("model_selection").StratifiedKFold
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    chances = [0.0] * len(labels)
    for kept, left in folds.split(values, labels):
        head = _fit([values[at] for at in kept], [labels[at] for at in kept])
        for at in left:
            chances[at] = head.probability(values[at])
    return chances


def _fit(values: Sequence[Sequence[float]], labels: Sequence[int]) -> Head:
    scaler = _sklearn("preprocessing").StandardScaler().fit(values)
    model = _sklearn("linear_model").LogisticRegression(C=0.5, max_iter=1_000)
    model.fit(scaler.transform(values), labels)
    weights, mean, scale = (tuple(map(float, each)) for each in (model.coef_[0], scaler.mean_, scaler.scale_))
    if len(weights) != len(FEATURES):
        raise ValueError("the model does not fit the features")
    return Head(weights, float(model.intercept_[0]), mean, scale)


def interval(differences: Sequence[float], *, resamples: int = _RESAMPLES) -> tuple[float, float]:
    """The 95 % interval of the mean of differences, by resampling; the same every time."""
    choose = random.Random(_SEED)  # noqa: S311 -- statistics
    count = len(differences)
    means = sorted(sum(choose.choices(differences, k=count)) / count for _ in range(resamples))
    return means[int(0.025 * resamples)], means[int(0.975 * resamples) - 1]


def _mean(costs: Sequence[float]) -> float:
    return round(sum(costs) / len(costs), 4)


def _sklearn(module: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    try:
        return import_module(f"sklearn.{module}")
    except ImportError as error:
        raise RequestError(
            "invalid_request", "Training a policy needs scikit-learn: install Folio with the extra `policy`."
        ) from error
