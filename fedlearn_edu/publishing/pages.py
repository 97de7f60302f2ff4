"""A notebook, or a text in Markdown, as a page: with scripts beside it, and links that lead on to other pages.

>>> pages = Places({"en/04.ipynb": "en/04.html", "en/teachers/README.md": "en/teachers/README.html"})
>>> pages.relinked('<a href="../04.ipynb#break-it">four</a> <a href="gone.md">gone</a>', "en/teachers/README.md")
'<a href="../04.html#break-it">four</a> <a>gone</a>'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from ..i18n import say, speaking
from .chapters import Chapter

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
SCRIPTS = "scripts"  # the folder beside the pages
LINK = re.compile(r'(<a\b[^>]*?)\shref="([^"]*)"')
HEADING = re.compile(r'<h([1-6])(?: id="[^"]*")?>(.*?)</h\1>', re.DOTALL)
WITHOUT_WORDS = "No description has been provided for this image"  # what nbconvert writes


@dataclass(frozen=True)
class Places:
    """Where the course's files are found in what is made: by path below the course, path below the folder."""

    made: Mapping[str, str]

    def relinked(self, html: str, place: str, page: str = "") -> str:
        """
        Parameters
        ----------
        html : a page, or a part of one
        place : the file it was made from, below the course's folder
        page : where it is shown; the page of that file, when not given

        Returns
        -------
        str
            The page with links to what its file's links led to. A link to what is not there is plain text.
        """

        def link(found: re.Match[str]) -> str:
            href = self.href(unescape(found[2]), place, page or self.made.get(place, place))
            return found[1] if href is None else f'{found[1]} href="{escape(href)}"'

        return LINK.sub(link, html)

    def href(self, href: str, place: str, page: str) -> str | None:
        """Where a link of a file leads from a page; None when to nothing."""
        parts = urlsplit(href)
        if parts.scheme or parts.netloc or not parts.path:
            return href
        made = self.made.get(normpath(join(dirname(place), unquote(parts.path))))
        if made is None:
            return None
        return parts._replace(path=way(page, made)).geturl()


def way(here: str, there: str) -> str:
    """
    >>> way("en/teachers/README.html", "en/04 hospitals.html")
    '../04%20hospitals.html'
    """
    return quote(relpath(there, dirname(here) or "."))


def notebook_page(chapter: Chapter, place: str, navigation: str = "") -> str:
    """
    Parameters
    ----------
    chapter : as it was saved, or run
    place : of the page, below the folder of the site
    navigation : what stands above and below it
    """
    return export(chapter, "fedlearn_site", scripts=way(place, SCRIPTS) + "/", way=navigation)


def export(chapter: Chapter, template: str, *, prompts: bool = True, **course: Any) -> str:
    """A chapter through one of our templates, which find `course` in their resources."""
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    settings: dict[str, Any] = {"language_code": chapter.language, "template_name": template}
    settings |= {"exclude_input_prompt": not prompts, "exclude_output_prompt": not prompts}
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        config=Config(HTMLExporter=settings),
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
    )
    course |= {"widgets": chapter.has_widgets, "formulas": chapter.has_formulas}
    resources = {"metadata": {"name": chapter.title}, "course": course}
    html, _ = exporter.from_notebook_node(chapter.notebook, resources=resources)
    with speaking(chapter.language):
        return str(html).replace(WITHOUT_WORDS, escape(say("Figure; the text beside it says what it shows.")))


def text_page(body: str, title: str, language: str, navigation: str = "") -> str:
    """A page without cells: `body` is HTML."""
    return fill("text.html.j2", body=body, title=title, language=language, way=navigation)


def markdown(text: str) -> str:
    """
    >>> print(markdown("## Plan B: *paper*"))
    <h2 id="plan-b-paper">Plan B: <em>paper</em></h2>

    Markdown as HTML. Headings have the names that links on GitHub and in JupyterLab use.
    """
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    html = str(MarkdownWithMath(renderer=renderer).render(text))
    return HEADING.sub(lambda found: f'<h{found[1]} id="{anchor(found[2])}">{found[2]}</h{found[1]}>', html).strip()


def anchor(heading: str) -> str:
    """
    >>> anchor("Plan B: <em>paper</em>")
    'plan-b-paper'
    """
    words = unescape(re.sub(r"<[^>]+>", "", heading))
    return re.sub(r"[^\w\- ]", "", words).strip().lower().replace(" ", "-")


def fill(template: str, **values: Any) -> str:
    """One of our own templates, filled in."""
    return environment().get_template(template).render(**values)


@cache
def environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True)
