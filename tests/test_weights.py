"""The table of seconds and memory: it names the notebooks that there are, and its script measures what it says."""

import re

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests import weights
from tests.weights import LANGUAGES, NOTEBOOKS, PAGE, Weight, chapters, measure, rows_of, updated, with_rows

MEBI = 2**20
TABLE = "before\n<!-- weights: written by python -m tests.weights -->\n| x |\n<!-- end of weights -->\nafter\n"


def table():
    return rows_of(PAGE.read_text(encoding="utf-8"))


def test_the_table_names_exactly_the_notebooks_that_there_are_in_the_order_of_the_course():
    assert list(table()) == chapters() and len(chapters()) > 8
    assert all((NOTEBOOKS / language / f"{name}.ipynb").is_file() for name in table() for language in LANGUAGES)


@pytest.mark.parametrize("name", chapters())
def test_every_notebook_was_measured_in_both_languages(name):
    assert len(table()[name]) == 4 and all(re.fullmatch("[1-9][0-9]*", cell) for cell in table()[name])


def test_a_lesson_fits_into_the_smallest_laptop_and_into_nobodys_patience():
    seconds = [int(row[place]) for row in table().values() for place in (0, 2)]
    megabytes = [int(row[place]) for row in table().values() for place in (1, 3)]
    assert max(seconds) <= 120 and max(megabytes) <= 2000


def test_a_measurement_changes_its_own_cells_and_the_rest_of_the_page_stays(monkeypatch):
    monkeypatch.setattr(weights, "chapters", lambda: ["01_one", "02_two"])
    before = {"01_one": ["1", "2", "3", "4"], "00_gone": ["5", "6", "7", "8"]}
    rows = updated(before, "01_one", "zh", Weight(9.6, 123.4))
    assert rows == {"01_one": ["1", "2", "10", "123"], "02_two": ["–"] * 4}
    page = with_rows(TABLE, rows, "Measured here.")
    assert rows_of(page) == rows and page.startswith("before\n<!--") and page.endswith("-->\nafter\n")
    assert "Measured here." in page and with_rows(page, rows, "Measured here.") == page


def notebook(folder, code):
    path = folder / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    return path


def test_time_and_memory_are_those_of_the_run_children_included(tmp_path):
    held = f"import time; kept = b'x' * {200 * MEBI}; time.sleep(1)"
    code = f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {held!r}])\n{held}; child.wait()"
    little = measure(notebook(tmp_path, "pass"))
    much = measure(notebook(tmp_path, code))
    assert much.seconds > 1 and little.megabytes > 20
    assert 400 <= (much.megabytes - little.megabytes) * 1e6 / MEBI <= 600


def test_a_notebook_that_fails_has_no_weight(tmp_path):
    with pytest.raises(CellExecutionError):
        measure(notebook(tmp_path, "1 / 0"))
