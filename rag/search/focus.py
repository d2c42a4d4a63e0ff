"""What a question is about, without how it is to be answered. Pure.

Analysts write questions as they write briefs: where to look ("Using the cash flow statement, ..."), how to answer
("Round to two decimal places."), what to do otherwise ("If it is not useful, then say so."). None of that stands in the
sentence that answers, and counted as asked for it buries the words that do.
"""

from __future__ import annotations

import re

_ABBREVIATED = re.compile(r"\b(?:U\.S|e\.g|i\.e|vs|Inc|Corp|Co|Ltd|No)\.\s", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z\"'(])")
_ORDER = re.compile(
    r"(?:please |kindly )?(?:answer|round|calculate|compute|give|state|express|base|address|approach|respond|use"
    r"|utilize|assume|provide|report|show|explain|if|you are|here's the|note that|keep|limit|refer"
    r"|make sure|do not|don't)\b",
    re.IGNORECASE,
)
_MAKES_KNOWN = re.compile(
    r"\b(?:is|are|as|be|here is)\b[^.?]{0,20}\bdefined as\b|\A\s*define\b|\bmeans\b", re.IGNORECASE
)
_LEAD = re.compile(  # "By drawing conclusions from the statement only, what ..."; "...: what ..."
    r"\A(?:by|using|based|according|from|with|considering|assuming|given|looking|relying|in light)\b[^?:,]{8,200}"
    r"[,:]\s+"
    r"(?=(?:answer\b[^?:]{0,80}:\s*)?(?:what|which|who|when|where|how|why|did|does|do|is|are|was|were|has|have|can)\b)",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"\A[^?]{0,300}\bquestion\b[^?:]{0,60}:\s+(?=(?:what|which|how|did|does|is|are|was|were)\b)", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)(?=\s*\S)")  # not at the end: there stands what a follow-up takes up
_UNIT = re.compile(
    r",?\s*\b(?:in|as) (?:units? of )?(?:a )?(?:usd|us\$|u\.s\. dollars|dollars|eur|euros?|percents?|%|thousands"
    r"|millions|billions)\b(?: (?:thousands?|millions?|billions?))?"
    r"(?: and round\w* to [\w ]{1,30}places?)?(?=\s*[?.,)]|\Z)",
    re.IGNORECASE,
)
_FILE = re.compile(  # "in report.pdf", "does report.pdf say"
    r"(?:\b(?:in|from|of|according to|laut|aus|gemäß)\s+)?(?:\b(?:the |der |die )?(?:file|datei)\s+)?[\"'“„]?"
    r"\b[\w&-]+(?:[.-][\w&-]+)*\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|csv|md|html?|txt|epub|rtf)\b[\"'”“]?,?",
    re.IGNORECASE,
)
_WHICH = re.compile(  # "which of my documents mentions the clock?": the clock
    r"\A(?:in\s+)?(?:which|what|welche[mnrs]?|was für)\s+(?:one\s+)?(?:of\s+)?"
    r"(?:(?:my|our|the|these|meine[rnm]?|der)\s+)?"
    r"(?:documents?|docs?|files?|sources?|dokumente?n?|datei(?:en)?|unterlagen|quellen?)\s+(?:do\s+|does\s+|is\s+|are\s+)?"
    r"(?:mentions?|mentioned|says?|speaks?|talks?|tells?|contains?|deals?|covers?|discuss(?:es)?|describes?|refers?"
    r"|erwähn\w*|enthält|enthalten|geht es|steht|stehen|spricht|sprechen|handelt|handeln|behandel\w*|beschreib\w*)\s+"
    r"(?:something\s+|anything\s+|etwas\s+)?(?:about|of|on|with|to|um|über|von|zu)?\b\s*",
    re.IGNORECASE,
)
_SAYING = re.compile(r"\b(?:does|do|did)\s+(?:say|state|write|report|tell us)\s+(?=about|on)\b", re.IGNORECASE)


def core(question: str) -> str:
    """The part of a question that asks; the question itself when nothing can be told apart."""
    if which := _WHICH.match(question.strip()):
        return question.strip()[which.end() :] or question
    asked = _ANNOUNCED.sub("", _without_file(question.strip()))
    asked = _LEAD.sub("", asked)
    parts = _sentences(asked)
    kept = parts
    if any(part.endswith("?") for part in parts):
        kept = [part for part in parts if not _ORDER.match(part) and not _MAKES_KNOWN.search(part)]
    found = _UNIT.sub("", _IN_BRACKETS.sub("", " ".join(kept))).strip()
    return found if len(found.split()) >= 3 else question


def _without_file(question: str) -> str:
    """A file that is named says where to look, not what for."""
    rest = " ".join(_FILE.sub(" ", question).split())
    return _SAYING.sub("", rest) if len(rest) < len(question) else question


def _sentences(text: str) -> list[str]:
    held = _ABBREVIATED.sub(lambda match: match.group().rstrip() + "\0", text)
    return [part.replace("\0", " ") for part in _SENTENCE.split(held)]
