"""A small course of a few cells as a site, exported as `fedlearn-edu export` does it.

    page = export({"en": cells}, folder)      # folder/site/en/04_page.html, with its scripts
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from fedlearn_edu.publishing.site import export_site

PAGE = "04_page"
FIRST = {"en": "# 04 · A page\n\nBy the end $W = 1$.", "zh": "# 04 · 一页\n\n读完 $W = 1$。"}
OTHER = {"en": "[中文](../zh/04_page.ipynb)", "zh": "[English](../en/04_page.ipynb)"}


def npm() -> str | None:
    """The npm client, if there is one."""
    return shutil.which("npm")


def export(cells: Mapping[str, Sequence[str]], folder: Path) -> Path:
    """Run each language's cells in a kernel, and write what they and their widgets show as a site; answer its pages."""
    for language, texts in cells.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in texts])
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"{FIRST[language]}\n\n{OTHER[language]}"))
        place = folder / "course" / language / f"{PAGE}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(nbformat.writes(notebook), encoding="utf-8")
    export_site(folder / "course", folder / "site", tuple(cells))
    return folder / "site"
