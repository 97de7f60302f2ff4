"""The table of progress: looked at, taken home, brought along."""

import pytest

import fedlearn_edu as fl
from fedlearn_edu.errors import DataError
from fedlearn_edu.exercises.progress import Progress, ProgressStore


@pytest.fixture
def store(tmp_path):
    return ProgressStore(tmp_path / "progress.json")


def test_the_table_has_a_row_for_each_prediction_and_exercise(store):
    store.tried("04.1", right=True)
    store.tried("04.2", right=False)
    store.predicted("04", [0, -1, 1])
    table = fl.progress(store=store).table()
    of_chapter = table[table.index.str.startswith("04")]
    assert list(of_chapter.index) == ["04", "04.1", "04.2", "04.3"]
    assert list(of_chapter["state"]) == ["2 of 3 answered", "solved", "tried", "not tried yet"]


def test_in_a_script_progress_is_printed_as_that_table(store):
    store.tried("04.1", right=True)
    assert "solved" in str(fl.progress(store=store)) and repr(fl.progress(store=store)) == "Progress"


def test_what_is_exported_on_one_computer_can_be_brought_to_another(store, tmp_path):
    store.tried("04.1", right=True)
    file = fl.progress(store=store).export(tmp_path / "home.json")
    elsewhere = ProgressStore(tmp_path / "elsewhere" / "progress.json")
    elsewhere.tried("04.3", right=True)
    card = fl.progress(store=elsewhere)
    card.bring(file)
    assert list(card.table()["state"][["04.1", "04.2", "04.3"]]) == ["solved", "not tried yet", "solved"]
    assert elsewhere.load().exercises["04.1"].right_at


def test_the_download_holds_what_the_file_holds(store):
    store.tried("04.1", right=True)
    assert Progress.from_json(fl.progress(store=store).file) == store.load()


def test_a_file_chosen_in_the_browser_is_taken_in_and_a_wrong_one_is_refused_in_words(store, tmp_path):
    card, other = fl.progress(store=store), ProgressStore(tmp_path / "other.json")
    other.tried("04.2", right=True)
    card._handle_custom_msg({"do": "bring", "text": other.path.read_text("utf-8")}, [])
    assert card.table()["state"]["04.2"] == "solved" and card.notice == "Taken in."
    for text in ("not it", None, 7):
        card._handle_custom_msg({"do": "bring", "text": text}, [])
        assert "Choose a file that this course exported." in card.notice
    assert store.load().exercises["04.2"].right_at


def test_refreshing_finds_what_another_notebook_did(store):
    card = fl.progress(store=store)
    ProgressStore(store.path).tried("04.1", right=True)
    card._handle_custom_msg({"do": "refresh"}, [])
    assert next(row for row in card.rows if "04.1" in row.values())["state"] == "solved"


def test_files_that_cannot_be_written_or_read_are_refused_in_words(store, tmp_path):
    card = fl.progress(store=store)
    with pytest.raises(DataError, match="cannot be written"):
        (tmp_path / "file").write_text("", encoding="utf-8")
        card.export(tmp_path / "file" / "deeper.json")
    with pytest.raises(DataError, match="cannot be read"):
        card.bring(tmp_path / "nowhere.json")


def test_nothing_of_a_learner_is_in_the_static_form(store):
    store.tried("04.1", right=True)
    assert "solved" not in fl.progress(store=store).static_html()
