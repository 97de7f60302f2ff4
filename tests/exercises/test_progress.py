"""Progress survives crashes, damage, two notebooks at once, and a trip to another computer."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from fedlearn_edu.errors import DataError
from fedlearn_edu.exercises import progress as module
from fedlearn_edu.exercises.progress import Predicted, Progress, ProgressStore, Tried, usual_path

times = st.sampled_from(["", "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"])
tried = st.builds(Tried, st.integers(0, 9), st.integers(0, 3), times)
predicted = st.builds(Predicted, st.lists(st.integers(-1, 3), max_size=3).map(tuple), times)
whole = st.builds(
    Progress,
    st.dictionaries(st.sampled_from(["04.1", "04.2", "05.1"]), tried),
    st.dictionaries(st.sampled_from(["04", "05"]), predicted),
)


@pytest.fixture
def store(tmp_path):
    return ProgressStore(tmp_path / "deep" / "progress.json")


@given(whole, whole, whole)
@settings(max_examples=60, deadline=None)
def test_merging_is_the_same_in_any_order_and_twice_is_once(a, b, c):
    assert a.merged(b) == b.merged(a)
    assert a.merged(b).merged(c) == a.merged(b.merged(c))
    assert a.merged(b).merged(b) == a.merged(b)


@given(whole)
@settings(max_examples=30, deadline=None)
def test_an_export_reads_back_as_it_was(one):
    assert Progress.from_json(one.to_json()) == one


def test_merging_loses_no_solved_exercise():
    solved, later = Progress({"04.1": Tried(1, 0, "2026-01-01")}), Progress({"04.1": Tried(5, 3, "")})
    assert solved.merged(later).exercises["04.1"] == Tried(5, 3, "2026-01-01")


def test_a_solved_exercise_stays_solved_after_a_wrong_try(store):
    store.tried("04.1", right=True)
    after = store.tried("04.1", right=False).exercises["04.1"]
    assert after.tries == 2 and after.right_at


def test_what_one_notebook_saves_another_finds(store):
    store.tried("04.1", right=True)
    store.hinted("04.2", 2)
    ProgressStore(store.path).predicted("04", [1, -1, 0])
    found = store.load()
    assert found.exercises["04.1"].right_at and found.exercises["04.2"].hints == 2
    assert found.questions["04"].answers == (1, -1, 0)


DAMAGED = [
    "",
    "{",
    "null",
    "[]",
    '{"format": "another"}',
    "\x00\x01",
    '{"format": 3, "exercises": 1}',
    '{"format": "fedlearn_edu progress 1", "exercises": {"04.1": 7}, "questions": {}}',
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_set_aside_and_never_overwritten(store, damage):
    store.path.parent.mkdir()
    store.path.write_text(damage, encoding="utf-8")
    assert store.load() == Progress() and "damaged" in store.notice
    store.tried("04.1", right=True)
    kept = list(store.path.parent.glob("*.damaged-1.json"))
    assert [file.read_text("utf-8") for file in kept] == [damage]
    assert ProgressStore(store.path).load().exercises["04.1"].right_at


def test_a_file_of_bytes_that_are_no_text_is_set_aside(store):
    store.path.parent.mkdir()
    store.path.write_bytes(b"\xff\xfe\xff")
    assert store.load() == Progress() and "damaged" in store.notice


def test_a_second_damaged_file_does_not_overwrite_the_first(store):
    store.path.parent.mkdir()
    for text in ("one", "two"):
        store.path.write_text(text, encoding="utf-8")
        store.load()
    assert sorted(file.read_text("utf-8") for file in store.path.parent.glob("*.damaged-*.json")) == ["one", "two"]


def test_a_crash_while_writing_leaves_the_old_file_whole(store, monkeypatch):
    store.tried("04.1", right=True)
    before = store.path.read_text("utf-8")

    def crash(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", crash)
    store.tried("04.2", right=True)
    assert store.path.read_text("utf-8") == before and os.listdir(store.path.parent) == [store.path.name]


def test_without_a_place_to_write_progress_is_kept_in_memory_and_the_learner_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    store = ProgressStore(tmp_path / "file" / "progress.json")
    store.tried("04.1", right=True)
    assert store.tried("04.2", right=False).exercises["04.1"].right_at
    assert "download it" in store.notice and store.load().exercises["04.2"].tries == 1


def test_two_writers_at_once_leave_a_readable_file(store):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda k: ProgressStore(store.path).tried(f"04.{k % 3}", right=True), range(24)))
    assert ProgressStore(store.path).load().exercises
    assert not list(store.path.parent.glob("*damaged*")) and not list(store.path.parent.glob("*.new"))


FOREIGN = ["", "{}", "[1]", '"x"', json.dumps({"format": "fedlearn_edu progress 2"}), "x" * (2**20 + 1)]


@pytest.mark.parametrize("text", FOREIGN, ids=lambda text: text[:10])
def test_an_import_of_something_else_is_refused(text):
    with pytest.raises(DataError):
        Progress.from_json(text)


def test_the_file_is_where_the_variable_says_or_at_home_or_with_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setenv("FEDLEARN_PROGRESS", str(tmp_path / "mine.json"))
    assert usual_path() == tmp_path / "mine.json"
    monkeypatch.delenv("FEDLEARN_PROGRESS")
    monkeypatch.setattr(module.Path, "home", lambda: tmp_path)
    assert usual_path() == tmp_path / ".fedlearn_edu" / "progress.json"
    monkeypatch.setattr(module.os, "access", lambda *_: False)
    assert usual_path().parts[-2:] == ("fedlearn_edu", "progress.json") and tmp_path not in usual_path().parents


class Refusing:
    """Stands for a function of the system that is refused some times, as Windows does while a file is in use."""

    def __init__(self, function, times):
        self.function, self.left = function, times

    def __call__(self, *arguments, **options):
        if self.left:
            self.left -= 1
            raise PermissionError(13, "The process cannot access the file because it is being used by another process")
        return self.function(*arguments, **options)


def test_a_file_that_is_in_use_for_a_moment_is_replaced_a_moment_later(store, monkeypatch):
    store.tried("04.1", right=True)
    monkeypatch.setattr(module.os, "replace", Refusing(os.replace, 3))
    store.tried("04.2", right=True)
    assert set(ProgressStore(store.path).load().exercises) == {"04.1", "04.2"} and not store.notice


def test_a_file_that_is_in_use_for_a_moment_is_not_taken_for_damaged(store, monkeypatch):
    store.tried("04.1", right=True)
    refusing = Refusing(Path.read_text, 3)
    monkeypatch.setattr(Path, "read_text", lambda *arguments, **options: refusing(*arguments, **options))
    assert store.load().exercises["04.1"].tries == 1
    assert os.listdir(store.path.parent) == [store.path.name] and not store.notice


def test_a_file_that_stays_in_use_is_told_and_left_whole(store, monkeypatch):
    store.tried("04.1", right=True)
    monkeypatch.setattr(module.os, "replace", Refusing(os.replace, 99))
    assert store.tried("04.2", right=True).exercises["04.2"].right_at and "download it" in store.notice
    assert os.listdir(store.path.parent) == [store.path.name]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX says who may read a file")
def test_what_a_learner_has_done_is_readable_by_its_owner_alone(store):
    store.tried("04.1", right=True)
    assert store.path.stat().st_mode & 0o077 == 0
