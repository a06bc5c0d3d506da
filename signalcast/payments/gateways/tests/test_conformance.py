"""What every gateway must do, tried on each against a stand-in of its own provider."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalcast.core import clock
from signalcast.core.env import environment
from signalcast.payments.gateways.base import (
    Event,
    Forged,
    Gateway,
    GatewayError,
    Order,
    Paid,
    Refunded,
    RefundState,
    Unreachable,
)
from signalcast.payments.gateways.registry import gateway, names, ready

ORDER = Order(
    charge="01890000-0000-7000-8000-000000000001",
    user=7,
    email="ann@example.org",
    name="Gold",
    plan="gold",
    amount=2900,
    renewal=2900,
    currency="EUR",
    months=0,
    done="https://signals.example/done",
    cancelled="https://signals.example/back",
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.fixture(params=names())
def way(request: pytest.FixtureRequest) -> Gateway:
    """Every gateway there is."""
    return gateway(request.param)


@pytest.fixture
def peer(way: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    set_up = import_module(f"signalcast.payments.gateways.{way.name}.tests.peer").set_up
    with set_up(monkeypatch) as made:
        environment.cache_clear()
        yield made
    environment.cache_clear()


def test_it_is_called_as_its_folder(way: Gateway) -> None:
    assert gateway(way.name) is way
    assert way.label()


def test_it_says_what_has_to_be_set_until_it_is_ready(
    way: Gateway, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert way.missing() == ""
    assert way in ready()
    for setting in peer.settings:
        monkeypatch.delenv(setting)
    environment.cache_clear()

    assert all(setting in way.missing() for setting in peer.settings)
    assert way.missing().endswith(".")
    assert way not in ready()


def test_the_same_charge_begun_twice_is_one_payment(way: Gateway, peer: Any) -> None:
    assert way.check_out(ORDER) == way.check_out(ORDER)


@pytest.mark.parametrize("months", [0, 1, 3, 12])
def test_what_is_paid_is_told_with_what_we_gave_it_to_keep(
    way: Gateway, peer: Any, months: int
) -> None:
    way.check_out(dataclasses.replace(ORDER, months=months))
    peer.pay()

    paid = [fact for event in peer.events() for fact in way.read(event) if isinstance(fact, Paid)]
    assert way.by_hand == (not paid)
    for fact in paid:
        told = (fact.charge, fact.user, fact.plan, fact.amount, fact.currency)
        assert told == (ORDER.charge, 7, "gold", 2900, "EUR")
        assert bool(fact.agreement) == bool(fact.period_end) == bool(months)


def test_a_provider_is_believed_by_its_signature_alone(way: Gateway, peer: Any) -> None:
    way.check_out(ORDER)
    peer.pay()
    for event in peer.events():
        body, headers = peer.signed(event)
        assert way.verify(body, headers) == event
        for wrong in ({}, dict.fromkeys(headers, ""), dict.fromkeys(headers, "t=1,v1=0")):
            with pytest.raises(Forged, match=r"\.$"):
                way.verify(body, wrong)
        with pytest.raises(Forged):
            way.verify(body + b" ", headers)
    for body in (b"", b"{}", b"\xff"):
        with pytest.raises(Forged):
            way.verify(body, {})


def test_the_list_has_what_was_told(way: Gateway, peer: Any) -> None:
    way.check_out(ORDER)
    peer.pay()
    told = [event for event in peer.events() if way.read(event)]

    since = clock.now() - timedelta(hours=1)
    listed = {event.id for event in way.recent(since)}

    assert {event.id for event in told} <= listed
    assert not list(way.recent(clock.now() + timedelta(days=1)))


def test_the_same_refund_asked_for_twice_is_one(way: Gateway, peer: Any) -> None:
    way.check_out(ORDER)
    payment = peer.pay()

    key = "01890000-0000-7000-8000-0000000000ff"
    first = way.refund(payment, 900, "EUR", key=key)

    assert way.refund(payment, 900, "EUR", key=key) == first
    assert isinstance(first, Refunded)
    assert (first.amount, first.currency, first.own) == (900, "EUR", key)
    assert first.state in (RefundState.PENDING, RefundState.DONE)


def test_a_provider_that_is_down_is_told_in_a_sentence(way: Gateway, peer: Any) -> None:
    way.check_out(ORDER)
    payment = peer.pay()
    peer.down()

    if way.by_hand:
        return
    with pytest.raises(Unreachable, match=r"\.$"):
        way.refund(payment, 900, "EUR", key="01890000-0000-7000-8000-0000000000fe")
    with pytest.raises(GatewayError, match=r"\.$"):
        list(way.recent(clock.now()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.text(max_size=20), found=values)
def test_what_is_told_about_something_else_says_nothing(
    way: Gateway, kind: str, found: object
) -> None:
    body = {"data": {"object": found}}

    assert way.read(Event("evt_1", kind, clock.now(), body)) == []
