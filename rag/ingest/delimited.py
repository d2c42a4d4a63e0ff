"""CSV and its kin (commas, semicolons, tabs, bars; any encoding) -> sections, each row with its headers."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rag.ingest.flow import Flow
from rag.ingest.parts import Part
from rag.ingest.tables import Table
from rag.ingest.text import clean, decode

MAX_TABLE_CHARS = 5_000_000  # of text from one file of rows: about 1,700 pages
_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 64 * 1024
_SAMPLE_ROWS = 200
_MAX_FIELD_CHARS = 1_000_000


def read(path: Path, first: int, count: int) -> Part:
    """Rows -> sections. Rows past 5 million characters of text are left out; a warning says so."""
    text = clean(decode(path.read_bytes()))
    flow, table = Flow(), Table(expects_header=True)
    warnings: tuple[str, ...] = ()
    for number, row in enumerate(rows(text), start=1):
        for line in table.feed(row):
            flow.row(line)
        if flow.length > MAX_TABLE_CHARS:
            warnings = (f"Only the first {number:,} rows were read; the file has more.",)
            break
    for line in table.flush():
        flow.row(line)
    return flow.part(warnings=warnings)


def rows(text: str) -> Iterator[list[str]]:
    """The rows of a delimited text; raises csv.Error for a field of more than a million characters."""
    csv.field_size_limit(_MAX_FIELD_CHARS)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text), skipinitialspace=True)


def delimiter(text: str) -> str:
    """The character that cuts the first rows into the same number of cells most often; a comma when none does."""
    sample = text[:_SAMPLE_CHARS]
    if len(text) > _SAMPLE_CHARS:
        sample = sample.rpartition("\n")[0] or sample
    return max(_DELIMITERS, key=lambda character: _agreement(sample, character))


def _agreement(sample: str, character: str) -> tuple[float, int]:
    """(share of rows that have the commonest number of cells, that number), (0, 0) when it cuts nothing."""
    widths: Counter[int] = Counter()
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=character, skipinitialspace=True):
            if row:
                widths[len(row)] += 1
            if sum(widths.values()) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        return 0.0, 0
    if not widths:
        return 0.0, 0
    width, times = widths.most_common(1)[0]
    return (times / sum(widths.values()), width) if width > 1 else (0.0, 0)
