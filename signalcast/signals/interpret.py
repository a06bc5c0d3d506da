"""Read a receipt: what does it ask for?"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.core.error_text import error_text
from signalcast.feeds.instruments import instruments
from signalcast.intake.models import Receipt
from signalcast.intake.problems import FieldError
from signalcast.intake.read_signals import read_signal
from signalcast.intake.states import Door
from signalcast.intake.typed import FIELDS, TypedSignal, decode
from signalcast.signals import parsers
from signalcast.signals.draft import Draft, DraftKind, Parsed
from signalcast.signals.telegram import interpret_update
from signalcast.signals.tradingview import drafts_of
from signalcast.signals.typed import draft_of

#: Members that carry a text when a hook wraps one in JSON.
TEXTS = ("text", "message", "content")
#: An object with all members of one of these is a typed signal, if it has no others than those.
TYPED_SHAPES = ({"symbol", "side"}, {"ref", "action"})


def interpret(receipt: Receipt) -> Parsed:
    """What a receipt asks for. Never raises for a hook: what can't be read is a doubt."""
    body = bytes(receipt.body)
    if receipt.door == Door.TYPED:
        return Parsed(drafts=(draft_of(decode(body)),))
    if receipt.door == Door.TELEGRAM:
        return interpret_update(receipt, partial(_parse, receipt))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _doubtful(_("It is not text: its bytes are no UTF-8."))
    if text.lstrip()[:1] not in ("{", "["):
        return _parse(receipt, text)
    try:
        # Numbers stay the text they are: every digit counts, and none is a float's.
        read = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        json.dumps(read, ensure_ascii=False).encode()
    except RecursionError:
        return _doubtful(_("It is nested too deeply."))
    except UnicodeEncodeError:
        return _doubtful(_("It contains halves of characters."))
    except ValueError as error:
        if text.lstrip().startswith("["):  # people write [BTC] as well
            return _parse(receipt, text)
        return _doubtful(_("It looks like JSON and is none: %(why)s.") % {"why": error})
    if not isinstance(read, dict):
        return _doubtful(_("It is JSON, but not an object with named members."))
    return _read_object(receipt, read)


def _read_object(receipt: Receipt, members: dict[str, Any]) -> Parsed:
    names = set(members)
    if any(shape <= names for shape in TYPED_SHAPES) and names <= set(FIELDS):
        symbol = members.get("symbol")
        named = members | ({"symbol": symbol.upper()} if isinstance(symbol, str) else {})
        signal = read_signal(msgspec.json.encode(named))
        if isinstance(signal, TypedSignal):
            return Parsed(drafts=(draft_of(signal),))
        return _doubtful(in_words(signal))
    for name in TEXTS:
        if isinstance(members.get(name), str) and not {"ticker", "symbol", "action"} & names:
            return _parse(receipt, members[name])
    return Parsed(drafts=drafts_of(members))


def _parse(receipt: Receipt, text: str) -> Parsed:
    try:
        return parsers.find(receipt.source.parser).parse(text, instruments())
    except Exception as error:  # a parser's fault must not keep the receipt from a person's eyes
        events.warn("parser.failed", parser=receipt.source.parser, error=error_text(error))
        return _doubtful(
            _("The parser %(name)s failed over it: %(error)s")
            % {"name": receipt.source.parser, "error": error_text(error)}
        )


def in_words(problems: list[FieldError]) -> str:
    """What is wrong with a signal's fields, as sentences."""
    return " ".join(
        f"{problem.pointer.removeprefix('/')} {problem.detail}.".lstrip() for problem in problems
    )


def _doubtful(doubt: str) -> Parsed:
    draft = Draft(kind=DraftKind.NEW, symbol=None, side=None, order_type=None, doubts=(doubt,))
    return Parsed(drafts=(draft,))
