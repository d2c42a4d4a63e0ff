"""Which language a text is written in, as ISO 639-1 codes; "" where it cannot be told.

Knows py3langid and nothing of search. Only languages that documents are commonly written in are considered: over all
140 labels, tables and short questions land in rare ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

COMMON = frozenset(
    {
        "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa",
        "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn",
        "ko", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "ne", "nl", "nn", "no", "pa", "pl", "ps", "pt",
        "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi",
        "zh",
    }
)  # fmt: skip
SURE = 0.7  # at this share no question of 3,100 in five languages was taken for another language's
_ENOUGH_CHARS = 400  # a longer sample costs time (0.1 ms per 1,000 characters) and changes no verdict
_ENOUGH_LETTERS = 40
_SAMPLES = 12
_LETTER = re.compile(r"[a-zA-Z]|[^\x00-\x7f]")
_loading = Lock()


@lru_cache(maxsize=1)
def _load() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # 0.7 s and 75 MB, only when needed

    loaded: LanguageIdentifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)  # type: ignore[no-untyped-call]
    return loaded


def _identifier() -> LanguageIdentifier:
    with _loading:  # lru_cache alone would let two threads load it twice
        return _load()


def warm() -> None:
    """Loads what `detect` needs, so that no question has to wait for it."""
    _identifier()


def detect(text: str, among: Collection[str] = COMMON, *, least: float = 0.0) -> str:
    """The likeliest language of `text` out of `among`.

    "" when there are hardly any letters to tell by, or when its share of the likelihood is less than `least` (0..1).
    """
    sample = text[:_ENOUGH_CHARS]
    if not any(character.isalpha() for character in sample):
        return ""
    ranking: list[tuple[str, float]] = _identifier().rank(sample)  # type: ignore[no-untyped-call]
    considered = [(language, likelihood) for language, likelihood in ranking if language in among]
    if not considered or considered[0][1] < least * sum(likelihood for _, likelihood in considered):
        return ""
    return considered[0][0]


def detect_passages(texts: Sequence[str]) -> list[str]:
    """The language of each passage of one document.

    A sample of the passages decides for all when it agrees; in a document of several languages each passage is looked
    at, and those with little text (tables, numbers) take the document's main language.
    """
    step = max(1, len(texts) // _SAMPLES)
    sampled = Counter(filter(None, map(detect, _wordy(texts[::step]))))
    if not sampled:
        return [_main(Counter(filter(None, map(detect, texts))))] * len(texts)
    main = _main(sampled)
    if len(sampled) == 1:
        return [main] * len(texts)
    likely = {language for language, count in sampled.items() if count > 1 or len(texts) <= _SAMPLES} | {main}
    return [detect(text, likely) if _is_wordy(text) else main for text in texts]


def _main(counts: Counter[str]) -> str:
    return counts.most_common(1)[0][0] if counts else ""


def _wordy(texts: Iterable[str]) -> Iterable[str]:
    return filter(_is_wordy, texts)


def _is_wordy(text: str) -> bool:
    """Running text rather than figures: at least half of the beginning is letters and the marks on them."""
    sample = text[:_ENOUGH_CHARS]
    letters = len(_LETTER.findall(sample))
    return letters >= _ENOUGH_LETTERS and letters * 2 >= len(sample)
