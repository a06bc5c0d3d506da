"""Finds what contradicts itself in a call. Nothing is corrected here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from signalcast.core.prices import plain

#: Levels of one call lie closer together than this factor.
_WIDEST = 5
#: A target is a leap when it is this many times as far away as the one before, and far at all.
_LONGEST_LEAP = 5
_FAR = Decimal("0.3")
_WIDEST_ENTRY = Decimal("1.5")


def contradictions(
    *,
    side: str,
    entries: Sequence[Decimal],
    stop: Decimal | None,
    targets: Sequence[Decimal],
) -> Iterator[str]:
    """A sentence for everything in the levels that does not fit the side or the rest."""
    low, high = (min(entries), max(entries)) if entries else (None, None)
    buys = side == "buy"
    names = {"side": _("buy") if buys else _("sell")}
    if stop is not None:
        nearest = low if buys else high
        reference = nearest if nearest is not None else (targets[0] if targets else None)
        if reference is not None and not _is_before(stop, reference, buys=buys):
            yield _("The stop %(stop)s is on the wrong side for a %(side)s.") % {
                **names,
                "stop": plain(stop),
            }
    for target in targets:
        furthest = high if buys else low
        if furthest is not None and not _is_before(furthest, target, buys=buys):
            yield _("The target %(target)s is on the wrong side for a %(side)s.") % {
                **names,
                "target": plain(target),
            }
    if any(not _is_before(one, other, buys=buys) for one, other in _neighbours(targets)):
        yield _("The targets are not in order.")
    yield from _leaps(entries=entries, stop=stop, targets=targets)
    if stop is not None and any(not _is_before(stop, one, buys=buys) for one in targets):
        yield _("A target lies beyond the stop.")
    if low is not None and high is not None and high > low * _WIDEST_ENTRY:
        yield _("The entry prices are far apart.")
    levels = [*entries, *targets, *([stop] if stop is not None else [])]
    if levels and max(levels) > min(levels) * _WIDEST:
        yield _("The prices are too far apart to belong to one call.")


def _leaps(
    *, entries: Sequence[Decimal], stop: Decimal | None, targets: Sequence[Decimal]
) -> Iterator[str]:
    """Targets that a stray number could be: many times further away than the one before."""
    origin = entries[0] if entries else stop
    if origin is None:
        return
    for one, other in _neighbours(targets):
        distance = abs(other - origin)
        if distance > _LONGEST_LEAP * abs(one - origin) and distance > _FAR * origin:
            yield _("The target %(target)s is much further away than the one before it.") % {
                "target": plain(other)
            }


def side_of(
    *, entries: Sequence[Decimal], stop: Decimal | None, targets: Sequence[Decimal]
) -> str | None:
    """The only side that entries, stop and targets together allow, or None."""
    if not entries or stop is None or not targets:
        return None
    if stop < min(entries) <= max(entries) < min(targets):
        return "buy"
    if stop > max(entries) >= min(entries) > max(targets):
        return "sell"
    return None


def shares_of(percents: dict[int, Decimal], count: int) -> list[Decimal] | None:
    """The percent beside the targets as shares, when they can be nothing else.

    Gains grow from target to target, so equal or falling percents that make up 100 are shares.
    """
    values = [percents[at] for at in range(count) if at in percents]
    grow = all(one < other for one, other in _neighbours(values))
    if count < 2 or len(values) != count or sum(values) != 100 or grow:
        return None
    return [value / 100 for value in values]


def _is_before(one: Decimal, other: Decimal, *, buys: bool) -> bool:
    return one < other if buys else one > other


def _neighbours(values: Sequence[Decimal]) -> Iterator[tuple[Decimal, Decimal]]:
    return pairwise(values)
