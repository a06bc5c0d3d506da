"""No message, in any channel, carries a number that differs from the signal's."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from email import message_from_bytes, policy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from signalcast.channels.base import Content, Message
from signalcast.channels.discord.embed import embed
from signalcast.channels.email.compose import Reader, compose
from signalcast.channels.email.server import read_server
from signalcast.channels.email.tests.peer import account
from signalcast.channels.telegram.text import text_of
from signalcast.channels.wording import types, word

#: As prices are stored: plain, without a sign, of any length that a source may post.
prices = st.decimals(
    min_value=Decimal("0.00000001"), max_value=Decimal(10**12), allow_nan=False, places=8
).map(lambda price: f"{price:f}".rstrip("0").rstrip("."))
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@st.composite
def signals(draw: Any) -> dict[str, Any]:
    optional = st.none() | prices
    return {
        "id": "s", "symbol": "EURUSD", "side": draw(st.sampled_from(["buy", "sell"])),
        "order_type": draw(st.sampled_from(["market", "limit", "stop"])),
        "entries": draw(st.lists(prices, max_size=3)),
        "stop_loss": draw(optional), "leverage": draw(optional), "exit_price": draw(optional),
        "take_profits": [
            {"price": price, "share": None} for price in draw(st.lists(prices, max_size=20))
        ],
        "timeframe": None, "valid_until": None, "state": "open",
        "comment": draw(st.sampled_from(["", "words " * 2_000])),
    }  # fmt: skip


def content(kind: str, signal: dict[str, Any]) -> Content:
    revision = {"number": 7, "kind": "update"}
    feed = {"slug": "crypto", "name": "Crypto"}
    return Content(
        kind, "2026-11-23T00:00:00Z", {"feed": feed, "signal": signal, "revision": revision}
    )


def levels(kind: str, signal: dict[str, Any]) -> list[str]:
    """The numbers that a message of this type has to carry."""
    if kind in ("signal.closed", "signal.cancelled"):
        return [signal["exit_price"]] if signal["exit_price"] else []
    several = [*signal["entries"], *(target["price"] for target in signal["take_profits"])]
    return several + [signal[name] for name in ("stop_loss", "leverage") if signal[name]]


def check(kind: str, text: str, signal: dict[str, Any]) -> None:
    found = NUMBER.findall(text)
    wanted = levels(kind, signal)
    assert set(wanted) <= set(found)
    # Beside the levels there is the count of each target, and the revision's number.
    counts = {str(number) for number in range(1, len(signal["take_profits"]) + 1)} | {"7"}
    assert set(found) - set(wanted) <= counts


SIGNAL_TYPES = [kind for kind in types() if kind.startswith("signal.")]


@settings(max_examples=60, deadline=None)
@given(
    signal=signals(),
    kind=st.sampled_from(SIGNAL_TYPES),
    language=st.sampled_from(["", "en", "de", "es", "ru"]),
)
def test_messages_of_every_channel_carry_the_signals_numbers_and_no_others(
    signal: dict[str, Any], kind: str, language: str
) -> None:
    made = content(kind, signal)
    server = read_server(account(25))
    mail = message_from_bytes(
        compose(Message("msg", made), Reader("a@example.org", language, ""), server),
        policy=policy.default,
    )
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    words = word(made, kind="telegram", language=language, most=4_096)
    [shown] = json.loads(embed(made, language))["embeds"]
    telegram = json.loads(b"{" + text_of(made, language) + b"}")["text"]

    check(kind, str(words), signal)
    check(kind, mail.get_body(("plain",)).get_content(), signal)  # type: ignore[union-attr]
    check(kind, re.sub(r"<[^>]*>", " ", html), signal)
    check(kind, f"{shown.get('title', '')}\n{shown['description']}".replace("\\", ""), signal)
    check(kind, telegram, signal)
