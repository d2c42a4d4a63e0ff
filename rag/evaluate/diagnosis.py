"""Why was this sentence not found? Pure: the sentence, texts and ranks -> a verdict with its facts.

not_extracted     no page holds anything like it: the text was never read, or it stands in another document
other_characters  a page holds nearly this, written otherwise; `differences` says where
not_searchable    it is there, in a document that is still being read or has failed
filtered          it is there, in a document that the question was not asked of
not_passage       it is on a page, but in no passage (rare: such text is passed over when pages are cut)
not_matched       its passage is not among the candidates of any retriever
cut               its passage was found, below the limit of passages
cut_by_prompt     it was among the passages, and did not fit the prompt's budget
not_used          it was in the prompt, and the answer cites something else
in_prompt         it was in the prompt; whether it was used is not known without an answer
used              the answer cites it
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from rag.answer.normal import normalise
from rag.answer.quotes import find_exact, find_similar, is_within_word
from rag.answer.terms import terms
from rag.model import RankScore

VerdictKind = Literal[
    "not_extracted", "other_characters", "not_searchable", "filtered", "not_passage", "not_matched", "cut",
    "cut_by_prompt", "not_used", "in_prompt", "used",
]  # fmt: skip
MIN_SHARE = 0.34  # of the sentence's words, for a page to be looked at more closely
MIN_SIMILARITY = 0.6  # for a stretch to be called the same sentence in other characters
CLOSER_LOOKS = 24


@dataclass(frozen=True, slots=True)
class PageSource:
    """A page that might hold the sentence."""

    document_id: str
    document: str
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the document's text is not the sentence's: `sentence` against `document`, either may be empty."""

    sentence: str
    document: str

    def to_json(self) -> dict[str, str]:
        return {"sentence": self.sentence, "document": self.document}


@dataclass(frozen=True, slots=True)
class Located:
    """The sentence on a page: page.text[start:end] as it stands there. `similarity` 1.0: word for word."""

    source: PageSource
    start: int
    end: int
    similarity: float
    differences: tuple[Difference, ...] = ()

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the sentence. Ranks count from 1; None: not among the first `depth` candidates.

    `place`: the rank in the list that the chat takes its passages from; `limit`: how many it takes; `in_prompt`: how
    many of them fit. `note`: why search went by words only, or "".
    """

    kind: VerdictKind
    sentence: str
    question: str
    closest: str = ""
    similarity: float = 0.0
    differences: tuple[Difference, ...] = ()
    document_id: str = ""
    document: str = ""
    page: int | None = None
    passage_id: str = ""
    passage_number: int | None = None
    passage_text: str = ""
    is_split: bool = False
    keyword: RankScore | None = None
    semantic: RankScore | None = None
    place: int | None = None
    limit: int = 0
    in_prompt: int | None = None
    depth: int = 0
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        ranks = {name: getattr(self, name) for name in ("keyword", "semantic")}
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ranks}
        return {
            **plain,
            "differences": [difference.to_json() for difference in self.differences],
            **{
                name: None if rank is None else {"rank": rank.rank, "score": rank.score} for name, rank in ranks.items()
            },
        }


def locate(sentence: str, pages: Iterable[PageSource]) -> Located | None:
    """The sentence's place: word for word where it is, else the nearest stretch of any page that is near enough."""
    promising: list[tuple[float, int, PageSource]] = []
    wanted = _words(sentence)
    for order, page in enumerate(pages):
        share = _share(wanted, page.text)
        if share >= MIN_SHARE:
            promising.append((-share, order, page))
    promising.sort(key=lambda entry: entry[:2])
    for _, _, page in promising[: 10 * CLOSER_LOOKS]:
        match = find_exact(sentence, page.text)
        if match is not None:
            return Located(page, match.start, match.end, 1.0)
    near = [_nearest(sentence, page) for _, _, page in promising[:CLOSER_LOOKS]]
    best = max((found for found in near if found), key=lambda found: found.similarity, default=None)
    return best if best is not None and best.similarity >= MIN_SIMILARITY else None


def _words(sentence: str) -> frozenset[str]:
    """What is looked for on a page at first: beginnings of its words, which survive other endings and hyphens."""
    found = {term[:6] for term in terms(sentence)}
    return frozenset(found) or frozenset(sentence.casefold().split())


def _share(wanted: frozenset[str], text: str) -> float:
    lowered = normalise_cheaply(text)
    return sum(word in lowered for word in wanted) / len(wanted) if wanted else 0.0


def normalise_cheaply(text: str) -> str:
    """Lower case, without thousands' commas and hyphens at line ends: enough to count words by."""
    return text.lower().replace("-\n", "").replace("\u00ad", "").replace(",", "")


def _nearest(sentence: str, page: PageSource) -> Located | None:
    similar = find_similar(sentence, page.text)
    if similar is not None:
        start, end, similarity = similar.start, similar.end, similar.similarity
    else:
        stretch = _aligned(sentence, page.text)
        if stretch is None:
            return None
        start, end, similarity = stretch
    found = differences(sentence, page.text[start:end])
    if all(each.sentence.casefold() == each.document.casefold() for each in found):
        return Located(page, start, end, 1.0)  # only capitals differ, which no retriever minds
    return Located(page, start, end, min(similarity, 0.99), found)


def _aligned(sentence: str, text: str) -> tuple[int, int, float] | None:
    from rapidfuzz import fuzz  # noqa: PLC0415 -- compiled; needed only when a sentence is not there word for word

    needle, hay = normalise(sentence), normalise(text)
    if not needle.text or not hay.text:
        return None
    found = fuzz.partial_ratio_alignment(needle.text.lower(), hay.text.lower(), score_cutoff=100 * MIN_SIMILARITY)
    if found is None or found.dest_end <= found.dest_start or found.dest_end > len(hay.ends):
        return None
    start, end = found.dest_start, found.dest_end
    while is_within_word(hay.text, start):
        start -= 1
    while is_within_word(hay.text, end):
        end += 1
    return (*hay.source_span(start, end), round(found.score / 100, 3))


def differences(sentence: str, text: str) -> tuple[Difference, ...]:
    """What is written otherwise in the document, word by word; what only looks different (blanks, dashes) is not."""
    said, stands = (normalise(each).text.strip(" .,;:\"'").split() for each in (sentence, text))
    found = [
        Difference(" ".join(said[a:b]), " ".join(stands[c:d]))
        for tag, a, b, c, d in SequenceMatcher(None, said, stands, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return tuple(found[:20])


def passage_holding(located: Located, passages: Sequence[tuple[str, int, int, int]]) -> tuple[str, bool] | None:
    """(passage id, page, start, end) of a document's passages -> (the one with most of it, whether it is split)."""
    overlaps = [
        (min(end, located.end) - max(start, located.start), passage_id)
        for passage_id, page, start, end in passages
        if page == located.source.page
    ]
    most, passage_id = max(overlaps, default=(0, ""))
    length = len(located.text)
    return (passage_id, most < 0.98 * length) if most > 0 else None


def verdict_on_ranks(*, place: int | None, limit: int, in_prompt: int, cited: bool | None) -> VerdictKind:
    """What became of a passage that could be found. `cited`: whether the answer cites it, None without an answer."""
    if place is None:
        return "not_matched"
    if place > limit:
        return "cut"
    if place > in_prompt:
        return "cut_by_prompt"
    if cited is None:
        return "in_prompt"
    return "used" if cited else "not_used"


def is_cited(located: Located, citations: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the citations is of this sentence: the quote is in it, or it is in the quote."""
    for citation in citations:
        same_page = (citation["document_id"], citation["page"]) == (located.source.document_id, located.source.page)
        quote = str(citation["quote"])
        if same_page and quote and (find_exact(quote, located.text) or find_exact(located.text, quote)):
            return True
    return False
