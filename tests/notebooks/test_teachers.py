"""The teacher's pages: links lead somewhere, scenes exist, the minutes of the lesson have no gap."""

import re

import pytest

import fedlearn_edu as fl
from fedlearn_edu import cli
from fedlearn_edu.widgets.labs import CHAPTERS, spec_of
from tests.notebooks.contract import NOTEBOOKS

FOLDER = NOTEBOOKS / "en" / "teachers"
PAGES = sorted(FOLDER.glob("*.md"))
PRINTED = sorted(path.name for path in FOLDER.glob("*.html"))
LESSON = (FOLDER / "one_lesson.md").read_text(encoding="utf-8")


def anchors(path):
    """The names that headings get on GitHub and in JupyterLab's preview."""
    words = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", word).strip().lower().replace(" ", "-") for word in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https://)([^)]+)\)", page.read_text(encoding="utf-8"))
    assert links
    for link in links:
        name, _, anchor = link.partition("#")
        target = (FOLDER / name).resolve() if name else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_lab_scene_and_exercise_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    for chapter, _, scene in re.findall(r'fl\.lab\("([\d\w-]+)"(, scene="([^"]+)")?\)', text):
        assert chapter in CHAPTERS
        assert not scene or spec_of(chapter).scene(scene), scene
    for identity in re.findall(r'fl\.exercise\("([\d.]+)"', text):
        assert fl.exercise(identity)


def test_the_lesson_opens_scenes():
    assert len(re.findall(r"scene=", LESSON)) >= 5


def test_the_lessons_minutes_go_from_0_to_45_without_a_gap():
    parts = [tuple(map(int, pair)) for pair in re.findall(r"^## (\d+)–(\d+) · ", LESSON, flags=re.MULTILINE)]
    assert parts == [(0, 5), (5, 12), (12, 22), (22, 35), (35, 42), (42, 45)]
    assert parts == [tuple(map(int, pair)) for pair in re.findall(r"^\| (\d+)–(\d+) \|", LESSON, flags=re.MULTILINE)]
    assert LESSON.count("**Expected wrong answers.**") == len(parts) - 1  # nobody answers the exit ticket aloud


def test_worksheet_ticket_and_key_are_three_pages_and_only_the_key_has_answers():
    assert PRINTED == ["answer_key.html", "exit_ticket.html", "worksheet.html"]
    for name in ("exit_ticket.html", "worksheet.html"):
        assert not re.search(
            r"\b53\b|0\.25|answer|\(c\)\.", (FOLDER / name).read_text(encoding="utf-8").partition("<body>")[2]
        )


@pytest.mark.parametrize("name", PRINTED)
def test_a_printed_page_needs_nothing_from_elsewhere(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "http" not in text and "<script" not in text and 'lang="en"' in text and text.count("<h1") == 1


def test_the_arithmetic_of_worksheet_and_ticket_is_right():
    sheet, key = (
        re.sub(r"\s+", " ", (FOLDER / name).read_text(encoding="utf-8"))
        for name in ("worksheet.html", "answer_key.html")
    )
    first, second, own = map(int, re.search(r"call out (\d+) and (\d+)\..*? own number is (\d+)", sheet).groups())
    assert f"<strong>{(first + second - own) % 1000}</strong>" in key
    ticket = (FOLDER / "exit_ticket.html").read_text(encoding="utf-8")
    total, mine = map(float, re.search(r"weight is ([\d.]+), and yours is ([\d.]+\d)", ticket).groups())
    assert f"<strong>{total - mine:.2f}</strong>" in key


def test_the_commands_of_the_pages_are_commands_of_the_course(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        for words in re.findall(r"fedlearn-edu (lab[ \w-]*)", page.read_text(encoding="utf-8")):
            assert cli.main([*words.split(), "--dry-run", "--dir", str(tmp_path / "mine")]) == 0, words


def test_the_hubs_settings_are_python_and_name_what_the_library_has():
    text = (FOLDER / "thirty_laptops.md").read_text(encoding="utf-8")
    settings = re.search(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)[1]
    compile(settings, "jupyterhub_config.py", "exec")
    for module, name in re.findall(r"^from (fedlearn_edu[.\w]*) import (\w+)$", settings, flags=re.MULTILINE):
        assert hasattr(__import__(module, fromlist=[name]), name)
