"""Questions about a document as a whole ("What is this about?", "Summarise the report"). Pure.

No passage answers them, so nothing is searched for: the documents are read from their beginning instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from rag.answer.extractive import MAX_SENTENCES
from rag.answer.picks import Pick
from rag.answer.sentences import split_sentences
from rag.answer.terms import is_stop_word, tokens, word_set
from rag.model import Hit
from rag.search.naming import NamedDocument
from rag.search.texts import readable_name

_ASKS = re.compile(
    r"\b(?:summar\w+|overview|tl;?dr|(?:key|main) (?:points?|findings?|takeaways?|topics?|ideas?)|gist)\b"
    r"|\bwhat(?:'s| is| are| does)\b.*\b(?:about|contain|cover|in here|in it)\b"
    r"|\bdescribe\b|\btell me about\b"
    r"|\bzusammenfass\w*|\bfass\w*\b.*\bzusammen\b|\büberblick\b|\bworum geht\b|\bwovon handel\w+\b|\bwas steht\b",
    re.IGNORECASE,
)
_WHOLE = word_set(
    "document documents doc docs file files pdf report reports text texts paper papers page upload uploaded content "
    "contents summary summarise summarize summaries summarization overview tldr tl dr key main point points finding "
    "findings takeaway takeaways topic topics idea ideas gist describe tell about contain contains cover covers please "
    "short brief briefly sentence sentences give make write whole entire everything here my our says say "
    "dokument dokumente dokuments dokumenten datei dateien bericht berichts berichte inhalt zusammenfassung "
    "zusammenfassen zusammen fasse fass überblick worum geht wovon handelt handeln steht bitte kurz ganze ganzen "
    "gesamten alles drin diesem dieser dieses diese"
)
_MIN_CHARS = 40
_MIN_PART = 4  # letters of a word that a name runs together with others


def is_overview(question: str) -> bool:
    """Whether the question asks about the documents as wholes: in such words, and with no other subject."""
    if not _ASKS.search(question):
        return False
    subjects = [word for word, _ in tokens(question) if not is_stop_word(word) and word.lower() not in _WHOLE]
    return not subjects


def whole_documents(question: str, known: Sequence[NamedDocument]) -> tuple[str, ...]:
    """The ids of the documents that the question asks about as wholes by their names ("summarise the Tern Rock report",
    "what is the lease about?"); none when it has another subject, or names more than it can mean.
    """
    if not _ASKS.search(question):
        return ()
    said = [(word.lower(), term) for word, term in tokens(question) if not is_stop_word(word)]
    subjects = [each for each in said if each[0] not in _WHOLE]
    if not subjects:
        return ()
    found = tuple(document.id for document in known if _is_named(document, subjects))
    return found if len(found) <= MAX_SENTENCES else ()


def _is_named(document: NamedDocument, subjects: Sequence[tuple[str, str]]) -> bool:
    """Whether all subjects stand in one of a document's names; a run-together name may hold a longer word."""
    names = f"{readable_name(document.name)} {document.title}"
    held = {term for _, term in tokens(names)}
    squashed = "".join(names.lower().split())
    return all(term in held or (len(word) >= _MIN_PART and word in squashed) for word, term in subjects)


def beginnings(hits: Sequence[Hit], limit: int = MAX_SENTENCES) -> tuple[Pick, ...]:
    """The first whole sentences of the documents, one document's share as large as another's; at least one each."""
    documents = [list(group) for _, group in groupby(hits, key=lambda hit: hit.passage.document_id)]
    found = [picks for picks in (_first_sentences(pages, limit) for pages in documents) if picks]
    share = max(1, limit // max(1, len(found)))
    return tuple(pick for picks in found[:limit] for pick in picks[:share])


def _first_sentences(pages: Sequence[Hit], count: int) -> list[Pick]:
    found: list[Pick] = []
    for hit in pages:
        text = hit.passage.text
        for sentence in split_sentences(text):
            own = text[sentence.start : sentence.end]
            if (
                not sentence.is_row
                and len(own) >= _MIN_CHARS
                and own.rstrip().endswith((".", "!", "。", "।", "؟", "”"))
            ):
                found.append(Pick(hit.number, own, sentence.start, sentence.end))
            if len(found) == count:
                return found
    return found
