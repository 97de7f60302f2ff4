"""A small course, and scripts that are kept already: no test here asks npm or runs a kernel, but where it says so."""

import nbformat
import pytest

from fedlearn_edu.publishing.scripts import FORMULAS, SLIDES, VARIABLE, WIDGETS

SLIDE, NOTES = ({"slideshow": {"slide_type": kind}} for kind in ("slide", "notes"))
TEXTS = {
    "en/00_start.ipynb": [
        "# 00 · *Start*\n\nBy the end you know [chapter 04](04_hospitals.ipynb).\n\n[中文](../zh/00_start.ipynb)",
        "![map](../images/map.svg) [Binder](https://example.org/04_hospitals.ipynb) [key](teachers/answer_key.html)",
    ],
    "en/04_hospitals.ipynb": [
        "# 04 · Hospitals & co\n\nBy the end $W = 1$.\n\n[plan B](teachers/laptops.md#plan-b-paper) "
        "[below](#Below) [gone](gone.ipynb)",
        "## Below",
    ],
    "zh/00_start.ipynb": ["# 00 · 从这里开始\n\n读完这一页。\n\n[English](../en/00_start.ipynb)"],
}
FILES = {
    "en/teachers/README.md": "# For teachers\n\n[laptops](laptops.md) [00](../00_start.ipynb) [key](answer_key.html)",
    "en/teachers/laptops.md": "# Laptops\n\n## Plan B: *paper*\n\n[up](README.md#for-teachers)",
    "en/teachers/answer_key.html": '<html lang="en"><body>53 <a href="../00_start.ipynb">00</a></body></html>',
    "images/map.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "en/.ipynb_checkpoints/00_start.ipynb": "left over",
}


def notebook(texts):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text) for text in texts])


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def course(tmp_path):
    """Two chapters in English, one in Chinese, and pages for teachers."""
    folder = tmp_path / "course"
    for name, texts in TEXTS.items():
        write(folder / name, nbformat.writes(notebook(texts)))
    for name, text in FILES.items():
        write(folder / name, text)
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Every package is kept, as a file that says its name."""
    folder = tmp_path / "cache"
    for package in (*WIDGETS, *FORMULAS, *SLIDES):
        name = package.name.rpartition("/")[2].removesuffix(".js")
        write(folder / package.folder / f"{name}.js", f"// {package.wanted}")
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder
