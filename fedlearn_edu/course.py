"""Where the course's own files are: the notebooks and the data sets.

An installed wheel carries them inside the package, a checkout beside it:

>>> from fedlearn_edu.course import course_folder
>>> (course_folder("datasets") / "breast_cancer" / "card.md").is_file()
True
"""

from __future__ import annotations

from pathlib import Path

from fedlearn_edu.errors import ArgumentError, DataError

_FOLDERS = ("notebooks", "datasets")


def course_folder(name: str) -> Path:
    """
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
