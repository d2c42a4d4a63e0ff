"""Pictures of the page in its main states, made by using it: `make screenshots` writes them into samples/screenshots.

A real server, a real browser and a scripted model that answers from the passages it is given; nothing is retouched.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image
from playwright.sync_api import expect

from rag.turns.titles import INSTRUCTION
from tests.doubles import Asked, Piece, Reply, pieces
from tests.pages import LAST, QUESTION, SAMPLE, Place, Visitor, cited, scripted_place

OUT = Path(__file__).resolve().parent / "screenshots"
ASKED = ("How many people visited the lights?", "What happened at Low Sands?", "Who audits the accounts?")
GOLDEN = (
    "question,expected answer,file,page\n"
    f"{QUESTION},2214,{SAMPLE.name},7\n"
    f"Why was the light at Low Sands dark for nine days?,salt water,{SAMPLE.name},5\n"
    f"What must a keeper do when fog comes in?,,{SAMPLE.name},\n"
    f"How many people visited the lights?,,{SAMPLE.name},\n"
).encode()
BEFORE = "The year before, in 2024, it had cost 1,873 thousand crowns"
GALLERY = "the gallery of Gannet Head (640 thousand crowns)"
REPAIR = "the repair at Low Sands (204 thousand crowns)"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LAPTOP = {"viewport": {"width": 1440, "height": 900}}


def answering(asked: Asked, gate: threading.Event) -> Reply:
    """A good answer to QUESTION; its second half waits for the gate."""
    if INSTRUCTION in asked.prompt:
        return Reply()
    if f"Question: {QUESTION}" not in asked.prompt:
        return Reply(pieces("The report says so in its chapter on the year in figures."))
    begin = f"Maintenance cost **2,214 thousand crowns** in 2025 {cited(asked)}, "
    rest = (
        f"after 1,873 thousand in 2024 {cited(asked, BEFORE)}. Two things made it dearer:\n\n"
        f"| What | Thousand crowns |\n|---|---:|\n| The gallery of Gannet Head | 640 {cited(asked, GALLERY)} |\n"
        f"| The repair at Low Sands | 204 {cited(asked, REPAIR)} |\n"
    )
    return Reply((Piece(begin), Piece(rest, gate=gate)))


def logbook(year: int) -> dict[str, Any]:
    """A file that takes a moment to be read."""
    days = "\n\n".join(f"{year}, watch {number}: the keeper writes down the weather." for number in range(12_000))
    return {"name": f"Log of {year}.md", "mimeType": "text/markdown", "buffer": days.encode()}


class Studio:
    """Takes pictures of what a visitor sees."""

    def __init__(self, place: Place, gate: threading.Event) -> None:
        self.place, self.gate = place, gate
        place.model.script = lambda asked: answering(asked, gate)

    def visitor(self, state: Any = None, **options: Any) -> Visitor:
        visitor = Visitor(self.place.browser, self.place.address, **{**LAPTOP, "storage_state": state, **options})
        visitor.page.emulate_media(reduced_motion="reduce")
        return visitor

    def take(self, visitor: Visitor, name: str) -> None:
        """A picture with 200 colours: a few dozen kilobytes."""
        path = OUT / f"{name}.png"
        visitor.page.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => {})))")
        visitor.page.screenshot(path=path)
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(200).save(path, optimize=True)

    def shoot(self) -> None:
        visitor = self.visitor()
        page = visitor.page
        visitor.open()
        expect(page.locator(".welcome h1")).to_be_visible()
        self.take(visitor, "empty")
        self.upload(visitor)
        for question in ASKED:
            self.ask(visitor, question)
        self.answer(visitor)
        where, state = page.url.removeprefix(visitor.address), visitor.context.storage_state()
        self.tools(visitor, "")
        self.find(visitor)
        self.fail(visitor)
        visitor.context.close()
        for name, options in {"dark": {"color_scheme": "dark"}, "phone": PHONE}.items():
            other = self.visitor(state, **options)
            other.open(where)
            other.page.locator(".chip").first.click()
            expect(other.page.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
            if name == "phone":
                other.page.locator('[data-act="close-source"]').first.click()
            self.take(other, name)
            if name == "phone":
                self.tools(other, "-phone")
            other.context.close()

    def tools(self, visitor: Visitor, ending: str) -> None:
        """What search finds for a question, and golden questions with a run of them."""
        page = visitor.page
        page.click('[data-act="tools"]')
        page.click("#tool-inspect")
        panel = page.locator("#panel-inspect")
        panel.locator('[name="question"]').fill(QUESTION)
        panel.locator('[type="submit"]').click()
        expect(panel.locator(".candidates tbody tr[data-key]").first).to_be_visible()
        self.take(visitor, f"tools-inspect{ending}")
        page.click("#tool-golden")
        runs = page.locator("#panel-golden .lab-runs li")
        if ending:
            runs.locator(".run-name").first.click()
        else:
            page.set_input_files("[data-golden]", {"name": "board.csv", "mimeType": "text/csv", "buffer": GOLDEN})
        expect(page.locator("#panel-golden .lab-run")).to_have_attribute("data-status", "completed", timeout=60_000)
        self.take(visitor, f"tools-golden{ending}")
        page.click('[data-act="close-tools"]')

    def upload(self, visitor: Visitor) -> None:
        visitor.upload(SAMPLE)
        expect(visitor.page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1, timeout=20_000)
        visitor.upload(*(logbook(year) for year in (2023, 2024)))
        expect(visitor.page.locator('.row[data-key][data-tone="work"]').first).to_be_visible()
        self.take(visitor, "uploading")
        expect(visitor.page.locator('.row[data-key][data-tone="ready"]')).to_have_count(3, timeout=60_000)

    def ask(self, visitor: Visitor, question: str) -> None:
        visitor.page.click(".fresh")
        visitor.ask(question)
        expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")

    def answer(self, visitor: Visitor) -> None:
        page = visitor.page
        page.click(".fresh")
        page.locator('[data-name="Log of 2023.md"] [data-use]').uncheck()
        page.mouse.move(700, 500)
        visitor.ask(QUESTION)
        expect(page.locator(".chip")).to_have_count(1)
        self.take(visitor, "answering")
        self.gate.set()
        expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
        page.locator(".chip").first.click()
        expect(page.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
        self.take(visitor, "answered")
        page.keyboard.press("Escape")
        page.locator(".trace summary").click()
        page.locator('[data-act="trace"]').click()
        expect(page.locator(".traced")).to_be_visible()
        self.take(visitor, "trace")
        page.keyboard.press("Escape")

    def find(self, visitor: Visitor) -> None:
        page = visitor.page
        page.keyboard.press("Control+k")
        page.keyboard.type("figures")
        expect(page.locator(".mention mark").first).to_be_visible()
        self.take(visitor, "search")
        page.press("#folio-search", "Escape")
        item = page.locator('[data-region="rail"] nav li').filter(has_text="Who audits")
        item.hover()
        item.locator('[data-verb="trash"]').click()
        expect(page.locator(".toast")).to_be_visible()
        page.click('.states [data-state="trash"]')
        expect(page.locator('[data-region="rail"] nav li[data-state="trash"]')).to_have_count(1)
        page.locator('[data-region="rail"] nav a').hover()
        self.take(visitor, "trash")
        page.click('.states [data-state="active"]')

    def fail(self, visitor: Visitor) -> None:
        self.place.model.script = lambda asked: Reply(status=500, message="out of order")
        visitor.page.click(".fresh")
        visitor.ask("What did energy cost in 2025?")
        expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "error", timeout=30_000)
        expect(visitor.page.locator(".toast[data-open]")).to_have_count(0)  # of what was moved to the trash
        self.take(visitor, "error")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    gate = threading.Event()
    with tempfile.TemporaryDirectory() as data, scripted_place(Path(data)) as place:
        Studio(place, gate).shoot()


if __name__ == "__main__":
    main()
