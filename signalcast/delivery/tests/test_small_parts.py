"""Retry table, ids and slots: what needs no database."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from datetime import timedelta

from signalcast.channels.base import Address, Content, Message
from signalcast.delivery.judge import crash_detail, crashed
from signalcast.delivery.message_id import message_id
from signalcast.delivery.retry_delay import retry_delay
from signalcast.delivery.sending import Sending
from signalcast.delivery.slots import WAITING_EACH, Slots
from signalcast.delivery.take_turns import until_my_turn
from signalcast.pipeline import CRASHES_TO_PARK, LOOK_EVERY, RETRY_DELAYS, RETRY_JITTER
from signalcast.work.claim import Claimed


def sending(number: int, destination: int = 1, kind: str = "webhook") -> Sending:
    return Sending(
        claimed=Claimed(number, 1),
        kind=kind,
        destination=destination,
        message=Message("msg", Content("t", "", {})),
        address=Address("u", "http://a.test/"),
        attempts=0,
        tries=0,
        failures=0,
        probe=False,
        valid_until=None,
        held_until=time.monotonic() + 10,
    )


def test_ten_attempts_span_seventy_five_hours_and_a_half() -> None:
    span = timedelta(seconds=sum(RETRY_DELAYS))

    assert span == timedelta(hours=75, minutes=35, seconds=5)
    assert len(RETRY_DELAYS) == 9
    assert retry_delay(10) is None


def test_a_delay_is_jittered_by_a_fifth_at_most() -> None:
    for attempts, usual in enumerate(RETRY_DELAYS, start=1):
        delays = {retry_delay(attempts) for _ in range(200)}
        assert len(delays) > 3
        for delay in delays:
            assert delay is not None
            assert abs(delay - usual) <= usual * RETRY_JITTER + 1e-6


def test_the_message_id_is_derived_from_post_and_destination() -> None:
    uid = "0198c0de-0000-7000-8000-000000000001"
    digest = hashlib.sha256(f"42:{uid}".encode()).digest()

    assert message_id(42, uid) == "msg_" + base64.b32encode(digest).decode().lower()[:26]
    assert message_id(42, uid) != message_id(43, uid)


def test_a_destination_gets_four_slots_and_a_short_queue() -> None:
    async def scenario() -> tuple[int, int]:
        slots = Slots(100, ["webhook"])
        taken = sum(not slots.put(sending(number)) for number in range(50))
        begun = [slots.take() for _ in range(4)]
        for waiting in begun:
            await waiting
        return taken, slots.in_flight

    taken, in_flight = asyncio.run(scenario())
    assert taken == 4 + WAITING_EACH
    assert in_flight == 4


def test_a_slot_that_is_given_back_goes_to_whoever_waits_for_the_same_destination() -> None:
    async def scenario() -> list[int]:
        slots = Slots(10, ["webhook"])
        for number in range(6):
            slots.put(sending(number))
        order = []
        for _ in range(6):
            one = await slots.take()
            order.append(one.claimed.id)
            slots.done(one)
        return order

    assert asyncio.run(scenario()) == [0, 1, 2, 3, 4, 5]


def test_nothing_more_is_wanted_while_every_slot_is_taken_and_slow() -> None:
    async def scenario() -> tuple[int, int]:
        slots = Slots(4, ["webhook"])
        before = slots.wanted()
        for number in range(4):
            slots.put(sending(number, destination=number))
            await slots.take()
        return before, slots.wanted()

    assert asyncio.run(scenario()) == (4, 0)


def test_a_channel_that_hangs_leaves_room_and_is_looked_past() -> None:
    async def scenario() -> tuple[int, list[str]]:
        slots = Slots(4, ["discord", "webhook"])
        for number in range(20):
            slots.put(sending(number, number, "discord"))
        for _ in range(4):
            await slots.take()
        taken = [slots.put(sending(number, number, "discord")) for number in range(20, 30)]
        assert all(taken)
        wanted = slots.wanted()
        slots.put(sending(30, 30, "webhook"))
        return wanted, [(await slots.take()).kind]

    wanted, kinds = asyncio.run(scenario())
    assert wanted > 100
    assert kinds == ["webhook"]


def test_what_was_not_begun_can_be_taken_back() -> None:
    slots = Slots(10, ["webhook"])
    for number in range(8):
        slots.put(sending(number))

    assert len(slots.empty()) == 8
    assert slots.wanted() == 10


class Unspeakable(Exception):
    """Raises when it is asked what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def test_a_channel_whose_error_has_no_words_takes_nobody_down() -> None:
    assert crash_detail(Unspeakable()) == "Unspeakable"
    assert "Unspeakable" in crashed(CRASHES_TO_PARK, Unspeakable()).reason


def test_idle_senders_look_one_after_the_other_whenever_they_began() -> None:
    for now in (0.0, 0.3, 17.9, 12_345.6):
        turns = sorted(until_my_turn(now=now, index=index, of=4) for index in range(4))

        assert 0 < turns[0] <= LOOK_EVERY
        assert [round(later - turns[0], 6) for later in turns] == [
            LOOK_EVERY * index for index in range(4)
        ]
