"""Whatever a hook is sent ends as a signal or with a reason in words: nothing is dropped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door, ReceiptState
from signalcast.signals.models import Revision

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world() -> World:
    return make_world()


def hook(world: World, body: Any) -> Receipt:
    text = body if isinstance(body, str) else json.dumps(body)
    receipt = world.receive(text.encode(errors="surrogatepass"), door=Door.HOOK)
    publish()
    receipt.refresh_from_db()
    return receipt


def test_a_hook_may_post_the_typed_signal_with_bare_numbers(world: World) -> None:
    receipt = hook(
        world,
        '{"id": "a", "symbol": "btcusdt", "side": "buy", "order_type": "limit",'
        ' "entries": [64250.50], "stop_loss": 63000,'
        ' "take_profits": [{"price": 65000.10, "share": 0.50}], "timeframe": "1h"}',
    )

    assert receipt.state == ReceiptState.DECIDED, receipt.reason
    revision = Revision.objects.get()
    assert revision.signal.symbol == "BTCUSDT"
    assert revision.entries == ["64250.50"]
    target = revision.targets.get()
    assert (str(target.price), str(target.share)) == ("65000.10", "0.50")


def test_a_hook_may_change_a_typed_signal_by_its_id(world: World) -> None:
    hook(world, {"id": "a", "symbol": "BTCUSDT", "side": "buy", "stop_loss": "1"})
    receipt = hook(world, {"ref": "a", "action": "update", "stop_loss": 2})

    assert receipt.state == ReceiptState.DECIDED, receipt.reason
    assert str(Revision.objects.get(number=2).stop_loss) == "2"


@pytest.mark.parametrize("name", ["text", "message", "content"])
def test_a_text_inside_json_goes_to_the_parser(world: World, name: str) -> None:
    receipt = hook(world, {name: "BUY BTCUSDT now\nSL 60000\nTP 70000", "username": "bot"})

    assert receipt.state == ReceiptState.DECIDED, receipt.reason
    assert Revision.objects.get().side == "buy"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"symbol": "BTCUSDT", "side": "buy", "entries": ["x"]}, "entries/0"),
        ({"symbol": "BTCUSDT", "side": "up"}, "side must be one of"),
        ({"ticker": "BTCUSDT", "action": "buy", "order_type": "limit"}, "needs an entry price"),
        ({"ticker": "BTCUSDT", "action": "buy", "id": "x" * 200}, "length"),
        ({"ticker": "BTCUSDT", "action": "buy", "comment": "a\0b"}, "control characters"),
        ({"ticker": "BTCUSDT", "action": "close", "ref": "a\0b"}, "control characters"),
        ({"ticker": "BTCUSDT", "action": "\0"}, "no action"),
        ('{"ticker": "\\ud800", "action": "buy"}', "halves of characters"),
        ('{"ticker": "BTCUSDT", "price": 1e999999999999999999999}', "not a decimal number"),
        ('{"a":' * 20_000, "nested too deeply"),
        ({"ref": "nobody", "action": "close"}, "no signal of this source has that id"),
    ],
)
def test_what_is_wrong_with_it_is_said_in_words(world: World, body: Any, reason: str) -> None:
    receipt = hook(world, body)

    assert receipt.state == ReceiptState.REVIEW
    assert reason in receipt.reason
    assert not Revision.objects.exists()


ODD = st.text(max_size=20) | st.sampled_from(["\0", "\ud800", "1e999999999999", "NaN", "٣", "-0"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "ticker",
        "symbol",
        "action",
        "side",
        "market_position",
        "prev_market_position",
        "price",
        "entries",
        "stop_loss",
        "take_profits",
        "tp1",
        "leverage",
        "interval",
        "order_type",
        "id",
        "ref",
        "comment",
        "valid_until",
        "text",
    ]
)
SENSIBLE = st.sampled_from(
    ["BTCUSDT", "buy", "sell", "close", "update", "flat", "long", "60000", "limit", "a", 1, 0.5]
)


@pytest.mark.wide
@given(
    body=st.dictionaries(NAMES, SENSIBLE | VALUES, max_size=8).map(json.dumps)
    | VALUES.map(json.dumps)
    | st.text(max_size=200)
    | st.binary(max_size=200)
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_whatever_makes_a_receipt_fail(world: World, body: str | bytes) -> None:
    raw = body if isinstance(body, bytes) else body.encode(errors="surrogatepass")
    receipt = world.receive(raw, door=Door.HOOK)
    publish()
    receipt.refresh_from_db()

    assert receipt.tries == 0, receipt.parked_reason
    assert receipt.state != ReceiptState.RECEIVED
    assert receipt.reason or receipt.state == ReceiptState.DECIDED
