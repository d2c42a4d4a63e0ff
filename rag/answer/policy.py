"""Whether a question wants a search at all, and how wide a one. Pure.

The rule is the default. It searches when unsure: only thanks and greetings that are nothing else, and a wish about the
last answer itself ("translate your last answer"), are not searched for. Questions for lists, comparisons and everything
there is are searched wide. A trained model (`rag.answer.training`) may take a decision over where it was measured
to be better than the rule on questions it had not seen; it is a logistic regression, kept as JSON, applied here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.answer.overview import is_overview
from rag.answer.terms import is_number, is_stop_word, tokens, word_set

Width = Literal["none", "narrow", "wide", "overview"]
By = Literal["rule", "model"]
WIDE_FACTOR = 2
MAX_PASSAGES = 50
NO_SEARCH_BELOW = 0.15  # the model's probability that a search is needed; the rule of doubt
WIDE_FROM = 0.6

_TALK = word_set(
    "thanks thank thx ty you u very much so a lot many great good nice cool perfect awesome excellent wonderful ok "
    "okay k fine alright well done got it i see hello hi hey hallo there good morning afternoon evening day bye "
    "goodbye see later that was helpful is that's nice! lovely super cheers danke dankeschön vielen dank "
    "schön sehr gut prima toll klasse in ordnung verstanden alles klar guten "
    "morgen tag abend tschüss bis bald auf wiedersehen servus moin "
    "ja nein yes no merci gracias how are you wie geht's geht es dir ihnen folio again for the help die hilfe your"
)
_SURE_TALK = re.compile(
    r"\b(?:thanks?|thx|ty|hello|hi|hey|bye|goodbye|cheers|ok|okay|cool|great|perfect|awesome|excellent|danke\w*|hallo"
    r"|tschüss|moin|servus|guten (?:morgen|tag|abend)|auf wiedersehen|merci|gracias|super|prima|toll|klasse"
    r"|verstanden|alles klar|good (?:morning|afternoon|evening))\b",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(  # asked of whoever answers, and of no document
    r"\W*(?:what can you do(?: for me)?|who are you|what are you|help|was kannst du(?: alles)?|wer bist du|hilfe"
    r"|was können sie(?: alles)?|wer sind sie)\W*",
    re.IGNORECASE,
)
_MAX_TALK_WORDS = 12
_MAX_WORDS_AFTER = 6  # "... your last answer into simple English, please"
_REWORK = re.compile(
    r"^\W*(?:(?:please|can you|could you|bitte|kannst du|können sie|now|und|and|nun)\W+)*"
    r"(?:translate|rephrase|reword|rewrite|shorten|simplify|repeat|summari[sz]e|format|put|turn|make|say"
    r"|übersetz\w*|formulier\w*|kürz\w*|vereinfach\w*|wiederhol\w*|fass\w*|schreib\w*|mach\w*)\b"
    r"[^?\n]{0,40}?\b(?:your|the|that|this|deine?n?|ihre?|die|diese|das)\W+"
    r"(?:(?:last|previous|above|letzte\w*|vorige\w*|obige\w*)\W+)?"
    r"(?:answers?|reply|response|antwort\w*)\b",
    re.IGNORECASE,
)
_WIDE = re.compile(
    r"\b(?:all|every|each|list|enumerate|compare|comparison|versus|vs|differences?|across|overall"
    r"|how many different|which (?:\w+ )?(?:\w+s) (?:are|were|have|do)|everything|trends?|timeline|pros and cons)\b"
    r"|\b(?:alle[ns]?|jede[rsnm]?|sämtliche\w*|liste\w*|auflisten|aufzähl\w*|zähle?|vergleich\w*|unterschied\w*"
    r"|gegenüber|überall|insgesamt|welche \w+en (?:sind|waren|haben|gibt))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]+[\"”“»]")

FEATURES = (
    "words", "content_words", "has_history", "ends_with_question_mark", "asks_with_question_word", "has_number",
    "has_name", "has_quote", "is_talk", "is_rework", "is_overview", "asks_wide", "conjunctions",
)  # fmt: skip
_ASKING = word_set(
    "what who when where which why how whose whom was wer wann wo welche welcher welches warum wieso wie wessen wem "
    "wen combien quand où qui que quoi cuándo dónde quién qué"
)
_JOINING = word_set("and or und oder sowie both et ou y o")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about a question. `why`: in a few words, for the trace. `probability`: the model's, if it decided.

    "narrow" searches as set; "wide" for more passages; "overview" reads documents from their beginning (which the
    pipeline does by itself); "none" does not search.
    """

    width: Width
    by: By
    why: str
    probability: float | None = None

    @property
    def searches(self) -> bool:
        return self.width != "none"

    def passages(self, asked: int) -> int:
        """How many passages reach the prompt, of `asked` by the settings."""
        return min(MAX_PASSAGES, asked * WIDE_FACTOR) if self.width == "wide" else asked


@dataclass(frozen=True, slots=True)
class Head:
    """A logistic regression over FEATURES that were scaled: sigmoid(bias + weights . (x - mean) / scale)."""

    weights: tuple[float, ...]
    bias: float
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def probability(self, values: Sequence[float]) -> float:
        scaled = ((x - m) / (s or 1.0) for x, m, s in zip(values, self.mean, self.scale, strict=True))
        total = self.bias + sum(w * x for w, x in zip(self.weights, scaled, strict=True))
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


@dataclass(frozen=True, slots=True)
class Policy:
    """`search`: the probability that a search is needed; `wide`: that a wide one is. None: the rule decides."""

    search: Head | None = None
    wide: Head | None = None


RULE = Policy()


def decide(question: str, *, has_history: bool, policy: Policy = RULE) -> Decision:
    """What to do about a question. `has_history`: whether something was answered before in its conversation."""
    ruled = by_rule(question, has_history=has_history)
    if ruled.width == "overview" or (policy.search is None and policy.wide is None):
        return ruled
    values = features(question, has_history=has_history)
    if policy.search is not None:
        needed = policy.search.probability(values)
        if needed < NO_SEARCH_BELOW and not _names_something(question):
            return Decision("none", "model", "a search would not help", round(needed, 3))
        if not ruled.searches and needed >= 0.5:
            ruled = Decision("narrow", "model", "a search may help", round(needed, 3))
    if policy.wide is not None and ruled.searches:
        wide = policy.wide.probability(values)
        return Decision("wide" if wide >= WIDE_FROM else "narrow", "model", "learned from feedback", round(wide, 3))
    return ruled


def by_rule(question: str, *, has_history: bool) -> Decision:
    """The default: no search for talk and for wishes about the last answer; wide for lists and comparisons."""
    if is_talk(question):
        return Decision("none", "rule", "small talk")
    if has_history and is_rework(question):
        return Decision("none", "rule", "about the last answer")
    if is_overview(question):
        return Decision("overview", "rule", "about the documents as a whole")
    if _WIDE.search(question):
        return Decision("wide", "rule", "asks for a list or a comparison")
    return Decision("narrow", "rule", "asks for something particular")


def is_talk(question: str) -> bool:
    """Thanks, greetings, what can you do, and nothing else. "Thanks, and the revenue?" is a question."""
    if is_about_us(question):
        return True
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", question.lower())
    if not words or len(words) > _MAX_TALK_WORDS or any(char.isdigit() for char in question):
        return False
    return _SURE_TALK.search(question) is not None and all(word.replace("’", "'") in _TALK for word in words)


def is_about_us(question: str) -> bool:
    """Whether it asks what the one who answers is or does."""
    return _ABOUT_US.fullmatch(question) is not None


def is_rework(question: str) -> bool:
    """A wish about the last answer's wording, with no subject of its own."""
    wish = _REWORK.search(question)
    if wish is None or any(char.isdigit() for char in question):
        return False
    return len(question[wish.end() :].split()) <= _MAX_WORDS_AFTER


def features(question: str, *, has_history: bool) -> tuple[float, ...]:
    """A question as figures, in the order of FEATURES."""
    found = list(tokens(question))
    words = [word.lower() for word, _ in found]
    content = [term for word, term in found if not is_stop_word(word)]
    flags = (
        has_history, question.rstrip().endswith(("?", "？", "؟")), any(word in _ASKING for word in words),
        any(is_number(term) for term in content), _has_name(found), _QUOTED.search(question) is not None,
        is_talk(question), is_rework(question), is_overview(question), _WIDE.search(question) is not None,
    )  # fmt: skip
    joined = sum(word in _JOINING for word in words)
    return (math.log1p(len(words)), math.log1p(len(content)), *map(float, flags), float(joined))


def _has_name(found: Sequence[tuple[str, str]]) -> bool:
    return any(word[0].isupper() and not is_stop_word(word) for word, _ in found[1:])


def _names_something(question: str) -> bool:
    """Numbers, names or quotes: whoever names something wants it looked up, whatever a model says."""
    found = list(tokens(question))
    return _has_name(found) or _QUOTED.search(question) is not None or any(is_number(term) for _, term in found)


def to_json(policy: Mapping[str, Head | None], evaluation: Mapping[str, Any]) -> str:
    """What is kept of a training: every head that is to be used, and how it was measured."""
    heads = {
        name: None if head is None else {
            "weights": list(head.weights), "bias": head.bias, "mean": list(head.mean), "scale": list(head.scale),
        }
        for name, head in policy.items()
    }  # fmt: skip
    return json.dumps(
        {"version": 1, "features": list(FEATURES), "heads": heads, "evaluation": dict(evaluation)}, indent=1
    )


def from_json(text: str) -> Policy:
    """The inverse of to_json. Raises ValueError for what does not fit this version."""
    try:
        kept = json.loads(text)
        if kept["version"] != 1 or tuple(kept["features"]) != FEATURES:
            raise ValueError("it was made by another version")
        heads = {name: _head(kept["heads"].get(name)) for name in ("search", "wide")}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not a policy: {error}") from error
    return Policy(**heads)


def _head(kept: Mapping[str, Any] | None) -> Head | None:
    if kept is None:
        return None
    lists = [tuple(float(value) for value in kept[name]) for name in ("weights", "mean", "scale")]
    if any(len(values) != len(FEATURES) for values in lists) or not all(
        math.isfinite(value) for values in lists for value in values
    ):
        raise ValueError("its weights do not fit its features")
    return Head(lists[0], float(kept["bias"]), lists[1], lists[2])
