"""The teacher's pages, in both languages: links lead somewhere, scenes exist, the lesson's minutes have no gap."""

import re

import pytest

import fedlearn_edu as fl
from fedlearn_edu import cli
from fedlearn_edu.widgets.labs import CHAPTERS, spec_of
from tests.notebooks.contract import NOTEBOOKS

PAGES = sorted(NOTEBOOKS.glob("*/teachers/*.md"))
PRINTED = sorted(NOTEBOOKS.glob("*/teachers/*.html"))
NAMES = sorted(path.name for path in (*PAGES, *PRINTED) if path.parts[-3] == "en")
WORDS = {
    "en": {
        "wrong": "**Expected wrong answers.**", "given away": r"\b53\b|0\.25|answer|\(c\)\.", "lang": 'lang="en"',
        "called": r"call out (\d+) and (\d+)\..*? own number is (\d+)",
        "weights": r"weight is ([\d.]+), and yours is ([\d.]+\d)",
    },
    "zh": {
        "wrong": "**常见的错误回答。**", "given away": r"\b53\b|0\.25|答案|\(c\)。", "lang": 'lang="zh-CN"',
        "called": r"报出 (\d+) 和 (\d+)。.*?自己的数是 (\d+)",
        "weights": r"参数的和是 ([\d.]+)，你的是 ([\d.]+\d)",
    },
}  # fmt: skip
OWN = (
    r"(?:notebooks|tree)/(?:en|zh)/", r" --lang zh", r"  # .*", r' lang="[-\w]+"', r"font: .*", r"</?em>", r"<title>.*",
)  # fmt: skip


def named(path):
    return f"{path.parts[-3]}/{path.name}"


def read(language, name):
    return (NOTEBOOKS / language / "teachers" / name).read_text(encoding="utf-8")


@pytest.fixture(params=sorted(WORDS))
def language(request):
    return request.param


def bones(text):
    """What both editions share: code, links, tags, lists; without what is a language's own, as comments and fonts."""
    for own in OWN:
        text = re.sub(own, "", text)
    code = re.findall(r"^```.*?^```|`[^`\n]+`", text, flags=re.MULTILINE | re.DOTALL)
    return {
        "code": sorted(code), "links": sorted(re.findall(r"\]\(([^)#]+)", text)),
        "tags": re.findall(r"<[^>]+>", text), "layout": re.findall(r"^(#+|\d\.|[-|]) ", text, flags=re.MULTILINE),
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_chinese_page_has_the_same_code_links_and_tags(name):
    assert bones(read("zh", name)) == bones(read("en", name))


def test_no_page_is_there_in_one_language_only():
    assert sorted(map(named, (*PAGES, *PRINTED))) == sorted(f"{language}/{n}" for language in WORDS for n in NAMES)


def anchors(path):
    """The names that headings get on GitHub and in JupyterLab's preview."""
    words = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", word).strip().lower().replace(" ", "-") for word in words}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https://)([^)]+)\)", page.read_text(encoding="utf-8"))
    assert links
    for link in links:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_lab_scene_and_exercise_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    for chapter, _, scene in re.findall(r'fl\.lab\("([\d\w-]+)"(, scene="([^"]+)")?\)', text):
        assert chapter in CHAPTERS
        assert not scene or spec_of(chapter).scene(scene), scene
    for identity in re.findall(r'fl\.exercise\("([\d.]+)"', text):
        assert fl.exercise(identity)


def test_the_lesson_opens_scenes(language):
    assert len(re.findall(r"scene=", read(language, "one_lesson.md"))) >= 5


def test_the_lessons_minutes_go_from_0_to_45_without_a_gap(language):
    lesson = read(language, "one_lesson.md")
    parts = [tuple(map(int, pair)) for pair in re.findall(r"^## (\d+)–(\d+) · ", lesson, flags=re.MULTILINE)]
    assert parts == [(0, 5), (5, 12), (12, 22), (22, 35), (35, 42), (42, 45)]
    assert parts == [tuple(map(int, pair)) for pair in re.findall(r"^\| (\d+)–(\d+) \|", lesson, flags=re.MULTILINE)]
    assert lesson.count(WORDS[language]["wrong"]) == len(parts) - 1  # nobody answers the exit ticket aloud


def test_worksheet_ticket_and_key_are_three_pages_and_only_the_key_has_answers(language):
    printed, given_away = [name for name in NAMES if name.endswith("html")], WORDS[language]["given away"]
    assert printed == ["answer_key.html", "exit_ticket.html", "worksheet.html"]
    for name in ("exit_ticket.html", "worksheet.html"):
        assert not re.search(given_away, read(language, name).partition("<body>")[2])
    assert re.search(given_away, read(language, "answer_key.html").partition("<body>")[2])


@pytest.mark.parametrize("page", PRINTED, ids=named)
def test_a_printed_page_needs_nothing_from_elsewhere(page):
    text, spoken = page.read_text(encoding="utf-8"), WORDS[page.parts[-3]]["lang"]
    assert "http" not in text and "<script" not in text and spoken in text and text.count("<h1") == 1


def test_the_arithmetic_of_worksheet_and_ticket_is_right(language):
    sheet, key, ticket = (
        re.sub(r"\s+", " ", read(language, name)) for name in ("worksheet.html", "answer_key.html", "exit_ticket.html")
    )
    first, second, own = map(int, re.search(WORDS[language]["called"], sheet).groups())
    assert f"<strong>{(first + second - own) % 1000}</strong>" in key
    total, mine = map(float, re.search(WORDS[language]["weights"], ticket).groups())
    assert f"<strong>{total - mine:.2f}</strong>" in key


def test_the_commands_of_the_pages_are_commands_of_the_course(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        for words in re.findall(r"fedlearn-edu (lab[ \w-]*)", page.read_text(encoding="utf-8")):
            assert cli.main([*words.split(), "--dry-run", "--dir", str(tmp_path / "mine")]) == 0, words


def test_the_hubs_settings_are_python_and_name_what_the_library_has(language):
    text = read(language, "thirty_laptops.md")
    settings = re.search(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)[1]
    compile(settings, "jupyterhub_config.py", "exec")
    for module, name in re.findall(r"^from (fedlearn_edu[.\w]*) import (\w+)$", settings, flags=re.MULTILINE):
        assert hasattr(__import__(module, fromlist=[name]), name)
