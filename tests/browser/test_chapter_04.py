"""Chapter 04 as a learner has it: opened in a browser, run from top to bottom, then played with by keyboard."""

import pytest

CHAPTER = "04_horizontal_hospitals.ipynb"


@pytest.fixture(scope="module", params=["lab", "notebook"])
def chapter(request, open_notebook):
    """The chapter, opened and run once in JupyterLab, and once in Notebook 7; the tests share it."""
    notebook = open_notebook(request.getfixturevalue(f"{request.param}_server"), CHAPTER)
    print(f"{request.param}: all cells ran in {notebook.run_all():.0f} s")
    return notebook


def test_the_chapter_runs_from_top_to_bottom_without_an_error_or_a_stranger(chapter):
    chapter.assert_clean()
