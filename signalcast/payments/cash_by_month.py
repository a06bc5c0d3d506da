"""What the ledger says of each month's money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BooleanField, Case, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from signalcast.payments.books import DISPUTED, REVENUE, TAX, money_at
from signalcast.payments.models import Posting

EARNED = (REVENUE, TAX)
GATEWAYS = money_at("")


@dataclass(slots=True)
class Cash:
    """One month in one currency, in minor units."""

    #: What came, with tax.
    paid: int = 0
    #: What was paid back; less what came back of that.
    back: int = 0
    #: What disputes took away; less what was won.
    disputed: int = 0
    #: The tax in what is left of it all.
    tax: int = 0

    @property
    def left(self) -> int:
        """What was earned: less what went back, what disputes hold or took, and tax."""
        return self.paid - self.back - self.disputed - self.tax


def cash_by_month(since: datetime) -> dict[tuple[str, date], Cash]:
    """By currency and the month's first day. One statement, whatever there is."""
    found: dict[tuple[str, date], Cash] = defaultdict(Cash)
    rows = (
        Posting.objects.filter(entry__at__gte=since)
        .annotate(
            month=TruncMonth("entry__at"),
            is_payment=Case(
                When(Q(entry__key__startswith="paid:"), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            ),
        )
        .values_list("currency", "month", "debit", "credit", "is_payment")
        .annotate(sum=Sum("amount"))
        .order_by()
    )
    for currency, month, debit, credit, is_payment, amount in rows:
        _add(found[currency, month.date()], debit, credit, int(amount), is_payment=is_payment)
    return found


def _add(cash: Cash, debit: str, credit: str, amount: int, *, is_payment: bool) -> None:
    if TAX in (debit, credit):
        cash.tax += amount if credit == TAX else -amount
    if debit.startswith(GATEWAYS) and credit in EARNED:
        if is_payment:
            cash.paid += amount
        else:
            cash.back -= amount
    elif credit.startswith(GATEWAYS) and debit in EARNED:
        cash.back += amount
    elif debit == DISPUTED and credit.startswith(GATEWAYS):
        cash.disputed += amount
    elif credit == DISPUTED and debit.startswith(GATEWAYS):
        cash.disputed -= amount
