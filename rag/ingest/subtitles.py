"""WebVTT and SubRip -> what was said, without the times. Voices are named once where they change."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from rag.ingest.flow import Flow
from rag.ingest.parts import Part
from rag.ingest.text import clean, decode

_TIMES = re.compile(r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s+-->\s+(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>")
_TAG = re.compile(r"</?[a-zA-Z0-9:.][^<>]{0,200}>|</?[a-zA-Z]>|\{\\[^{}]{0,50}\}")


def read(path: Path, first: int, count: int) -> Part:
    """Captions -> sections, one line a caption; the line before repeats of the same caption is kept once."""
    flow = Flow()
    voice = before = ""
    for block in re.split(r"\n[ \t]*\n", clean(decode(path.read_bytes()))):
        times = _TIMES.search(block)
        if times is None:
            continue  # header, note, style
        text = block[times.end() :].partition("\n")[2]
        spoken = _VOICE.search(text)
        lines = [" ".join(unescape(_TAG.sub("", line)).split()) for line in text.split("\n")]
        said = "\n".join(filter(None, lines))
        if spoken and spoken[1].strip() != voice:
            voice = spoken[1].strip()
            flow.separate()
            said = f"{unescape(voice)}: {said}"
        if said != before:
            flow.add(said, tight=True)
        before = said
    return flow.part()
