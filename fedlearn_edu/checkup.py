"""Is everything here that the course needs? Each problem is told with its remedy.

>>> report = doctor()
>>> report.findings[0].what
'Python'

The function is `fl.doctor()`, the command `fedlearn-edu doctor`. It changes nothing, and asks nobody but the Jupyter
server that this very process belongs to, on this computer.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from secrets import token_hex
from typing import Any
from unicodedata import east_asian_width
from urllib.error import URLError
from urllib.request import Request, urlopen

from .fonts import chinese_fonts
from .i18n import language, say

OLDEST_PYTHON = (3, 11)
ENOUGH_DISK = 200 * 2**20  # bytes: a course's notebooks with their outputs, a few saved models, matplotlib's font cache
FRONT_ENDS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
MANAGER_OF_IPYWIDGETS = {"8": "5", "7": "3"}  # first numbers of the versions that speak to each other


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    >>> Finding("free disk", "fine", "3 GB free")
    Finding(what='free disk', state='fine', found='3 GB free', remedy='')

    Attributes
    ----------
    what : what was looked at
    state : "fine", "note" (the course runs, and something is worth knowing), "problem"
    found : what was found
    remedy : what to do; every problem has one
    """

    what: str
    state: str
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Report:
    """All findings; shown as a table in words.

    >>> Report((Finding("free disk", "problem", "3 MB free", "Delete something."),))
    problem  free disk  3 MB free
                        → Delete something.
    1 problem.
    """

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that need a remedy."""
        return tuple(finding for finding in self.findings if finding.state == "problem")

    def __repr__(self) -> str:
        states = {"fine": say("fine"), "note": say("note"), "problem": say("problem")}
        first = max(places(states[finding.state]) for finding in self.findings)
        second = max(places(finding.what) for finding in self.findings)
        lines = []
        for finding in self.findings:
            state, what = padded(states[finding.state], first), padded(finding.what, second)
            lines.append(f"{state}  {what}  {finding.found}")
            lines += [f"{'':<{first + second + 4}}→ {finding.remedy}"] if finding.remedy else []
        return "\n".join([*lines, self._sum()])

    def _sum(self) -> str:
        count = len(self.problems)
        if not count:
            return say("No problems.")
        return say("1 problem.") if count == 1 else say("{count} problems.", count=count)


def places(text: str) -> int:
    """How wide a text is in a terminal: a Chinese character takes two places.

    >>> places("fine"), places("正常")
    (4, 4)
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def padded(text: str, wanted: int) -> str:
    """The text, and blanks until it is so many places wide."""
    return text + " " * (wanted - places(text))


def doctor(folder: str | Path = ".") -> Report:
    """Look whether everything is here that the course needs.

    >>> import fedlearn_edu as fl
    >>> fl.doctor()                                                       # doctest: +SKIP
    fine  Python          3.12.4
    fine  packages        12 packages are there, in versions that fit
    fine  gmpy2           2.2.1: Paillier runs at full speed
    note  Chinese font    none found; only the Chinese edition needs one
                          → Install one, Noto Sans CJK for instance, and restart the kernel.
    note  Flower          not installed; only chapter 08, and an export of the whole course, need it
                          → In the environment of this Python: pip install "fedlearn-edu[flower]"
    fine  widgets         ipywidgets 8.1.5, anywidget 0.9.13: the page and Python fit together
    fine  working folder  fedlearn-course can be written to
    fine  free disk       71.3 GB free
    No problems.

    Parameters
    ----------
    folder : the folder you work in

    Returns
    -------
    Report
        Shows itself as a table; `.problems` is empty when all is well.
    """
    place = Path(folder).expanduser().absolute()
    looks = [look_at_python, look_at_packages, look_at_gmpy2, look_at_fonts, look_at_flower, look_at_widgets]
    return Report((*(look() for look in looks), look_at_folder(place), look_at_disk(place)))


def look_at_python(running: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    """Is this Python recent enough?

    >>> look_at_python((3, 9, 2)).state
    'problem'
    """
    found = ".".join(map(str, running))
    if running >= OLDEST_PYTHON:
        return Finding("Python", "fine", found)
    wanted = ".".join(map(str, OLDEST_PYTHON))
    remedy = say("Install Python {wanted} or later and make a new environment with it.", wanted=wanted)
    return Finding("Python", "problem", found, remedy)


def look_at_packages() -> Finding:
    """Is every package there that fedlearn_edu names, in a version that it accepts?"""
    what, wrong, count = say("packages"), [], 0
    for name, wanted in required_packages():
        count += 1
        installed = installed_version(name)
        if installed is None:
            wrong.append(say("{name} is missing", name=name))
        elif not wanted.contains(installed, prereleases=True):
            wrong.append(say("{name} is {installed}, wanted {wanted}", name=name, installed=installed, wanted=wanted))
    if wrong:
        remedy = say("In the environment of this Python: pip install --upgrade fedlearn-edu")
        return Finding(what, "problem", "; ".join(wrong), remedy)
    if not count:
        remedy = say("From the checkout: pip install -e .")
        return Finding(what, "note", say("fedlearn_edu runs from a folder and is not installed"), remedy)
    return Finding(what, "fine", say("{count} packages are there, in versions that fit", count=count))


def required_packages(extra: str = "") -> Iterator[tuple[str, Any]]:
    """Name and accepted versions of each package that the installed fedlearn_edu asks for, without extras or with one.

    >>> "flwr" in [name for name, _ in required_packages()]
    False
    """
    from packaging.requirements import Requirement

    try:
        lines = requires("fedlearn-edu") or []
    except PackageNotFoundError:
        lines = []
    for wanted in map(Requirement, lines):
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            yield wanted.name, wanted.specifier


def installed_version(name: str) -> str | None:
    """The version of a package in this environment; None when it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def look_at_gmpy2() -> Finding:
    """Is the library there that does the arithmetic of large numbers?"""
    from phe.util import HAVE_GMP

    installed = installed_version("gmpy2")
    if HAVE_GMP and installed:
        return Finding("gmpy2", "fine", say("{installed}: Paillier runs at full speed", installed=installed))
    found = say("not found: nothing can be encrypted, and no protocol played")
    return Finding("gmpy2", "problem", found, say("pip install gmpy2, then restart the kernel."))


def look_at_fonts() -> Finding:
    """Can figures show Chinese? A problem only in the Chinese edition."""
    known, what = chinese_fonts(), say("Chinese font")
    if known:
        return Finding(what, "fine", known[0])
    remedy = say("Install one, Noto Sans CJK for instance, and restart the kernel.")
    if language() == "zh":
        return Finding(what, "problem", say("none found; figures get English labels"), remedy)
    return Finding(what, "note", say("none found; only the Chinese edition needs one"), remedy)


def look_at_flower() -> Finding:
    """Is Flower there, in the version that chapter 08 was written for?"""
    installed = installed_version("flwr")
    remedy = say('In the environment of this Python: pip install "fedlearn-edu[flower]"')
    if installed is None:
        found = say("not installed; only chapter 08, and an export of the whole course, need it")
        return Finding("Flower", "note", found, remedy)
    if any(name == "flwr" and not wanted.contains(installed) for name, wanted in required_packages("flower")):
        found = say("{installed} is not the version that chapter 08 was written for", installed=installed)
        return Finding("Flower", "note", found, remedy)
    return Finding("Flower", "fine", say("{installed}, for chapter 08", installed=installed))


def look_at_widgets() -> Finding:
    """Do the widgets' Python side (this environment) and their page side (the server's environment) fit together?"""
    what = say("widgets")
    if note := elsewhere():
        return Finding(what, "note", note)
    wrong, fit = [], []
    for package, front_end in FRONT_ENDS.items():
        here, there = installed_version(package), front_end_version(front_end)
        if here is None:
            wrong.append(say("{package} is missing in Python", package=package))
        elif there is None:
            wrong.append(say("JupyterLab does not have {package}'s page side", package=package))
        elif not speak_to_each_other(package, here, there):
            sides = {"package": package, "here": here, "there": there}
            wrong.append(say("{package} is {here} in Python, and its page side is {there}", **sides))
        else:
            fit.append(f"{package} {here}")
    if not wrong:
        return Finding(what, "fine", say("{fit}: the page and Python fit together", fit=", ".join(fit)))
    remedy = say(
        "Install the same versions of ipywidgets and anywidget in the environment that JupyterLab runs in and in the "
        "one that Python runs in, start JupyterLab again and reload the page."
    )
    return Finding(what, "problem", "; ".join(wrong), remedy)


def elsewhere() -> str:
    """A word about the places that bring their own page; empty in JupyterLab, Notebook and a terminal."""
    if "google.colab" in sys.modules:
        return say("Colab loads the widgets' scripts from the network; the static figures work without")
    if "VSCODE_PID" in os.environ and "JPY_PARENT_PID" in os.environ:
        return say("VS Code loads the widgets' scripts from the network; the static figures work without")
    return ""


def speak_to_each_other(package: str, here: str, there: str) -> bool:
    """Whether a widget's Python side and its page side are of versions that fit.

    >>> speak_to_each_other("anywidget", "0.9.13", "0.9.18"), speak_to_each_other("anywidget", "0.9.13", "0.11.0")
    (True, False)
    >>> speak_to_each_other("ipywidgets", "8.1.5", "5.0.13"), speak_to_each_other("ipywidgets", "8.1.5", "3.1.11")
    (True, False)
    """
    if package == "ipywidgets":  # its page side counts its versions differently
        return MANAGER_OF_IPYWIDGETS.get(here.split(".")[0]) == there.split(".")[0]
    return here.split(".")[:2] == there.split(".")[:2]


def front_end_version(name: str) -> str | None:
    """Version of a widget extension: of the running JupyterLab that this kernel belongs to, else of the one on disk."""
    server = our_server()
    text = ask(server, f"lab/extensions/{name}/package.json") if server else find_extension(name)
    try:
        return str(json.loads(text)["version"]) if text else None
    except (ValueError, KeyError, TypeError):
        return None


def our_server() -> dict[str, Any] | None:
    """What the Jupyter server that started this kernel wrote about itself; None in a terminal."""
    from jupyter_core.paths import jupyter_runtime_dir

    parent = os.environ.get("JPY_PARENT_PID", "")
    note = Path(jupyter_runtime_dir(), f"jpserver-{parent}.json")
    try:
        server = json.loads(note.read_text(encoding="utf-8")) if parent else None
    except (OSError, ValueError):
        return None
    return server if isinstance(server, dict) and "url" in server else None


def ask(server: dict[str, Any], path: str) -> str | None:
    """A file from our own Jupyter server; None when it has none."""
    headers = {"Authorization": f"token {server['token']}"} if server.get("token") else {}
    try:
        with urlopen(Request(server["url"] + path, headers=headers), timeout=3) as reply:
            return str(reply.read().decode("utf-8"))
    except (URLError, OSError, ValueError):
        return None


def find_extension(name: str) -> str | None:
    """The extension's package.json on the paths where a JupyterLab of this environment looks."""
    from jupyter_core.paths import jupyter_path

    found = (Path(folder, name, "package.json") for folder in jupyter_path("labextensions"))
    return next((path.read_text(encoding="utf-8") for path in found if path.is_file()), None)


def look_at_folder(folder: Path) -> Finding:
    """Can the learner's work be saved here?"""
    what = say("working folder")
    try:
        # Not by tempfile: on Windows it tries two thousand million names in a folder that takes none.
        probe = folder / f".fedlearn-{token_hex(8)}"
        probe.touch(exist_ok=False)
        probe.unlink()
        return Finding(what, "fine", say("{folder} can be written to", folder=folder.name or folder))
    except OSError as error:
        remedy = say("Work in a folder of your own: fedlearn-edu lab --dir another-folder")
        found = say("{folder} cannot be written to ({reason})", folder=folder, reason=error.strerror or error)
        return Finding(what, "problem", found, remedy)


def look_at_disk(folder: Path) -> Finding:
    """Is there room for notebooks with their outputs?"""
    what = say("free disk")
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(what, "note", say("could not be measured ({reason})", reason=error.strerror or error))
    if free >= ENOUGH_DISK:
        return Finding(what, "fine", say("{size} GB free", size=f"{free / 1e9:.1f}"))
    remedy = say("Free {size} MB or more, or work in a folder on another disk.", size=ENOUGH_DISK // 2**20)
    return Finding(what, "problem", say("{size} MB free", size=free // 10**6), remedy)
