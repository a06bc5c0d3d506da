"""What the number of workers does over minutes and hours, played in fast motion."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcast.ops.capacity.decide import IDLE_FOR
from signalcast.ops.capacity.tests.world import Host, Work
from signalcast.pipeline import Queue

#: Jobs of trade execution: five at once, then one a second.
EXECUTION = [Work(0.0, Queue.HIGH, 0.2) for _ in range(5)] + [
    Work(float(second), Queue.HIGH, 0.2) for second in range(1, 600)
]


def flood(count: int, queue: Queue, takes: float) -> list[Work]:
    return [Work(0.0, queue, takes) for _ in range(count)]


def test_execution_hardly_waits_although_5000_notifications_and_three_backtests_do() -> None:
    """The mix in which sharing workers out by expected time left execution with one of ten."""
    works = [
        *EXECUTION,
        *flood(5_000, Queue.NOTIFICATIONS, 0.3),
        *flood(3, Queue.DEFAULT, 1_200.0),
    ]
    host = Host(least=1, most=10).play(works, until=600.0)

    assert host.late(Queue.HIGH) <= 1.0
    assert len(host.waits[Queue.HIGH]) == len(EXECUTION)
    assert len(host.waits[Queue.NOTIFICATIONS]) == 5_000
    assert len(host.waits[Queue.DEFAULT]) == 3
    assert max(host.numbers) > 3


def test_while_only_notifications_wait_execution_waits_for_one_of_them_at_most() -> None:
    host = Host(least=1, most=10).play(
        [*EXECUTION, *flood(5_000, Queue.NOTIFICATIONS, 0.3)], until=600.0
    )

    assert host.late(Queue.HIGH, 0.99) <= 1.0
    assert host.done == len(EXECUTION) + 5_000


def test_an_idle_host_keeps_its_least_and_changes_nothing() -> None:
    host = Host(least=2, most=10).play([], until=3_600.0)

    assert host.changes == []
    assert set(host.numbers) == {2}


def test_a_steady_load_comes_to_rest() -> None:
    """Three and a half seconds of work a second need four workers: one fewer is regretted."""
    works = [Work(number / 10, Queue.HIGH, 0.35) for number in range(36_000)]
    host = Host(least=1, most=10).play(works, until=3_600.0)
    second_half = [change for change in host.changes if change[0] > 1_800]

    assert 4 <= host.numbers[-1] <= 5
    assert len(second_half) <= 4
    assert host.late(Queue.HIGH) <= 2.0


def test_work_in_hand_is_finished_although_its_worker_is_to_go() -> None:
    works = [*flood(40, Queue.HIGH, 2.0), *flood(2, Queue.DEFAULT, 300.0)]
    host = Host(least=1, most=6).play(works, until=900.0)

    assert host.done == 42
    assert host.numbers[-1] == 1
    assert len(host.workers) == 1


bursts = st.lists(
    st.tuples(
        st.floats(0, 600), st.integers(1, 60), st.sampled_from(list(Queue)), st.floats(0.01, 30)
    ),
    max_size=6,
)


@pytest.mark.wide
@settings(max_examples=25, deadline=None)
@given(bursts=bursts, least=st.integers(1, 4), more=st.integers(0, 6))
def test_the_number_stays_in_its_bounds_and_never_goes_to_and_fro(
    bursts: list[tuple[float, int, Queue, float]], least: int, more: int
) -> None:
    works = [Work(at, queue, takes) for at, count, queue, takes in bursts for _ in range(count)]
    host = Host(least=least, most=least + more).play(works, until=900.0)

    assert all(least <= number <= least + more for number in host.numbers)
    for (earlier, was, became), (later, _, next_number) in pairwise(host.changes):
        if was < became > next_number:  # one fewer after one more: nothing waited for a minute
            assert later - earlier >= IDLE_FOR
