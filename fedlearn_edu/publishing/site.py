"""All chapters as a site: pages for a browser, without Python, without a kernel, without a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from ..course import course_files
from ..errors import ArgumentError
from ..i18n import LANGUAGES, say, speaking
from .chapters import Chapter, chapters, check_installed, run, title_of
from .pages import SCRIPTS, Places, fill, markdown, notebook_page, text_page, way
from .place import check, put
from .scripts import FORMULAS, WIDGETS, scripts

INDEX = "index.html"
NAMES = {"en": "English", "zh": "中文"}


def export_site(
    course: Path,
    folder: Path,
    languages: Sequence[str] = LANGUAGES,
    *,
    execute: bool = True,
    hide_solutions: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[str, ...]:
    """
    Parameters
    ----------
    course : the folder of the notebooks
    folder : where the site goes; it is made when it is not there
    languages : which editions
    execute : run every chapter, so that stages play and labs show themselves; else pages show what was saved
    hide_solutions : without the teacher's answer key, and exercises keep their solutions
    tell : is told how it is getting on, a line for each chapter

    Returns
    -------
    tuple of str
        The files of the site, below the folder.

    Raises
    ------
    ArgumentError
        There are no chapters, or somebody else's files are in the way.
    PublishingError
        Scripts cannot be fetched, Flower is not installed, or a chapter does not run. Nothing was written, then.
    """
    site = Site.of(course, tuple(languages), answers=not hide_solutions)
    if execute:
        check_installed(site.chapters)
    files = site.scripts(execute=execute)
    check([*files, *site.places.made.values()], folder)
    for number, chapter in enumerate(site.chapters, start=1):
        began = time.monotonic()
        if execute:
            run(chapter, course, hide_solutions=hide_solutions)
        files[site.page(chapter.path)] = site.chapter_page(chapter).encode()
        tell(f"{number}/{len(site.chapters)}  {chapter.path.with_suffix('')}  {time.monotonic() - began:.1f} s")
    files |= {site.page(path): site.text_page(path).encode() for path in site.texts}
    files |= {site.page(path): site.other_file(path) for path in site.others}
    files[INDEX] = site.contents().encode()
    put(files, folder, "site", whole=True)
    return tuple(files)


@dataclass(frozen=True)
class Site:
    """What a site is made from.

    Attributes
    ----------
    course : the folder of the notebooks
    languages : which editions
    chapters : the notebooks
    texts : Markdown pages, below the course's folder
    others : what is copied: pictures, pages to print
    """

    course: Path
    languages: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    texts: tuple[PurePosixPath, ...]
    others: tuple[PurePosixPath, ...]

    @classmethod
    def of(cls, course: Path, languages: tuple[str, ...], *, answers: bool) -> Site:
        """Look at the course's folder.

        Raises
        ------
        ArgumentError
            There are no chapters in these languages.
        """
        found = tuple(chapters(course, languages))
        if not found:
            known = ", ".join(sorted({path.parent.name for path in course.glob("*/*.ipynb")})) or "none"
            raise ArgumentError(
                f"There are no chapters in {' and '.join(map(repr, languages))}.", f"There are some in: {known}."
            )
        unwanted = set(LANGUAGES) - set(languages)
        paths = [PurePosixPath(path.relative_to(course).as_posix()) for path in course_files(course, answers=answers)]
        rest = [path for path in paths if path.parts[0] not in unwanted and path.suffix != ".ipynb"]
        texts = tuple(path for path in rest if path.suffix == ".md")
        return cls(course, languages, found, texts, tuple(path for path in rest if path.suffix != ".md"))

    @property
    def places(self) -> Places:
        """Where each file of the course is found in the site; pages are themselves, for links between them."""
        texts = [*(chapter.path for chapter in self.chapters), *self.texts]
        made = {str(path): str(path.with_suffix(".html")) for path in texts}
        kept = [*made.values(), *map(str, self.others), INDEX]
        return Places(made | {name: name for name in kept})

    def page(self, path: PurePosixPath) -> str:
        """The place of one file."""
        return self.places.made[str(path)]

    def scripts(self, *, execute: bool) -> dict[str, bytes]:
        """What the pages load; fetched before anything else, because it can fail."""
        widgets = WIDGETS if execute or any(chapter.has_widgets for chapter in self.chapters) else ()
        formulas = FORMULAS if any(chapter.has_formulas for chapter in self.chapters) else ()
        return {f"{SCRIPTS}/{name}": content for name, content in scripts((*widgets, *formulas)).items()}

    def chapter_page(self, chapter: Chapter) -> str:
        """A chapter's page."""
        page = self.page(chapter.path)
        return self.places.relinked(notebook_page(chapter, page, self.navigation(chapter)), str(chapter.path))

    def text_page(self, path: PurePosixPath) -> str:
        """A Markdown page's page."""
        text = (self.course / path).read_text(encoding="utf-8")
        language = path.parts[0] if path.parts[0] in LANGUAGES else self.languages[0]
        top = fill("way.html.j2", **self._top(self.page(path), language))
        body = self.places.relinked(markdown(text), str(path))
        return text_page(body, title_of(text) or path.stem, language, top)

    def other_file(self, path: PurePosixPath) -> bytes:
        """A file as it is; the links in a page to print lead on, too."""
        content = (self.course / path).read_bytes()
        if path.suffix != ".html":
            return content
        return self.places.relinked(content.decode(), str(path)).encode()

    def navigation(self, chapter: Chapter) -> str:
        """The lines above and below a chapter: contents, neighbours, the same chapter in other languages."""
        page = self.page(chapter.path)
        row = [one for one in self.chapters if one.language == chapter.language]
        at = row.index(chapter)
        others = [one for one in self.chapters if one.path.name == chapter.path.name and one not in row]
        return fill(
            "way.html.j2",
            before=self._link(page, row[at - 1]) if at else None,
            after=self._link(page, row[at + 1]) if at + 1 < len(row) else None,
            others=[{**self._link(page, one), "title": NAMES[one.language]} for one in others],
            **self._top(page, chapter.language),
        )

    def contents(self) -> str:
        """The first page: every chapter, and where teachers begin."""
        editions = [self._edition(language) for language in self.languages]
        body = fill("contents.html.j2", editions=editions)
        return text_page(body, "fedlearn_edu", self.languages[0])

    def _edition(self, language: str) -> dict[str, Any]:
        ours = [one for one in self.chapters if one.language == language]
        promised = [{**self._link(INDEX, one), "promise": self._promise(one)} for one in ours]
        starts = [path for path in self.texts if path.parts[0] == language and path.stem == "README"]
        with speaking(language):
            return {
                "language": language,
                "name": NAMES[language],
                "title": say("Federated learning, to be run and looked at"),
                "about": say("Stages play here, and all results can be read. To turn the knobs of a lab and to have "
                             "exercises checked, open the course in JupyterLab: fedlearn-edu lab."),
                "chapters": promised,
                "texts": [{"href": way(INDEX, self.page(path)), "title": self._title(path)} for path in starts],
            }  # fmt: skip

    def _promise(self, chapter: Chapter) -> str:
        return self.places.relinked(markdown(chapter.promise), str(chapter.path), INDEX)

    def _title(self, path: PurePosixPath) -> str:
        return escape(title_of((self.course / path).read_text(encoding="utf-8")) or path.stem)

    def _link(self, page: str, chapter: Chapter) -> dict[str, str]:
        href = way(page, self.page(chapter.path))
        return {"href": href, "title": escape(chapter.title), "language": chapter.language}

    def _top(self, page: str, language: str) -> dict[str, Any]:
        with speaking(language):
            return {
                "contents": f"{way(page, INDEX)}#{language}",
                "words": {"course": say("The course"), "contents": say("Contents")},
            }
