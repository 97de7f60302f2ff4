"""Writing a site or slides into a folder, beside what others keep there, and never over it.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     put({"index.html": b"one", "en/04.html": b"two"}, Path(folder), "site", whole=True)
...     put({"index.html": b"three"}, Path(folder), "site", whole=True)     # en/04.html is no part of it any more
...     sorted(path.name for path in Path(folder).rglob("*"))
['.fedlearn-site.json', 'index.html']

A note in the folder says which files are ours and what was in them. A file that no note names, or that somebody has
changed since, is not ours to overwrite or to delete.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ..errors import ArgumentError

NOTE = ".fedlearn-{}.json"
MOST_NAMES = 5  # of files in the way, told in an error
Known = Mapping[str, set[str]]


def put(files: Mapping[str, bytes], folder: Path, kind: str, *, whole: bool = False) -> None:
    """
    Parameters
    ----------
    files : what to write, by paths below the folder
    folder : it is made when it is not there
    kind : which note names them: "site", "slides"
    whole : these are all files of this kind; those that were written earlier, and are not among them, go

    Raises
    ------
    ArgumentError
        Somebody else's file is in the way, or the folder cannot be written to. Nothing was overwritten, then.
    """
    check(files, folder)
    before = read_note(folder / NOTE.format(kind))
    left = {name for name in before if whole and name not in files}
    note = {name: told for name, told in before.items() if name not in left}
    note |= {name: digest(content) for name, content in files.items()}
    for name in left:
        remove(folder, name, before[name], kept_by_others=name in known(folder, besides=kind))
    try:
        write(folder, {NOTE.format(kind): json.dumps(note, indent=0, sort_keys=True).encode(), **files})
    except OSError as error:
        raise ArgumentError(f"{folder} cannot be written to ({error.strerror}).", "Choose another --to.") from None


def check(names: Iterable[str], folder: Path) -> None:
    """
    Parameters
    ----------
    names : of files that are going to be written
    folder : where

    Raises
    ------
    ArgumentError
        One of them, or a folder on the way to it, is somebody else's file.
    """
    if any(path.is_file() for path in (folder, *folder.parents)):
        raise ArgumentError(f"{folder} cannot be a folder: a file is in its way.", "Choose another --to.")
    ours = known(folder)
    in_the_way = sorted({found for name in names for found in steps(name) if not is_free(folder, found, name, ours)})
    if in_the_way:
        told = ", ".join(in_the_way[:MOST_NAMES]) + (", …" if len(in_the_way) > MOST_NAMES else "")
        raise ArgumentError(
            f"In {folder} there are files that were not made here, or were changed since: {told}.",
            "Choose another --to, or move them away.",
        )


def steps(name: str) -> list[str]:
    """
    >>> steps("en/teachers/README.html")
    ['en/teachers/README.html', 'en/teachers', 'en']
    """
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def is_free(folder: Path, found: str, name: str, ours: Known) -> bool:
    """Whether nothing is in the way at one step to a file: nothing at all, a folder on the way, or our own file."""
    path = folder / found
    if found != name:
        return path.is_dir() or not path.exists()
    return not path.exists() or (path.is_file() and digest(path.read_bytes()) in ours.get(name, ()))


def known(folder: Path, besides: str = "") -> Known:
    """What the notes in a folder say, but one: our files, and what may be in them."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for note in folder.glob(NOTE.format("*")):
        if note.name != NOTE.format(besides):
            for name, told in read_note(note).items():
                found[name].add(told)
    return found


def read_note(path: Path) -> dict[str, str]:
    """Files and what was in them; nothing when there is no note, or it is none of ours."""
    with suppress(OSError, ValueError):
        note = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(note, dict):
            return {str(name): str(told) for name, told in note.items() if ".." not in name.split("/")}
    return {}


def digest(content: bytes) -> str:
    """
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return sha256(content).hexdigest()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """The note comes first: whatever stops the writing, what has been written is known to be ours."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def remove(folder: Path, name: str, told: str, *, kept_by_others: bool) -> None:
    """Delete a file of ours, unless somebody changed or needs it, and the folders that are empty then."""
    path = folder / name
    if kept_by_others or not path.is_file() or digest(path.read_bytes()) != told:
        return
    path.unlink()
    for above in steps(name)[1:]:
        with suppress(OSError):
            (folder / above).rmdir()
