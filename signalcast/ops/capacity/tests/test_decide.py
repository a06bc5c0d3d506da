"""How many processes there should be follows from what waits, within what is allowed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalcast.ops.capacity.decide import Situation, decide, has_to_wait

CALM = Situation(
    running=2,
    least=1,
    most=4,
    queue="high",
    wait=0.0,
    budget=2.0,
    idle_for=0.0,
    changed_ago=100.0,
)


def test_a_row_that_has_used_up_half_its_budget_starts_one_more() -> None:
    assert decide(replace(CALM, wait=0.9)) == (2, "")
    assert decide(replace(CALM, wait=1.1)) == (3, "the oldest row in high waits for 1.1 s of 2 s")


def test_the_next_one_waits_for_what_the_last_one_brings() -> None:
    assert decide(replace(CALM, wait=9.0, changed_ago=4.0)) == (2, "")


def test_a_minute_without_any_due_row_retires_one() -> None:
    assert decide(replace(CALM, idle_for=59.0)) == (2, "")
    assert decide(replace(CALM, idle_for=61.0)) == (1, "nothing waited for 61 s")


def test_processes_that_are_missing_are_started_at_once() -> None:
    missing = replace(CALM, running=0, changed_ago=0.0)
    assert decide(missing) == (1, "fewer ran than the least")
    assert decide(replace(missing, running=1, least=3)) == (2, "fewer ran than the least")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    running=st.integers(0, 9),
    least=st.integers(1, 3),
    more=st.integers(0, 5),
    wait=st.floats(0, 1e6),
    idle=st.floats(0, 1e6),
    ago=st.floats(0, 1e6),
)
def test_the_number_never_leaves_its_bounds_and_changes_come_with_a_reason(
    running: int, least: int, more: int, wait: float, idle: float, ago: float
) -> None:
    most = least + more
    now = Situation(min(running, most), least, most, "high", wait, 2.0, idle, ago)
    wanted, reason = decide(now)

    assert abs(wanted - now.running) <= 1
    assert min(least, now.running + 1) <= wanted <= most
    assert bool(reason) == (wanted != now.running)


def test_what_is_due_for_a_moment_by_the_clock_keeps_nobody() -> None:
    assert not has_to_wait(0.05, budget=2.0)
    assert not has_to_wait(2.0, budget=60.0)
    assert has_to_wait(0.2, budget=2.0)
    assert has_to_wait(4.0, budget=60.0)
