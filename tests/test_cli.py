"""The command line: where a learner works, and that no copy of theirs is ever overwritten."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from fedlearn_edu import __version__, cli, i18n
from fedlearn_edu.errors import ArgumentError

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two chapters, as an installed wheel carries it; the working directory is empty."""
    folder = tmp_path / "site" / "_course" / "notebooks"
    for name in ("00_start.ipynb", "04_hospitals.ipynb", "pictures/sheep.svg"):
        (folder / "en" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "en" / name).write_text(f"course: {name}", encoding="utf-8")
    (folder / "en" / ".ipynb_checkpoints").mkdir()
    (folder / "en" / ".ipynb_checkpoints" / "00_start.ipynb").write_text("left over", encoding="utf-8")
    (folder / "zh").mkdir()
    monkeypatch.setattr(cli, "course_folder", lambda name: folder.with_name(name))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return folder


def words_of(line):
    """The words of a command as this system's shell takes it apart."""
    return [word.strip('"') for word in shlex.split(line, posix=False)] if os.name == "nt" else shlex.split(line)


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


def test_the_first_copy_is_whole_and_leaves_checkpoints_behind(course, tmp_path):
    copied = cli.copy_course(course, tmp_path / "mine")
    names = {"en/00_start.ipynb", "en/04_hospitals.ipynb", "en/pictures/sheep.svg"}
    assert set(contents(copied.folder)) == names and len(copied.written) == len(names) and not copied.kept


def test_a_learners_edited_copy_is_never_overwritten(course, tmp_path):
    mine = tmp_path / "mine"
    cli.copy_course(course, mine)
    (mine / "en" / "04_hospitals.ipynb").write_text("my answers", encoding="utf-8")
    (course / "en" / "04_hospitals.ipynb").write_text("a newer course", encoding="utf-8")
    before = contents(mine)
    copied = cli.copy_course(course, mine)
    assert contents(mine) == before
    assert copied.kept == (mine / "en" / "04_hospitals.ipynb",) and not copied.written


def test_a_new_or_deleted_chapter_is_copied_beside_the_learners_files(course, tmp_path):
    mine = tmp_path / "mine"
    cli.copy_course(course, mine)
    (mine / "en" / "00_start.ipynb").unlink()
    (course / "en" / "05_psi.ipynb").write_text("new", encoding="utf-8")
    assert {path.name for path in cli.copy_course(course, mine).written} == {"00_start.ipynb", "05_psi.ipynb"}


def test_a_folder_in_the_place_of_a_notebook_is_kept(course, tmp_path):
    (tmp_path / "mine" / "en" / "00_start.ipynb").mkdir(parents=True)
    assert len(cli.copy_course(course, tmp_path / "mine").kept) == 1


@pytest.mark.parametrize("place", ["mine", "mine/en"])
def test_a_file_in_the_place_of_a_folder_is_named(course, tmp_path, place):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("a file", encoding="utf-8")
    with pytest.raises(ArgumentError, match="mine"):
        cli.copy_course(course, tmp_path / "mine")


def test_an_installed_course_is_copied_to_the_working_directory(course, capsys):
    assert cli.main(["lab", "--dry-run"]) == 0
    said = capsys.readouterr().out
    folder = Path.cwd() / "fedlearn-course"
    assert f"You work on your own copy: {folder} (3 files are new)" in said
    assert f"--ServerApp.root_dir={folder}" in words_of(said.splitlines()[-1])
    assert contents(folder)


def test_a_kept_file_is_named_and_fresh_makes_a_new_folder(course, tmp_path, capsys):
    cli.main(["lab", "--dry-run"])
    mine = Path.cwd() / "fedlearn-course"
    (mine / "en" / "00_start.ipynb").write_text("my answers", encoding="utf-8")
    cli.main(["lab", "--dry-run"])
    assert f"{Path('en/00_start.ipynb')}\n  (--fresh" in capsys.readouterr().out
    for number in (2, 3):
        assert cli.main(["lab", "--dry-run", "--fresh"]) == 0
        fresh = mine.with_name(f"fedlearn-course-{number}")
        assert contents(fresh)["en/00_start.ipynb"] == "course: 00_start.ipynb"
    assert contents(mine)["en/00_start.ipynb"] == "my answers"


def test_a_class_gets_no_answer_key(course, tmp_path):
    (course / "en" / "answer_key.html").write_text("53", encoding="utf-8")
    for words, expected in (([], True), (["--hide-solutions"], False)):
        folder = tmp_path / f"mine{len(words)}"
        assert cli.main(["lab", "--dry-run", "--dir", str(folder), *words]) == 0
        assert (folder / "en" / "answer_key.html").exists() == expected


def test_dir_names_the_folder_of_the_copy(course, tmp_path):
    assert cli.main(["lab", "--dry-run", "--dir", str(tmp_path / "class 7")]) == 0
    assert contents(tmp_path / "class 7") and not list(Path.cwd().iterdir())


def test_in_a_checkout_the_learner_works_in_the_checkout(tmp_path, monkeypatch, capsys):
    notebooks = tmp_path / "checkout" / "notebooks"
    (notebooks / "en").mkdir(parents=True)
    monkeypatch.setattr(cli, "course_folder", lambda name: notebooks)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"You work in the checkout: {notebooks}" in said
    assert "There are no chapters in 'en' yet" in said and "default_url" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["checkout"]


def test_the_command_opens_the_first_chapter_and_passes_the_rest_on(course, capsys):
    words = ["lab", "--dry-run", "--no-browser", "--port", "8901", "--ServerApp.token=", "--ip", "127.0.0.1"]
    assert cli.main(words) == 0
    command = words_of(capsys.readouterr().out.splitlines()[-1])
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert command[4:] == [
        "--LabApp.default_url=/lab/tree/en/00_start.ipynb", "--ServerApp.port=8901", "--no-browser", *cli.OFFLINE,
        "--ServerApp.token=", "--ip", "127.0.0.1",
    ]  # fmt: skip


def test_jupyterlab_is_told_to_ask_nobody_for_news_and_versions(tmp_path):
    """As JupyterLab itself understands it."""
    from jupyterlab.handlers.announcements import NeverCheckForUpdate
    from jupyterlab.labapp import LabApp

    app = LabApp()
    app.parse_command_line([word for word in cli.lab_arguments(tmp_path, None) if word.startswith("--LabApp")])
    assert app.news_url is None and app.check_for_updates_class is NeverCheckForUpdate


def test_a_language_without_chapters_still_opens(course, capsys):
    assert cli.main(["lab", "--dry-run", "--lang", "zh"]) == 0
    with i18n.speaking("zh"):
        said = i18n.say("There are no chapters in {language} yet; JupyterLab opens on the folder.", language="'zh'")
    assert said in capsys.readouterr().out


def opened(capsys, *words):
    assert cli.main(["lab", "--dry-run", *words]) == 0
    return capsys.readouterr().out.splitlines()[-1].rpartition("/lab/tree/")[2].split()[0]


def test_the_chapters_open_in_the_language_asked_for_else_in_the_one_of_the_environment(course, capsys, monkeypatch):
    (course / "zh" / "00_start.ipynb").write_text("course", encoding="utf-8")
    assert opened(capsys) == "en/00_start.ipynb" and opened(capsys, "--lang", "zh") == "zh/00_start.ipynb"
    monkeypatch.setenv(i18n.VARIABLE, "zh")
    assert opened(capsys) == "zh/00_start.ipynb" and opened(capsys, "--lang", "en") == "en/00_start.ipynb"
    assert {path.parent.name for path in Path("fedlearn-course").rglob("*.ipynb")} == {"en", "zh"}  # both are copied


@pytest.mark.parametrize(("words", "left"), [(["--lang", "en"], None), ([], "zh")])
def test_kernels_get_no_other_language_than_the_one_asked_for(course, monkeypatch, words, left):
    monkeypatch.setenv(i18n.VARIABLE, "zh")
    seen = []
    monkeypatch.setattr(cli, "_start_jupyterlab", lambda told: seen.append(os.environ.get(i18n.VARIABLE)) or 0)
    assert cli.main(["lab", *words]) == 0 and seen == [left]


def test_the_doctor_speaks_the_language_asked_for(monkeypatch, capsys):
    monkeypatch.setattr("fedlearn_edu.checkup.doctor", lambda: print(i18n.language()) or SimpleNamespace(problems=()))
    assert cli.main(["doctor"]) == cli.main(["doctor", "--lang", "zh"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) == 2] == ["en", "zh"]


@pytest.mark.parametrize("language", ["tlh", ".", "..", "en/pictures"])
def test_an_unknown_language_is_refused_before_anything_is_copied(course, capsys, language):
    assert cli.main(["lab", "--dry-run", "--lang", language]) == 2
    assert "Choose --lang en or zh." in capsys.readouterr().err
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize(
    "words", [[], ["where", "--fresh"], ["lab", "--port", "0"], ["lab", "--port", "70000"], ["sing"]]
)
def test_a_wrong_word_ends_with_code_2_and_a_message(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2 and "fedlearn-edu" in capsys.readouterr().err


def test_version_and_where_answer(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"fedlearn_edu {__version__}\n"
    assert cli.main(["where"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "fedlearn_edu",
        "notebooks",
        "datasets",
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])
@pytest.mark.parametrize(
    ("words", "codes", "word"),
    [
        ("--help", {0}, "fedlearn-edu"), ("doctor", {0, 1}, "gmpy2"), ("lab --dry-run", {0}, "jupyterlab"),
        ("lab --lang tlh", {2}, "--lang"), ("sing", {2}, "sing"),
    ],
)  # fmt: skip
def test_a_console_that_knows_few_signs_gets_what_it_can_show(tmp_path, encoding, words, codes, word):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "fedlearn_edu.cli", *words.split()]
    done = subprocess.run(
        command, cwd=tmp_path, env={**environment, i18n.VARIABLE: "zh"}, capture_output=True, timeout=60, check=False
    )
    said = (done.stdout + done.stderr).decode(encoding)
    assert "Traceback" not in said and word in said and done.returncode in codes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_within(server, url, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def test_the_lab_starts_serves_the_copy_and_ends_on_a_signal_to_its_own_pid(tmp_path):
    port, log = free_port(), tmp_path / "log"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("my answers", encoding="utf-8")
    words = ["lab", "--no-browser", "--port", str(port), "--dir", str(tmp_path / "mine"), "--ServerApp.port_retries=0"]
    words += ["--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1", "--ServerApp.allow_root=True"]
    folders = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **folders, "PYTHONPATH": str(CHECKOUT)}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "fedlearn_edu.cli", *words],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        assert answers_within(server, f"http://127.0.0.1:{port}/api", 40), log.read_text("utf-8")
        assert answers_within(server, f"http://127.0.0.1:{port}/api/contents/notes.txt", 10), log.read_text("utf-8")
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=15) == 0 or os.name == "nt"
    finally:
        server.kill()
        server.wait()
    assert log.read_text("utf-8").startswith(f"You work on your own copy: {tmp_path / 'mine'}")
