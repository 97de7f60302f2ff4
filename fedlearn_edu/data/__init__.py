"""Floor 1: data sets, and cutting them between parties."""

from fedlearn_edu.data.datasets import Dataset, load, load_csv
from fedlearn_edu.data.partition import split_columns, split_rows, split_train_test
from fedlearn_edu.data.party import Alignment, Party, Scaling, check_aligned

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
