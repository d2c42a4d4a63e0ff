"""Which models a plan includes (FOLIO_MODEL_PLANS). Pure."""

from __future__ import annotations

from collections.abc import Mapping

EVERY = "*"
Plans = Mapping[str, tuple[str, ...]]


def parse(text: str) -> dict[str, tuple[str, ...]]:
    """`gpt-5=pro,team;local=*` -> model name -> its plans, () for every plan.

    Raises ValueError, with a sentence, for an entry that is not of this form.
    """
    found: dict[str, tuple[str, ...]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        model, equals, names = (part.strip() for part in entry.partition("="))
        plans = tuple(dict.fromkeys(filter(None, (name.strip() for name in names.split(",")))))
        if not (model and equals and plans):
            raise ValueError(f"{entry!r} is not of the form model=plan,plan")
        if model in found:
            raise ValueError(f"{model!r} is named twice")
        found[model] = () if EVERY in plans else plans
    return found


def includes(plans: Plans, model: str, plan: str) -> bool:
    """Whether a plan may use a model. A model that is not named is everybody's."""
    allowed = plans.get(model, ())
    return not allowed or plan in allowed
