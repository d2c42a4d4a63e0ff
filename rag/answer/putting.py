"""How a question is put, beside what it asks for: words and numbers that an answer need not have. Pure."""

from __future__ import annotations

import re

from rag.answer.terms import is_number, terms, tokens

# What is to be done with figures, and how a question is put. A table or a text never says so: where no sentence does,
# it is not asked for.
PUTTING = frozenset(
    terms(
        "larger largest bigger biggest higher highest lower lowest greater greatest smaller smallest exceed exceeded "
        "less more least most difference average change percentage increase decrease amount number total value year "
        "years thousand thousands million millions billion billions respectively ratio sum combined proportion "
        "main key primary specific particular various different several way ways aspect aspects example examples type "
        "types kind kinds feature features role roles factor factors method methods step steps mention mentioned "
        "discuss discussed describe described describing explain explained explanation stated context passage text "
        "document documents documentation article study author authors regarding concerning play undertake employed "
        "hauptsächlich wichtigste wichtigsten verschiedene verschiedenen weise art arten beispiel beispiele merkmale "
        "table tables provide provides information data respective component components item items define definition "
        "meaning mean means negative positive say says said tells report reports "
        "presentation slides spreadsheet workbook sheet email mail letter manual handbook guide memo minutes "
        "page pages someone somebody anyone anybody präsentation folien tabelle brief mail handbuch protokoll jemand "
        "work works belong belongs reported disclosed according given based following "
        "schritte rolle erwähnt genannt beschrieben laut abschnitt dokument text"
    )
)
ALWAYS = frozenset(
    terms("say says said get gets got mean means meaning define happen happens happened")
)  # they put a question even where a sentence has them
_MEASURED = re.compile(
    r"\b(?:than|exceed\w*|over|under|above|below|at least|at most|als|über|unter|mindestens|höchstens)"
    r"\s+(?:us)?[$€£]?\s?(\d[\d,.]*\d|\d)",
    re.IGNORECASE,
)


def compared_with(question: str) -> frozenset[str]:
    """The numbers that something is only measured against ("more than 20,000"): what answers has another one."""
    return frozenset(term for match in _MEASURED.finditer(question) for _, term in tokens(match[1]) if is_number(term))
