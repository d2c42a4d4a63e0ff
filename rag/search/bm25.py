"""Text -> BM25 vectors, by Qdrant's own Bm25 (stemming, stop words, hashing, term frequencies; the index adds IDF).

Both index adapters get their sparse vectors from here, so the same text is found the same way in either.

A document's language is known when it is indexed; a question's is a guess, and a word stemmed by the wrong rules meets
nothing. So a question carries the stems of every language that the index holds, and the parts of its compound words.
A stem that no document has costs nothing, and there are few languages in one index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from qdrant_edge import (
    Bm25,
    Bm25Config,
    DisabledStemmer,
    Language,
    SnowballLanguage,
    SnowballParams,
    SparseVector,
    StopwordsSet,
    TokenizerType,
)

from rag.search import compounds, hindi, languages
from rag.search.tokens import tokens

VERSION = 5  # of the vectors: raised when the same text would give others, so that documents are indexed again
K1 = 1.2
B = 0.75
# The usual length of a passage (about 1,000 characters) in tokens without stop words; where no spaces are written, a
# token is a pair of characters.
AVERAGE_TOKENS = 110.0
AVERAGE_PAIRS = 600.0
_HINDI = "hi"
_PAIRED = frozenset({"zh", "ja", "ko", "th", "lo", "km", "my"})

_STEMMERS = {
    "ar": SnowballLanguage.Arabic, "da": SnowballLanguage.Danish, "de": SnowballLanguage.German,
    "el": SnowballLanguage.Greek, "en": SnowballLanguage.English, "es": SnowballLanguage.Spanish,
    "fi": SnowballLanguage.Finnish, "fr": SnowballLanguage.French, "hu": SnowballLanguage.Hungarian,
    "hy": SnowballLanguage.Armenian, "it": SnowballLanguage.Italian, "nb": SnowballLanguage.Norwegian,
    "nl": SnowballLanguage.Dutch, "nn": SnowballLanguage.Norwegian, "no": SnowballLanguage.Norwegian,
    "pt": SnowballLanguage.Portuguese, "ro": SnowballLanguage.Romanian, "ru": SnowballLanguage.Russian,
    "sv": SnowballLanguage.Swedish, "ta": SnowballLanguage.Tamil, "tr": SnowballLanguage.Turkish,
}  # fmt: skip
_STOPWORDS = {
    "ar": Language.Arabic, "az": Language.Azerbaijani, "bn": Language.Bengali, "ca": Language.Catalan,
    "da": Language.Danish, "de": Language.German, "el": Language.Greek, "en": Language.English,
    "es": Language.Spanish, "eu": Language.Basque, "fi": Language.Finnish, "fr": Language.French,
    "he": Language.Hebrew, "hu": Language.Hungarian, "id": Language.Indonesian, "it": Language.Italian,
    "kk": Language.Kazakh, "nb": Language.Norwegian, "ne": Language.Nepali, "nl": Language.Dutch,
    "nn": Language.Norwegian, "no": Language.Norwegian, "pt": Language.Portuguese, "ro": Language.Romanian,
    "ru": Language.Russian, "sl": Language.Slovene, "sv": Language.Swedish, "tr": Language.Turkish,
}  # fmt: skip


def document_vector(text: str, language: str) -> SparseVector:
    """The vector of a passage in `language` (ISO 639-1, "" when unknown: neither stemmed nor rid of stop words)."""
    return _model(language, language).embed_document(_joined(tokens(text), language))


def query_vector(text: str, indexed: Collection[str]) -> SparseVector:
    """The vector of a question asked of an index whose passages are in the languages `indexed`."""
    spoken = {language for language in indexed if language}
    own = languages.detect(text, spoken) if len(spoken) > 1 else "".join(spoken)
    asked = tokens(text)
    weights: dict[int, float] = {}
    if own in compounds.LANGUAGES:
        weights.update(dict.fromkeys(_stems(compounds.parts(asked), own, own), compounds.WEIGHT))
    for language in {*indexed, own}:
        weights.update(dict.fromkeys(_stems(asked, language, own), 1.0))
    found = sorted(weights)
    return SparseVector(found, [weights[index] for index in found])


def _stems(words: Iterable[str], language: str, own: str) -> list[int]:
    """The places in a vector of a question's words, stemmed by `language`, without the stop words of `own`."""
    indices: list[int] = _model(language, own).embed_query(_joined(words, language)).indices
    return indices


def _joined(found: Iterable[str], language: str) -> str:
    """Tokens as the model takes them: in a language that it cannot stem and we can, as stems."""
    return " ".join(map(hindi.stem, found) if language == _HINDI else found)


@lru_cache(maxsize=256)
def _model(stemmed: str, stopped: str) -> Bm25:
    """The vectors of texts whose words are stemmed by one language and whose stop words are another's."""
    stemmer = SnowballParams(_STEMMERS[stemmed]) if stemmed in _STEMMERS else DisabledStemmer()
    stopwords = {_STOPWORDS[language] for language in (stemmed, stopped) if language in _STOPWORDS}
    return Bm25(
        Bm25Config(
            k=K1,
            b=B,
            avg_len=AVERAGE_PAIRS if stemmed in _PAIRED else AVERAGE_TOKENS,
            tokenizer=TokenizerType.Whitespace,
            lowercase=False,
            stemmer=stemmer,
            stopwords=StopwordsSet(languages=stopwords),
        )
    )
