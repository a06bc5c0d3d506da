"""Processes hear what they are told, and do not all leave at once."""

from __future__ import annotations

import fcntl
import threading

import pytest

from signalcast.core.home import subdirectory
from signalcast.work.beat import Beat
from signalcast.work.models import ProcessBeat
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

#: A beat, on a busy machine.
SOON = 30.0


@pytest.mark.wide
def test_of_two_that_are_told_to_restart_one_goes_on_meanwhile() -> None:
    left: list[int] = []
    told = threading.Event()

    def restart(number: int) -> None:
        left.append(number)
        told.set()

    # As two families of processes would beat; this one never ends, and so keeps its turn.
    beats = [
        Beat("sender", family=number, restart=lambda number=number: restart(number))  # type: ignore[misc]
        for number in (1, 2)
    ]
    for beat in beats:
        beat.start()
    rows = ProcessBeat.objects.order_by("pk")
    wait_for(lambda: rows.count() == 2, within=SOON, message="two beats")
    rows.update(order=ProcessBeat.Order.RESTART)
    seen = dict(rows.values_list("pid", "seen_at"))
    told.wait(SOON)

    wait_for(
        lambda: all(seen[pid] != at for pid, at in rows.values_list("pid", "seen_at")),
        within=SOON,
        message="another beat of both",
    )
    assert len(left) == 1
    orders = dict(rows.values_list("pid", "order"))
    assert orders == {left[0]: "", 3 - left[0]: "restart"}
    for beat in beats:
        beat.stop()
    assert not rows.exists()


def test_one_that_ended_before_its_turn_came_leaves_no_trace() -> None:
    turn = (subdirectory("run") / "web-7.beat").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)
    beat = Beat("web", family=7)
    beat.start()
    beat.stop()
    turn.close()

    wait_for(
        lambda: not any(thread.name == "beat" for thread in threading.enumerate()),
        within=SOON,
        message="the end of its thread",
    )
    assert not ProcessBeat.objects.exists()
