"""What kind of answer a question wants: a name, a date or a figure. Pure; a table of cues in several languages."""

from __future__ import annotations

import re
from typing import Literal

from rag.answer.terms import is_stop_word, tokens, word_set

AnswerKind = Literal["name", "date", "figure", "place", "reason", "any"]

_CUES: tuple[tuple[AnswerKind, tuple[str, ...]], ...] = (
    (
        "date",
        (
            r"\b(?:when|what (?:year|date|day|month|decade|century)|which (?:year|month|century)|how long ago)\b",
            r"\b(?:wann|welche[mns]? (?:jahr|datum|tag|monat|jahrhundert)|seit wann|quand|cuándo|en qué año)\b",
            r"什么时候|何时|哪一?年|什么时间|哪天|कब|किस (?:वर्ष|साल|सन)|متى|(?:أي|اي) (?:عام|سنة)",
        ),
    ),
    (
        "figure",
        (
            r"\bhow (?:many|much|long|old|far|large|big|high|tall|often|fast|deep|wide)\b",
            r"\bwhat (?:percent\w*|number|amount|share|price|rate|ratio|proportion|fraction)\b",
            r"\bwhat is the (?:total|amount|number|value)\b|\bat what (?:rate|price)\b",
            r"\bwie ?(?:viel\w*|lange?|alt|hoch|groß|weit|oft|schnell|tief)\b|\bcombien\b|\bcuánt[oa]s?\b",
            r"多少|几个|多大|多长|多高|多久|कितन[ाेी]|كم",
        ),
    ),
    (
        "name",
        (
            r"\b(?:who|whom|whose|wer|wen|wem|wessen|qui|quién(?:es)?)\b",
            r"谁|哪位|किसने|कौन|किसके|من (?:هو|هي|كان|الذي)|\Aمن\b",
        ),
    ),
    (
        "place",
        (
            r"\b(?:where|(?:what|which) (?:city|country|state|place|town|region)|wo|wohin|woher|où|dónde)\b",
            r"哪里|在哪|何处|कहाँ|कहां|أين",
        ),
    ),
    (
        "reason",
        (
            r"\b(?:why|what (?:caused|drove|led)|warum|weshalb|wieso|pourquoi|por qué)\b",
            r"为什么|为何|क्यों|لماذا",
        ),
    ),
)
_PATTERNS = tuple((kind, re.compile("|".join(cues), re.IGNORECASE)) for kind, cues in _CUES)
_YEAR = re.compile(r"(?<!\d)(?:1[0-9]|20)\d\d(?!\d)")
_DATE = re.compile(
    r"\b(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?i?|july?i?|aug(?:ust)?"
    r"|sept?(?:ember)?|o[kc]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|centuries|decade|jahrhunderts?|\d0s)\b"
    r"|世纪|年|月|सदी|शताब्दी|قرن|عام|سنة",
    re.IGNORECASE,
)
FIGURE_WORDS = word_set(
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred "
    "thousand million billion half third quarter dozen once twice zwei drei vier fünf sechs sieben acht "
    "neun zehn elf zwölf zwanzig hundert tausend million millionen milliarden hälfte एक दो तीन चार पांच "
    "छह सात आठ नौ दस واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة"
)
_CJK_FIGURE = re.compile(r"[一二三四五六七八九十百千万亿两]+(?:个|名|次|年|种|人|座|条|%)")
_REASONS = re.compile(
    r"\b(?:because|due to|driven by|caused by|as a result|owing to|thanks to|led to|in order to|so that|reflect\w*)\b"
    r"|\b(?:primarily|mainly|weil|da |aufgrund|wegen|dadurch|durch|um zu)\b"
    r"|因为|由于|क्योंकि|कारण|بسبب|لأن",
    re.IGNORECASE,
)


def kind_of(question: str) -> AnswerKind:
    """The kind of answer asked for; "any" when the question does not say."""
    found = [(match.start(), kind) for kind, pattern in _PATTERNS if (match := pattern.search(question))]
    return min(found, default=(0, "any"))[1]


def holds(kind: AnswerKind, sentence: str, asked: frozenset[str]) -> bool:
    """Whether a sentence holds an answer of this kind that the question (its terms: `asked`) did not bring along."""
    match kind:
        case "date":
            return any(year not in asked for year in _YEAR.findall(sentence)) or _DATE.search(sentence) is not None
        case "figure":
            return _CJK_FIGURE.search(sentence) is not None or any(
                (term[0].isdigit() and term not in asked) or word.lower() in FIGURE_WORDS
                for word, term in tokens(sentence)
            )
        case "name" | "place":
            return _holds_name(sentence, asked)
        case "reason":
            return _REASONS.search(sentence) is not None
        case "any":
            return False


def _holds_name(sentence: str, asked: frozenset[str]) -> bool:
    found = list(tokens(sentence))
    if not any(word[0].isupper() for word, _ in found):
        return bool(found) and not sentence.isascii()  # a script without capitals: every sentence may hold a name
    return any(
        word[0].isupper() and term not in asked and not is_stop_word(word) and (at > 0 or len(found) < 4)
        for at, (word, term) in enumerate(found)
    )
