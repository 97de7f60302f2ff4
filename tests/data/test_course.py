"""Where notebooks and data sets are found: in a wheel, in a checkout, and nowhere."""

import pytest

from fedlearn_edu.course import _find, course_folder
from fedlearn_edu.errors import ArgumentError, DataError


def test_the_checkout_has_both_folders():
    assert course_folder("notebooks").is_dir()
    assert (course_folder("datasets") / "digits" / "digits.csv").is_file()


def test_the_packaged_copy_wins_over_the_checkout(tmp_path):
    package = tmp_path / "fedlearn_edu"
    (package / "_course" / "datasets").mkdir(parents=True)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert _find(package, "datasets") == package / "_course" / "datasets"


def test_another_projects_folder_in_site_packages_is_not_taken_for_ours(tmp_path):
    (tmp_path / "datasets").mkdir()
    with pytest.raises(DataError, match="without its datasets"):
        _find(tmp_path / "fedlearn_edu", "datasets")


@pytest.mark.parametrize("name", ["tests", "../datasets", ""])
def test_other_folders_are_refused(name):
    with pytest.raises(ArgumentError, match="notebooks, datasets"):
        course_folder(name)
