"""A small course as a site, from what was saved: links, languages, teachers' pages. A browser opens one elsewhere."""

import re
from html import unescape
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from fedlearn_edu.errors import ArgumentError, PublishingError
from fedlearn_edu.publishing import site as module
from fedlearn_edu.publishing.chapters import WIDGET_STATE, Chapter, environment, run
from fedlearn_edu.publishing.site import export_site

from .conftest import notebook, write


def pages(folder):
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def made(course, tmp_path, *languages, **options):
    folder = tmp_path / "site"
    export_site(course, folder, languages or ("en", "zh"), execute=False, **options)
    return pages(folder)


def links(page):
    return [unescape(href) for href in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', page)]


def astray(found):
    """Links within the site that lead to nothing: a page, or a name in a page, that is not there."""
    for place, page in found.items():
        for href in links(page):
            parts = urlsplit(href)
            if parts.scheme:
                continue
            there = normpath(join(dirname(place), unquote(parts.path))) if parts.path else place
            names = {f'id="{name}"' for name in (parts.fragment, unquote(parts.fragment))}  # either will do, HTML says
            named = any(name in unescape(found.get(there, "")) for name in names)
            if there not in found or (parts.fragment and not named):
                yield place, href


def test_every_link_within_the_site_leads_to_a_page_and_to_a_place_in_it(course, tmp_path):
    found = made(course, tmp_path)
    assert sum(len(links(page)) for page in found.values()) > 20 and not list(astray(found))


def test_links_to_notebooks_and_texts_became_links_to_pages(course, tmp_path):
    found = made(course, tmp_path)
    start = links(found["en/00_start.html"])
    assert {"04_hospitals.html", "../zh/00_start.html", "teachers/answer_key.html"} <= set(start)
    assert "teachers/laptops.html#plan-b-paper" in links(found["en/04_hospitals.html"])
    assert {"laptops.html", "../00_start.html"} <= set(links(found["en/teachers/README.html"]))
    assert "../00_start.html" in links(found["en/teachers/answer_key.html"])
    assert "https://example.org/04_hospitals.ipynb" in start  # not ours to change


def test_a_link_to_nothing_is_plain_text(course, tmp_path):
    assert "<a>gone</a>" in made(course, tmp_path)["en/04_hospitals.html"]


def test_the_index_names_every_chapter_with_its_promise_and_where_teachers_begin(course, tmp_path):
    index = made(course, tmp_path)["index.html"]
    assert "04 · Hospitals &amp; co</a>" in index and "By the end you know" in index and "读完这一页" in index
    named = {"en/00_start.html", "en/04_hospitals.html", "zh/00_start.html", "en/teachers/README.html"}
    assert named <= set(links(index))
    assert index.count("<h1") == 1 and 'lang="zh"' in index


def test_a_chapter_leads_to_its_neighbours_and_to_the_same_in_the_other_language(course, tmp_path):
    first, second = (made(course, tmp_path)[f"en/{name}.html"] for name in ("00_start", "04_hospitals"))
    assert 'href="04_hospitals.html" rel="next"' in first and 'rel="prev"' not in first
    assert 'href="00_start.html" rel="prev"' in second and 'rel="next"' not in second
    assert 'hreflang="zh"' in first and 'hreflang="' not in second


def test_pages_say_their_language(course, tmp_path):
    found = made(course, tmp_path)
    assert '<html lang="zh">' in found["zh/00_start.html"] and '<html lang="en">' in found["en/00_start.html"]
    assert "目录" in found["zh/00_start.html"]


def test_one_language_is_a_site_of_its_own_without_a_link_to_the_other(course, tmp_path):
    found = made(course, tmp_path, "zh")
    assert not [name for name in found if name.startswith("en/")] and not list(astray(found))
    assert '<html lang="zh">' in found["index.html"]


def test_with_hidden_solutions_there_is_no_answer_key_and_none_left_of_an_earlier_export(course, tmp_path):
    assert "en/teachers/answer_key.html" in made(course, tmp_path)
    found = made(course, tmp_path, hide_solutions=True)
    assert "en/teachers/answer_key.html" not in found and not list(astray(found))
    assert "<a>key</a>" in found["en/teachers/README.html"]


def test_pictures_come_along_and_what_jupyter_left_behind_does_not(course, tmp_path):
    made(course, tmp_path)
    assert (tmp_path / "site" / "images" / "map.svg").is_file()
    assert not list((tmp_path / "site").rglob("*checkpoint*"))


def test_no_page_names_an_address_that_it_would_load_from(course, tmp_path):
    for name, page in made(course, tmp_path).items():
        loaded = re.findall(r'<(?:script|img|link)\b[^>]*?\s(?:src|href)="([^"]*)"', page)
        assert not [one for one in loaded if urlsplit(one).scheme not in ("", "data")], name
        assert "answer_key" in name or "default-src 'none'" in page, name


def test_scripts_come_only_for_what_a_site_has(course, tmp_path):
    made(course, tmp_path)
    assert {path.name for path in (tmp_path / "site" / "scripts").iterdir()} == {"mathjax.js"}
    found = made(course, tmp_path, "zh")
    assert not (tmp_path / "site" / "scripts").exists() and "require.js" not in found["zh/00_start.html"]


def test_a_saved_widget_brings_the_scripts_that_draw_it(course, tmp_path):
    saved = notebook(["# 05 · Saved"])
    saved.metadata["widgets"] = {WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": {}}}
    write(course / "zh" / "05_saved.ipynb", nbformat.writes(saved))
    page = made(course, tmp_path, "zh")["zh/05_saved.html"]
    assert 'data-jupyter-widgets-cdn="../scripts/"' in page and 'src="../scripts/require.js"' in page
    assert (tmp_path / "site" / "scripts" / "anywidget.js").is_file()


def test_strangers_files_are_seen_before_anything_is_run(course, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "run", lambda *_, **__: pytest.fail("a chapter was run"))
    write(tmp_path / "site" / "en" / "00_start.html", "mine")
    with pytest.raises(ArgumentError, match="00_start"):
        export_site(course, tmp_path / "site")
    assert pages(tmp_path / "site") == {"en/00_start.html": "mine"}


def test_a_chapter_on_flower_is_told_before_anything_is_run_where_flower_is_missing(course, tmp_path, monkeypatch):
    outside = notebook(["# 08 · Outside\n\nBy the end you are out."])
    outside.cells.append(nbformat.v4.new_code_cell("fl.play_on_flower(protocol)"))
    write(course / "en" / "08_outside.ipynb", nbformat.writes(outside))
    monkeypatch.setattr(module, "run", lambda *_, **__: pytest.fail("a chapter was run"))
    monkeypatch.setattr("fedlearn_edu.publishing.chapters.find_spec", lambda name: None)
    with pytest.raises(PublishingError, match=r"en/08_outside\.ipynb plays on Flower") as told:
        export_site(course, tmp_path / "site")
    assert "fedlearn-edu[flower]" in told.value.remedy and "--no-execute" in told.value.remedy
    export_site(course, tmp_path / "site", execute=False)


def test_every_chapter_is_run_told_and_only_then_anything_is_written(course, tmp_path, monkeypatch):
    ran, told = [], []

    def fake(chapter, *_, hide_solutions):
        assert not (tmp_path / "site").exists()
        ran.append((str(chapter.path), hide_solutions))

    monkeypatch.setattr(module, "run", fake)
    export_site(course, tmp_path / "site", tell=told.append, hide_solutions=True)
    assert ran == [(name, True) for name in ("en/00_start.ipynb", "en/04_hospitals.ipynb", "zh/00_start.ipynb")]
    lines = ["1/3  en/00_start", "2/3  en/04_hospitals", "3/3  zh/00_start"]
    assert [line.rsplit("  ", 1)[0] for line in told] == lines


def test_a_course_without_chapters_is_told(tmp_path):
    (tmp_path / "course" / "en").mkdir(parents=True)
    with pytest.raises(ArgumentError, match="no chapters"):
        export_site(tmp_path / "course", tmp_path / "site")


def test_what_is_no_notebook_is_named(course, tmp_path):
    write(course / "en" / "05_broken.ipynb", "{")
    with pytest.raises(PublishingError, match=r"en/05_broken\.ipynb"):
        export_site(course, tmp_path / "site", execute=False)


def test_a_kernel_speaks_its_notebooks_language_and_sees_nobodys_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("FEDLEARN_LANG", "en")
    monkeypatch.setenv("FEDLEARN_PROGRESS", "mine")
    made = environment(tmp_path / "zh" / "04.ipynb", tmp_path, {"FEDLEARN_HIDE_SOLUTIONS": "1"})
    assert "FEDLEARN_LANG" not in made and made["JPY_SESSION_NAME"] == str(tmp_path / "zh" / "04.ipynb")
    assert made["FEDLEARN_PROGRESS"] != "mine" and made["FEDLEARN_HIDE_SOLUTIONS"] == "1"


def test_a_chapter_that_does_not_run_is_named_with_its_error(tmp_path):
    (tmp_path / "en").mkdir()
    texts = ("import os; print(os.environ['JPY_SESSION_NAME'])", "1 / 0")
    cells = [nbformat.v4.new_code_cell(text) for text in texts]
    chapter = Chapter(PurePosixPath("en/04.ipynb"), nbformat.v4.new_notebook(cells=cells))
    with pytest.raises(PublishingError, match=r"en/04\.ipynb did not run: ZeroDivisionError: division by zero") as told:
        run(chapter, tmp_path)
    assert "--no-execute" in told.value.remedy
    assert chapter.notebook.cells[0].outputs[0].text.strip() == str(tmp_path / "en" / "04.ipynb")
