"""Matrices of a lesson's size are multiplied on one core: several that wait for each other take longer.

>>> import numpy as np
>>> with on_one_core():
...     product = np.ones((2, 3)) @ np.ones((3, 2))

A hundred passes of softmax regression over `digits` took 0.15 s so, and 1 s with NumPy's own choice of two threads, on
a machine that had other work to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def on_one_core() -> Iterator[None]:
    """While this lasts, NumPy's matrix products use one thread; afterwards as many as before."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> Any:
    """What multiplies matrices in this process; looking for it takes some milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
