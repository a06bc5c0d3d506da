"""Order within a signal, freshness, ambiguous sends, poisoned rows: one running installation."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, freeze, installation, kill
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers, receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

PEOPLE = ["alice", "bob"]


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    directory = Path(tempfile.mkdtemp(prefix="sca-"))
    with receivers() as targets, installation(directory, Database()) as made:
        made.prepare(document(targets, PEOPLE))
        made.start_all(workers=1, senders=1)
        played = Played(made, targets, PEOPLE)
        played.reach_the_stranger()
        yield played
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def well_behaved(played: Played) -> None:
    played.receivers.behaviour.clear()
    played.made.query("Destination.objects.update(blocked_until=None, failures=0, state='active')")


def numbers(targets: Receivers, name: str, comment: str) -> list[tuple[int, int]]:
    return [(a.number, a.status) for a in targets.of(name) if a.comment == comment]


def test_a_revision_that_is_retried_gives_way_to_the_newer_one(played: Played) -> None:
    targets = played.receivers
    targets.behaviour["alice"].first = [500, 500]
    # A limit order: it stays worth sending for longer than its retries take.
    played.poster.insist("order", order_type="limit", entries=["64250.5"])
    wait_for(lambda: len(numbers(targets, "alice", "order")) == 1, within=20, message="a 500")
    wait_until_retried(played.made, "order")
    hurry(played.made)
    wait_for(lambda: len(numbers(targets, "alice", "order")) == 2, within=20, message="two")
    played.poster.insist(
        "order-2", ref="order", action="update", stop_loss="63000", comment="order"
    )
    wait_for(
        lambda: (2, 200) in numbers(targets, "alice", "order"), within=30, message="revision 2"
    )
    hurry(played.made)

    wait_for(
        lambda: played.made.query(
            "list(Delivery.objects.filter(number=1, destination__address__endswith='/alice', "
            "post__data__signal__comment='order').values_list('state', flat=True))"
        ) == ["superseded"],
        within=20,
        message="revision 1 is superseded",
    )  # fmt: skip
    seen = [number for number, _status in numbers(targets, "alice", "order")]
    assert seen == sorted(seen)
    [second] = [a for a in targets.accepted("alice") if a.comment == "order"]
    assert second.data["signal"]["symbol"] == "BTCUSDT"
    assert second.data["signal"]["stop_loss"] == "63000"


def test_a_late_new_is_missed_and_its_close_goes_to_those_who_got_it(played: Played) -> None:
    targets = played.receivers
    targets.behaviour["alice"].then = 500
    until = (datetime.now(UTC) + timedelta(seconds=6)).isoformat()
    played.poster.insist("late", valid_until=until)
    wait_for(lambda: numbers(targets, "bob", "late") == [(1, 200)], within=20, message="bob has it")
    wait_for(lambda: numbers(targets, "alice", "late"), within=20, message="alice refused it")
    wait_for(lambda: datetime.now(UTC).isoformat() > until, within=20, message="it is late")
    targets.behaviour["alice"].then = 200
    refused = len(numbers(targets, "alice", "late"))
    hurry(played.made)
    wait_for(lambda: state_of(played.made, "late", 1, "alice") == "stale", within=20,
             message="the new is missed")  # fmt: skip

    [sender] = played.made.started("sender")
    freeze(played.made, sender.pid)
    played.poster.insist("late-close", ref="late", action="close", comment="late")
    wait_for(
        lambda: played.made.query("Delivery.objects.filter(number=2, "
        "post__data__signal__comment='late').count()") == 2,
        within=20, message="the close is fanned out",
    )  # fmt: skip
    played.made.query(
        "Post.objects.filter(type='signal.closed', data__signal__comment='late')"
        ".update(created_at=Now() - timedelta(minutes=10))"
    )
    os.kill(sender.pid, signal.SIGCONT)
    wait_for(lambda: (2, 200) in numbers(targets, "bob", "late"), within=40, message="bob's close")
    wait_for(lambda: state_of(played.made, "late", 2, "alice") == "stale", within=40,
             message="alice is spared")  # fmt: skip

    [close] = [a for a in targets.of("bob") if a.comment == "late" and a.number == 2]
    assert close.type == "signal.closed"
    assert close.data["late_seconds"] >= 590
    assert len(numbers(targets, "alice", "late")) == refused


@pytest.mark.scenario(9)
def test_a_send_without_an_answer_is_repeated_under_the_same_id(played: Played) -> None:
    targets = played.receivers
    targets.behaviour["alice"].drop = 1
    played.poster.insist("ambiguous")
    wait_for(lambda: targets.of("alice")[-1].comment == "ambiguous", within=20, message="dropped")
    wait_until_retried(played.made, "ambiguous")
    hurry(played.made)
    wait_for(
        lambda: (1, 200) in numbers(targets, "alice", "ambiguous"), within=30, message="repeated"
    )

    arrivals = [a for a in targets.of("alice") if a.comment == "ambiguous"]
    assert [a.status for a in arrivals] == [0, 200]
    assert arrivals[0].webhook_id == arrivals[1].webhook_id
    assert played.made.query(
        "Delivery.objects.filter(maybe_received=True, "
        "post__data__signal__comment='ambiguous').count()"
    ) == 1  # fmt: skip


@pytest.mark.scenario(10)
def test_poison_at_the_door_delays_nothing(played: Played) -> None:
    for body in (b"\xff\xfe\xfd", b"{" * 100_000, b"x" * 1_000_000, b'{"ticker": 1e999999}'):
        assert played.poster.hook(body).status == 202
    played.poster.insist("after-poison")
    wait_for(
        lambda: numbers(played.receivers, "alice", "after-poison") == [(1, 200)],
        within=10,
        message="the signal after the poison",
    )
    assert played.made.query("Receipt.objects.filter(state='review').count()") >= 3


@pytest.mark.scenario(10)
def test_a_destination_that_was_deleted_in_between_stops_nobody(played: Played) -> None:
    played.made.query(
        "str(Destination.objects.create(owner=User.objects.get(email='alice@example.org'), "
        f"kind='webhook', address='{played.receivers.url('gone')}'))"
    )
    [sender] = played.made.started("sender")
    freeze(played.made, sender.pid)
    played.poster.insist("deleted")
    wait_for(
        lambda: played.made.query(
            "Delivery.objects.filter(post__data__signal__comment='deleted').count()"
        ) == 3,
        within=20, message="three deliveries",
    )  # fmt: skip
    played.made.query(
        "Destination.objects.filter(address__endswith='/gone')._raw_delete('default')"
    )
    os.kill(sender.pid, signal.SIGCONT)

    wait_for(
        lambda: all(numbers(played.receivers, name, "deleted") == [(1, 200)] for name in PEOPLE),
        within=40,
        message="both have it",
    )
    assert not played.receivers.of("gone")


@pytest.mark.scenario(10)
def test_a_row_that_takes_its_process_down_is_parked_and_can_be_redriven(played: Played) -> None:
    made, targets = played.made, played.receivers
    targets.behaviour["alice"].hang = 60
    played.poster.insist("crasher")
    # Noted as well, so that the crasher is all that a sender has in hand.
    wait_for(lambda: state_of(made, "crasher", 1, "bob") == "sent", within=20, message="bob has it")
    for _ in range(3):
        owner = wait_for(lambda: holder(made), within=40, message="somebody has it in hand")
        [sender] = [p for p in made.started("sender") if str(p.pid) == owner.rpartition(":")[2]]
        kill(sender)
        made.start("sender")
        given_up = partial(holder, made, other_than=owner)
        wait_for(given_up, within=30, message="it is taken back")
    parked = made.query(
        "list(Delivery.objects.filter(parked_at__isnull=False).values('id', 'parked_reason'))"
    )
    assert len(parked) == 1
    assert "died 3 times" in parked[0]["parked_reason"]

    targets.behaviour["alice"].hang = 0
    played.poster.insist("next")
    wait_for(lambda: numbers(targets, "alice", "next") == [(1, 200)], within=10, message="the next")
    made.query(
        "__import__('signalcast.work.redrive', fromlist=['redrive'])"
        f".redrive(Delivery, [{parked[0]['id']}])"
    )
    wait_for(
        lambda: (1, 200) in numbers(targets, "alice", "crasher"), within=20, message="redriven"
    )


def holder(made: Installation, *, other_than: str = "") -> str:
    """Which process has the crashing delivery in hand, or "parked" once nobody will."""
    found = made.query(
        "list(Delivery.objects.filter(post__data__signal__comment='crasher', "
        "destination__address__endswith='/alice')"
        ".values('claimed_by', 'leased_until', 'parked_at'))"
    )[0]
    if found["parked_at"]:
        return "parked"
    held = found["claimed_by"] if found["leased_until"] else ""
    return "" if held == other_than else str(held)


def wait_until_retried(made: Installation, comment: str) -> None:
    """Until it is noted that Alice's is to be tried again: only then it can be hurried."""
    wait_for(
        lambda: state_of(made, comment, 1, "alice") == "retrying",
        within=20, message="a try is to follow",
    )  # fmt: skip


def hurry(made: Installation) -> None:
    """Let every retry be due now."""
    made.query(
        "Delivery.objects.filter(due__isnull=False).update(due=Now()) "
        "+ Destination.objects.update(blocked_until=None)"
    )


def state_of(made: Installation, comment: str, number: int, name: str) -> str:
    """The state of one delivery."""
    found = made.query(
        f"list(Delivery.objects.filter(number={number}, destination__address__endswith='/{name}', "
        f"post__data__signal__comment='{comment}').values_list('state', flat=True))"
    )
    return str(found[0]) if found else ""
