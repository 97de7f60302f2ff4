"""The course's pages as they are kept: which there are, what they are called, and how a notebook is run."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..classroom import PROJECTOR, variables
from ..errors import ArgumentError, PublishingError
from ..exercises.progress import VARIABLE as PROGRESS
from ..i18n import NOTEBOOK, VARIABLE as LANGUAGE

if TYPE_CHECKING:
    from nbformat import NotebookNode

SECONDS = 600  # for one cell, on a computer that is busy with other things as well
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
FORMULA = re.compile(r"\$|\\\(|\\\[|\\begin\{")


@dataclass(frozen=True)
class Chapter:
    """A notebook of the course.

    Attributes
    ----------
    path : below the course's folder, "en/04_horizontal_hospitals.ipynb"
    notebook : its cells
    """

    path: PurePosixPath
    notebook: NotebookNode

    @property
    def language(self) -> str:
        """The edition that it belongs to."""
        return self.path.parts[0]

    @property
    def title(self) -> str:
        """Its first heading; its name when it has none."""
        return title_of(self._beginning) or self.path.stem

    @property
    def promise(self) -> str:
        """The paragraph below the first heading."""
        found = re.search(r"^# .+\n\s*\n((?:.+\n?)+)", self._beginning, flags=re.MULTILINE)
        return found[1].strip() if found else ""

    @property
    def has_formulas(self) -> bool:
        """Whether something in its text may be a formula."""
        return any(FORMULA.search(cell.source) for cell in self.notebook.cells if cell.cell_type == "markdown")

    @property
    def has_widgets(self) -> bool:
        """Whether what its widgets show is saved with it."""
        return WIDGET_STATE in self.notebook.metadata.get("widgets", {})

    @property
    def _beginning(self) -> str:
        return next((cell.source for cell in self.notebook.cells if cell.cell_type == "markdown"), "")


def title_of(text: str) -> str:
    """
    >>> title_of("# For *teachers*")
    'For teachers'

    The first heading of level 1 in a text; empty when there is none.
    """
    found = re.search(r"^# (.+)$", text, flags=re.MULTILINE)
    return re.sub(r"[*`]", "", found[1]).strip() if found else ""


def read_chapter(course: Path, path: Path) -> Chapter:
    """
    Raises
    ------
    PublishingError
        The file is no notebook.
    """
    import nbformat

    place = PurePosixPath(path.relative_to(course).as_posix())
    try:
        return Chapter(place, nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat has many ways to say so
        remedy = "Open it in JupyterLab and save it, or fetch it again."
        raise PublishingError(f"{place} cannot be read as a notebook: {error}", remedy) from None


def chapters(course: Path, languages: Iterable[str]) -> list[Chapter]:
    """All notebooks of these languages, in the course's order."""
    return [read_chapter(course, path) for one in languages for path in sorted((course / one).glob("*.ipynb"))]


def find_chapter(course: Path, number: str, language: str) -> Chapter:
    """
    Parameters
    ----------
    course : the folder of the notebooks
    number : "04", or as much of the notebook's name as it takes to tell it from the others
    language : whose edition

    Raises
    ------
    ArgumentError
        No notebook is called so.
    """
    notebooks = sorted((course / language).glob("*.ipynb"))
    found = [path for path in notebooks if path.name.split("_")[0] == number or path.stem == number]
    if not found:
        known = ", ".join(path.name.split("_")[0] for path in notebooks) or "none"
        raise ArgumentError(f"There is no chapter {number!r} in {language!r}.", f"There are: {known}.")
    return read_chapter(course, found[0])


def check_installed(wanted: Iterable[Chapter]) -> None:
    """Refuse before the first chapter runs, and not after many, when one of them needs what is not here.

    Raises
    ------
    PublishingError
        Flower is not installed, and a chapter plays on it.
    """
    if find_spec("flwr") is not None:
        return
    for chapter in wanted:
        if any(cell.cell_type == "code" and "play_on_flower" in cell.source for cell in chapter.notebook.cells):
            raise PublishingError(
                f"{chapter.path} plays on Flower, and Flower is not installed.",
                'pip install "fedlearn-edu[flower]"; or leave chapters as they were saved, with --no-execute.',
            )


def run(chapter: Chapter, course: Path, *, hide_solutions: bool = False, projector: bool = False) -> None:
    """Run all cells in a kernel of its own, and keep what they and their widgets show in the notebook.

    The learner's progress on this computer is not touched, and not shown.

    Parameters
    ----------
    chapter : its notebook is changed
    course : the folder of the notebooks
    hide_solutions : whether exercises keep their solutions
    projector : whether widgets have large type; figures keep the type that their texts were placed with

    Raises
    ------
    PublishingError
        A cell fails, or the kernel dies.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError

    folder = course / chapter.path.parent
    client = NotebookClient(
        chapter.notebook,
        timeout=SECONDS,
        record_timing=False,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    classroom = variables(hide_solutions=hide_solutions, projector=False) | ({PROJECTOR: "1"} if projector else {})
    try:
        with tempfile.TemporaryDirectory() as passing:
            client.execute(env=environment(folder / chapter.path.name, Path(passing), classroom))
    except (CellControlSignal, DeadKernelError) as error:
        found = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else str(error)
        raise PublishingError(
            f"{chapter.path} did not run: {found}",
            "Run it in JupyterLab to see where it stops; or leave it as it was saved, with --no-execute.",
        ) from None


def environment(notebook: Path, passing: Path, classroom: Mapping[str, str]) -> dict[str, str]:
    """A kernel's environment: the notebook's own language, and nobody's progress."""
    ours = {NOTEBOOK: str(notebook), PROGRESS: str(passing / "progress.json")}
    kept = {name: value for name, value in os.environ.items() if name != LANGUAGE}
    return {**kept, **classroom, **ours}
