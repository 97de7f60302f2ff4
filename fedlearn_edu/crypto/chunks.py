"""Long work in pieces, so that a run can show progress and be cancelled between them.

>>> def doubling(numbers):
...     return (yield from in_chunks(lambda number: 2 * number, numbers))
>>> complete(doubling([1, 2, 3]))
[2, 4, 6]

A *work* is a generator: it yields ``(done, total)`` now and then and returns its result. Whatever can take long is one:
``blinding(...)``, ``hashing(...)``. What is used by hand comes twice: ``encrypting(...)`` is the work, and
``EncryptedVector.encrypt(...)`` runs it to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from time import perf_counter  # monotonic() stands still for 16 ms on Windows
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Work: TypeAlias = Generator[tuple[int, int], None, Result]

CHUNK_SECONDS = 0.05  # measured in time, not in items: one takes 10 µs under a toy key, 0.1 s under 4096 bits


def complete(work: Work[Result]) -> Result:
    """Run a work to its end and hand back its result.

    >>> complete(in_chunks(abs, [-1, 2]))
    [1, 2]
    """
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


def in_chunks(function: Callable[[Item], Result], items: Sequence[Item]) -> Work[list[Result]]:
    """Apply a function to each item; yield ``(done, total)`` every 50 ms or so, and at the end.

    >>> work = in_chunks(abs, [-1, 2])
    >>> next(work)
    (2, 2)

    Parameters
    ----------
    function
        takes one item; it should need far less than a second
    items
        shape (N,)

    Returns
    -------
    list
        the results in the order of the items, as the value that the generator returns
    """
    results: list[Result] = []
    due = perf_counter() + CHUNK_SECONDS
    for item in items:
        results.append(function(item))
        if perf_counter() >= due and len(results) < len(items):
            yield len(results), len(items)
            due = perf_counter() + CHUNK_SECONDS
    yield len(items), len(items)
    return results


def in_batches(function: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item]) -> Work[list[Result]]:
    """Apply a function that takes many items at once, perhaps in threads; yield ``(done, total)`` after each batch.

    >>> complete(in_batches(lambda batch: [abs(item) for item in batch], [-1, 2]))
    [1, 2]

    Parameters
    ----------
    function
        takes a sequence of items, returns their results in the same order
    items
        shape (N,)

    Returns
    -------
    list
        the results in the order of the items, as the value that the generator returns
    """
    results: list[Result] = []
    size = 1  # the first batch measures how long one item takes; later ones grow towards 50 ms
    while len(results) < len(items):
        start = perf_counter()
        results += function(items[len(results) : len(results) + size])
        fits = size * CHUNK_SECONDS / max(perf_counter() - start, 1e-6)
        size = max(1, min(int(fits), 8 * size))
        if len(results) < len(items):
            yield len(results), len(items)
    yield len(items), len(items)
    return results
