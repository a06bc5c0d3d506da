"""What a change to another plan costs in the middle of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Proration:
    """Integer minor units. `due` is what is to be paid; `due + credit == charge + rest`."""

    #: What the new plan costs for the time that it is charged for.
    charge: int
    #: What the unused time of the old plan is worth.
    credit: int
    due: int
    #: What of the credit is left over; it lengthens the new period.
    rest: int = 0


def prorate(
    *, old_price: int, new_price: int, start: datetime, end: datetime, at: datetime, same: bool
) -> Proration:
    """From a period of OLD_PRICE, from START to END, to a plan of NEW_PRICE at the moment AT.

    SAME: both plans have the same interval, so the period stays and only its rest is charged.
    Else a new period begins, which is charged whole. Fractions of a unit are dropped from what
    is due and from what is credited where nothing is due, so that both are never too much.
    Raises ValueError where the period has no length, or prices are below 0.
    """
    if end <= start or old_price < 0 or new_price < 0:
        raise ValueError("a period has a length and prices are not below 0")
    whole = (end - start) // _MICROSECOND
    left = min(max((end - at) // _MICROSECOND, 0), whole)
    if not same:
        credit = old_price * left // whole
        due = max(new_price - credit, 0)
        return Proration(new_price, credit, due, max(credit - new_price, 0))
    charge = new_price * left // whole
    if new_price < old_price:
        credit = max(old_price * left // whole, charge)
        return Proration(charge, credit, 0, credit - charge)
    due = (new_price - old_price) * left // whole
    return Proration(charge, charge - due, due)
