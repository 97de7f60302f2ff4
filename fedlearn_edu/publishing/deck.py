"""A chapter as slides for one lesson: it opens from the disk, with the speaker's notes and their minutes (key S)."""

from __future__ import annotations

import mimetypes
import re
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..errors import PublishingError
from .chapters import Chapter, find_chapter, run
from .pages import SCRIPTS, Places, export
from .place import check, put
from .scripts import FORMULAS, SLIDES, WIDGETS, scripts

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTE = re.compile(r"<details><summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
STARTS = ("slide", "subslide")
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = re.compile(r'(<img\b[^>]*?\ssrc)="(?!data:|https?:)([^"]+)"')
MINUTES = re.compile(r"(\d+)–(\d+)")


def make_slides(
    course: Path,
    number: str,
    language: str,
    folder: Path,
    *,
    execute: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Path:
    """
    Parameters
    ----------
    course : the folder of the notebooks
    number : which chapter, "04"
    language : which edition
    folder : where the slides go, and a folder of scripts beside them; it is made when it is not there
    execute : run the chapter first, so that its stages play on the slides; else they show what was saved
    tell : is told how it is getting on

    Returns
    -------
    Path
        The page with the slides.

    Raises
    ------
    ArgumentError
        There is no such chapter, or somebody else's files are in the way.
    PublishingError
        Scripts cannot be fetched, the chapter does not run, or it has no slides.
    """
    chapter = find_chapter(course, number, language)
    page = f"{chapter.path.stem}.{language}.html"
    files = fetched(chapter, execute=execute)
    check([page, *files], folder)
    if execute:
        tell(str(chapter.path.with_suffix("")))
        run(chapter, course, projector=True)
    put({**files, page: slides_page(chapter, course).encode()}, folder, "slides")
    return folder / page


def fetched(chapter: Chapter, *, execute: bool) -> dict[str, bytes]:
    """The scripts that stand beside the slides."""
    widgets = WIDGETS if execute or chapter.has_widgets else ()
    packages = (*SLIDES, *widgets, *(FORMULAS if chapter.has_formulas else ()))
    return {f"{SCRIPTS}/{name}": content for name, content in scripts(packages).items()}


def slides_page(chapter: Chapter, course: Path) -> str:
    """
    Parameters
    ----------
    chapter : as it was saved, or run
    course : the folder of the notebooks, where its pictures are found

    Raises
    ------
    PublishingError
        No cell of the chapter is on a slide.
    """
    notebook = deepcopy(chapter.notebook)
    if not any(slide_type(cell) == "slide" for cell in notebook.cells):
        raise PublishingError(
            f"{chapter.path} has no slides.", "In JupyterLab, choose a slide type for its cells (Property Inspector)."
        )
    with_timing(notebook)
    if not chapter.has_widgets:
        with_figures(notebook.cells)
    html = export(Chapter(chapter.path, notebook), "fedlearn_slides", prompts=False, scripts=f"{SCRIPTS}/")
    return with_pictures(Places({}).relinked(html, str(chapter.path)), course, chapter.path.parent)


def slide_type(cell: NotebookNode) -> str:
    """What a cell is in the slides: "slide", "subslide", "fragment", "skip", "notes" or "-"."""
    return str(cell.metadata.get("slideshow", {}).get("slide_type", "-"))


def with_timing(notebook: NotebookNode) -> None:
    """Unfold the notes, and tell each slide how long it takes, which the speaker's clock shows."""
    slide = None
    for cell in notebook.cells:
        if slide_type(cell) in STARTS:
            slide = cell
        elif slide_type(cell) == "notes":
            minutes = MINUTES.search(cell.source)
            if minutes and slide is not None:
                slide.metadata.slideshow["data"] = {"timing": 60 * (int(minutes[2]) - int(minutes[1]))}
            cell.source = NOTE.sub(r"**\1**\n\2", cell.source)


def with_pictures(html: str, course: Path, folder: PurePosixPath) -> str:
    """Pictures of the course become part of the page, so that it can be taken elsewhere alone."""

    def embedded(found: re.Match[str]) -> str:
        place = (course / folder / unquote(found[2])).resolve()
        if not (place.is_relative_to(course.resolve()) and place.is_file()):
            return found[0]
        kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
        return f'{found[1]}="data:{kind};base64,{b64encode(place.read_bytes()).decode()}"'

    return PICTURE.sub(embedded, html)


def with_figures(cells: list[NotebookNode]) -> None:
    """A widget that was not saved, and its code, give way to the figure that shows the same.

    The figure stands further down, and may have been made with other settings than the code says. Where the slide has
    none, widget and code leave it.
    """
    for at, cell in enumerate(cells):
        if slide_type(cell) not in ("skip", "notes") and shows(cell, WIDGET):
            figures = next_figure(cells[at + 1 :])
            if figures:
                cell.outputs, cell.metadata["transient"] = deepcopy(figures), {"remove_source": True}
            elif slide_type(cell) not in STARTS:
                cell.metadata["slideshow"] = {"slide_type": "skip"}


def next_figure(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The first figure before another widget, or another slide; empty when there is none."""
    for cell in cells:
        if slide_type(cell) in STARTS or shows(cell, WIDGET):
            break
        if figures := shows(cell, "image/png", "image/svg+xml"):
            return figures
    return []


def shows(cell: NotebookNode, *kinds: str) -> list[NotebookNode]:
    """The outputs of a cell that are of one of these kinds."""
    return [output for output in cell.get("outputs", ()) if set(kinds) & set(output.get("data", ()))]
