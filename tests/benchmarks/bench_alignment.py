"""Alignment against `openmined-psi`: rounds of both in turns, each from two lists to the common ids, as a ratio.

Both blind every id twice. openmined-psi answers which ids are common; here the rows of both come out in one order, too.
"""

import json
import subprocess
import sys
from statistics import median

import numpy as np
import pytest

import fedlearn_edu as fl

from .rivals import installed, openmined_psi, seconds

SECTION = "Alignment, against openmined-psi in the same run"
COUNT, ROUNDS = 10_000, 5
LARGE = 100_000
ONE_RUN = """
import json, resource, sys
from tests.benchmarks.bench_alignment import parties
from tests.benchmarks.rivals import seconds
import fedlearn_edu as fl
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
protocol = fl.align(*parties(int(sys.argv[1])))
before, took = peak(), seconds(lambda: fl.play(protocol))
print(json.dumps([took, before, peak()]))
"""


def parties(count):
    """Two parties with so many ids each, four fifths of them common, each in an order of its own."""
    rng = np.random.default_rng(7)
    starts = {"bank": 0, "tax office": count // 5}
    lists = {name: [f"92990101MA{number:07d}X" for number in rng.permutation(count) + start]
             for name, start in starts.items()}  # fmt: skip
    return [fl.Party(name, fl.Dataset(name, np.zeros((count, 1)), None, np.array(ids), ("x",)))
            for name, ids in lists.items()]  # fmt: skip


def test_ecdh_of_ten_thousand_a_side(benchmark, table):
    bank, tax = parties(COUNT)
    mine, yours = bank.data.ids.tolist(), tax.data.ids.tolist()

    def ours():
        first, _ = fl.play(fl.align(bank, tax)).result
        assert first.data.rows == COUNT * 4 // 5

    def theirs():
        if installed("private_set_intersection"):
            seen.append(seconds(lambda: openmined_psi(mine, yours)))

    seen = []
    benchmark.pedantic(ours, setup=theirs, rounds=ROUNDS, warmup_rounds=0)
    took = benchmark.stats.stats.data
    row = {"what": f"ECDH, {COUNT:,} ids a side", "here, s": f"{median(took):.3g}",
           "ids/s": f"{2 * COUNT / median(took):,.0f}", "target": "≥ 2"}  # fmt: skip
    if seen:
        ratio = median(one / other for one, other in zip(seen, took, strict=True))
        row |= {"openmined-psi, s": f"{median(seen):.3g}", "ratio": f"{ratio:.3g}"}
    table.append(row)


def test_ecdh_of_a_hundred_thousand_a_side_and_its_memory(benchmark, table):
    """In a process of its own, so that the peak is this run's; what is held before is the tables and the library."""
    pytest.importorskip("resource", reason="peak memory is measured where the operating system tells it")
    command = [sys.executable, "-c", ONE_RUN, str(LARGE)]
    run = lambda: subprocess.run(command, capture_output=True, encoding="utf-8", check=True)  # noqa: E731
    done = benchmark.pedantic(run, rounds=1)
    took, before, peak = json.loads(done.stdout)
    table.append({"what": f"ECDH, {LARGE:,} ids a side", "here, s": f"{took:.3g}", "ids/s": f"{2 * LARGE / took:,.0f}",
                  "peak memory": f"{peak / 2**20:.0f} MB ({before / 2**20:.0f} before)"})  # fmt: skip


def test_rsa_of_a_thousand_a_side(benchmark, table):
    bank, tax = parties(1000)
    benchmark.pedantic(lambda: fl.play(fl.align(bank, tax, "rsa")), rounds=3)
    took = benchmark.stats.stats.median
    table.append({"what": "RSA blind signatures, 2048 bits, 1,000 ids a side", "here, s": f"{took:.3g}",
                  "ids/s": f"{2000 / took:,.0f}"})  # fmt: skip
