"""Reads one English message into a draft, with a doubt for everything that is not plain."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from signalcast.signals.draft import Draft, DraftKind, Instruments, Parsed, TargetDraft
from signalcast.signals.parsers.english.check import contradictions, shares_of, side_of
from signalcast.signals.parsers.english.doubts import (
    doubts_about_all,
    doubts_about_change,
    doubts_about_new,
)
from signalcast.signals.parsers.english.reading import Reading, read

#: No call is longer, in characters.
LONGEST = 8_000
_LONGEST_COMMENT = 500


def parse(text: str, instruments: Instruments) -> Parsed:
    """Read a message. Any doubt sends it to review; only certain chatter is let go."""
    if len(text) > LONGEST:
        sentence = _("The text is longer than %(count)d characters.") % {"count": LONGEST}
        return _unread(sentence)
    reading = read(text, instruments)
    if reading.message.foreign:
        return _unread(_("The text is not in English."), reading)
    kind = _kind(reading)
    if kind is None:
        return Parsed(chatter=True, reason=_("Nothing in the text asks for a trade."))
    return Parsed(drafts=(_new(reading) if kind is DraftKind.NEW else _change(reading, kind),))


def _unread(sentence: str, reading: Reading | None = None) -> Parsed:
    """A message that only a person can read."""
    symbol = reading.symbol if reading else None
    return Parsed(
        drafts=(
            Draft(
                kind=DraftKind.NEW, symbol=symbol, side=None, order_type=None, doubts=(sentence,)
            ),
        )
    )


def _kind(reading: Reading) -> DraftKind | None:
    """What the message is, or None for chatter."""
    levels, intent = reading.levels, reading.intent
    opens = bool(reading.where) and (levels.any() or bool(reading.orders))
    if intent.kind is not None:
        complete = opens and bool(levels.entries or reading.orders)
        complete = complete and bool(levels.stops or levels.targets)
        if complete and not intent.happened:
            return DraftKind.NEW
        return intent.kind if intent.about_trades or reading.named else None
    if opens:
        return DraftKind.NEW
    if levels.stops and levels.targets and levels.entries:
        return DraftKind.NEW
    if levels.stops or levels.targets:
        return DraftKind.UPDATE
    asks = bool(levels.entries or levels.doubts or reading.where or not reading.is_english)
    return DraftKind.NEW if reading.named and asks else None


def _new(reading: Reading) -> Draft:
    levels = reading.levels
    stop = levels.stops[0] if levels.stops else None
    prices = levels.targets
    side = reading.side or (
        None if reading.where else side_of(entries=levels.entries, stop=stop, targets=prices)
    )
    order = next(iter(reading.orders)) if len(reading.orders) == 1 else None
    if not levels.entries and not reading.orders:
        order = "market"
    doubts = [*doubts_about_all(reading), *levels.doubts, *doubts_about_new(reading, side, order)]
    if side:
        doubts += contradictions(side=side, entries=levels.entries, stop=stop, targets=prices)
    shares = shares_of(levels.percents, len(prices))
    return Draft(
        kind=DraftKind.NEW,
        symbol=reading.symbol,
        side=side,
        order_type=order,
        entries=tuple(dict.fromkeys(levels.entries)),
        stop_loss=stop,
        targets=_targets(prices, shares),
        leverage=levels.leverage,
        timeframe=levels.timeframe,
        ref=reading.message.ref,
        id=reading.message.id,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _change(reading: Reading, kind: DraftKind) -> Draft:
    """An update, close or cancel. Levels count only where the words say that they change."""
    levels, intent = reading.levels, reading.intent
    moves = kind is DraftKind.UPDATE and intent.changes
    told = kind is DraftKind.UPDATE and not intent.changes
    stop = levels.stops[0] if moves and levels.stops else None
    targets = levels.targets if moves and not intent.happened and not levels.partial else []
    doubts = doubts_about_all(reading)
    if not told or intent.kind is None:
        doubts += doubts_about_change(reading, kind)
    asks = levels.any() or (kind is not DraftKind.CANCEL and reading.orders)
    if reading.where and asks:
        doubts.append(_("It reads both like a new call and like news of an earlier one."))
    if told and intent.kind is not None and not intent.about_trades:
        doubts.append(_("It does not say what of the call has changed."))
    return Draft(
        kind=kind,
        symbol=reading.symbol,
        side=reading.side,
        order_type=None,
        stop_loss=stop,
        targets=_targets(targets, None),
        comment=reading.original.replace("\0", "").strip()[:_LONGEST_COMMENT],
        ref=reading.message.ref or reading.message.id,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _targets(prices: list[Decimal], shares: list[Decimal] | None) -> tuple[TargetDraft, ...]:
    if shares is None:
        return tuple(TargetDraft(price) for price in prices)
    return tuple(TargetDraft(price, share) for price, share in zip(prices, shares, strict=True))
