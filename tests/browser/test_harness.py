"""What the browser tests rely on to notice a fault does notice it: small notebooks that are wrong on purpose."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from . import conftest, page as page_module, screenshots
from .hands import expect, soon
from .page import BROWSERS, browser_path
from .servers import CHECKOUT

WIDGET = """
import anywidget
class Small(anywidget.AnyWidget):
    _esm = '''export default {{ render({{ el }}) {{ el.classList.add("fl"); el.innerHTML = `{html}`; {script} }} }}'''
Small()
"""
SOUND = '<label for="k">knob</label><input id="k" type="range">'


def widget(html=SOUND, script=""):
    return WIDGET.format(html=html, script=script)


@pytest.fixture(scope="module")
def notebook(lab_server, run_cells):
    """A notebook of three sound cells in JupyterLab, run once; each test then adds a cell of its own."""
    return run_cells(lab_server, ("import time; time.sleep(0.3)", widget(), "print('last')"))


def test_a_sound_notebook_is_run_to_its_end_and_found_sound(notebook):
    expect(notebook.widgets()).to_be_visible()
    expect(notebook.page.get_by_text("last", exact=True)).to_be_visible()
    notebook.run_cell("print(6 * 7)")
    expect(notebook.page.get_by_text("42", exact=True)).to_be_visible()
    notebook.assert_clean()
    assert notebook.accessibility_faults() == []


def test_looking_at_nothing_is_not_taken_for_finding_nothing(notebook):
    with pytest.raises(AssertionError, match="nothing to look at"):
        notebook.accessibility_faults(".fl.no-such-widget")


@pytest.mark.parametrize(
    ("source", "trace"),
    [
        ("raise ValueError('planted error')", "planted error"),
        ("import sys; print('planted line', file=sys.stderr)", "planted line"),
        (widget(script='setTimeout(() => { throw new Error("planted in a script"); })'), "planted in a script"),
        (widget(script='throw new Error("planted in a widget");'), "planted in a widget"),
        (widget(script='fetch("http://fedlearn.invalid/x.js").catch(() => 0);'), r"fedlearn\.invalid"),
    ],
    ids=["error", "stderr", "script", "widget", "request"],
)
def test_a_fault_in_a_cell_or_in_a_script_is_noticed(notebook, source, trace):
    notebook.run_cell(source)
    soon(lambda: "\n".join(notebook.faults()), lambda faults: re.search(trace, faults) is not None)
    with pytest.raises(AssertionError, match="planted"):
        notebook.assert_clean()


def test_a_control_without_a_name_and_pale_text_are_noticed_inside_our_widgets(notebook):
    notebook.run_cell(widget('<input type="range"><p style="color: #ccc; background: #fff">pale</p>'))
    expect(notebook.widgets(":has(> p)")).to_be_visible()
    faults = "\n".join(notebook.accessibility_faults())
    assert "label: " in faults and "color-contrast: " in faults


def test_a_part_of_a_widget_is_looked_at_in_the_colours_of_its_widget(notebook):
    style = "<style>.fl { --pale: #ccc } .fl i { color: var(--pale, #000) }</style>"
    notebook.run_cell(widget(f'{style}<div class="planted-part"><i>pale</i></div>'))
    expect(notebook.widgets(" .planted-part")).to_be_visible()
    assert "color-contrast: " in "\n".join(notebook.accessibility_faults(".planted-part", "color-contrast"))


def test_in_the_dark_a_text_is_looked_at_on_a_dark_ground(notebook):
    style = "color: #666; background: var(--jp-layout-color0)"
    notebook.run_cell(widget(f'<b class="planted-grey" style="{style}">grey</b>'))
    expect(notebook.widgets(" .planted-grey")).to_be_visible()
    for theme, faults in (("light", 0), ("dark", 1), ("light", 0)):
        notebook.set_theme(theme)
        assert len(notebook.accessibility_faults(".planted-grey", "color-contrast")) == faults


def test_without_a_browser_the_tests_are_skipped_and_in_ci_they_fail(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FEDLEARN_BROWSER", raising=False)
    monkeypatch.setattr(page_module, "usual_places", lambda system: [])
    assert browser_path() is None and BROWSERS[0] in conftest.missing()
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        conftest.require_browser()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        conftest.require_browser()


def test_a_browser_named_in_the_environment_is_taken(monkeypatch):
    monkeypatch.setenv("FEDLEARN_BROWSER", "/opt/mine")
    assert browser_path() == "/opt/mine"


@pytest.mark.parametrize(
    ("system", "variable", "place"),
    [
        ("darwin", "HOME", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("win32", "PROGRAMFILES", "Google/Chrome/Application/chrome.exe"),
        ("win32", "PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
        ("win32", "LOCALAPPDATA", "Google/Chrome/Application/chrome.exe"),
    ],
)
def test_on_macos_and_windows_a_browser_is_found_where_it_is_installed(monkeypatch, tmp_path, system, variable, place):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FEDLEARN_BROWSER", raising=False)
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(page_module.sys, "platform", system)
    monkeypatch.setattr(page_module, "shutil", SimpleNamespace(which=lambda name: None))  # it reads sys.platform, too
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(Path, "is_file", lambda path: path.exists() and tmp_path in path.parents)  # not this machine's
    assert browser_path() is None
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    assert browser_path() == str(tmp_path / place)


def test_the_ci_script_looks_for_the_browsers_that_the_tests_drive():
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(re.search(r"type -P (.*?) \|\|", script)[1].split()) == set(BROWSERS)


def test_the_pictures_for_people_to_look_at_are_taken_of_every_kind_of_widget():
    called = set(re.findall(r"fl\.(\w+)\(", "\n".join(screenshots.CELLS)))
    assert {"question", "lab", "exercise"} <= called
