"""Solutions kept back and type for a projector: one setting, everywhere."""

import os
import subprocess
import sys

import matplotlib
import pytest

import fedlearn_edu as fl
from fedlearn_edu import classroom, cli
from fedlearn_edu.exercises.progress import ProgressStore
from fedlearn_edu.widgets.figures import DescribedFigure

SEEN_FROM_THE_LAST_ROW = 24  # pixels of a screen: 18 points
WIDGETS = {
    "exercise": lambda: fl.exercise("04.1"), "question": lambda: fl.question("04"), "progress": lambda: fl.progress(),
    "lab": lambda: fl.lab("04"), "stage": lambda: fl.stage(fl.lab("00").run()),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_set_anything(monkeypatch, tmp_path):
    for name in (classroom.HIDE_SOLUTIONS, classroom.PROJECTOR, "MATPLOTLIBRC"):
        monkeypatch.setenv(name, "")  # so that each is put back as it was, whoever changes it
    monkeypatch.setenv("FEDLEARN_PROGRESS", str(tmp_path / "progress.json"))
    yield
    fl.set_classroom(projector=False)


def solved_card():
    card = fl.exercise("04.1", store=ProgressStore())
    for _ in range(3):
        card.hint()
    return card


def smallest_type(figure):
    return min(text.get_fontsize() for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip())


def test_a_class_that_nobody_set_shows_solutions_and_normal_type():
    assert not classroom.solutions_are_hidden() and not classroom.on_projector()
    assert "def add_up" in solved_card().show_solution()


def test_hidden_solutions_stay_hidden_and_the_card_says_who_has_them():
    fl.set_classroom(hide_solutions=True)
    card = solved_card()
    assert card.show_solution() == card.words["kept"] == "Your teacher keeps the solutions."
    assert card.solution == {} and not card.solutions


@pytest.mark.parametrize("value", ["", "0"])
def test_an_empty_variable_and_a_zero_hide_nothing(monkeypatch, value):
    monkeypatch.setenv(classroom.HIDE_SOLUTIONS, value)
    assert solved_card().solutions


def test_what_a_card_was_told_itself_comes_before_the_setting():
    fl.set_classroom(hide_solutions=True)
    assert fl.exercise("04.1", solutions=True).solutions


def test_one_setting_leaves_the_other_as_it_is():
    fl.set_classroom(hide_solutions=True)
    fl.set_classroom(projector=True)
    assert classroom.solutions_are_hidden() and classroom.on_projector()
    fl.set_classroom(projector=False)
    assert classroom.solutions_are_hidden() and not classroom.on_projector()


@pytest.mark.parametrize("kind", WIDGETS)
def test_every_widget_made_after_the_setting_is_large(kind):
    assert not WIDGETS[kind]().projector
    fl.set_classroom(projector=True)
    assert WIDGETS[kind]().projector


@pytest.mark.parametrize("chapter", ["03", "04"])
def test_a_labs_static_figures_have_type_of_18_points_on_a_projector(chapter):
    laboratory = fl.lab(chapter)
    before = smallest_type(laboratory.figure().figure)
    fl.set_classroom(projector=True)
    assert before * 110 / 72 < SEEN_FROM_THE_LAST_ROW <= smallest_type(laboratory.figure().figure) * 110 / 72


def test_figures_of_a_notebook_get_the_same_type_and_get_their_own_back():
    before = dict(matplotlib.rcParams)
    fl.set_classroom(projector=True)
    assert matplotlib.rcParams["font.size"] * 100 / 72 >= SEEN_FROM_THE_LAST_ROW
    fl.set_classroom(projector=False)
    assert dict(matplotlib.rcParams) == before


def test_a_described_figure_is_enlarged_once_however_often_it_is_shown():
    fl.set_classroom(projector=True)
    figure = matplotlib.figure.Figure(figsize=(4, 2))
    figure.text(0.5, 0.5, "x", fontsize=8)
    described = DescribedFigure(figure, "an x")
    described._repr_mimebundle_()
    assert smallest_type(described.figure) == 16 and tuple(figure.get_size_inches()) == (4, 3.4)


def test_a_server_started_for_a_class_hands_the_setting_to_its_kernels(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(cli, "_start_jupyterlab", lambda told: seen.update(os.environ) or 0)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab", "--hide-solutions", "--projector", "--dir", str(tmp_path / "mine")]) == 0
    told = {name: seen[name] for name in (classroom.HIDE_SOLUTIONS, classroom.PROJECTOR, "MATPLOTLIBRC")}
    code = (
        "import matplotlib; from fedlearn_edu import classroom as c; print(c.solutions_are_hidden(), c.on_projector(), "
    )
    code += "matplotlib.rcParams['font.size'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **told}, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.split() == ["True", "True", "18.0"] and not done.stderr


def test_without_the_options_the_server_hands_nothing_on(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(cli, "_start_jupyterlab", lambda told: seen.update(os.environ) or 0)
    cli.main(["lab", "--dir", str(tmp_path / "mine")])
    assert not any(seen[name] for name in (classroom.HIDE_SOLUTIONS, classroom.PROJECTOR, "MATPLOTLIBRC"))
