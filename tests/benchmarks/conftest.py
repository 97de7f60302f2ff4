"""Collects one row a benchmark, and prints them as a table at the end."""

import os
import platform
import sys

import pytest

ROWS = pytest.StashKey()
HEADS = ["what", "bits", "phe, s", "openmined-psi, s", "here, s", "ratio", "target", "sf-heu, s", "TenSEAL, s"]


def pytest_configure(config):
    config.stash[ROWS] = {}


@pytest.fixture
def table(request):
    """Where a benchmark leaves its row; each module's rows are a table of their own, under its SECTION."""
    section = getattr(request.module, "SECTION", "Paillier, against phe in the same run")
    return request.config.stash[ROWS].setdefault(section, [])


def pytest_terminal_summary(terminalreporter, config):
    tables = {section: rows for section, rows in config.stash[ROWS].items() if rows}
    for section, rows in tables.items():
        terminalreporter.section(section)
        for line in as_markdown(rows):
            terminalreporter.write_line(line)
    for line in ["", *machine()] if tables else []:
        terminalreporter.write_line(line)


def as_markdown(rows):
    found = dict.fromkeys(head for row in rows for head in row)
    heads = [*(head for head in HEADS if head in found), *(head for head in found if head not in HEADS)]
    cells = [[str(row.get(head, "")) for head in heads] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    for line in (heads, ["-" * width for width in widths], *cells):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"


def machine():
    from importlib.metadata import version

    versions = ", ".join(f"{name} {version(name)}" for name in ("phe", "gmpy2", "numpy", "cryptography"))
    yield f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}; {sys.platform}"
    if hasattr(os, "getloadavg"):
        yield f"load of the machine over the last minute: {os.getloadavg()[0]:.1f}"


def processor():
    """Name the processor; platform.processor() is empty on many Linux systems."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
