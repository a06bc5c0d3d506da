"""The books: what moved from which account to which, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.core.write_once import WriteOnce


class Entry(WriteOnce):
    """Something that happened to money, with one posting or more."""

    #: What happened, spelled by whoever posts it: the same happening is in the books once.
    key = models.CharField(_("key"), max_length=200, unique=True)
    words = models.CharField(_("what happened"), max_length=300)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta(WriteOnce.Meta):
        verbose_name = _("entry of the ledger")
        verbose_name_plural = _("entries of the ledger")
        indexes = [models.Index(fields=["at"], name="entry_at")]

    def __str__(self) -> str:
        return self.key


class Posting(WriteOnce):
    """A line of the ledger: so much leaves the account of `credit` and reaches that of `debit`.

    Both sides stand in one row, so that no set of postings, on any engine, can sum to anything but
    zero. Accounts are words, see `books`.
    """

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings")
    debit = models.CharField(_("to"), max_length=80)
    credit = models.CharField(_("from"), max_length=80)
    #: In the currency's minor units.
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta(WriteOnce.Meta):
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_moves_something"),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="posting_has_two_accounts"
            ),
        ]
        indexes = [
            models.Index(fields=["debit", "currency"], name="posting_debit"),
            models.Index(fields=["credit", "currency"], name="posting_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.credit} -> {self.debit}: {self.amount} {self.currency}"
