"""Floor 1: data sets, and cutting them between parties."""

from .datasets import Dataset, load, load_csv
from .partition import split_columns, split_rows, split_train_test
from .party import Alignment, Party, Scaling, check_aligned

__all__ = [
    "Alignment",
    "Dataset",
    "Party",
    "Scaling",
    "check_aligned",
    "load",
    "load_csv",
    "split_columns",
    "split_rows",
    "split_train_test",
]
