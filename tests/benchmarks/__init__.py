"""How fast the cryptography is, against other libraries in the same run. Not part of the normal run.

One command prints the tables: `python -m tests.benchmarks` (see `pip install -e ".[bench]"`).
"""
