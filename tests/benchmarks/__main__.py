"""Measure and print the tables: `python -m tests.benchmarks`; `-k 2048` for one size, `-k alignment` for one file."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

if __name__ == "__main__":
    quiet = ["-q", "-p", "no:cacheprovider", "--no-header", "--benchmark-quiet", "--benchmark-disable-gc"]
    sys.exit(pytest.main([*map(str, sorted(HERE.glob("bench_*.py"))), *quiet, *sys.argv[1:]]))
