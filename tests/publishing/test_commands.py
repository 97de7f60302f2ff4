"""`fedlearn-edu slides` and `fedlearn-edu export`, as one types them."""

import pytest

from fedlearn_edu import cli
from fedlearn_edu.publishing import deck, scripts, site


@pytest.fixture(autouse=True)
def home(course, tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "course_folder", lambda name: course)
    monkeypatch.delenv("FEDLEARN_HIDE_SOLUTIONS", raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def asked(monkeypatch):
    """What the commands ask for."""
    calls = []

    def note(*given, **options):
        calls.append((given, options))
        return given[1] / "made" if len(given) == 3 else given[3] / "made"

    monkeypatch.setattr(site, "export_site", lambda *given, **options: [note(*given, **options)])
    monkeypatch.setattr(deck, "make_slides", note)
    return calls


def test_export_makes_a_site_and_says_where(home, capsys):
    assert cli.main(["export", "--no-execute"]) == 0
    told = capsys.readouterr().out
    assert str(home / "fedlearn-site" / "index.html") in told and "1/3  en/00_start" in told
    assert (home / "fedlearn-site" / "zh" / "00_start.html").is_file()


@pytest.mark.parametrize(
    ("words", "languages", "execute", "hide"),
    [
        ([], ("en", "zh"), True, False),
        (["--lang", "zh", "--no-execute"], ("zh",), False, False),
        (["--lang", "both", "--hide-solutions"], ("en", "zh"), True, True),
    ],
)
def test_export_passes_on_what_it_is_told(asked, course, home, words, languages, execute, hide):
    assert cli.main(["export", "--to", "plan-b", *words]) == 0
    [(given, options)] = asked
    assert given == (course, home / "plan-b", languages)
    assert (options["execute"], options["hide_solutions"]) == (execute, hide)


def test_where_solutions_are_hidden_the_site_hides_them(asked, monkeypatch):
    monkeypatch.setenv("FEDLEARN_HIDE_SOLUTIONS", "1")
    assert cli.main(["export"]) == 0 and asked[0][1]["hide_solutions"]


def test_slides_takes_the_language_asked_for_else_that_of_the_environment(asked, course, home, monkeypatch):
    assert cli.main(["slides", "04", "--lang", "zh", "--execute"]) == cli.main(["slides", "04"]) == 0
    monkeypatch.setenv("FEDLEARN_LANG", "zh")
    assert cli.main(["slides", "04", "--to", "decks"]) == 0
    assert [given for given, _ in asked] == [
        (course, "04", "zh", home / "fedlearn-slides"), (course, "04", "en", home / "fedlearn-slides"),
        (course, "04", "zh", home / "decks"),
    ]  # fmt: skip
    assert [options["execute"] for _, options in asked] == [True, False, False]


def test_without_npm_the_command_says_what_to_do_and_ends_with_2(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(scripts.shutil, "which", lambda name: None)
    monkeypatch.setenv(scripts.VARIABLE, str(tmp_path / "empty"))
    assert cli.main(["slides", "04"]) == 2
    assert "Install Node.js" in capsys.readouterr().err


def test_a_site_over_a_strangers_files_ends_with_2(capsys, home):
    (home / "fedlearn-site").mkdir()
    (home / "fedlearn-site" / "index.html").write_text("mine", encoding="utf-8")
    assert cli.main(["export", "--no-execute"]) == 2
    assert "index.html" in capsys.readouterr().err
    assert (home / "fedlearn-site" / "index.html").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("words", ["slides", "slides 04 --lang tlh", "export 04", "export --fast"])
def test_a_wrong_word_is_refused(words):
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert ended.value.code == 2
