"""Measure and print the table: `python -m tests.benchmarks`; `-k 2048` for one size; `-k gradient` for one kind."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

if __name__ == "__main__":
    quiet = ["-q", "-p", "no:cacheprovider", "--no-header", "--benchmark-quiet", "--benchmark-disable-gc"]
    sys.exit(pytest.main([str(HERE / "bench_paillier.py"), *quiet, *sys.argv[1:]]))
