"""How long each notebook takes, and how much memory: `python -m tests.weights [names]` writes it into CONTRIBUTING.md.

A fresh kernel runs the notebook from top to bottom, as "Run All" does. Memory is that of the kernel and of all
processes it starts, taken together, looked at twenty times a second. Without names all notebooks are run; with names
those whose path holds one of them, and the other rows stay as they are. Let nothing else run on the computer meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
NOTEBOOKS = CHECKOUT / "notebooks"
PAGE = CHECKOUT / "CONTRIBUTING.md"
LANGUAGES = ("en", "zh")
BEGIN, END = "<!-- weights: written by python -m tests.weights -->", "<!-- end of weights -->"
HEAD = ("| notebook | seconds, en | MB, en | seconds, zh | MB, zh |", "|---|---|---|---|---|")
ROW = re.compile(r"^\| (?P<name>\d\d\w*) \| (?P<cells>[^|]+(?: \| [^|]+){3}) \|$", flags=re.MULTILINE)
UNKNOWN = "–"
LOOK_EVERY = 0.05  # seconds
CELL_WITHIN = 600  # seconds


@dataclass(frozen=True)
class Weight:
    """What one run took."""

    seconds: float
    megabytes: float


def chapters() -> list[str]:
    """The names of all notebooks, in the order of the course."""
    return sorted({path.stem for language in LANGUAGES for path in (NOTEBOOKS / language).glob("*.ipynb")})


def measure(path: Path) -> Weight:
    """Run one notebook in a kernel of its own, and throw its outputs away."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=CELL_WITHIN, resources={"metadata": {"path": str(path.parent)}})
    start = time.perf_counter()
    with client.setup_kernel(), _looking_at(_process_of(client)) as peak:
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        seconds = time.perf_counter() - start
    return Weight(seconds, peak[0] / 1e6)


def _process_of(client: Any) -> int:
    return int(client.km.provisioner.pid)


@contextlib.contextmanager
def _looking_at(pid: int) -> Iterator[list[int]]:
    """Meanwhile, keep the greatest number of bytes that a process and its children held."""
    peak, over = [held_by(pid)], threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            peak[0] = max(peak[0], held_by(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def held_by(pid: int) -> int:
    """Bytes in memory of a process and of all that it started; what two of them share counts twice."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += member.memory_info().rss
    return total


def rows_of(page: str) -> dict[str, list[str]]:
    """The table as it stands: by notebook, its four cells."""
    return {row["name"]: row["cells"].split(" | ") for row in ROW.finditer(_section(page))}


def with_rows(page: str, rows: dict[str, list[str]], where: str) -> str:
    """The page with a new table."""
    lines = [BEGIN, *HEAD, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()), "", where, END]
    return page.replace(_section(page), "\n".join(lines))


def _section(page: str) -> str:
    return page[page.index(BEGIN) : page.index(END) + len(END)]


def updated(rows: dict[str, list[str]], name: str, language: str, weight: Weight) -> dict[str, list[str]]:
    """The rows with one measurement more; notebooks that are gone leave, new ones come."""
    new = {chapter: list(rows.get(chapter, [UNKNOWN] * 4)) for chapter in chapters()}
    place = 2 * LANGUAGES.index(language)
    new[name][place : place + 2] = [f"{weight.seconds:.0f}", f"{weight.megabytes:.0f}"]
    return new


def here() -> str:
    """The computer, in a sentence."""
    system = f"{platform.machine()}, {platform.system()}"
    return f"Last measured on {os.cpu_count()} cores ({system}), Python {platform.python_version()}."


def main(wanted: list[str]) -> None:
    """Measure, and write after each notebook, so that an interrupted run is not lost."""
    with tempfile.TemporaryDirectory() as folder:  # what is solved here is not the developer's progress
        os.environ["FEDLEARN_PROGRESS"] = str(Path(folder) / "progress.json")
        for language in LANGUAGES:
            for path in sorted((NOTEBOOKS / language).glob("*.ipynb")):
                if not wanted or any(name in path.as_posix() for name in wanted):
                    weight = measure(path)
                    print(f"{language}/{path.stem}: {weight.seconds:.1f} s, {weight.megabytes:.0f} MB", flush=True)
                    page = PAGE.read_text(encoding="utf-8")
                    rows = updated(rows_of(page), path.stem, language, weight)
                    PAGE.write_text(with_rows(page, rows, here()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
