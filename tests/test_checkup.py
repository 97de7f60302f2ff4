"""The doctor: each problem is made on purpose, and must be found, named and given a remedy."""

import json
import re
import sys
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from packaging.specifiers import SpecifierSet

import fedlearn_edu as fl
from fedlearn_edu import checkup, cli

Disk = namedtuple("Disk", "total used free")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("JPY_PARENT_PID", "VSCODE_PID", "FEDLEARN_LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def versions(monkeypatch):
    """A dict of installed versions to change; what is not in it is as it is."""
    changed, true_version = {}, checkup.installed_version
    monkeypatch.setattr(checkup, "installed_version", lambda name: changed.get(name, true_version(name)))
    return changed


def is_a_problem_with_a_remedy(finding, *words):
    assert finding.state == "problem" and finding.remedy
    for word in words:
        assert re.search(word, f"{finding.found} {finding.remedy}"), (word, finding)


def test_nothing_is_wrong_in_the_environment_of_the_tests(tmp_path):
    assert not fl.doctor(tmp_path).problems


def test_everything_that_was_promised_is_looked_at(tmp_path):
    looked_at = [finding.what for finding in fl.doctor(tmp_path).findings]
    first = ["Python", "packages", "gmpy2", "Chinese font", "Flower"]
    assert looked_at == [*first, "widgets", "working folder", "free disk"]


def test_an_old_python_is_a_problem():
    is_a_problem_with_a_remedy(checkup.look_at_python((3, 10, 14)), r"3\.10\.14", r"3\.11")


def test_a_missing_package_and_an_old_one_are_named(monkeypatch, versions):
    wanted = [("numpy", SpecifierSet(">=2.0")), ("msgpack", SpecifierSet(">=1.1")), ("phe", SpecifierSet(">=1.5"))]
    monkeypatch.setattr(checkup, "required_packages", lambda: iter(wanted))
    versions.update(numpy="1.26.4", msgpack=None)
    finding = checkup.look_at_packages()
    is_a_problem_with_a_remedy(finding, r"numpy is 1\.26\.4, wanted >=2\.0", "msgpack is missing", "pip install")
    assert "phe" not in finding.found


def test_the_packages_looked_at_are_those_the_project_file_names(monkeypatch):
    text = 'numpy>=2.0\nphe>=1.5\nnbval>=0.11; extra == "test"\nwinonly; sys_platform == "none"'
    monkeypatch.setattr(checkup, "requires", lambda name: text.splitlines())
    assert [name for name, _ in checkup.required_packages()] == ["numpy", "phe"]


def test_a_folder_that_was_never_installed_is_a_note(monkeypatch):
    def missing(name):
        raise checkup.PackageNotFoundError(name)

    monkeypatch.setattr(checkup, "requires", missing)
    assert checkup.look_at_packages().state == "note"


def test_a_missing_gmpy2_is_a_problem(monkeypatch):
    monkeypatch.setattr("phe.util.HAVE_GMP", False)
    is_a_problem_with_a_remedy(checkup.look_at_gmpy2(), "nothing can be encrypted", "pip install gmpy2")


@pytest.mark.parametrize(("installed", "state", "word"), [
    (None, "note", "not installed"), ("1.13.0", "note", "1.13.0 is not the version"), ("1.42.0", "fine", "chapter 08"),
])  # fmt: skip
def test_flower_is_looked_at_and_never_a_problem(monkeypatch, installed, state, word):
    monkeypatch.setattr(checkup, "installed_version", lambda name: installed)
    finding = checkup.look_at_flower()
    assert finding.state == state and word in finding.found
    assert ('pip install "fedlearn-edu[flower]"' in finding.remedy) == (state == "note")


def test_without_a_chinese_font_only_the_chinese_edition_has_a_problem(monkeypatch):
    monkeypatch.setattr("fedlearn_edu.fonts.CHINESE_FONTS", ("No Such Font",))
    assert checkup.look_at_fonts().state == "note"
    monkeypatch.setenv("FEDLEARN_LANG", "zh")
    is_a_problem_with_a_remedy(checkup.look_at_fonts())


@pytest.mark.parametrize(
    ("package", "here", "word"),
    [
        ("anywidget", "0.2.0", r"anywidget is 0\.2\.0 in Python"),
        ("ipywidgets", "7.8.1", r"ipywidgets is 7\.8\.1 in Python"),
        ("anywidget", None, "anywidget is missing in Python"),
    ],
)
def test_a_page_side_that_does_not_fit_python_is_a_problem(versions, package, here, word):
    versions[package] = here
    is_a_problem_with_a_remedy(checkup.look_at_widgets(), word, "same versions")


def test_a_page_without_widgets_is_a_problem(monkeypatch):
    monkeypatch.setattr(checkup, "find_extension", lambda name: None)
    is_a_problem_with_a_remedy(checkup.look_at_widgets(), "does not have ipywidgets's page side")


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A stand-in for the Jupyter server that started this kernel; `answers` maps paths to what it says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"]))
            body = answers.get(self.path)
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *words):
            pass

    answers, asked = {}, []
    http = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=http.serve_forever, daemon=True).start()
    note = {"url": f"http://127.0.0.1:{http.server_port}/base/", "token": "secret", "pid": 123}
    (tmp_path / "jpserver-123.json").write_text(json.dumps(note), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JPY_PARENT_PID", "123")
    yield answers, asked
    http.shutdown()
    http.server_close()


def test_inside_a_kernel_the_page_side_is_that_of_the_server_that_started_it(server, versions):
    answers, asked = server
    path = "/base/lab/extensions/{}/package.json"
    answers[path.format("@jupyter-widgets/jupyterlab-manager")] = '{"version": "5.0.13"}'
    answers[path.format("anywidget")] = '{"version": "0.9.3"}'
    versions.update(ipywidgets="8.1.5", anywidget="0.9.18")
    assert checkup.look_at_widgets().state == "fine"
    assert {token for _, token in asked} == {"token secret"}
    versions["anywidget"] = "0.10.0"
    is_a_problem_with_a_remedy(checkup.look_at_widgets(), r"0\.10\.0 in Python, and its page side is 0\.9\.3")


def test_a_server_without_the_extension_or_with_a_broken_one_is_a_problem(server):
    answers, _ = server
    is_a_problem_with_a_remedy(checkup.look_at_widgets(), "page side")
    answers["/base/lab/extensions/anywidget/package.json"] = "<html>"
    is_a_problem_with_a_remedy(checkup.look_at_widgets(), "page side")


def test_a_servers_note_that_cannot_be_read_is_passed_over(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JPY_PARENT_PID", "77")
    assert checkup.our_server() is None
    (tmp_path / "jpserver-77.json").write_text("{", encoding="utf-8")
    assert checkup.our_server() is None


def test_places_with_a_page_of_their_own_get_a_note(monkeypatch):
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    monkeypatch.setenv("VSCODE_PID", "1")
    finding = checkup.look_at_widgets()
    assert finding.state == "note" and "VS Code" in finding.found
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    assert "Colab" in checkup.look_at_widgets().found


def test_a_folder_that_cannot_be_written_to_is_a_problem_and_nothing_is_left_behind(tmp_path):
    is_a_problem_with_a_remedy(checkup.look_at_folder(tmp_path / "nowhere"), "nowhere", "--dir")
    assert checkup.look_at_folder(tmp_path).state == "fine" and not list(tmp_path.iterdir())


def test_a_folder_that_may_be_read_only_is_a_problem(monkeypatch, tmp_path):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refused)
    is_a_problem_with_a_remedy(checkup.look_at_folder(tmp_path), "Permission denied")


def test_a_full_disk_is_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda folder: Disk(10**9, 10**9, 3_000_000))
    is_a_problem_with_a_remedy(checkup.look_at_disk(tmp_path), "3 MB free", "200 MB")


def test_the_table_says_in_words_what_is_wrong_and_what_to_do():
    one = checkup.Report((checkup.Finding("a", "fine", "x"), checkup.Finding("bcd", "problem", "y", "do this")))
    assert repr(one).splitlines() == ["fine     a    x", "problem  bcd  y", "              → do this", "1 problem."]
    assert repr(checkup.Report(one.findings[:1])).endswith("No problems.")
    assert repr(checkup.Report(one.findings[1:] * 2)).endswith("2 problems.")


@pytest.mark.parametrize(("free", "code"), [(10**12, 0), (1000, 1)])
def test_the_commands_exit_code_is_1_when_there_is_a_problem(monkeypatch, capsys, tmp_path, free, code):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda folder: Disk(free, 0, free))
    assert cli.main(["doctor"]) == code
    assert Path.cwd().name in capsys.readouterr().out


def test_doctor_is_quick_enough_for_the_first_cell_of_a_course():
    import time

    start = time.perf_counter()
    fl.doctor()
    assert time.perf_counter() - start < 10
