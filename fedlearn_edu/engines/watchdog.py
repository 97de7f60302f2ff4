"""Ends processes whose parent has died: also when it was killed, and could not do so itself.

    parent ──number of a process, a line each──> watchdog
    parent ──"done"──> the watchdog goes home; when the line breaks without it, it ends them all, and their children

It is a process of its own, `python -m fedlearn_edu.engines.watchdog FOLDER`, in a session of its own, so that Ctrl-C
and signals to its parent's group do not reach it. The folder is the run's temporary one, and goes with the processes.

>>> with Watchdog(folder=None) as watchdog:
...     watchdog.process.poll() is None
True
>>> watchdog.process.poll()
0
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

DONE = "done"


class Watchdog:
    """The parent's side: tell it of every process that you start, and leave the `with` when all have ended.

    Parameters
    ----------
    folder : removed with the processes, if it comes to that; None: nothing is
    """

    def __init__(self, folder: Path | None) -> None:
        command = [sys.executable, "-m", "fedlearn_edu.engines.watchdog", *([str(folder)] if folder else [])]
        package = str(Path(__file__).parents[2])  # a checkout that is not installed
        self.process = subprocess.Popen(
            command, cwd=package, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, text=True, encoding="utf-8",
        )  # fmt: skip

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """End this process, too, when the parent dies."""
        self._tell(str(process.pid))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tell(DONE)
        with contextlib.suppress(OSError):
            self.process.stdin.close()  # type: ignore[union-attr]
        self.process.wait()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it is gone itself: then there is nobody to tell
            print(line, file=self.process.stdin, flush=True)


def end(numbers: Iterable[int], patience: float = 5.0) -> None:
    """End processes and all their children: politely, and after `patience` seconds at once."""
    import psutil

    family: list[Any] = []
    for number in numbers:
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(number)
            family += [*parent.children(recursive=True), parent]
    if patience:
        _each(family[::-1], "terminate")
        psutil.wait_procs(family, timeout=patience)
    _each(family, "kill")
    psutil.wait_procs(family, timeout=patience)


def _each(family: Iterable[Any], what: str) -> None:
    import psutil

    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            getattr(member, what)()


def main(folder: str | None = None) -> None:
    """The watchdog's side: read numbers until the line ends."""
    numbers: list[int] = []
    for line in sys.stdin:
        if line.strip() == DONE:
            return
        numbers.append(int(line))
    end(numbers[::-1])
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
