"""What every chapter owes its readers, as rules that a program can judge.

A rule is a function of a `Page`; it yields a sentence for each fault it finds, and nothing when the page keeps it.
`RULES` hold for every notebook of the course, `CHAPTER_RULES` also for numbered chapters after 00 (which is a map: it
has nothing to predict, and no protocol to break).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
Cell = dict[str, Any]
Faults = Iterator[str]

WORDS = {  # how a page names its parts; the Chinese edition uses these words and no others
    "en": {
        "minutes": r"teaching (\d+) min · exercises (\d+) min", "planned": "Chinese edition: planned",
        "article": r"article", "learn": "You will learn", "need": r"\*\*You need\*\*", "predict": "Predict",
        "saw": "Who saw what", "break": "What this does not protect", "exercises": "Exercises",
        "again": "Your predictions, again", "key points": "Key points", "practice": "In practice",
        "reading": r"\*\*Further reading\.\*\*", "next": r"\*\*Next:\*\*", "in words": r"\*In words:\*",
        "note": r"<details><summary>For the teacher · minutes (\d+)–(\d+)</summary>", "wrong": "Expected wrong answers",
    },
    "zh": {
        "minutes": r"讲授 (\d+) 分钟 · 练习 (\d+) 分钟", "planned": "English edition: planned",
        "article": r"文章|原文", "learn": "你将学会", "need": r"\*\*你需要\*\*", "predict": "先猜一猜",
        "saw": "谁看到了什么", "break": "它不保护什么", "exercises": "练习",
        "again": "再看你的猜测", "key points": "要点", "practice": "实践中",
        "reading": r"\*\*延伸阅读。\*\*", "next": r"\*\*下一章：\*\*", "in words": r"\*用文字说：\*",
        "note": r"<details><summary>教师备注 · 第 (\d+)–(\d+) 分钟</summary>", "wrong": "常见的错误回答",
    },
}  # fmt: skip
SECTIONS = ("learn", "predict", "saw", "break", "exercises", "again", "key points", "practice")
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
LONGEST_CELL, FEWEST_CHECKED = 12, 3
MACHINE_PATHS = r"/(?:home|Users|root|tmp|var|work|opt|usr)/[\w.-]+|site-packages|\b[A-Z]:\\\\?\w"


@dataclass(frozen=True)
class Page:
    """A notebook and where it lies: `notebooks/<language>/<name>.ipynb`."""

    name: str
    language: str
    notebook: dict[str, Any] = field(repr=False)
    folder: Path = NOTEBOOKS

    @classmethod
    def read(cls, path: Path) -> Page:
        return cls(path.stem, path.parent.name, json.loads(path.read_text(encoding="utf-8")), path.parents[1])

    @property
    def cells(self) -> list[Cell]:
        return self.notebook["cells"]

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    @property
    def chapter(self) -> str | None:
        """Its number, as "04"; None for a page that is no chapter."""
        return self.name[:2] if re.match(r"\d\d_", self.name) and not self.name.startswith("00") else None

    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell["cell_type"] == "code" and source(cell).strip()]

    def headings(self) -> list[tuple[int, int, str]]:
        """(number of the cell, level, words) of every heading, in order."""
        found = []
        for number, cell in enumerate(self.cells):
            if cell["cell_type"] == "markdown":
                text = re.sub(r"^```.*?^```", "", source(cell), flags=re.MULTILINE | re.DOTALL)
                for line in re.findall(r"^(#{1,6}) +(.+?) *#*$", text, flags=re.MULTILINE):
                    found.append((number, len(line[0]), line[1]))
        return found

    def section(self, part: str) -> int | None:
        """The number of the cell whose heading, of level 2, begins with the word for this part."""
        fits = [number for number, level, said in self.headings() if level == 2 and said.startswith(self.words[part])]
        return fits[0] if fits else None

    def calling(self, call: str) -> list[int]:
        """The numbers of the code cells whose source fits this pattern."""
        cells = enumerate(self.cells)
        return [number for number, cell in cells if cell["cell_type"] == "code" and re.search(call, source(cell))]


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def tags(cell: Cell) -> list[str]:
    return cell["metadata"].get("tags", [])


def slide_type(cell: Cell) -> str:
    return cell["metadata"].get("slideshow", {}).get("slide_type", "")


def shown(cell: Cell, *types: str) -> list[str]:
    """What a cell shows, of these media types; "stream" is what it printed."""
    found = []
    for output in cell.get("outputs", []):
        if "stream" in types and output["output_type"] == "stream":
            found.append("".join(output["text"]))
        found += ["".join(output.get("data", {})[kind]) for kind in types if kind in output.get("data", {})]
    return found


# --- every notebook ---------------------------------------------------------------------------------------------------


def one_title(page: Page) -> Faults:
    titles = [number for number, level, _ in page.headings() if level == 1]
    if titles != [0]:
        yield f"one heading of level 1, in the first cell; found in cells {titles}"


def no_skipped_levels(page: Page) -> Faults:
    levels = page.headings()
    for (_, above, _), (_, below, said) in pairwise(levels):
        if below > above + 1:
            yield f"{said!r} has level {below} after level {above}"


def every_image_has_words(page: Page) -> Faults:
    for number, cell in enumerate(page.cells):
        if cell["cell_type"] == "markdown":
            for image in re.findall(r"!\[\s*\]\([^)]*\)|<img\b(?![^>]*\balt=[\"'][^\"'])[^>]*>", source(cell)):
                yield f"no alternative text: {image}"
        elif shown(cell, "image/png", "image/jpeg", "image/svg+xml") and not has_words(page, number):
            yield f"{cell.get('id')}: an image without alternative text, or *In words:* in the next text cell"


def has_words(page: Page, number: int) -> bool:
    """The image says itself in text, or carries an `alt`, or the next text begins with *In words:*."""
    cell = page.cells[number]
    said = [text for text in shown(cell, "text/plain") if not text.lstrip().startswith("<") and len(text) > 60]
    alternatives = [output.get("metadata", {}).get("image/png", {}).get("alt") for output in cell["outputs"]]
    below = [other for other in page.cells[number + 1 :] if other["cell_type"] == "markdown"]
    after = next((source(other) for other in below if slide_type(other) != "notes"), "")
    return bool(said or any(alternatives) or re.match(page.words["in words"], after))


def ids_that_a_person_chose(page: Page) -> Faults:
    ids = [cell.get("id", "") for cell in page.cells]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"the cell id {one!r} occurs twice"
    for one in ids:
        if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", one) or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", one):
            yield f"the cell id {one!r} is no short word"


def nothing_of_the_machine(page: Page) -> Faults:
    for cell in page.cells:
        for key in {"execution", "ExecuteTime", "collapsed", "scrolled"} & set(cell["metadata"]):
            yield f"{cell.get('id')}: metadata {key!r} says when or how it was run"
        for text in [source(cell), *shown(cell, "stream", "text/plain", "text/html", "text/markdown")]:
            for path in re.findall(MACHINE_PATHS, text):
                yield f"{cell.get('id')}: a path of one machine, {path}"
    if page.notebook["metadata"].get("language_info", {}) != {"name": "python"}:
        yield "language_info says which Python ran it; keep only the name"


def run_from_top_to_bottom(page: Page) -> Faults:
    counts = [cell["execution_count"] for cell in page.code()]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}: run from a fresh kernel and save"


def no_faults_on_show(page: Page) -> Faults:
    for cell in page.code():
        kinds = [output["output_type"] for output in cell["outputs"]]
        expected = "raises-exception" in tags(cell)
        if ("error" in kinds) != expected:
            yield f"{cell.get('id')}: " + ("should raise, and does not" if expected else "shows an error")
        if any(output.get("name") == "stderr" for output in cell["outputs"]):
            yield f"{cell.get('id')}: shows something on stderr"


def short_cells(page: Page) -> Faults:
    for cell in page.code():
        if (lines := len(source(cell).strip().splitlines())) > LONGEST_CELL:
            yield f"{cell.get('id')}: {lines} lines; one idea fits in {LONGEST_CELL}"


def checked_cells_have_something_to_check(page: Page) -> Faults:
    for cell in page.code():
        if "nbval-check-output" in tags(cell):
            text = shown(cell, "stream", "text/plain", "text/html", "image/svg+xml")
            if cell["execution_count"] is None or not any(part.strip() for part in text):
                yield f"{cell.get('id')}: nbval would compare nothing, and pass"


def every_cell_knows_its_slide(page: Page) -> Faults:
    for cell in page.cells:
        if slide_type(cell) not in SLIDE_TYPES:
            yield f"{cell.get('id')}: slideshow metadata is missing"


def links_lead_somewhere(page: Page) -> Faults:
    for cell in page.cells:
        if cell["cell_type"] == "markdown":
            for link in re.findall(r"\]\((?!https://|#|attachment:)([^)\s#]+)", source(cell)):
                if not (page.folder / page.language / link).exists():
                    yield f"{cell.get('id')}: {link} is not there"


# --- chapters ---------------------------------------------------------------------------------------------------------


def opening(page: Page) -> list[str]:
    """The paragraphs of the first cell, after the title."""
    return re.split(r"\n\s*\n", source(page.cells[0]).strip())[1:]


def one_sentence_that_promises(page: Page) -> Faults:
    first = (opening(page) or [""])[0].replace("\n", " ").strip()
    if (
        len(re.findall(r"[.!?](?=\s|$)|[。！？]", first)) != 1
        or not re.search(r"[.!?。！？]$", first)
        or len(first) < 20
    ):
        yield f"after the title comes one sentence that promises something, not {first[:60]!r}"


def minutes_and_links(page: Page) -> Faults:
    text = source(page.cells[0])
    if not re.search(page.words["minutes"], text):
        yield f"the first cell says how long it takes: {page.words['minutes']}"
    if f"urlpath=lab/tree/notebooks/{page.language}/{page.name}.ipynb" not in text:
        yield "the first cell links to this very notebook on Binder"
    if not re.search(page.words["article"], text):
        yield "the first cell names the article's section"
    other = "zh" if page.language == "en" else "en"
    is_there = (page.folder / other / f"{page.name}.ipynb").exists()
    if f"](../{other}/{page.name}.ipynb)" not in text and (is_there or page.words["planned"] not in text):
        yield "the first cell links to the other language, or says that it is planned"


def sections_in_order(page: Page) -> Faults:
    places = {part: page.section(part) for part in SECTIONS}
    for part, place in places.items():
        if place is None:
            yield f"there is no section {page.words[part]!r}"
    there = [place for place in places.values() if place is not None]
    if there != sorted(there):
        yield f"the sections come in the order {', '.join(page.words[part] for part in SECTIONS)}"


def what_is_learned_and_needed(page: Page) -> Faults:
    place = page.section("learn")
    text = source(page.cells[place]) if place is not None else ""
    verbs = re.findall(r"^- (?:to \w+|[\u4e00-\u9fff])", text, flags=re.MULTILINE)
    if not 3 <= len(verbs) <= 5:
        yield f"three to five lines say what is learned, with verbs; found {len(verbs)}"
    if not re.search(page.words["need"], text):
        yield f"it says what is needed: {page.words['need']}"


def predicted_before_anything_is_run(page: Page) -> Faults:
    place, again = page.section("predict"), page.section("again")
    called = page.calling(rf"fl\.question\(\s*[\"']{page.chapter}[\"']")
    before = [n for n in range(place or 0) if page.cells[n]["cell_type"] == "code"]
    if before and any("import" not in source(page.cells[n]) for n in before):
        yield "something is run before the learner has predicted"
    if place is None or not any(place < number < next_section(page, place) for number in called):
        yield f'fl.question("{page.chapter}") stands under {page.words["predict"]!r}'
    if again is None or not any(number > again for number in called):
        yield f'fl.question("{page.chapter}", revisit=True) stands under {page.words["again"]!r}'


def enough_cells_are_checked(page: Page) -> Faults:
    checked = [cell for cell in page.code() if "nbval-check-output" in tags(cell)]
    if len(checked) < FEWEST_CHECKED:
        yield f"{len(checked)} cells have the tag nbval-check-output; {FEWEST_CHECKED} are the least"


def a_lab_and_the_same_without_it(page: Page) -> Faults:
    labs = page.calling(rf"fl\.lab\(\s*[\"']{page.chapter}[\"']")
    if not labs:
        yield f'there is no fl.lab("{page.chapter}")'
        return
    pressed = r"\.run\(\)" if _plays(page.chapter) else r"^\w+\.\w+ = "
    if not any(re.search(pressed, source(page.cells[n]), re.M) for n in range(labs[0] + 1, len(page.cells))):
        yield "no cell sets a knob and presses run: nothing tests the lab where it stands"
    below = page.cells[labs[0] : next_section(page, labs[0])]
    if not any(shown(cell, "image/png", "image/svg+xml") for cell in below if cell["cell_type"] == "code"):
        yield "under the lab stands a static figure"
    tables = [shown(cell, "text/html") for cell in below if cell["cell_type"] == "code"]
    if not any("<table" in text for texts in tables for text in texts):
        yield "under the lab stands a small table"
    words = [source(cell) for cell in below if cell["cell_type"] == "markdown" and slide_type(cell) != "notes"]
    words += [text for cell in below if cell["cell_type"] == "code" for text in shown(cell, "stream", "text/markdown")]
    if not any(re.search(r"\w[.。]\s*$", text) for text in words):
        yield "under the lab stands a sentence"


def _plays(chapter: str) -> bool:
    """Whether the chapter's lab has a Run button."""
    from fedlearn_edu.widgets.labs import CHAPTERS, spec_of

    return chapter not in CHAPTERS or spec_of(chapter).protocol is not None


def next_section(page: Page, number: int) -> int:
    """The number of the first cell after this one that has a heading of level 2; the end, if none has."""
    return next((n for n, level, _ in page.headings() if n > number and level <= 2), len(page.cells))


def two_or_three_exercises(page: Page) -> Faults:
    text = "\n".join(source(cell) for cell in page.code())
    named = sorted(set(re.findall(r"fl\.exercise\(\s*[\"']([\d.]+)[\"']", text)))
    if named != [f"{page.chapter}.{number}" for number in range(1, len(named) + 1)] or not 2 <= len(named) <= 3:
        yield f"two or three exercises, numbered {page.chapter}.1, {page.chapter}.2, …; found {named}"


def practice_reading_next(page: Page) -> Faults:
    place = page.section("practice")
    text = "\n".join(source(cell) for cell in page.cells[place or 0 :])
    for name in ("Flower", "FATE", "SecretFlow"):
        if name not in text:
            yield f"in practice: how {name} calls it"
    for part in ("reading", "next"):
        if not re.search(page.words[part], text):
            yield f"the end of the page has {page.words[part]}"


# --- slides -----------------------------------------------------------------------------------------------------------


def slides(page: Page) -> list[list[Cell]]:
    """The deck: what one press of "next" after another brings, fragments apart; sub-slides count as slides."""
    deck: list[list[Cell]] = []
    for cell in page.cells:
        if slide_type(cell) in ("slide", "subslide"):
            deck.append([cell])
        elif slide_type(cell) != "skip" and deck:
            deck[-1].append(cell)
    return deck


def a_deck_for_one_lesson(page: Page) -> Faults:
    if not 10 <= len(slides(page)) <= 15:
        yield f"{len(slides(page))} slides; a lesson has 10 to 15"
    if slide_type(page.cells[0]) != "slide":
        yield "the deck begins with the first cell"
    for slide in slides(page):
        if not any(slide_type(cell) == "notes" for cell in slide):
            yield f"{slide[0].get('id')}: a slide without a note for the teacher"


def a_plan_by_the_minute(page: Page) -> Faults:
    notes = [cell for slide in slides(page) for cell in slide if slide_type(cell) == "notes"]
    found = [re.match(page.words["note"], source(cell)) for cell in notes]
    for cell, fits in zip(notes, found, strict=True):
        if not fits:
            yield f"{cell.get('id')}: a note begins with {page.words['note']}"
    ends = [0, *(int(minute) for fits in found if fits for minute in fits.groups())]
    minutes = re.search(page.words["minutes"], source(page.cells[0]))
    if ends[0::2] != [*ends[1::2], *([int(minutes[1])] if minutes else [])] or ends != sorted(ends):
        yield f"the notes' minutes go on without a gap from 0 to the end of the lesson; they are {ends[1:]}"
    if sum(page.words["wrong"] in source(cell) for cell in notes) < 3:
        yield f"three notes or more say which wrong answers come: {page.words['wrong']!r}"


# --- two languages ----------------------------------------------------------------------------------------------------


def mirrors(english: Page, chinese: Page) -> Faults:
    """The Chinese page has the same cells: their code to the byte, their Markdown in Chinese."""
    ids = [[cell.get("id") for cell in page.cells] for page in (english, chinese)]
    if ids[0] != ids[1]:
        yield f"other cells: {sorted(set(ids[0]) ^ set(ids[1])) or 'the same, in another order'}"
        return
    for ours, theirs in zip(english.cells, chinese.cells, strict=True):
        one, kinds = ours["id"], [(cell["cell_type"], tags(cell), slide_type(cell)) for cell in (ours, theirs)]
        if kinds[0] != kinds[1]:
            yield f"{one}: another kind of cell, other tags or another slide type"
        elif ours["cell_type"] == "code" and source(ours) != source(theirs):
            yield f"{one}: the code differs"
        elif ours["cell_type"] == "markdown" and not re.search(r"[\u4e00-\u9fff]", source(theirs)):
            yield f"{one}: not in Chinese"


# --- all of them -----------------------------------------------------------------------------------------------------

RULES = (
    one_title, no_skipped_levels, every_image_has_words, ids_that_a_person_chose, nothing_of_the_machine,
    run_from_top_to_bottom, no_faults_on_show, short_cells, checked_cells_have_something_to_check,
    every_cell_knows_its_slide, links_lead_somewhere,
)  # fmt: skip
CHAPTER_RULES = (
    one_sentence_that_promises, minutes_and_links, sections_in_order, what_is_learned_and_needed,
    predicted_before_anything_is_run, enough_cells_are_checked, a_lab_and_the_same_without_it, two_or_three_exercises,
    practice_reading_next, a_deck_for_one_lesson, a_plan_by_the_minute,
)  # fmt: skip
