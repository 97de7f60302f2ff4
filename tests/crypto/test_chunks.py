import pytest

from fedlearn_edu.crypto import chunks
from fedlearn_edu.crypto.chunks import complete, in_batches, in_chunks


@pytest.fixture
def slow_items(monkeypatch):
    """A clock that goes on by 20 ms an item, and the function that moves it."""
    now = [0.0]
    monkeypatch.setattr(chunks, "perf_counter", lambda: now[0])

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


def in_batches_of(slow_item, sizes):
    def work_on(batch):
        sizes.append(len(batch))
        return [slow_item(item) for item in batch]

    return work_on


def test_a_batch_is_one_item_at_first_and_then_what_fits_fifty_milliseconds(slow_items):
    sizes = []
    assert list(in_batches(in_batches_of(slow_items, sizes), range(6))) == [(1, 6), (3, 6), (5, 6), (6, 6)]
    assert sizes == [1, 2, 2, 1]


def test_batches_grow_eightfold_at_most_and_keep_the_order():
    sizes = []
    work = in_batches(in_batches_of(lambda item: item * 10, sizes), list(range(1000)))
    assert complete(work) == list(range(0, 10000, 10))
    assert sizes[:3] == [1, 8, 64]


def test_a_batch_longer_than_a_chunk_shrinks_to_one_item(slow_items):
    sizes = []

    def slower(item):
        for _ in range(5):
            slow_items(item)
        return item

    assert complete(in_batches(in_batches_of(slower, sizes), range(3))) == [0, 1, 2]
    assert sizes == [1, 1, 1]


def test_no_items_are_no_batch():
    sizes = []
    assert list(in_batches(in_batches_of(abs, sizes), [])) == [(0, 0)] and sizes == []
