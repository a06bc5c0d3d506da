"""Receipts become signals, revisions, posts and deliveries, each exactly once."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import User
from signalcast.channels.models import Broadcast, Destination
from signalcast.core.prices import plain
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, chunks, make_world, subscribe
from signalcast.feeds.models import Feed
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.plans.models import Subscription
from signalcast.signals.models import Revision, Signal
from signalcast.signals.review import approve, reject
from signalcast.work.claim import claim
from signalcast.work.rescue import rescue

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NEW: dict[str, Any] = {
    "id": "tv-1", "symbol": "BTCUSDT", "side": "buy", "order_type": "limit",
    "entries": ["64250.50"], "stop_loss": "63000",
    "take_profits": [{"price": "65000", "share": "0.5"}, {"price": "66000", "share": "0.5"}],
    "leverage": "5", "timeframe": "1h", "comment": "breakout",
}  # fmt: skip


@pytest.fixture
def world() -> World:
    return make_world()


def decided(receipt: Receipt) -> Receipt:
    publish()
    receipt.refresh_from_db()
    return receipt


def test_a_typed_signal_reaches_those_whose_plan_has_the_feed_and_nobody_else(world: World) -> None:
    receipt = decided(world.receive(NEW))

    assert receipt.state == ReceiptState.DECIDED
    assert receipt.due is None
    assert receipt.leased_until is None
    assert [delivery.destination for delivery in Delivery.objects.all()] == [world.alice]
    post = Post.objects.get()
    assert post.recipients == 1
    assert post.fanned_out_at is not None


def test_a_post_holds_the_whole_signal_with_numbers_as_they_were_posted(world: World) -> None:
    decided(world.receive(NEW))

    data = Post.objects.get().data
    assert data["feed"] == {"slug": "crypto", "name": "Crypto"}
    assert data["revision"]["number"] == 1
    assert data["revision"]["kind"] == "new"
    signal = data["signal"]
    assert signal["entries"] == ["64250.50"]
    assert signal["stop_loss"] == "63000"
    assert signal["take_profits"] == NEW["take_profits"]
    assert signal["leverage"] == "5"
    assert signal["state"] == "open"


def test_every_digit_of_a_price_survives(world: World) -> None:
    decided(world.receive(NEW | {"entries": ["0.000000123456"], "stop_loss": "0.00000012000",
                                 "take_profits": [{"price": "0.000000200000"}]}))  # fmt: skip

    revision = Revision.objects.get()
    assert revision.entries == ["0.000000123456"]
    assert plain(revision.stop_loss or Decimal(0)) == "0.00000012000"
    assert plain(revision.targets.get().price or Decimal(0)) == "0.000000200000"


def test_an_update_changes_what_it_names_and_keeps_the_rest(world: World) -> None:
    decided(world.receive(NEW))
    decided(world.receive({"id": "tv-2", "ref": "tv-1", "action": "update", "stop_loss": "64000"}))

    first, second = Revision.objects.order_by("number")
    assert (second.number, second.kind) == (2, "update")
    assert second.stop_loss == Decimal(64000)
    assert second.entries == first.entries
    assert second.targets.count() == 2
    assert Post.objects.get(number=2).valid_until is None


def test_a_null_in_an_update_takes_the_value_away(world: World) -> None:
    decided(world.receive(NEW))
    decided(world.receive({"id": "tv-2", "ref": "tv-1", "action": "update", "leverage": None}))

    assert Revision.objects.get(number=2).leverage is None
    assert Revision.objects.get(number=2).stop_loss == Decimal(63000)


def test_a_closed_signal_stays_closed(world: World) -> None:
    decided(world.receive(NEW))
    decided(world.receive({"id": "tv-2", "ref": "tv-1", "action": "close"}))
    late = decided(world.receive({"id": "tv-3", "ref": "tv-1", "action": "update",
                                  "stop_loss": "64000"}))  # fmt: skip

    assert Signal.objects.get().state == "closed"
    assert late.state == ReceiptState.REVIEW
    assert "closed" in late.reason
    assert Revision.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"id": "x", "ref": "nobody", "action": "close"}, "no signal of this source has that id"),
        (b"\xff\xfe broken", "UTF-8"),
        ('[{"ticker": "BTCUSDT"}]', "not an object"),
        ('{"foo": 1}', "no instrument"),
        ('{"ticker": "BTCUSDT", "action": "dance"}', "no action"),
        ('{"ticker": "BTCUSDT", "action": "buy", "price": "NaN"}', "finite"),
        ('{"ticker": "BTCUSDT", "action": "buy", "price": 100, "sl": 110}', "stop_loss"),
        ("{" * 2_000, ""),
    ],
)
def test_what_cannot_be_understood_waits_for_review_with_its_reason(
    world: World, body: dict[str, Any] | str | bytes, reason: str
) -> None:
    receipt = decided(world.receive(body))

    assert receipt.state == ReceiptState.REVIEW
    assert reason in receipt.reason
    assert receipt.reason
    assert not Revision.objects.exists()


def test_chatter_is_kept_and_ignored_with_its_reason(world: World) -> None:
    receipt = decided(world.receive("Good morning everybody, have a nice weekend!"))

    assert receipt.state in (ReceiptState.IGNORED, ReceiptState.REVIEW)
    assert receipt.reason
    assert not Signal.objects.exists()


def test_a_plain_english_call_is_published(world: World) -> None:
    receipt = decided(world.receive("BUY BTCUSDT @ 64250 SL 63000 TP1 65000 TP2 66000"))

    assert receipt.state == ReceiptState.DECIDED, receipt.reason
    assert Signal.objects.get().symbol == "BTCUSDT"
    assert Revision.objects.get().entries == ["64250"]


def test_a_source_under_review_publishes_nothing_by_itself(world: World) -> None:
    world.source.publish = "review"
    world.source.save()
    receipt = decided(world.receive(NEW))

    assert receipt.state == ReceiptState.REVIEW
    assert "review" in receipt.reason
    assert not Signal.objects.exists()


def alert(before: str, after: str, **more: Any) -> dict[str, Any]:
    return {
        "ticker": "BTCUSDT.P", "action": "buy", "prev_market_position": before,
        "market_position": after, "price": 64250.5, "interval": "60",
    } | more  # fmt: skip


def test_a_strategy_that_leaves_flat_opens_a_signal(world: World) -> None:
    decided(world.receive(alert("flat", "long")))

    revision = Revision.objects.get()
    assert (revision.side, revision.kind, revision.timeframe) == ("buy", "new", "1h")
    assert revision.entries == ["64250.5"]
    assert revision.signal.symbol == "BTCUSDT.P"


def test_a_strategy_that_goes_flat_closes_its_signal_at_its_price(world: World) -> None:
    decided(world.receive(alert("flat", "short", action="sell")))
    decided(world.receive(alert("short", "flat", price="60000.25")))

    assert Signal.objects.get().state == "closed"
    assert Revision.objects.get(number=2).exit_price == Decimal("60000.25")


def test_a_strategy_that_reverses_closes_one_signal_and_opens_another(world: World) -> None:
    decided(world.receive(alert("flat", "long")))
    receipt = decided(world.receive(alert("long", "short", action="sell")))

    assert receipt.state == ReceiptState.DECIDED, receipt.reason
    kinds = [
        (revision.kind, revision.side)
        for revision in Revision.objects.filter(receipt=receipt).order_by("pk")
    ]
    assert kinds == [("close", "buy"), ("new", "sell")]
    assert Delivery.objects.count() == 3


def test_a_position_that_only_grows_is_not_guessed_about(world: World) -> None:
    decided(world.receive(alert("flat", "long")))
    receipt = decided(world.receive(alert("long", "long", market_position_size=2)))

    assert receipt.state == ReceiptState.REVIEW
    assert "size" in receipt.reason


def test_closing_what_was_never_opened_waits_for_review(world: World) -> None:
    receipt = decided(world.receive(alert("long", "flat")))

    assert receipt.state == ReceiptState.REVIEW
    assert "no open signal" in receipt.reason


def test_a_close_waits_for_the_new_signal_that_came_before_it(world: World) -> None:
    first = world.receive(NEW)
    second = world.receive({"id": "tv-2", "ref": "tv-1", "action": "close"})
    [held] = claim(Receipt, 1)
    assert held.id == first.pk

    publish()
    second.refresh_from_db()
    assert second.state == ReceiptState.RECEIVED
    assert second.due is not None

    Receipt.objects.filter(pk=first.pk).update(leased_until="2020-01-01T00:00Z")
    rescue(Receipt)
    Receipt.objects.filter(pk=second.pk).update(due="2020-01-01T00:00Z")
    publish()
    Receipt.objects.filter(pk=second.pk, due__isnull=False).update(due="2020-01-01T00:00Z")
    publish()
    assert Signal.objects.get().state == "closed"


def test_one_receipt_that_fails_does_not_hold_up_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = world.receive(NEW | {"id": "broken"})
    Receipt.objects.filter(pk=broken.pk).update(body=b"not json at all")
    good = world.receive(NEW)

    publish()
    good.refresh_from_db()
    broken.refresh_from_db()
    assert good.state == ReceiptState.DECIDED
    assert (broken.tries, broken.parked_at) == (1, None)

    for _ in range(2):
        Receipt.objects.filter(pk=broken.pk).update(due="2020-01-01T00:00Z")
        publish()
    broken.refresh_from_db()
    assert broken.parked_at is not None
    assert "failed 3 times" in broken.parked_reason


def test_eight_workers_at_once_publish_every_signal_once(world: World) -> None:
    for number in range(40):
        world.receive(NEW | {"id": f"s-{number}"})

    def work() -> None:
        try:
            publish()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Signal.objects.count() == 40
    assert Delivery.objects.count() == 40
    assert not Receipt.objects.exclude(state=ReceiptState.DECIDED).exists()


def test_statements_do_not_grow_with_the_number_of_subscribers(world: World) -> None:
    def statements() -> int:
        world.receive(NEW | {"id": f"s-{Signal.objects.count()}"})
        with CaptureQueriesContext(connection) as queries:
            publish()
        return len(queries)

    few = statements()
    for number in range(50):
        subscribe(world.plan, f"more-{number}")
    many = statements()

    assert Delivery.objects.count() == 1 + 51
    assert many == few
    assert few <= 20


def test_a_fan_out_of_several_chunks_reaches_everybody_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks(monkeypatch, 3, 4)
    for number in range(7):
        subscribe(world.plan, f"more-{number}")
    receipt = decided(world.receive(NEW))

    assert receipt.state == ReceiptState.DECIDED
    assert receipt.leased_until is None
    assert Delivery.objects.count() == 8
    assert Post.objects.get().recipients == 8


def test_a_fan_out_that_was_interrupted_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks(monkeypatch, 3, 4)
    for number in range(7):
        subscribe(world.plan, f"more-{number}")
    post = Post.objects.create(feed=world.feed, type="announcement", data={})
    fan_out(post)
    assert Delivery.objects.count() == 3

    again = Post.objects.get()
    assert not fan_out(again)
    assert Delivery.objects.count() == 3 + 4
    assert fan_out(again)
    assert Delivery.objects.count() == 8
    assert Destination.objects.filter(deliveries__post=post).distinct().count() == 8


def test_entitlement_is_that_of_the_moment_of_the_fan_out(world: World) -> None:
    Subscription.objects.filter(user=world.alice.owner).update(state="cancelled")
    decided(world.receive(NEW))
    assert User.objects.filter(destinations=world.alice).exists()
    assert not Delivery.objects.exists()


def test_an_approved_receipt_is_published_in_spite_of_its_doubts(world: World) -> None:
    world.source.publish = "review"
    world.source.save()
    receipt = decided(world.receive(NEW))
    olga = User.objects.create_user("olga@example.org")

    assert approve(receipt.pk, by=olga)
    assert decided(receipt).state == ReceiptState.DECIDED
    assert Delivery.objects.count() == 1
    assert not approve(receipt.pk, by=olga)


def test_an_approval_does_not_publish_what_contradicts_itself(world: World) -> None:
    receipt = decided(world.receive({"ticker": "BTCUSDT", "action": "buy", "price": 1, "sl": 2}))
    assert approve(receipt.pk, by=User.objects.create_user("olga@example.org"))

    assert decided(receipt).state == ReceiptState.REVIEW
    assert "stop_loss" in receipt.reason
    assert not Signal.objects.exists()


def test_a_rejected_receipt_is_kept_and_never_published(world: World) -> None:
    receipt = decided(world.receive({"foo": 1} | {"ticker": ""}))
    assert reject(receipt.pk, by=User.objects.create_user("olga@example.org"))

    assert decided(receipt).state == ReceiptState.REJECTED
    assert not approve(receipt.pk, by=User.objects.create_user("ann@example.org"))


def test_a_feeds_own_channel_gets_one_delivery_for_all_who_read_along(world: World) -> None:
    channel = Destination.objects.create(kind="webhook", address="https://channel.test/")
    elsewhere = Destination.objects.create(kind="webhook", address="https://elsewhere.test/")
    other = Feed.objects.get(slug="forex")
    Broadcast.objects.create(feed=world.feed, destination=channel)
    Broadcast.objects.create(feed=other, destination=elsewhere)
    world.receive(NEW)
    publish()

    reached = list(Delivery.objects.order_by("pk").values_list("destination", flat=True))
    assert reached == [channel.pk, world.alice.pk]
    assert Post.objects.get().recipients == 2


def test_every_channel_of_a_feed_gets_it_although_a_chunk_has_room_for_fewer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks(monkeypatch, 1, 1)
    for number in range(3):
        address = f"https://channel{number}.test/"
        channel = Destination.objects.create(kind="webhook", address=address)
        Broadcast.objects.create(feed=world.feed, destination=channel)
    decided(world.receive(NEW))

    assert Delivery.objects.count() == 3 + 1
    assert Post.objects.get().recipients == 3 + 1
