"""The ledger's accounts, and what they hold. Nothing is kept but postings: balances are derived.

An account that money is in (a provider's, held back by a dispute) has a balance over zero, and
one that says where it came from (revenue, tax) one below: all of them together make zero.
"""

from __future__ import annotations

from collections import Counter

from django.db.models import Sum

from signalcast.payments.models import Posting

#: What was earned, without tax; what belongs to the tax office; what a dispute holds back.
REVENUE, TAX, DISPUTED = "revenue", "tax", "disputed"

#: What accounts hold, by account and currency, in minor units; without those that hold nothing.
Balances = dict[tuple[str, str], int]


def money_at(gateway: str) -> str:
    """The account of what a gateway took and did not give back."""
    return f"gateway:{gateway}"


def balances() -> Balances:
    """What each account holds."""
    found: Counter[tuple[str, str]] = Counter()
    for side, sign in (("debit", 1), ("credit", -1)):
        sums = Posting.objects.values_list(side, "currency").annotate(Sum("amount")).order_by()
        for account, currency, amount in sums:
            found[account, currency] += sign * int(amount)
    return {account: amount for account, amount in found.items() if amount}


def balance(account: str, currency: str) -> int:
    """What one account holds of a currency, in minor units."""
    postings = Posting.objects.filter(currency=currency)
    to, gone = (
        postings.filter(**{side: account}).aggregate(sum=Sum("amount"))["sum"] or 0
        for side in ("debit", "credit")
    )
    return int(to) - int(gone)
