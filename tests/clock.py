"""How long something takes, when other things happen too: a busy machine, Python clearing up after other tests."""

import time


def least_seconds(work, tries=3):
    """The least of several times of the same work, by the clock."""
    seconds = []
    for _ in range(tries):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
