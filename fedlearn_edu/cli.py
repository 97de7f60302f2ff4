"""The command `fedlearn-edu`: open the course in JupyterLab, look whether all is there that it needs, make pages of it.

>>> from fedlearn_edu.cli import main
>>> main(["lab", "--lang", "tlh", "--dry-run"])
2
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import _installed_version
from .classroom import solutions_are_hidden, variables
from .course import course_files, course_folder
from .errors import ArgumentError, FedLearnError
from .i18n import LANGUAGES, VARIABLE, language, say, speaking

OFFLINE = (  # JupyterLab asks nobody for news or newer versions; JUPYTER makes it ask no learner whether it may
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)
JUPYTER = Path(__file__).parent / "jupyter"  # settings that JupyterLab starts with; a learner's own come after them
COURSE_FOLDER, SITE_FOLDER, SLIDES_FOLDER = Path("fedlearn-course"), Path("fedlearn-site"), Path("fedlearn-slides")
BOTH = "both"


@dataclass(frozen=True)
class Copied:
    """What copying the notebooks did: files written, and files of the learner that were kept as they are."""

    folder: Path
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and answer its exit code.

    >>> main(["where"])                                                   # doctest: +SKIP
    fedlearn_edu 0.1.0
    notebooks    /home/ada/fedlearn_edu/notebooks
    datasets     /home/ada/fedlearn_edu/datasets

    Parameters
    ----------
    arguments : the words after `fedlearn-edu`; those of this process when not given

    Returns
    -------
    int
        The exit code: 0 when all went well, 1 when the doctor found a problem, 2 when a word was wrong or a file is
        missing.
    """
    _spare_old_consoles()
    parser = _parser()
    chosen, others = parser.parse_known_args(arguments)
    if others and chosen.command != "lab":
        parser.error(say("{command} takes no {words}", command=chosen.command, words=" ".join(others)))
    asked = getattr(chosen, "lang", None)
    with speaking(asked if asked and asked != BOTH else language()):
        try:
            return _do(chosen, others)
        except FedLearnError as error:
            print(f"fedlearn-edu: {error}", file=sys.stderr)
            return 2


def _do(chosen: argparse.Namespace, others: Sequence[str]) -> int:
    if chosen.command == "lab":
        return _lab(chosen, others)
    if chosen.command in ("slides", "export"):
        return _slides(chosen) if chosen.command == "slides" else _export(chosen)
    return _where() if chosen.command == "where" else _doctor()


def copy_course(source: Path, target: Path, *, answers: bool = True) -> Copied:
    """Copy the notebooks; never overwrite a file. What is there and differs belongs to the learner, and is reported.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     source, target = Path(folder, "course"), Path(folder, "mine")
    ...     (source / "en").mkdir(parents=True)
    ...     _ = (source / "en" / "04.ipynb").write_text("{}")
    ...     len(copy_course(source, target).written), len(copy_course(source, target).written)
    (1, 0)

    Parameters
    ----------
    source : the course's notebooks
    target : the learner's folder; it is made when it is not there
    answers : whether the teacher's answer key is copied, too

    Returns
    -------
    Copied
        `written`: new files; `kept`: files that differ from the course's, untouched.

    Raises
    ------
    ArgumentError
        The target, or a folder on the way to a notebook, cannot be a folder.
    """
    written, kept = [], []
    for original in course_files(source, answers=answers):
        copy = target / original.relative_to(source)
        if _write_once(original, copy):
            written.append(copy)
        elif not copy.is_file() or copy.read_bytes() != original.read_bytes():
            kept.append(copy)
    _make_folder(target)
    return Copied(target, tuple(written), tuple(kept))


def lab_arguments(
    root: Path, chapter: str | None, *, browser: bool = True, port: int | None = None, others: Sequence[str] = ()
) -> list[str]:
    """What JupyterLab is told. `others` come last, so that the caller's own options win.

    >>> lab_arguments(Path("course"), "en/04 hospitals.ipynb", port=8901)[:3]
    ['--ServerApp.root_dir=course', '--LabApp.default_url=/lab/tree/en/04%20hospitals.ipynb', '--ServerApp.port=8901']

    Parameters
    ----------
    root : the folder that JupyterLab shows
    chapter : the notebook to open, as a path below `root`; None opens the folder
    browser : whether to open a browser
    port : JupyterLab's own choice when not given; when it is taken, JupyterLab says so and takes another
    others : options passed through
    """
    told = [f"--ServerApp.root_dir={root}"]
    if chapter:
        told.append(f"--LabApp.default_url=/lab/tree/{quote(chapter)}")
    if port is not None:
        told.append(f"--ServerApp.port={port}")
    if not browser:
        told.append("--no-browser")
    return [*told, *OFFLINE, *others]


def as_typed(words: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """A command as it is typed in this system's shell.

    >>> as_typed(["jupyter", "my course"], windows=False), as_typed(["jupyter", "my course"], windows=True)
    ("jupyter 'my course'", 'jupyter "my course"')
    """
    return subprocess.list2cmdline(words) if windows else shlex.join(words)


def _spare_old_consoles() -> None:
    """A pipe on Windows may know western letters only: it gets "?" for others, instead of an error for the whole."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fedlearn-edu", description=say("Federated learning, to be run and looked at."), allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"fedlearn_edu {_installed_version()}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    commands.add_parser("where", help=say("say where the notebooks and data sets are"), allow_abbrev=False)
    looks = say("look whether everything is here that the course needs")
    doctor = commands.add_parser("doctor", help=looks, allow_abbrev=False)
    doctor.add_argument("--lang", choices=LANGUAGES, help=say("language of what it finds"))
    about = say("Open the course in JupyterLab. Options that are not listed here are passed to JupyterLab.")
    lab = commands.add_parser(
        "lab", help=say("open the course in JupyterLab"), description=about, allow_abbrev=False
    )
    _add_options(lab)
    _add_publishing(commands)
    return parser


def _add_options(lab: argparse.ArgumentParser) -> None:
    default = language()
    lab.add_argument("--lang", help=say("language of the chapters (default: {default})", default=default))
    lab.add_argument("--port", type=_port, help=say("port of the server (default: JupyterLab's choice)"))
    lab.add_argument("--no-browser", action="store_true", help=say("start the server only"))
    copies = say("work on copies in this folder; your own files are never overwritten")
    lab.add_argument("--dir", type=Path, help=copies)
    switches = {
        "--fresh": say("copy everything into a new folder, beside the old one"),
        "--hide-solutions": say("exercises keep their solutions: for a class"),
        "--projector": say("large type and one chart at a time: for a room"),
        "--dry-run": say("prepare the folder and print the command, start nothing"),
    }
    for switch, text in switches.items():
        lab.add_argument(switch, action="store_true", help=text)


def _add_publishing(commands: Any) -> None:
    what = say("make slides of a chapter, which open without a network")
    slides = commands.add_parser("slides", help=what, description=what, allow_abbrev=False)
    slides.add_argument("chapter", help=say("its number, 04"))
    slides.add_argument("--lang", choices=LANGUAGES, help=say("language of the slides"))
    what = say("make a site of all chapters, which opens without Python and without a network")
    site = commands.add_parser("export", help=what, description=what, allow_abbrev=False)
    site.add_argument("--lang", choices=(*LANGUAGES, BOTH), default=BOTH, help=say("which edition, or both"))
    keys = say("without the answer key, and exercises keep their solutions")
    site.add_argument("--hide-solutions", action="store_true", help=keys)
    runs = say("run the chapters first, so that stages play; without, pages show what was saved")
    for command, folder, default in ((slides, SLIDES_FOLDER, False), (site, SITE_FOLDER, True)):
        where = say("the folder to write into (default: {folder})", folder=folder)
        command.add_argument("--to", type=Path, default=folder, help=where)
        command.add_argument("--execute", action=argparse.BooleanOptionalAction, default=default, help=runs)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        wrong = say("a port is a whole number from 1 to 65535, and was {text}", text=text)
        raise argparse.ArgumentTypeError(wrong)
    return int(text)


def _where() -> int:
    print(f"fedlearn_edu {_installed_version()}")
    for name in ("notebooks", "datasets"):
        print(f"{name:<12} {course_folder(name)}")
    return 0


def _doctor() -> int:
    from .checkup import doctor

    report = doctor()
    print(report)
    return 1 if report.problems else 0


def _lab(chosen: argparse.Namespace, others: Sequence[str]) -> int:
    course, spoken = course_folder("notebooks"), chosen.lang or language()
    chapter = _first_chapter(course, spoken)
    root = _working_folder(course, chosen)
    if chapter is None:
        print(say("There are no chapters in {language} yet; JupyterLab opens on the folder.", language=repr(spoken)))
    told = lab_arguments(root, chapter, browser=not chosen.no_browser, port=chosen.port, others=others)
    if chosen.dry_run:
        print(as_typed([sys.executable, "-m", "jupyterlab", *told]))
        return 0
    os.environ.update(variables(hide_solutions=chosen.hide_solutions, projector=chosen.projector))  # kernels inherit it
    if chosen.lang:
        os.environ.pop(VARIABLE, None)  # it was asked for by name: labs speak as the chapter that they stand in
    sys.stdout.flush()  # our lines come before those of the server, also in a pipe
    return _start_jupyterlab(told)


def _slides(chosen: argparse.Namespace) -> int:
    from .publishing.deck import make_slides

    folder = chosen.to.expanduser().absolute()
    course, spoken = course_folder("notebooks"), chosen.lang or language()
    page = make_slides(course, chosen.chapter, spoken, folder, execute=chosen.execute, tell=_tell)
    print(say("Open {page} in a browser. S shows the speaker's notes, F fills the screen.", page=page))
    print(say("To take it along, take the folder {folder} with it.", folder=page.parent / "scripts"))
    return 0


def _export(chosen: argparse.Namespace) -> int:
    from .publishing.site import export_site

    folder = chosen.to.expanduser().absolute()
    languages = LANGUAGES if chosen.lang == BOTH else (chosen.lang,)
    options = {"execute": chosen.execute, "hide_solutions": chosen.hide_solutions or solutions_are_hidden()}
    files = export_site(course_folder("notebooks"), folder, languages, **options, tell=_tell)
    print(say("{count} files. Open {page} in a browser.", count=len(files), page=folder / "index.html"))
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)


def _start_jupyterlab(told: list[str]) -> int:
    # In this process: a signal to our pid, and Ctrl-C, then reach the server itself on every system.
    paths = [str(JUPYTER), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(argv=told)
    return 0


def _first_chapter(course: Path, spoken: str) -> str | None:
    """Path of the first notebook below the course's folder; None while the language has none."""
    folder = course / spoken
    languages = sorted(path.name for path in course.iterdir() if path.is_dir() and not path.name.startswith("."))
    if spoken not in languages:
        raise ArgumentError(f"The course is not there in {spoken!r}.", f"Choose --lang {' or '.join(languages)}.")
    chapters = sorted(folder.glob("*.ipynb"))
    return chapters[0].relative_to(course).as_posix() if chapters else None


def _working_folder(course: Path, chosen: argparse.Namespace) -> Path:
    """Where the learner works: in the checkout itself, or on copies. Says which in one line."""
    installed = course.parent.name == "_course"
    if not (installed or chosen.dir or chosen.fresh):
        print(say("You work in the checkout: {folder}", folder=course))
        return course
    folder = (chosen.dir or COURSE_FOLDER).expanduser().absolute()
    folder = _unused(folder) if chosen.fresh else folder
    copied = copy_course(course, folder, answers=not chosen.hide_solutions)
    told = {"folder": copied.folder, "count": len(copied.written)}
    print(say("You work on your own copy: {folder} ({count} files are new)", **told))
    for path in copied.kept:
        print("  " + say("kept as you left it, the course's differs: {path}", path=path.relative_to(copied.folder)))
    if copied.kept:
        print("  " + say("(--fresh copies the course into a new folder)"))
    return copied.folder


def _unused(folder: Path) -> Path:
    """The folder itself, or the first of folder-2, folder-3, … that does not exist."""
    names = (folder if number == 1 else folder.with_name(f"{folder.name}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _write_once(original: Path, copy: Path) -> bool:
    """Copy, unless something of that name is there. Mode "x" leaves no moment in which it could be overwritten."""
    _make_folder(copy.parent)
    try:
        with copy.open("xb") as file:
            file.write(original.read_bytes())
    except FileExistsError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ArgumentError(f"{folder} cannot be a folder: a file is in its way.", "Choose another --dir.") from None


if __name__ == "__main__":
    sys.exit(main())
