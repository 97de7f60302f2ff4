"""How fast the cryptography is, against `phe` in the same run. Not part of the normal run.

One command prints the table: `python -m tests.benchmarks` (see `pip install -e ".[bench]"`).
"""
