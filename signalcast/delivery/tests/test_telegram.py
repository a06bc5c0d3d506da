"""Deliveries to Telegram: limits of chats and bots, waits, moved groups, bots in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from signalcast.channels.models import Account, Broadcast, Destination
from signalcast.channels.telegram.tests.peer import BLOCKED, REVOKED, SENT, Peer, migrated, wait
from signalcast.channels.tests.receiving import ASKED
from signalcast.core.env import environment
from signalcast.delivery.models import Attempt, Delivery, Post
from signalcast.delivery.tests.outbox import (
    deliver,
    fresh,
    hurry,
    post,
    sending,
    signal,
    wait_for_state,
)
from signalcast.delivery.tests.world import World, subscribe
from signalcast.plans.models import PlanChannel
from signalcast.signals.models import Signal
from tests.waiting import wait_for

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

LEVELS: dict[str, Any] = {
    "side": "buy", "order_type": "market", "entries": [], "stop_loss": "63000", "leverage": None,
    "take_profits": [], "timeframe": None, "exit_price": None, "state": "open", "comment": "",
}  # fmt: skip


@pytest.fixture
def peer(loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    # There is no broker here: the only process takes all that there is.
    monkeypatch.setenv("SIGNALCAST_SENDERS", "1")
    environment.cache_clear()
    with Peer() as made:
        yield made
        assert made.wrong == []


@pytest.fixture
def bot(world: World, peer: Peer) -> Account:
    PlanChannel.objects.create(plan=world.plan, kind="telegram")
    return Account.objects.create(kind="telegram", name="desk", settings=peer.account())


def chat(world: World, bot: Account, address: str) -> Destination:
    made = subscribe(world.plan, f"chat{address}")
    made.kind, made.address, made.account = "telegram", address, bot
    made.save()
    return made


def told(world: World, about: Signal | None = None, number: int = 1, kind: str = "new") -> Post:
    made = post(world, about, number, kind)
    made.data["signal"] |= LEVELS
    made.save()
    return made


@pytest.mark.parametrize("seconds", [5, 60, ASKED])
def test_a_chat_that_asks_to_wait_is_given_all_of_it_and_others_are_not_delayed(
    world: World, bot: Account, peer: Peer, seconds: int
) -> None:
    waiting, others = chat(world, bot, "1"), [chat(world, bot, str(at)) for at in range(2, 8)]
    peer.say("1", wait(seconds), SENT)
    [row, *rows] = deliver(told(world), waiting, *others)
    with sending():
        began = timezone.now()
        for other in rows:
            wait_for_state(other, "sent")
        put_off = wait_for_state(row, "retrying")
        # It is not tried before its time, not even when its row comes due.
        hurry()
        wait_for(lambda: fresh(row).generation > put_off.generation, within=5, message="a look")
        wait_for(lambda: fresh(row).due, within=5, message="a due time")

    for now in (put_off, fresh(row)):
        assert now.attempts == 0
        assert now.due is not None
        assert now.due - began >= timedelta(seconds=seconds - 0.1)
    assert len(peer.texts("1")) == 1
    assert {len(peer.texts(str(at))) for at in range(2, 8)} == {1}
    blocked = Destination.objects.get(pk=waiting.pk).blocked_until
    assert blocked is not None
    assert blocked - began >= timedelta(seconds=seconds - 0.1)


def test_a_wait_that_is_over_is_followed_by_the_message(
    world: World, bot: Account, peer: Peer
) -> None:
    peer.say("1", wait(1), SENT)
    [row] = deliver(told(world), chat(world, bot, "1"))
    with sending():
        sent = wait_for_state(row, "sent")

    assert (sent.attempts, len(peer.texts("1"))) == (1, 2)
    first, second = peer.arrivals
    assert second.at - first.at >= 1


@pytest.mark.wide
def test_a_chat_gets_one_message_a_second(world: World, bot: Account, peer: Peer) -> None:
    to = chat(world, bot, "1")
    rows = [row for _ in range(3) for row in deliver(told(world), to)]
    with sending():
        for row in rows:
            wait_for_state(row, "sent")

    first, second, third = (arrival.at for arrival in peer.arrivals)
    assert second - first >= 0.9
    assert third - second >= 0.9


@pytest.mark.wide
def test_a_bot_sends_no_more_than_thirty_messages_a_second_and_about_as_many(
    world: World, bot: Account, peer: Peer
) -> None:
    rows = deliver(told(world), *(chat(world, bot, str(at)) for at in range(1, 81)))
    with sending():
        for row in rows:
            wait_for_state(row, "sent", within=15)

    times = [arrival.at for arrival in peer.arrivals]
    assert len(times) == 80
    assert max(sum(at <= other < at + 1 for other in times) for at in times) <= 31
    assert times[-1] - times[0] < 5


@pytest.mark.wide
def test_a_channel_that_many_read_goes_first(world: World, bot: Account, peer: Peer) -> None:
    people = deliver(told(world), *(chat(world, bot, str(at)) for at in range(1, 61)))
    channel = Destination.objects.create(kind="telegram", address="@calls", account=bot)
    Broadcast.objects.create(feed=world.feed, destination=channel)
    with sending():
        wait_for(lambda: len(peer.arrivals) > 10, within=10, message="the first messages")
        [row] = deliver(told(world), channel)
        wait_for_state(row, "sent")
        left = Delivery.objects.exclude(state="sent").count()
        for each in people:
            wait_for_state(each, "sent", within=10)

    assert left > 10


def test_a_group_that_moved_is_known_at_its_new_place(
    world: World, bot: Account, peer: Peer
) -> None:
    group = chat(world, bot, "-5")
    peer.say("-5", migrated(-1_005))
    [row] = deliver(told(world), group)
    with sending():
        sent = wait_for_state(row, "sent")

    group.refresh_from_db()
    assert (group.address, group.state) == ("-1005", "active")
    assert (sent.attempts, len(peer.texts("-1005"))) == (1, 1)


@pytest.mark.parametrize("broadcast", [False, True])
def test_a_group_that_moved_to_a_chat_that_is_connected_is_not_told_twice(
    world: World, bot: Account, peer: Peer, broadcast: bool
) -> None:
    old, new = chat(world, bot, "-5"), chat(world, bot, "-1005")
    Destination.objects.filter(pk=new.pk).update(owner=old.owner)
    if broadcast:
        Destination.objects.filter(pk__in=(old.pk, new.pk)).update(owner=None)
        Broadcast.objects.create(feed=world.feed, destination=old)
        Broadcast.objects.create(feed=world.feed, destination=new)
    peer.say("-5", migrated(-1_005))
    [row] = deliver(told(world), old)
    with sending():
        wait_for_state(row, "sent")

    old.refresh_from_db()
    assert (old.address, old.state) == ("-5", "disabled")
    assert "-1005" in old.disabled_reason


def test_a_chat_that_blocked_the_bot_is_disabled(world: World, bot: Account, peer: Peer) -> None:
    to = chat(world, bot, "1")
    peer.say("1", BLOCKED)
    [row] = deliver(told(world), to)
    with sending():
        wait_for_state(row, "discarded")

    to.refresh_from_db()
    assert to.state == "disabled"
    assert "bot was blocked by the user" in to.disabled_reason


def test_a_bot_whose_token_was_revoked_is_named_until_it_works_again(
    world: World, bot: Account, peer: Peer
) -> None:
    peer.say("1", REVOKED)
    to, other = chat(world, bot, "1"), chat(world, bot, "2")
    [row] = deliver(told(world), to)
    with sending():
        wait_for_state(row, "retrying")
        bot.refresh_from_db()
        assert "BotFather" in bot.last_error
        [fine] = deliver(told(world), other)
        wait_for_state(fine, "sent")
        bot.refresh_from_db()
        assert bot.last_error == ""

    to.refresh_from_db()
    assert to.state == "active"
    attempt = Attempt.objects.get(delivery=row)
    assert "confidential" not in attempt.detail


def test_revisions_reach_a_chat_in_their_order(world: World, bot: Account, peer: Peer) -> None:
    about = signal(world)
    to = chat(world, bot, "1")
    [first] = deliver(told(world, about), to)
    with sending():
        wait_for_state(first, "sent")
        [second] = deliver(told(world, about, 2, "close"), to)
        wait_for_state(second, "sent")

    assert [text.split()[0] for text in peer.texts("1")] == ["BUY", "Closed:"]
