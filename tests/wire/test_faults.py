"""A fault that cannot happen is refused, not passed over."""

import pytest

from fedlearn_edu.errors import ProtocolError
from fedlearn_edu.wire.choreography import Protocol
from fedlearn_edu.wire.faults import Drop, Late, check_faults
from fedlearn_edu.wire.run import Run

from .small_protocols import SERVER, mean_age


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (Drop("clinic 9", round=1, before_step=2), "clinic 1, clinic 2"),
        (Drop("clinic 1", round=3, before_step=2), "The last round is 2"),
        (Drop("clinic 1", round=1, before_step=9), r"steps are \[1, 2, 3, 4, 5\]"),
        (Drop("clinic 1", round=0, before_step=1), "The last round is 2"),
        (Late("clinic 1", round=1, step=4), r"steps are \[2\]"),
        (Late("clinic 1", round=7, step=2), "The last round is 2"),
        (Late("nobody", round=1, step=2), "clinic 1, clinic 2"),
    ],
)
def test_a_fault_that_can_never_happen_is_refused_before_the_run(fault, remedy):
    with pytest.raises(ProtocolError, match=remedy):
        Run(mean_age(rounds=2), faults=[fault])


def test_a_fault_that_can_happen_is_accepted():
    check_faults([Drop("clinic 1", round=2, before_step=5), Late("clinic 3", round=2, step=2)], mean_age(rounds=2))


def test_a_fault_in_a_protocol_without_words_is_refused():
    def text(server):
        return
        yield

    with pytest.raises(ProtocolError, match="can never happen"):
        check_faults([Drop("server", round=1, before_step=1)], Protocol(text, {"server": SERVER}))
