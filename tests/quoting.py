"""The sensible default script of the scripted chat server: it answers from the passages in its prompt, with quotes."""

from __future__ import annotations

import re

from rag.answer.extractive import extract
from rag.model import Hit, Passage
from rag.turns.titles import INSTRUCTION
from tests.doubles import Asked, Piece, Reply, Script

_PASSAGE = re.compile(
    r'<passage number="(?P<number>\d+)" document="(?P<document>[^"]*)" page="(?P<page>\d+)"[^>]*>\n'
    r"(?P<text>.*?)\n</passage>",
    re.DOTALL,
)
_QUESTION = re.compile(r"^Question: (.*)", re.MULTILINE | re.DOTALL)
_FOLLOW_UP = re.compile(r"Earlier question: (?P<earlier>.*)\n(?:.*\n)*?Follow-up: (?P<follow_up>.*)")
_TOKEN = re.compile(r"\s*\S{1,6}|\s+")


def quoting_script(rate: float = 0.0) -> Script:
    """Answers at `rate` tokens a second (0: as fast as possible)."""
    delay_s = 1 / rate if rate else 0.0

    def script(asked: Asked) -> Reply:
        return Reply(tuple(Piece(token, delay_s) for token in _TOKEN.findall(answer_to(asked.prompt))))

    return script


def answer_to(prompt: str) -> str:
    """What a well-behaved model would write: the best sentences of the passages, each with its quoted citation."""
    hits = passages_of(prompt)
    if not hits:
        return _without_passages(prompt)
    asked = _QUESTION.findall(prompt)
    picks = extract(asked[-1] if asked else prompt, hits, limit=2).picks
    if not picks:
        return "The passages do not answer this question."
    sentences = [
        f"According to {hits[pick.number - 1].passage.document}, {' '.join(pick.quote.split())} "
        f'[{pick.number}: "{" ".join(pick.quote.split()[:20])}"]'
        for pick in picks
    ]
    return "\n\n".join(sentences)


def passages_of(prompt: str) -> list[Hit]:
    """The passages of a prompt as hits, so that the same code can read them."""
    return [
        Hit(
            int(match["number"]),
            Passage(
                passage_id=f"prompt:{match['number']}",
                document_id=match["document"],
                document=match["document"],
                version=1,
                page=int(match["page"]),
                start=0,
                end=len(match["text"]),
                heading="",
                text=match["text"],
            ),
            1.0 / int(match["number"]),
        )
        for match in _PASSAGE.finditer(prompt)
    ]


def _without_passages(prompt: str) -> str:
    if INSTRUCTION in prompt:
        return prompt.partition("Question: ")[2].partition("\n")[0].rstrip("?")
    follow_up = _FOLLOW_UP.search(prompt)
    if follow_up is not None:
        return f"{follow_up['earlier'].strip().rstrip('?')}, {follow_up['follow_up'].strip()}"
    return "I am a scripted model, and I was given no passages."
