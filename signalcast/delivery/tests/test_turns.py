"""What a worker does when things go wrong in the middle, and who waits for whom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Model
from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.delivery.publish_receipt import publish_receipt
from signalcast.delivery.tests.world import World, chunks, make_world, subscribe
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.signals.models import Revision, Signal
from signalcast.signals.review import approve
from signalcast.work.claim import claim
from signalcast.work.rescue import rescue

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NEW: dict[str, Any] = {"id": "a", "symbol": "BTCUSDT", "side": "buy", "stop_loss": "60000"}
CLOSE = {"id": "b", "ref": "a", "action": "close"}
UPDATE = {"id": "c", "ref": "a", "action": "update", "stop_loss": "61000"}


class Killed(BaseException):
    """Stands for the end of the process: no handler of ours gets to see it."""


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks(monkeypatch, 3, 3)


@contextmanager
def failing(error: BaseException, *, sql: str, at: int = 1, holds: str = "") -> Iterator[None]:
    """Have the connection fail at the ATth statement like SQL whose parameters hold HOLDS."""
    left = at

    def execute(
        run: Callable[..., Any], statement: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        nonlocal left
        if statement.startswith(sql) and holds in str(parameters):
            left -= 1
            if left == 0:
                raise error
        return run(statement, parameters, many, context)

    with connection.execute_wrapper(execute):
        yield


def insert_into(model: type[Model]) -> str:
    return f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)}"


def give_back_what_is_leased() -> None:
    """Let the leases of a process that died run out, and take its rows back."""
    Receipt.objects.filter(leased_until__isnull=False).update(
        leased_until=timezone.now() - timedelta(minutes=1)
    )
    rescue(Receipt)


def in_threads(*acts: Callable[[], Any]) -> None:
    def run(act: Callable[[], Any]) -> None:
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("statement", [1, 2, 3, 4, 5])
def test_a_process_killed_at_any_chunk_is_taken_over_without_a_gap_or_a_double(
    world: World, statement: int
) -> None:
    for number in range(10):
        subscribe(world.plan, f"more-{number}")
    receipt = world.receive(NEW)
    with failing(Killed(), sql=insert_into(Delivery), at=statement), pytest.raises(Killed):
        publish()
    # The first statement is about the feed's own channels, of which there are none.
    assert Delivery.objects.count() == 3 * max(0, statement - 2)

    give_back_what_is_leased()
    publish()

    receipt.refresh_from_db()
    assert (receipt.state, receipt.leased_until) == (ReceiptState.DECIDED, None)
    assert Revision.objects.count() == 1
    assert Delivery.objects.count() == Post.objects.get().recipients == 11


@pytest.mark.usefixtures("small_chunks")
def test_a_close_is_not_posted_before_the_new_signal_has_reached_everybody(
    world: World,
) -> None:
    for number in range(5):
        subscribe(world.plan, f"more-{number}")
    world.receive(NEW)
    with failing(Killed(), sql=insert_into(Delivery), at=3), pytest.raises(Killed):
        publish()
    close = world.receive(CLOSE)

    publish()
    close.refresh_from_db()
    assert close.state == ReceiptState.RECEIVED
    assert Revision.objects.count() == 1

    give_back_what_is_leased()
    publish()
    assert [post.recipients for post in Post.objects.order_by("number")] == [6, 6]


def test_what_killed_a_process_takes_no_other_receipt_along(world: World) -> None:
    poison = world.receive(NEW | {"id": "poison"})
    for number in range(4):
        world.receive(NEW | {"id": f"good-{number}"})
    for _ in range(3):
        with (
            failing(Killed(), sql=insert_into(Signal), holds="poison"),
            pytest.raises(Killed),
        ):
            publish()
        give_back_what_is_leased()
    publish()

    poison.refresh_from_db()
    assert "died 3 times" in poison.parked_reason
    assert Signal.objects.count() == 4
    assert set(Receipt.objects.exclude(pk=poison.pk).values_list("state", "parked_at")) == {
        (ReceiptState.DECIDED, None)
    }


def test_a_database_that_was_busy_is_asked_again_and_nobody_is_blamed(world: World) -> None:
    receipt = world.receive(NEW)
    with failing(OperationalError("database is locked"), sql=insert_into(Delivery)):
        publish()

    receipt.refresh_from_db()
    assert (receipt.state, receipt.tries) == (ReceiptState.DECIDED, 0)
    assert Delivery.objects.count() == 1


def test_a_close_behind_a_signal_in_another_worker_s_hands_follows_at_once(world: World) -> None:
    first = world.receive(NEW)
    close = world.receive(CLOSE)
    [held] = claim(Receipt, 1)
    assert held.id == first.pk

    in_threads(publish, lambda: publish_receipt(Receipt.objects.get(pk=first.pk), held))

    close.refresh_from_db()
    assert close.state == ReceiptState.DECIDED
    assert Signal.objects.get().state == "closed"


def test_a_change_of_a_signal_that_may_still_be_decided_is_not_called_unknown(
    world: World,
) -> None:
    first = world.receive(NEW, thread="one")
    close = world.receive(CLOSE, thread="another")
    [held] = claim(Receipt, 1)
    publish()
    close.refresh_from_db()
    assert close.state == ReceiptState.RECEIVED

    publish_receipt(Receipt.objects.get(pk=first.pk), held)
    publish()
    close.refresh_from_db()
    assert close.state == ReceiptState.DECIDED


def test_two_workers_revise_one_signal_after_the_other(world: World) -> None:
    world.receive(NEW)
    publish()
    for number in range(12):
        world.receive(
            UPDATE | {"id": f"u-{number}", "stop_loss": str(60001 + number)}, thread=f"t-{number}"
        )
    in_threads(publish, publish, publish)

    assert Signal.objects.get().revision == 13
    assert sorted(Revision.objects.values_list("number", flat=True)) == list(range(1, 14))
    assert Delivery.objects.count() == 13


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"symbol": "ETHUSDT", "stop_loss": "1"}, "about BTCUSDT"),
        ({"side": "sell", "stop_loss": "1"}, "is a buy"),
        ({}, "changes nothing"),
        ({"stop_loss": "60000"}, "changes nothing"),
        ({"take_profits": [{"price": "59000"}]}, "stop_loss"),
        ({"order_type": "limit"}, "entry price"),
    ],
)
def test_a_change_that_does_not_fit_its_signal_waits_for_review(
    world: World, change: dict[str, Any], reason: str
) -> None:
    world.receive(NEW)
    world.receive({"id": "x", "ref": "a", "action": "update"} | change)
    publish()

    receipt = Receipt.objects.get(state=ReceiptState.REVIEW)
    assert reason in receipt.reason
    assert Revision.objects.count() == 1


def test_an_update_can_take_the_targets_away(world: World) -> None:
    world.receive(NEW | {"take_profits": [{"price": "70000"}]})
    world.receive({"id": "x", "ref": "a", "action": "update", "take_profits": []})
    publish()

    assert not Revision.objects.get(number=2).targets.exists()


def test_an_id_that_several_open_signals_have_is_not_guessed_about(world: World) -> None:
    world.receive(NEW)
    world.receive(NEW)
    close = world.receive(CLOSE)
    publish()

    close.refresh_from_db()
    assert "several open signals" in close.reason


def test_an_approved_signal_is_as_good_as_new(world: World) -> None:
    world.source.publish = "review"
    world.source.save()
    receipt = world.receive(NEW)
    Receipt.objects.update(received_at=timezone.now() - timedelta(hours=3))
    publish()
    approve(receipt.pk, by=User.objects.create_user("olga@example.org"))
    publish()

    valid_until = Post.objects.get().valid_until
    assert valid_until is not None
    left = (valid_until - timezone.now()).total_seconds()
    assert 200 < left <= world.feed.market_validity + 5
