"""How good an answer and its search were, as figures. Pure.

Ranks count from 1. Shares are 0..1. What cannot be said of a row (no expected page, no expected answer) is None, and
left out of the means.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rag.answer.amounts import plain_forms, written
from rag.answer.language import guess_language
from rag.answer.refusal import expects_refusal
from rag.answer.terms import terms
from rag.evaluate.dates import spellings

CUTS = (1, 3, 5, 10)  # the k of recall@k
MATCH_F1 = 0.6  # token F1 from which an answer counts as the expected one
MIN_DIGITS = 2  # to which two numbers have to agree
_UNITS = (1.0, 1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9)
_SCALES = {
    "thousand": 1e3, "tausend": 1e3, "million": 1e6, "millionen": 1e6, "mio": 1e6, "mn": 1e6, "billion": 1e9,
    "milliarde": 1e9, "milliarden": 1e9, "mrd": 1e9, "bn": 1e9, "trillion": 1e12,
}  # fmt: skip
_UNIT = re.compile(r"\s*([a-z]+)", re.IGNORECASE)
_MARKER = re.compile(r"\s?\[\d{1,3}(?:,\s*\d{1,3})*\]")
_BARE = re.compile(r"[\W_]+")
_Figure = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Match:
    """An answer against the expected one. `matches` is the verdict: contained, or enough common words, or its numbers.

    `f1` is the token F1 (SQuAD's, on our terms); `numbers` whether all expected numbers are there, rounded or not;
    None when none is expected.
    """

    matches: bool
    contained: bool
    f1: float
    numbers: bool | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranks of the first hit of the right document and of the right page among the hits; None: not among them.

    `expects_document`, `expects_page`: whether the row says which ones are right.
    """

    expects_document: bool = False
    expects_page: bool = False
    document_rank: int | None = None
    page_rank: int | None = None
    recall: float | None = None

    @property
    def expected(self) -> bool:
        return self.expects_document or self.expects_page

    @property
    def rank(self) -> int | None:
        """The rank that counts: of the page where pages are given, else of the document."""
        return self.page_rank if self.expects_page else self.document_rank


def answer_match(answer: str, expected: str) -> Match:
    """An answer against the expected one (several right ones: separated by " | "); the best of them counts."""
    options = [option.strip() for option in expected.split(" | ") if option.strip()] or [expected]
    dates = [_date_match(answer, dates) for option in options if (dates := spellings(option))]
    others = [_match(answer, option) for option in options if not spellings(option)]
    return max(dates + others, key=lambda match: (match.matches, match.f1))


def _date_match(answer: str, written: Sequence[str]) -> Match:
    """A date is there or not, however it is written; that its numbers stand somewhere says nothing."""
    shown = _MARKER.sub("", answer)
    contained = any(_contains(shown, each) for each in written)
    return Match(contained, contained, round(max(token_f1(shown, each) for each in written), 4), None)


def _match(answer: str, expected: str) -> Match:
    shown = _MARKER.sub("", answer)
    contained = _contains(shown, expected)
    f1 = token_f1(shown, expected)
    # A cell says too little to tell its language by; an answer says enough.
    wanted, said = _figures(expected, is_english=False), _figures(shown, is_english=guess_language(shown) == "en")
    has_numbers = all(_is_near_any(figure, said) for figure in wanted) if wanted else None
    only_a_number = bool(wanted) and len(terms(expected)) <= len(wanted) + 2
    matches = contained or (f1 >= MATCH_F1 and has_numbers is not False) or (only_a_number and has_numbers is True)
    return Match(matches, contained, round(f1, 4), has_numbers)


def _contains(answer: str, expected: str) -> bool:
    """Whether the expected words stand in the answer next to each other, case and marks aside."""
    wanted, said = (f" {_BARE.sub(' ', text.casefold()).strip()} " for text in (expected, answer))
    if not wanted.strip():
        return False
    return wanted in said or (not wanted.isascii() and wanted.strip() in said)


def token_f1(answer: str, expected: str) -> float:
    """Harmonic mean of precision and recall of the answer's terms against the expected ones."""
    said, wanted = Counter(terms(answer)), Counter(terms(expected))
    common = sum((said & wanted).values())
    if not common:
        return 0.0
    precision, recall = common / sum(said.values()), common / sum(wanted.values())
    return 2 * precision * recall / (precision + recall)


def values_of(text: str) -> list[float]:
    """The numbers of a text as values: "1,234.5", "$4.2 billion" (4.2e9), "18 %" (18)."""
    return [readings[0][0] for readings in _figures(text, is_english=True)]


def _figures(text: str, *, is_english: bool) -> list[list[_Figure]]:
    """(value, how many digits were written of it) of every number, for each way in which it can be read."""
    found = []
    for start, number in written(text):
        if re.match(r"[\w.,]", text[start - 1 : start]) or (number.count(".") > 1 and "," not in number):
            continue  # a version, a part of a name
        unit = _UNIT.match(text, start + len(number))
        scale = _SCALES.get((unit[1] if unit else "").lower(), 1.0)
        found.append([(float(plain) * scale, _digits(plain)) for plain in plain_forms(number, is_english=is_english)])
    return [readings for readings in found if readings]


def _digits(plain: str) -> int:
    return len(plain.lstrip("-0.").replace(".", ""))


def _is_near_any(wanted: Sequence[_Figure], others: Iterable[Sequence[_Figure]]) -> bool:
    """The same value; also when one side leaves its scale to a table's head ("in millions")."""
    said = [figure for readings in others for figure in readings]
    return any(
        _is_near(figure, (value * scale, digits))
        for figure in wanted
        for value, digits in said
        for scale in (_UNITS if abs(figure[0]) >= 10 else _UNITS[:1])
    )


def _is_near(a: _Figure, b: _Figure) -> bool:
    """Whether both are the same number, rounded as the shorter one is written, at two digits or more."""
    (x, y), digits = (abs(a[0]), abs(b[0])), max(MIN_DIGITS, min(a[1], b[1]))
    if not x or not y:
        return x == y
    last = 10.0 ** (math.floor(math.log10(x)) - digits + 1)
    return abs(x - y) <= 0.5 * last * (1 + 1e-9)


def ranking(hits: Sequence[Mapping[str, Any]], document: str, pages: Sequence[int]) -> Ranking:
    """Contract hits, best first, against the expected document (its name, or a part of it) and pages."""
    if not document and not pages:
        return Ranking()
    found = Ranking(expects_document=bool(document), expects_page=bool(pages))
    seen: set[int] = set()
    for rank, hit in enumerate(hits, start=1):
        if document and not same_document(str(hit["document"]), document):
            continue
        found = found if found.document_rank or not document else replace(found, document_rank=rank)
        right = set(pages) & set(hit["pages"])
        seen |= right
        found = found if found.page_rank or not right else replace(found, page_rank=rank)
    return replace(found, recall=len(seen) / len(set(pages)) if pages else float(found.document_rank is not None))


def same_document(name: str, expected: str) -> bool:
    """Whether a document's name is the expected one: the same but for case, folders and endings, or holding it.

    A number counts as a whole: "1.pdf" is not "11.pdf".
    """
    has, wanted = (_plain_name(each) for each in (name, expected))
    return bool(wanted) and re.search(rf"(?<!\d){re.escape(wanted)}(?!\d)", has) is not None


def _plain_name(name: str) -> str:
    base = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, ending = base.rpartition(".")
    is_ending = bool(dot) and 0 < len(ending) <= 8 and ending.isalnum() and not ending.isdigit()
    return _BARE.sub(" ", (stem if is_ending else base).casefold()).strip()


def row_measures(
    *, hits: Sequence[Mapping[str, Any]], document: str, pages: Sequence[int], answer: str, expected: str,
    citations: Sequence[Mapping[str, Any]], refused: bool,
) -> dict[str, Any]:  # fmt: skip
    """All measures of one row, as JSON values. Where the documents are expected to say nothing, a refusal matches."""
    ranks = ranking(hits, document, pages)
    match = None
    if expects_refusal(expected):
        match = Match(refused, refused, float(refused), None)
    elif expected.strip():
        match = answer_match(answer, expected)
    return {
        "ranking": {**asdict(ranks), "rank": ranks.rank} if ranks.expected else None,
        "match": None if match is None else asdict(match),
        "quotes": {
            status: sum(citation["status"] == status for citation in citations)
            for status in ("verified", "approximate", "missing")
        },
        "refused": refused,
    }


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Finished rows (`status`, `measures`, `timings`, `usage`) -> the figures of a run. None where nothing counts.

    A row that failed counts as not found and not matched, and as no refusal.
    """
    done = [row for row in rows if row["status"] == "done"]
    ranks = [found["rank"] for found in _all(rows, "ranking")]
    recalls = [found["recall"] for found in _all(rows, "ranking") if found["expects_page"]]
    matches = [found["matches"] for found in _all(rows, "match")]
    f1s = [found["f1"] for found in _all(rows, "match")]
    quotes = Counter[str]()
    for row in done:
        quotes.update(row["measures"]["quotes"])
    pages = [found["page_rank"] for found in _all(rows, "ranking") if found["expects_page"]]
    return {
        "rows": len(rows),
        "failed": sum(row["status"] == "failed" for row in rows),
        "ranked_rows": len(ranks),
        **{f"recall@{cut}": mean([rank is not None and rank <= cut for rank in ranks]) for cut in CUTS},
        "mrr": mean([1 / rank if rank else 0.0 for rank in ranks]),
        "page_rows": len(pages),
        "page_hit": mean([rank is not None for rank in pages]),
        "page_recall": mean(recalls),
        "answer_rows": len(matches),
        "answer_match": mean(matches),
        "answer_f1": mean(f1s),
        "verified_quotes": quotes["verified"] / quotes.total() if quotes.total() else None,
        "quotes": quotes.total(),
        "refusals": mean([row["measures"]["refused"] for row in done]),
        **_times(done),
        **_tokens(done),
    }


def _all(rows: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [row["measures"][name] for row in rows if row["measures"].get(name) is not None]


def _times(rows: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name in ("search_ms", "first_token_ms", "total_ms"):
        times = sorted(float(row["timings"][name]) for row in rows if name in row["timings"])
        found[f"{name.removesuffix('_ms')}_p50_ms"] = percentile(times, 0.50)
        found[f"{name.removesuffix('_ms')}_p95_ms"] = percentile(times, 0.95)
    return found


def _tokens(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {name: sum(int(row["usage"].get(name) or 0) for row in rows) for name in ("input_tokens", "output_tokens")}


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Of values in ascending order, interpolated between neighbours; None of nothing."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 1)


def mean(values: Sequence[float | bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
