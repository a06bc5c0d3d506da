"""Forms give numbers back as they got them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from signalcast.core.prices import plain
from signalcast.portal.forms.change import UpdateForm, shown
from signalcast.portal.forms.signal import SignalForm
from signalcast.signals.draft import TargetDraft
from signalcast.signals.models import Signal
from signalcast.signals.revise import State

CENTS = st.integers(min_value=10_000, max_value=99_999)
SHARES = st.none() | st.decimals(min_value=Decimal("0.001"), max_value=Decimal("0.2"), places=3)
#: The end of a signal that runs may be over.
MINUTES = st.none() | st.integers(min_value=-(10**6), max_value=10**6)


@st.composite
def states(draw: st.DrawFn) -> State:
    """A buy that makes sense, with digits of all kinds."""
    places = draw(st.integers(min_value=0, max_value=8))
    levels = sorted(draw(st.lists(CENTS, min_size=2, max_size=7, unique=True)))
    prices = [Decimal(level).scaleb(-places) for level in levels]
    minutes = draw(MINUTES)
    ends = None
    if minutes is not None:
        ends = timezone.now().replace(microsecond=0) + timedelta(minutes=minutes)
    shares = [draw(SHARES) for _ in prices[2:]]
    return State(
        side="buy",
        order_type=draw(st.sampled_from(["limit", "stop", "market"])),
        entries=(prices[1],),
        stop_loss=draw(st.sampled_from([None, prices[0]])),
        targets=tuple(TargetDraft(p, s) for p, s in zip(prices[2:], shares, strict=True)),
        leverage=draw(st.none() | st.decimals(min_value=1, max_value=100, places=1)),
        timeframe=draw(st.sampled_from(["", "15m", "4h"])),
        comment="As it was.",
        valid_until=ends,
    )


def filled_in(last: State, **changes: str) -> dict[str, Any]:
    """What a browser sends when nothing but CHANGES was typed."""
    data = shown(last) | changes
    if isinstance(until := data["valid_until"], datetime):
        data["valid_until"] = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return {name: value for name, value in data.items() if value is not None}


@given(states())
def test_an_update_that_is_sent_as_it_was_shown_changes_nothing(last: State) -> None:
    form = UpdateForm(filled_in(last), signal=Signal(symbol="BTCUSDT"), last=last)

    assert not form.is_valid()
    assert form.errors == {"__all__": ["Nothing is changed yet."]}


@given(states())
def test_an_update_of_one_number_sends_this_number_alone(last: State) -> None:
    wanted = plain(last.entries[0] / 2)
    form = UpdateForm(filled_in(last, stop_loss=wanted), signal=Signal(symbol="BTCUSDT"), last=last)

    assert form.is_valid() or wanted == plain(last.stop_loss or Decimal(0)), form.errors
    assert {name: form.typed[name] for name in form.typed if name not in ("ref", "action")} in (
        {"stop_loss": wanted},
        {},
    )


@given(states())
def test_a_new_signal_says_the_numbers_that_were_typed(last: State) -> None:
    data = filled_in(last) | {"symbol": "BTCUSDT", "side": "buy", "valid_until": ""}
    form = SignalForm(data)

    assert form.is_valid(), form.errors
    assert form.typed["entries"] == [plain(entry) for entry in last.entries]
    assert form.typed.get("stop_loss") == (plain(last.stop_loss) if last.stop_loss else None)
    assert form.typed.get("take_profits", []) == [
        {"price": plain(target.price)}
        | ({} if target.share is None else {"share": plain(target.share)})
        for target in last.targets
    ]
