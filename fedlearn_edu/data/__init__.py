"""Floor 1: data sets, and cutting them between parties."""

from fedlearn_edu.data.datasets import Dataset, load, load_csv
from fedlearn_edu.data.partition import split_columns, split_rows, split_train_test
from fedlearn_edu.data.party import Party, Scaling

__all__ = ["Dataset", "Party", "Scaling", "load", "load_csv", "split_columns", "split_rows", "split_train_test"]
