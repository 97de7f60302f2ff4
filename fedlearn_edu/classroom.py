"""How the course is shown to a class: solutions kept back, type for a projector.

>>> set_classroom(hide_solutions=True)
>>> solutions_are_hidden(), on_projector()
(True, False)
>>> set_classroom(hide_solutions=False)

Both are environment variables, FEDLEARN_HIDE_SOLUTIONS and FEDLEARN_PROJECTOR, so a teacher can set them once for a
whole hub; `fedlearn-edu lab --hide-solutions --projector` sets them for one computer. Hiding is a courtesy and not a
lock: the solutions are in the installed library, which a learner may read.
"""

from __future__ import annotations

import os
from pathlib import Path

HIDE_SOLUTIONS = "FEDLEARN_HIDE_SOLUTIONS"
PROJECTOR = "FEDLEARN_PROJECTOR"
PROJECTOR_RC = Path(__file__).with_name("projector.matplotlibrc")


def set_classroom(hide_solutions: bool | None = None, projector: bool | None = None) -> None:
    """Choose how exercises, questions, labs and figures are shown, from the next one on.

    >>> import fedlearn_edu as fl
    >>> fl.set_classroom(hide_solutions=True)
    >>> fl.exercise("04.1").show_solution()
    'Your teacher keeps the solutions.'
    >>> fl.set_classroom(hide_solutions=False)

    Parameters
    ----------
    hide_solutions : whether exercises keep their solutions back, also after the third hint and after a right answer;
        None leaves it as it is
    projector : whether everything has type of 18 points and more, high contrast, and one chart at a time; figures that
        a notebook draws with matplotlib as well; None leaves it as it is
    """
    if hide_solutions is not None:
        os.environ[HIDE_SOLUTIONS] = "1" if hide_solutions else "0"  # processes that this one starts do the same
    if projector is not None:
        os.environ[PROJECTOR] = "1" if projector else "0"
        _set_figures(projector)


def solutions_are_hidden() -> bool:
    """Whether exercises keep their solutions back."""
    return _is_on(HIDE_SOLUTIONS)


def on_projector() -> bool:
    """Whether everything is shown large."""
    return _is_on(PROJECTOR)


def variables(*, hide_solutions: bool, projector: bool) -> dict[str, str]:
    """What a process is given that starts others, a Jupyter server say; matplotlib reads its own settings from a file.

    >>> variables(hide_solutions=True, projector=False)
    {'FEDLEARN_HIDE_SOLUTIONS': '1'}
    """
    hidden = {HIDE_SOLUTIONS: "1"} if hide_solutions else {}
    return hidden | ({PROJECTOR: "1", "MATPLOTLIBRC": str(PROJECTOR_RC)} if projector else {})


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "") not in ("", "0")


def _set_figures(large: bool) -> None:
    """Give matplotlib the projector's sizes, or those that it started with."""
    import matplotlib

    wanted = matplotlib.rc_params_from_file(PROJECTOR_RC, use_default_template=False)
    matplotlib.rcParams.update(wanted if large else {name: matplotlib.rcParamsDefault[name] for name in wanted})
