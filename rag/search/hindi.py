"""Hindi words -> their stems, by the light stemmer of Ramanathan and Rao (2003), as Lucene's HindiStemmer has it. Pure.

The snowball stemmers of Qdrant's Bm25 know no Hindi. Endings of number, gender, case and tense go, the longest first,
as long as two characters are left. XQuAD in Hindi among five languages, recall@5: .969 -> .972 (bench/RESULTS.md).
"""

from __future__ import annotations

_BY_LENGTH = (
    "ाएंगी ाएंगे ाऊंगी ाऊंगा ाइयाँ ाइयों ाइयां",
    "ाएगी ाएगा ाओगी ाओगे एंगी ेंगी एंगे ेंगे ूंगी ूंगा ातीं नाओं नाएं ताओं ताएं ियाँ ियों ियां",
    "ाकर ाइए ाईं ाया ेगी ेगा ोगी ोगे ाने ाना ाते ाती ाता तीं ाओं ाएं ुओं ुएं ुआं",
    "कर ाओ िए ाई ाए ने नी ना ते ीं ती ता ाँ ां ों ें",
    "ो े ू ु ी ि ा",
)
_ENDINGS = tuple((5 - at, frozenset(endings.split())) for at, endings in enumerate(_BY_LENGTH))
_LEFT = 2


def stem(word: str) -> str:
    """A word without its ending; words of other scripts have none of these and stay as they are."""
    for length, endings in _ENDINGS:
        if len(word) >= length + _LEFT and word[-length:] in endings:
            return word[:-length]
    return word
