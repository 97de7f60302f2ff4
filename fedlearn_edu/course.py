"""Where the course's own files are: the notebooks and the data sets.

An installed wheel carries them inside the package, a checkout beside it:

>>> from fedlearn_edu.course import course_folder
>>> (course_folder("datasets") / "breast_cancer" / "card.md").is_file()
True
"""

from __future__ import annotations

from pathlib import Path

from .errors import ArgumentError, DataError

ANSWER_KEY = "answer_key.html"  # for the teacher alone
_FOLDERS = ("notebooks", "datasets")
_LEFT_OVER = {".ipynb_checkpoints", "__pycache__"}


def course_folder(name: str) -> Path:
    """Find one of the course's own folders.

    >>> from fedlearn_edu.course import course_folder
    >>> course_folder("datasets").name
    'datasets'

    Parameters
    ----------
    name : "notebooks" or "datasets"

    Returns
    -------
    pathlib.Path
        The packaged copy if there is one, else the checkout's folder. Read from it; never write into it.

    Raises
    ------
    ArgumentError
        The course has no folder of that name.
    DataError
        This installation has neither copy.
    """
    if name not in _FOLDERS:
        raise ArgumentError(f"The course has no folder {name!r}.", f"Ask for one of: {', '.join(_FOLDERS)}.")
    return _find(Path(__file__).parent, name)


def course_files(folder: Path, *, answers: bool = True) -> list[Path]:
    """List the files of a folder of the course.

    >>> from fedlearn_edu.course import course_files, course_folder
    >>> (course_folder("datasets") / "digits" / "card.md") in course_files(course_folder("datasets"))
    True

    Parameters
    ----------
    folder : one of the course's
    answers : whether the teacher's answer key is among them

    Returns
    -------
    list of pathlib.Path
        All files below it, sorted; what Jupyter and Python leave behind is left out.

    Raises
    ------
    DataError
        There is no such folder.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Install fedlearn_edu again.")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _LEFT_OVER & set(path.parts))
    return [path for path in files if answers or path.name != ANSWER_KEY]


def _find(package: Path, name: str) -> Path:
    packaged = package / "_course" / name
    if packaged.is_dir():
        return packaged
    checkout = package.parent
    # Without this sign of a checkout, site-packages/datasets (another project's package) would pass for ours.
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    raise DataError(
        f"This installation of fedlearn_edu is without its {name}.",
        "Install the package again from its wheel, or install the checkout with `pip install -e .`.",
    )
