"""Data sets: tables of numbers with ids, labels, and a card that says where they come from.

>>> from fedlearn_edu.data import load
>>> load("breast_cancer")
breast_cancer: 569 rows × 30 columns, labels benign 357, malignant 212

How a table becomes numbers (`load_csv`), one rule for each kind of cell:

- a number column keeps its numbers; missing ones are refused, or filled with the column's median;
- a text column is refused, or becomes one column of 0 and 1 for each of its values but one (one-hot). Values that
  fewer than 10 rows share, and missing ones, are "other" first: a column that marks three people out of a thousand
  tells more about the three than about the rest;
- ids and labels are never guessed.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import numpy.typing as npt

from ..course import course_folder
from ..errors import ArgumentError, DataError

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ROWS = 10  # a category that fewer rows share is merged into "other"
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "?"})


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A table that cannot be changed.

    >>> from fedlearn_edu.data import Dataset
    >>> table = Dataset("two", [[1.0, 2.0], [3.0, 4.0]], [0, 1], ["ann", "bob"], ("x", "y"), ("no", "yes"))
    >>> table
    two: 2 rows × 2 columns, labels no 1, yes 1
    >>> table.take([1]).table()
           x    y label
    id
    bob  3.0  4.0   yes

    The arrays are copied in and made read-only, so no party can touch another's rows. `columns` and `classes` are
    public, and the same at every party, even where a class has no row. Ids may repeat (a real register's do); what
    needs them unique says so.

    Parameters
    ----------
    name : str
    features : (N, p) array of finite numbers
        Kept as float64.
    labels : (N,) array of whole numbers, or None
        Each an index into `classes`; kept as int64. None: this party has no labels.
    ids : N strings
    columns : p different strings
    classes : strings
        Empty where nobody has labels.
    card : str
        Markdown: source, licence, columns, units.

    Raises
    ------
    DataError
        The parts do not fit together, or a number is missing or infinite.
    """

    name: str
    features: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64] | None
    ids: npt.NDArray[np.str_]
    columns: tuple[str, ...]
    classes: tuple[str, ...] = ()
    card: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.columns, str) or isinstance(self.classes, str):
            raise DataError("columns and classes are lists of names, and one was a single text.", "Use a tuple.")
        object.__setattr__(self, "columns", tuple(map(str, self.columns)))
        object.__setattr__(self, "classes", tuple(map(str, self.classes)))
        if len(set(self.classes)) < len(self.classes):
            raise DataError(f"Two classes have the same name: {', '.join(self.classes)}.", "Name each class once.")
        object.__setattr__(self, "features", _checked_features(self.features, self.columns))
        object.__setattr__(self, "ids", _checked_ids(self.ids, len(self.features)))
        if self.labels is not None:
            object.__setattr__(self, "labels", _checked_labels(self.labels, len(self.features), len(self.classes)))

    @property
    def rows(self) -> int:
        """The number of rows, N."""
        return len(self.features)

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        size = f"{self.name}: {self.rows} rows × {len(self.columns)} columns"
        if self.labels is None:
            return f"{size}, no labels"
        counts = np.bincount(self.labels, minlength=len(self.classes))
        return f"{size}, labels " + ", ".join(f"{c} {n}" for c, n in zip(self.classes, counts, strict=True))

    def take(self, indices: npt.ArrayLike) -> Dataset:
        """Some of the rows, in an order of your own.

        >>> load("digits").take([0, 2]).ids.tolist()
        ['image 0001', 'image 0003']

        Parameters
        ----------
        indices : (M,) array
            Row numbers, in the wanted order, or N times true or false.

        Raises
        ------
        ArgumentError
            A row number is not in the table.
        """
        chosen = np.asarray(indices)
        if chosen.size == 0:
            chosen = chosen.astype(np.int64)
        try:
            at = np.arange(self.rows)[chosen]  # (M,)
        except IndexError as error:
            raise ArgumentError(
                f"These rows cannot be taken from a table of {self.rows} rows: {error}.",
                f"Give whole numbers from 0 to {self.rows - 1}, or one true or false for each row.",
            ) from None
        labels = None if self.labels is None else self.labels[at]
        return replace(self, features=self.features[at], labels=labels, ids=self.ids[at])

    def with_features(self, features: npt.ArrayLike, columns: Sequence[str] | None = None) -> Dataset:
        """The same rows with other numbers; give `columns` when their meaning or their number changes.

        >>> table = load("digits")
        >>> float(table.with_features(table.features / 16).features.max())
        1.0
        """
        names = self.columns if columns is None else tuple(columns)
        return replace(self, features=cast(npt.NDArray[np.float64], features), columns=names)

    def table(self, rows: int | None = None) -> pd.DataFrame:
        """The first `rows` rows (all of them by default) for the eye: ids in front, the label as a word at the end.

        >>> load("breast_cancer").table(rows=2)[["mean radius", "label"]]
                      mean radius      label
        id
        patient 0001        17.99  malignant
        patient 0002        20.57  malignant
        """
        import pandas as pd

        frame = pd.DataFrame(
            self.features[:rows], columns=list(self.columns), index=pd.Index(self.ids[:rows].tolist(), name="id")
        )
        if self.labels is not None:
            words = [self.classes[k] for k in self.labels[:rows]]
            frame.insert(len(self.columns), "label", words, allow_duplicates=True)
        return frame


def check_table(dataset: object) -> None:
    """Refuse what is no table: the name of one, say.

    >>> check_table("digits")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.ArgumentError: A table was wanted, and 'digits' is a name.
        Load it first: load('digits').
    """
    if isinstance(dataset, str):
        raise ArgumentError(f"A table was wanted, and {dataset!r} is a name.", f"Load it first: load({dataset!r}).")
    if not isinstance(dataset, Dataset):
        raise ArgumentError(
            f"A table was wanted, and {type(dataset).__name__} came.", "Give a Dataset, as load(...) makes it."
        )


def load(name: str) -> Dataset:
    """One of the course's own data sets; works offline.

    >>> load("digits")
    digits: 1797 rows × 64 columns, labels 0 178, 1 182, 2 177, 3 183, 4 181, 5 182, 6 181, 7 179, 8 174, 9 180

    `print(load("digits").card)` tells its story. Where a table has gaps or texts (`bank_tax` has both), they become
    numbers as `load_csv(..., missing="fill", categories="one-hot")` makes them; the card names the resulting columns.

    Raises
    ------
    DataError
        There is no data set of that name.
    """
    folder = course_folder("datasets")
    known = sorted(path.parent.name for path in folder.glob("*/*.csv") if path.stem == path.parent.name)
    if name not in known:
        raise DataError(
            f"There is no data set {name!r}; there are: {', '.join(known)}.",
            "Load one of these, or your own table with load_csv(path, id=..., label=...).",
        )
    card = (folder / name / "card.md").read_text(encoding="utf-8")
    # In alphabetical order "good" would be the positive class, and a missed bad loan no false negative.
    classes = ("good", "bad") if name == "bank_tax" else None
    path = folder / name / f"{name}.csv"
    table = load_csv(path, id="id", label="label", classes=classes, missing="fill", categories="one-hot")
    return replace(table, card=card)


def load_csv(
    path: str | PathLike[str],
    id: str | None = None,
    label: str | None = None,
    *,
    classes: Sequence[str] | None = None,
    missing: Literal["refuse", "fill"] = "refuse",
    categories: Literal["refuse", "one-hot"] = "refuse",
    drop: Sequence[str] = (),
    separator: str = ",",
    encoding: str = "utf-8-sig",
) -> Dataset:
    r"""A table of your own, from a CSV file.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name) / "pupils.csv"
    >>> _ = path.write_text("pupil,height,passed\nann,1.62,yes\nbob,,no\neve,1.58,yes\n")
    >>> load_csv(path, id="pupil", label="passed")
    Traceback (most recent call last):
        ...
    fedlearn_edu.errors.DataError: pupils.csv: column 'height' has no value in row 3.
        Complete the table, leave the column out with drop=['height'], or pass missing="fill" to use the median.
    >>> pupils = load_csv(path, id="pupil", label="passed", missing="fill")
    >>> pupils
    pupils: 3 rows × 1 columns, labels no 1, yes 2
    >>> pupils.features.ravel().tolist()
    [1.62, 1.6, 1.58]
    >>> folder.cleanup()

    Row numbers in messages are the spreadsheet's: the header is row 1.

    Parameters
    ----------
    path : str or path
        A csv file with a header line.
    id : str or None
        The column that names each row; None names them "row 2", "row 3", … as in the file.
    label : str or None
        The column to be predicted; None where this party has none.
    classes : sequence of str or None
        The label's possible values, in order; the second of two is the "positive" one. By default those found, sorted
        (by value where all are numbers). Give it when several parties load tables of their own: the list is public and
        must be the same at all of them, also where a class has no row.
    missing : "refuse" or "fill"
        Empty cells (also NA, N/A, NaN, null, ?): refuse, or fill numbers with the median and texts with "other".
    categories : "refuse" or "one-hot"
        Text columns: refuse, or one column of 0 and 1 for each value but the most common. Values in fewer than 10 rows
        become "other"; an "other" that is still so small counts as the most common value.
    drop : sequence of str
        Columns to leave out.
    separator, encoding : str
        How the file is written; spreadsheets in some languages write ";".

    Returns
    -------
    Dataset
        Its card says what was filled and merged.

    Raises
    ------
    DataError
        The file or a cell of it cannot be used; the message names column, row and value.
    ArgumentError
        An option has no such value.
    """
    _check_choice("missing", missing, ("refuse", "fill"))
    _check_choice("categories", categories, ("refuse", "one-hot"))
    sheet = _Sheet.read(Path(path), separator, encoding)
    sheet.check_columns(id, label, drop)
    ids = [f"row {number}" for number in sheet.numbers] if id is None else sheet.ids(id)
    labels, names = (None, ()) if label is None else sheet.labels(label, classes)
    columns: dict[str, list[float]] = {}
    notes: list[str] = []
    for column in sheet.cells:
        if column not in (id, label, *drop):
            columns |= _numeric_columns(sheet, column, missing, categories, notes)
    if not columns:
        raise DataError(f"{sheet.file}: no column is left to learn from.", "Keep at least one beside id and label.")
    features = np.array(list(columns.values()), dtype=np.float64).T  # (N, p)
    card = _card(sheet, id, label, names, notes)
    return Dataset(Path(path).stem, features, labels, np.array(ids), tuple(columns), names, card)


@dataclass(frozen=True)
class _Sheet:
    """A file's cells as text, column by column, and each row's number in the file."""

    file: str
    cells: Mapping[str, list[str]]
    numbers: list[int]

    @classmethod
    def read(cls, path: Path, separator: str, encoding: str) -> _Sheet:
        header, rows = _read_rows(path, separator, encoding)
        ragged = [number for number, row in rows if len(row) != len(header)]
        if ragged:
            raise DataError(
                f"{path.name}: the header has {len(header)} cells, unlike {_rows(ragged)}.",
                'Put texts that contain the separator in "double quotes".',
            )
        doubled = [column for column, count in Counter(header).items() if count > 1 or not column]
        if doubled:
            raise DataError(
                f"{path.name}: the header has empty or repeated names: {', '.join(map(repr, doubled))}.",
                "Give every column a name of its own.",
            )
        if not rows:
            raise DataError(f"{path.name}: there is a header, and no row under it.", "Save the table with its rows.")
        cells = {column: [row[at] for _, row in rows] for at, column in enumerate(header)}
        return cls(path.name, cells, [number for number, _ in rows])

    def check_columns(self, id: str | None, label: str | None, drop: Sequence[str]) -> None:
        if isinstance(drop, str):
            raise ArgumentError(f"drop is a list of columns, and was the text {drop!r}.", f"Use drop=[{drop!r}].")
        wanted = {"id": [id], "label": [label], "drop": drop}
        for role, columns in wanted.items():
            for column in columns:
                if column is not None and column not in self.cells:
                    raise DataError(
                        f"{self.file}: {role} names the column {column!r}, which is not there. "
                        f"The columns are: {', '.join(self.cells)}.",
                        "Use a name from the header; is the file's separator another one (separator=';')?",
                    )
        if id is not None and id == label:
            raise DataError(f"{self.file}: {id!r} cannot be both id and label.", "Name two columns.")
        for role in ("id", "label"):
            # Forgotten, they would be learned from: a number for each row, or the answer itself.
            if role in self.cells and role not in (id, label, *drop):
                raise DataError(
                    f"{self.file}: the column {role!r} would be learned from.",
                    f"Pass {role}={role!r}, leave it out with drop=[{role!r}], or rename it.",
                )

    def missing(self, column: str) -> list[int]:
        return [n for n, cell in zip(self.numbers, self.cells[column], strict=True) if _is_missing(cell)]

    def ids(self, column: str) -> list[str]:
        if missing := self.missing(column):
            raise DataError(f"{self.file}: no id in {_rows(missing)}.", f"Fill the column {column!r} for every row.")
        ids = self.cells[column]
        repeated = [one for one, count in Counter(ids).items() if count > 1]
        if repeated:
            where = [n for n, cell in zip(self.numbers, ids, strict=True) if cell == repeated[0]]
            more = f" ({len(repeated)} ids are repeated)" if len(repeated) > 1 else ""
            raise DataError(
                f"{self.file}: the id {repeated[0]!r} is in {_rows(where)}{more}.",
                "Keep one row for each id, or name another id column.",
            )
        return ids

    def labels(self, column: str, classes: Sequence[str] | None) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        if missing := self.missing(column):
            raise DataError(
                f"{self.file}: no label in {_rows(missing)}.",
                "Label these rows or remove them; labels are never guessed.",
            )
        cells = self.cells[column]
        names = self._found_classes(column) if classes is None else tuple(map(str, classes))
        for number, cell in zip(self.numbers, cells, strict=True):
            if cell not in names:
                raise DataError(
                    f"{self.file}: the label {cell!r} in row {number} is not one of the classes {', '.join(names)}.",
                    "Correct the cell, or add it to classes=.",
                )
        return np.array([names.index(cell) for cell in cells], dtype=np.int64), names

    def _found_classes(self, column: str) -> tuple[str, ...]:
        found = set(self.cells[column])
        if len(found) == 1:
            raise DataError(
                f"{self.file}: every row has the label {found.pop()!r}; there is nothing to tell apart.",
                "Name another label column, or pass classes=(...) if the other classes are at other parties.",
            )
        if len(found) > max(2, len(self.numbers) / 2):
            raise DataError(
                f"{self.file}: {len(self.numbers)} rows have {len(found)} different labels in the column {column!r}.",
                "A label is a class with several rows; cut a measured number into classes first.",
            )
        if all(_number(cell) is not None for cell in found):
            return tuple(sorted(found, key=lambda cell: (float(cell), cell)))
        return tuple(sorted(found))


def _read_rows(path: Path, separator: str, encoding: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    if len(separator) != 1:
        raise ArgumentError(f"separator is one character, and was {separator!r}.", "Try ',' or ';' or '\\t'.")
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=separator)]
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.", "Check the path; it starts from the notebook's folder.") from None
    except UnicodeDecodeError:
        raise DataError(
            f"{path.name} is not written in {encoding}.",
            'Save it as "CSV UTF-8", or name its encoding, as in encoding="gb18030".',
        ) from None
    except (OSError, LookupError, csv.Error) as error:
        raise DataError(f"{path.name} cannot be read: {error}.", "Save it again as a csv file.") from None
    filled = [(number, line) for number, line in enumerate(lines, start=1) if any(line)]
    if not filled:
        raise DataError(f"{path.name} is empty.", "Save the table with a header line and its rows.")
    return filled[0][1], filled[1:]


def _numeric_columns(
    sheet: _Sheet, column: str, missing: str, categories: str, notes: list[str]
) -> dict[str, list[float]]:
    gaps = sheet.missing(column)
    if len(gaps) == len(sheet.numbers):
        raise DataError(f"{sheet.file}: column {column!r} is empty.", f"Leave it out with drop=[{column!r}].")
    numbers = [_number(cell) for cell in sheet.cells[column]]
    texts = len(numbers) - len(gaps) - sum(value is not None for value in numbers)
    mostly_numbers = texts < (len(numbers) - len(gaps)) / 2
    if texts and mostly_numbers:
        _refuse_texts(sheet, column, numbers)
    if texts and categories == "refuse":
        values = list(dict.fromkeys(cell for cell in sheet.cells[column] if not _is_missing(cell)))
        raise DataError(
            f"{sheet.file}: column {column!r} holds texts ({_listed(map(repr, values))}), and models need numbers.",
            f'Pass categories="one-hot" to make columns of 0 and 1 of it, or leave it out with drop=[{column!r}].',
        )
    if gaps and missing == "refuse":
        instead = 'count it as "other"' if texts else "use the median"
        raise DataError(
            f"{sheet.file}: column {column!r} has no value in {_rows(gaps)}.",
            f'Complete the table, leave the column out with drop=[{column!r}], or pass missing="fill" to {instead}.',
        )
    return _one_hot(sheet, column, notes) if texts else {column: _filled(column, numbers, notes)}


def _refuse_texts(sheet: _Sheet, column: str, numbers: list[float | None]) -> None:
    cells = zip(sheet.numbers, sheet.cells[column], numbers, strict=True)
    wrong = [f"{cell!r} in row {n}" for n, cell, value in cells if value is None and not _is_missing(cell)]
    raise DataError(
        f"{sheet.file}: column {column!r} holds numbers, but also {_listed(wrong)}.",
        "Write these cells as numbers (1234.5, no thousands separator), or leave them empty.",
    )


def _filled(column: str, numbers: list[float | None], notes: list[str]) -> list[float]:
    known = [value for value in numbers if value is not None]
    middle = median(known)
    if len(known) < len(numbers):
        notes.append(f"`{column}`: {len(numbers) - len(known)} missing, filled with the median {middle:g}")
    return [middle if value is None else value for value in numbers]


def _one_hot(sheet: _Sheet, column: str, notes: list[str]) -> dict[str, list[float]]:
    cells = ["other" if _is_missing(cell) else cell for cell in sheet.cells[column]]
    counts = Counter(cells)
    merged = ["other" if counts[cell] < FEWEST_ROWS else cell for cell in cells]
    counts = Counter(merged)
    # Most common first; equally common ones by name, so that the result does not depend on the order of the rows.
    levels = sorted(counts, key=lambda level: (-counts[level], level))
    kept = [level for level in levels[1:] if counts[level] >= FEWEST_ROWS]
    if not kept:
        raise DataError(
            f"{sheet.file}: the texts of column {column!r} cannot tell rows apart: no two of them, rare ones taken "
            f"together, are in {FEWEST_ROWS} rows each.",
            f"Leave it out with drop=[{column!r}], or write fewer, broader values.",
        )
    notes.append(f"`{column}`: {', '.join(kept)} against {levels[0]}" + _merged_note(merged, cells, kept))
    return {f"{column} = {level}": [float(cell == level) for cell in merged] for level in kept}


def _merged_note(merged: list[str], cells: list[str], kept: list[str]) -> str:
    rare = sum(cell == "other" for cell in merged)
    if not rare:
        return ""
    return f" ({rare} rows are rare or missing: " + ("other)" if "other" in kept else "too few for a column)")


def _card(sheet: _Sheet, id: str | None, label: str | None, classes: tuple[str, ...], notes: list[str]) -> str:
    lines = [f"# {Path(sheet.file).stem}", "", f"Read from `{sheet.file}`: {len(sheet.numbers)} rows.", ""]
    lines += [f"- id: `{id}`" if id is not None else "- id: the row's number in the file"]
    lines += [f"- label: `{label}`: {', '.join(classes)}" if label is not None else "- label: none"]
    return "\n".join([*lines, *(f"- {note}" for note in notes)]) + "\n"


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    # Python reads 1_000 as a number and "inf" as infinity; in a table both are slips.
    return value if math.isfinite(value) and "_" not in cell else None


def _is_missing(cell: str) -> bool:
    return cell.casefold() in _MISSING


def _rows(numbers: Sequence[int]) -> str:
    return ("row " if len(numbers) == 1 else "rows ") + _listed(map(str, numbers))


def _listed(items: Iterable[str], most: int = 5) -> str:
    texts = list(items)
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def _check_choice(option: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ArgumentError(f"{option} was {value!r}.", f"Use one of: {', '.join(map(repr, choices))}.")


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _checked_features(features: npt.ArrayLike, columns: tuple[str, ...]) -> npt.NDArray[np.float64]:
    try:
        array = np.array(features, dtype=np.float64)  # a copy, so that the caller's later changes stay his own
    except (TypeError, ValueError) as error:
        raise DataError(f"The features are not a table of numbers: {error}.", "Encode texts first.") from None
    if array.ndim != 2 or array.shape[1] != len(columns):
        raise DataError(
            f"The features have the shape {array.shape}, and there are {len(columns)} column names.",
            "Give an array of shape (rows, columns) and one name for each column.",
        )
    if len(set(columns)) < len(columns):
        raise DataError("Two columns have the same name.", "Give every column a name of its own.")
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        row, at = bad[0]
        raise DataError(
            f"The feature {columns[at]!r} of row {row} is {array[row, at]}; {len(bad)} are missing or infinite.",
            "Fill or remove them first.",
        )
    return _frozen(array)


def _checked_ids(ids: npt.ArrayLike, rows: int) -> npt.NDArray[np.str_]:
    array = np.array(ids)
    if array.size == 0:
        array = array.astype(np.str_)
    if array.dtype.kind != "U" or array.shape != (rows,):
        raise DataError(
            f"The ids are of shape {array.shape} and type {array.dtype}, for {rows} rows.",
            "Give one string for each row; of numbers, [str(one) for one in ids].",
        )
    if not np.all(array != ""):
        raise DataError("An id is empty.", "Give one string for each row.")
    return _frozen(array)


def _checked_labels(labels: npt.ArrayLike, rows: int, classes: int) -> npt.NDArray[np.int64]:
    array = np.array(labels)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu" or array.shape != (rows,):
        raise DataError(
            f"The labels are of shape {array.shape} and type {array.dtype}, for {rows} rows.",
            "Give one whole number for each row: the index of its class.",
        )
    if rows and not (array.min() >= 0 and array.max() < classes):
        raise DataError(
            f"The labels go from {array.min()} to {array.max()}, and there are {classes} classes.",
            f"Use the numbers from 0 to {classes - 1}, or name more classes.",
        )
    return _frozen(array.astype(np.int64))
