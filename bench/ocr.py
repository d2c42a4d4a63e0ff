"""How well and how fast pictures of text are read, as ingestion reads them: `python -m bench.ocr SET [--pages N]`.

SET is a folder with docs/ and either questions.jsonl (doc, page, answer: the page's true text) or docs/NAME.txt beside
each image. Word recall is the share of the true words (letters and digits, case aside, hyphens at line ends undone)
that are among the words read, letter by letter. Beside it is the same with the letters of old print taken for today's
on both sides, as search takes them: a long s is an s, an e above a vowel its umlaut. With `--pages N` every PDF of the
folder is taken for its text instead: N of its pages are drawn at 200 dpi, made into scans, read, and compared with the
text that the PDF had. On a machine that is busy with other things, the processor time is what counts.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import pypdfium2

from rag.errors import FolioError
from rag.ingest import kinds
from rag.ingest.sandbox import Limits, Sandbox
from rag.model import ParsedDocument
from rag.search.letters import todays

DPI = 200
MIN_LETTERS = 400  # of a page that is drawn: others say little


@dataclass(frozen=True)
class Case:
    """A file, and the true text of one of its pages (from 1)."""

    path: Path
    page: int
    truth: str


@dataclass(frozen=True)
class Result:
    case: Case
    recall: float
    recall_today: float  # of the words in today's letters
    sure: float | None
    pages: int


def words(text: str) -> Counter[str]:
    composed = unicodedata.normalize("NFC", text.lower())
    return Counter(re.findall(r"\w+", re.sub(r"-\s*\n\s*", "", composed)))


def recall(truth: str, read: str) -> float:
    wanted, found = words(truth), words(read)
    return sum((wanted & found).values()) / max(1, sum(wanted.values()))


def cases(folder: Path) -> Iterator[Case]:
    docs = folder / "docs"
    beside = [path for path in sorted(docs.iterdir()) if path.suffix != ".txt" and path.with_suffix(".txt").exists()]
    for path in beside:
        yield Case(path, 1, path.with_suffix(".txt").read_text(encoding="utf-8"))
    if not beside:
        for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            if question["answer"]:
                yield Case(docs / question["doc"], question["page"], question["answer"])


def drawn(folder: Path, count: int, into: Path) -> Iterator[Case]:
    """`count` pages of each PDF, evenly spread, as scans of one page."""
    for path in sorted(folder.rglob("*.pdf")):
        with closing(pypdfium2.PdfDocument(path)) as document:  # type: ignore[no-untyped-call]
            step = max(1, len(document) // count)
            for number in range(step // 2, len(document), step):
                page = document[number]
                text = page.get_textpage().get_text_bounded()
                if sum(map(str.isalnum, text)) >= MIN_LETTERS:
                    made = into / f"{path.stem}-{number + 1}.pdf"
                    page.render(scale=DPI / 72, grayscale=True).to_pil().save(made, "PDF", resolution=DPI)
                    yield Case(made, 1, text)


def read(sandbox: Sandbox, path: Path) -> ParsedDocument | None:
    with path.open("rb") as stream:
        media_type = kinds.media_type(stream, path.name)
    try:
        return sandbox.parse(path, media_type)
    except FolioError as error:
        print(f"{path.name}: {error.code}")
        return None


def measure(given: list[Case], workers: int) -> tuple[list[Result], float, int]:
    """-> (results, seconds, pages read)."""
    paths = list(dict.fromkeys(case.path for case in given))
    with Sandbox(workers, Limits()) as sandbox:
        sandbox.warm()
        started = time.monotonic()
        with ThreadPoolExecutor(workers) as pool:
            parsed = dict(zip(paths, pool.map(lambda path: read(sandbox, path), paths), strict=True))
        seconds = time.monotonic() - started
    results = []
    for case in given:
        document = parsed[case.path]
        page = document.pages[case.page - 1] if document is not None else None
        pages = document.ocr_pages if document is not None else 0
        sure = page.ocr_confidence if page is not None else None
        text = page.text if page is not None else ""
        today = recall(todays(case.truth), todays(text))
        results.append(Result(case, recall(case.truth, text), today, sure, pages))
    return results, seconds, sum(document.ocr_pages for document in parsed.values() if document is not None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="draw N pages of each PDF as scans")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        given = list(drawn(options.set, options.pages, Path(made)) if options.pages else cases(options.set))
        results, seconds, pages = measure(given, options.workers)
    for result in results:
        sure = "-" if result.sure is None else f"{result.sure:.0f} %"
        recalls = f"recall {result.recall:.3f}  in today's letters {result.recall_today:.3f}"
        print(f"{result.case.path.name:40} page {result.case.page:3}  {recalls}  sure {sure}")
    found, today = (mean(each) for each in zip(*((each.recall, each.recall_today) for each in results), strict=True))
    print(f"{len(results)} texts: mean word recall {found:.3f}, in today's letters {today:.3f}")
    print(f"{pages} pages in {seconds:.1f} s with {options.workers} processes: {pages / seconds:.2f} pages/s")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{(used.ru_utime + used.ru_stime) / max(1, pages):.2f} s of processor time a page")


if __name__ == "__main__":
    main()
