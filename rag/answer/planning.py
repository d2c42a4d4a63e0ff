"""A question is answered as the policy decides: the pipeline, with or without a search, wide or as set.

What differs from a plain search is a step of its own, "plan", so that the trace says what was decided, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from rag.answer.pipeline import Events
from rag.answer.policy import RULE, Decision, Policy, decide, is_talk
from rag.answer.replies import small_talk
from rag.events import Done, Step, Token
from rag.model import Asking, Exchange

STEP = "plan"
LABEL = "Deciding how to search"
_PLANNED_MODES = frozenset({"hybrid", "keyword", "semantic"})


def decision_for(asking: Asking, history: Sequence[Exchange], policy: Policy) -> Decision | None:
    """What the policy says; None where the user has decided: another mode, or the setting {"policy": "off"}."""
    if asking.search_mode not in _PLANNED_MODES or asking.settings.get("policy") == "off":
        return None
    return decide(asking.question, has_history=bool(history), policy=policy)


@dataclass(frozen=True, slots=True)
class Planning:
    """`usual_passages`: what the settings say; another number is somebody's choice, and stays."""

    policy: Policy = RULE
    usual_passages: int = 8


def planned_answer(
    asking: Asking,
    proceed: Callable[[Asking], Events],
    *,
    planning: Planning,
    message_id: str,
    model_name: str,
    has_model: bool,
    history: Sequence[Exchange] = (),
) -> Events:
    """The events of an answer: `proceed(asking)` is the pipeline's, with what was decided put into the asking.

    Without a model only talk goes without a search: everything else has to be quoted from somewhere.
    """
    began = monotonic()
    decision = decision_for(asking, history, planning.policy)
    if decision is not None and not decision.searches and not has_model and not is_talk(asking.question):
        decision = None
    if decision is not None and (decision.width in {"none", "wide"} or decision.by == "model"):
        asking = _as_decided(asking, decision, planning.usual_passages)
        yield Step(STEP, "finished", LABEL, _detail(decision, asking), _elapsed_ms(began))
        if not has_model and not decision.searches:
            yield Token(small_talk(asking.question))
            total = {"first_token_ms": _elapsed_ms(began), "total_ms": _elapsed_ms(began)}
            usage = dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 0)
            yield Done(message_id, model_name, usage, total)
            return
    yield from proceed(asking)


def _as_decided(asking: Asking, decision: Decision, usual_passages: int) -> Asking:
    if not decision.searches:
        return replace(asking, search_mode="none")
    if asking.passages != usual_passages:
        return asking
    return replace(asking, passages=decision.passages(asking.passages))


def _detail(decision: Decision, asking: Asking) -> str:
    how = f"{decision.width}: {asking.passages} passages" if decision.searches else "no search"
    sure = "" if decision.probability is None else f", probability {decision.probability:.2f}"
    return f"{how}; {decision.why} (by the {decision.by}{sure})"


def policy_in(steps: Sequence[dict[str, Any]]) -> str:
    """What a trace says about the decision: the step's detail, or that it was an ordinary search."""
    details = [str(step["detail"]) for step in steps if step.get("name") == STEP]
    searched = any(step.get("name") in {"search", "read"} for step in steps)
    return details[0] if details else "as set (by the rule)" if searched else ""


def _elapsed_ms(since: float) -> float:
    return round((monotonic() - since) * 1000, 1)
