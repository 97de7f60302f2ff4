"""Scripts that pages need and that others wrote: fetched with npm when a page is made, kept, copied beside the page.

>>> [package.name for package in (*WIDGETS, *FORMULAS, *SLIDES)]
['requirejs', '@jupyter-widgets/html-manager', 'mathjax', 'reveal.js']

They are large, and have licences of their own; so they are not part of this library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import PublishingError

VARIABLE = "FEDLEARN_CACHE"
SECONDS = 120  # for one package
LICENCE = "LICENSE*"


@dataclass(frozen=True)
class Package:
    """A package of npm's registry, and which of its files are wanted."""

    name: str
    version: str
    files: tuple[str, ...]

    @property
    def wanted(self) -> str:
        """
        >>> FORMULAS[0].wanted
        'mathjax@3.2.2'
        """
        return f"{self.name}@{self.version}"

    @property
    def folder(self) -> str:
        """Its folder among those that are kept."""
        return self.wanted.lstrip("@").replace("/", "-")

    def keeps(self, path: str) -> str:
        """
        >>> FORMULAS[0].keeps("es5/tex-svg.js"), FORMULAS[0].keeps("LICENSE"), FORMULAS[0].keeps("README.md")
        ('tex-svg.js', 'mathjax.LICENSE', '')

        Parameters
        ----------
        path : of a file in the package

        Returns
        -------
        str
            The name under which the file is kept; empty when it is not.
        """
        if fnmatch(path, LICENCE):
            return f"{self.name.rpartition('/')[2]}.{path}"
        return PurePosixPath(path).name if any(fnmatch(path, wanted) for wanted in self.files) else ""


WIDGETS = (
    Package("requirejs", "2.3.8", ("require.js",)),
    Package("@jupyter-widgets/html-manager", "1.0.15", ("dist/embed-amd.js", "dist/*.woff2")),
)
FORMULAS = (Package("mathjax", "3.2.2", ("es5/tex-svg.js",)),)
SLIDES = (Package("reveal.js", "5.2.1", ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js")),)


def cache_folder() -> Path:
    """Where scripts are kept: FEDLEARN_CACHE, or the system's folder for such things."""
    if told := os.environ.get(VARIABLE):
        return Path(told).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("fedlearn_edu", appauthor=False)


def scripts(packages: Iterable[Package]) -> dict[str, bytes]:
    """
    Parameters
    ----------
    packages : those whose scripts are wanted; `WIDGETS` bring anywidget's own script along, from its Python package

    Returns
    -------
    dict
        The files by name: from the folder where they are kept, or fetched.

    Raises
    ------
    PublishingError
        A package is not kept here and cannot be fetched.
    """
    packages = tuple(packages)
    found = {file.name: file.read_bytes() for one in packages for file in sorted(kept(one).iterdir())}
    if any(one in WIDGETS for one in packages):
        import anywidget

        found["anywidget.js"] = (Path(anywidget.__file__).parent / "nbextension" / "index.js").read_bytes()
    return found


def kept(package: Package) -> Path:
    """The folder with a package's files, which are fetched when they are not there yet."""
    cache = cache_folder()
    place = cache / package.folder
    if not place.is_dir():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache) as passing:
                unpack(fetch(package, Path(passing)), package, Path(passing, "files"))
                put_in_place(Path(passing, "files"), place)
        except OSError as error:
            remedy = f"Name a folder that can be written to in the variable {VARIABLE}."
            raise PublishingError(f"Scripts cannot be kept in {cache} ({error.strerror or error}).", remedy) from None
    return place


def fetch(package: Package, folder: Path) -> Path:
    """Ask npm for a package, as an archive in the folder."""
    npm = shutil.which("npm")
    cache = cache_folder()
    if npm is None:
        raise PublishingError(
            f"npm is not here, and it has to fetch {package.wanted}.",
            f"Install Node.js, which brings npm; or copy {cache} from a computer that has done this once.",
        )
    try:
        asked = [npm, "pack", package.wanted, "--ignore-scripts", "--loglevel=error"]
        options: dict[str, Any] = {"encoding": "utf-8", "errors": "replace", "timeout": SECONDS}
        subprocess.run(asked, cwd=folder, check=True, capture_output=True, **options)
        return next(folder.glob("*.tgz"))
    except (subprocess.SubprocessError, StopIteration) as error:
        raise PublishingError(
            f"npm could not fetch {package.wanted}: {reason(error)}",
            f"Do this once with a network. What was fetched is kept in {cache}, and is enough from then on.",
        ) from None


def reason(error: Exception) -> str:
    r"""
    >>> reason(subprocess.CalledProcessError(1, ["npm"], stderr="npm error code E404\nnpm error 404 Not Found"))
    'npm error code E404'
    """
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {SECONDS} seconds"
    lines = str(getattr(error, "stderr", "") or "").splitlines()
    return next((line for line in lines if line.strip()), type(error).__name__)


def unpack(archive: Path, package: Package, folder: Path) -> None:
    """Take the wanted files out of the archive; an archive cannot choose where they go."""
    folder.mkdir()
    with tarfile.open(archive) as packed:
        for member in packed:
            name = package.keeps(member.name.removeprefix("package/"))
            content = packed.extractfile(member) if name and member.isfile() else None
            if content is not None:
                (folder / name).write_bytes(content.read())


def put_in_place(made: Path, place: Path) -> None:
    """In one piece; when another process was quicker, its files serve as well."""
    try:
        made.rename(place)
    except OSError:
        if not place.is_dir():
            raise
