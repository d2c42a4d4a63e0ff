"""Characters that nobody sees are kept out of a document's text, and counted. Pure.

Zero-width and direction controls, tags, fillers and loose variation selectors can split words, hide them or carry
messages (Unicode Technical Report 36). Joiners stay where scripts need them: in Arabic and Indic words, in emoji.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from itertools import accumulate

from rag.ingest.parts import Part
from rag.model import Page, Word, pack_words, unpack_words

_JOINED = "\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefe"  # scripts with joiners
_EMOJI = "\u2190-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff"
_BROKEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0100-\U000e01ef]"
    f"|(?<![{_JOINED}])\u200c|\u200c(?![{_JOINED}])"
    f"|(?<![{_JOINED}{_EMOJI}])\u200d|\u200d(?![{_JOINED}{_EMOJI}])"
    "|(?<=[\ufe0e\ufe0f])[\ufe0e\ufe0f]+|\\A[\ufe0e\ufe0f]+"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)
# What any of those begins with: most pages hold none, and this is told in a tenth of the time.
_SUSPECT = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)


def cleaned(part: Part) -> Part:
    """The part without such characters; headings and words stay where they were in the text."""
    pages, removed = [], part.invisible
    for page in part.pages:
        shorter, count = _without(page)
        pages.append(shorter)
        removed += count
    return replace(part, pages=tuple(pages), title=_BROKEN.sub("", part.title), invisible=removed)


def _without(page: Page) -> tuple[Page, int]:
    """-> (the page, how many characters it lost)."""
    spans = [found.span() for found in _BROKEN.finditer(page.text)] if _SUSPECT.search(page.text) else []
    if not spans:
        return page, 0
    starts = [start for start, _ in spans]
    lost = [0, *accumulate(end - start for start, end in spans)]

    def moved(place: int) -> int:
        index = bisect_left(starts, place)  # spans that begin before this place
        inside = max(0, spans[index - 1][1] - place) if index else 0
        return place - lost[index] + inside

    words = (
        [Word(moved(word.start), moved(word.end), word.box) for word in unpack_words(page.words)] if page.words else []
    )
    kept = pack_words(word for word in words if word.end > word.start) if page.words else b""
    headings = tuple(
        replace(heading, text=_BROKEN.sub("", heading.text), start=moved(heading.start)) for heading in page.headings
    )
    return replace(page, text=_BROKEN.sub("", page.text), words=kept, headings=headings), lost[-1]
