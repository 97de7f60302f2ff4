import pytest

from fedlearn_edu.crypto import chunks
from fedlearn_edu.crypto.chunks import complete, in_chunks


@pytest.fixture
def slow_items(monkeypatch):
    """A clock that goes on by 20 ms an item, and the function that moves it."""
    now = [0.0]
    monkeypatch.setattr(chunks, "monotonic", lambda: now[0])

    def work_on(item):
        now[0] += 0.02
        return item * 10

    return work_on


def test_the_results_keep_the_order_of_the_items():
    assert complete(in_chunks(lambda item: item * 10, list(range(1000)))) == list(range(0, 10000, 10))


def test_progress_rises_at_every_chunk_and_ends_at_the_total(slow_items):
    assert list(in_chunks(slow_items, range(10))) == [(3, 10), (6, 10), (9, 10), (10, 10)]


def test_work_can_be_left_between_two_chunks(slow_items):
    touched = []
    work = in_chunks(lambda item: touched.append(slow_items(item)), range(10))
    next(work)
    work.close()
    assert len(touched) == 3


def test_no_items_are_no_work():
    assert complete(in_chunks(abs, [])) == []
