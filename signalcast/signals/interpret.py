"""Read a receipt: what does it ask for?"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.feeds.instruments import instruments
from signalcast.intake.models import Receipt
from signalcast.intake.read_signals import read_signal
from signalcast.intake.states import Door
from signalcast.intake.typed import TypedSignal, decode
from signalcast.signals import parsers
from signalcast.signals.draft import Draft, DraftKind, Parsed
from signalcast.signals.tradingview import drafts_of
from signalcast.signals.typed import draft_of

#: Members that carry a text when a hook wraps one in JSON.
TEXTS = ("text", "message", "content")


def interpret(receipt: Receipt) -> Parsed:
    """What a receipt asks for. Never raises: what can't be read is a draft with a doubt."""
    body = bytes(receipt.body)
    if receipt.door == Door.TYPED:
        return Parsed(drafts=(draft_of(decode(body)),))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _doubtful(_("It is not text: its bytes are no UTF-8."))
    if text.lstrip()[:1] not in ("{", "["):
        return _parse(receipt, text)
    try:
        alert = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError) as error:
        if text.lstrip().startswith("["):  # people write [BTC] as well
            return _parse(receipt, text)
        return _doubtful(_("It looks like JSON and is none: %(why)s.") % {"why": error})
    if not isinstance(alert, dict):
        return _doubtful(_("It is JSON, but not an object with named members."))
    return _read_object(receipt, body, alert)


def _read_object(receipt: Receipt, body: bytes, alert: dict[str, Any]) -> Parsed:
    if "symbol" in alert or "ref" in alert:
        signal = read_signal(body)
        if isinstance(signal, TypedSignal):
            return Parsed(drafts=(draft_of(signal),))
    for name in TEXTS:
        if isinstance(alert.get(name), str) and not {"ticker", "symbol", "action"} & set(alert):
            return _parse(receipt, alert[name])
    return Parsed(drafts=drafts_of(alert))


def _parse(receipt: Receipt, text: str) -> Parsed:
    try:
        return parsers.find(receipt.source.parser).parse(text, instruments())
    except Exception as error:  # a parser's fault must not keep the receipt from a person's eyes
        events.warn("parser.failed", parser=receipt.source.parser, error=repr(error))
        return _doubtful(
            _("The parser %(name)s failed over it: %(error)s")
            % {"name": receipt.source.parser, "error": error}
        )


def _doubtful(doubt: str) -> Parsed:
    draft = Draft(kind=DraftKind.NEW, symbol=None, side=None, order_type=None, doubts=(doubt,))
    return Parsed(drafts=(draft,))
