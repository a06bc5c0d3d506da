"""What people pay, what providers tell of it, and the books."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.core.ids import new_id
from signalcast.core.write_once import WriteOnce
from signalcast.payments.gateways.base import RefundState
from signalcast.payments.states import AGREEMENTS, DISPUTES, REFUNDS, ChargeState, InvoiceKind
from signalcast.plans.models import Plan, Subscription


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


class Charge(models.Model):
    """What somebody pays for a plan: one period of it, or for good."""

    State = ChargeState

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: Empty once the account is deleted: what was paid stays in the books.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="charges"
    )
    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="charges")
    plan_name = models.CharField(_("plan"), max_length=120)
    #: What it pays for.
    subscription = models.ForeignKey(
        Subscription, models.SET_NULL, null=True, related_name="charges"
    )
    gateway = models.CharField(_("gateway"), max_length=16)
    #: The provider's name for the payment; empty until it has one.
    external_id = models.CharField(_("provider's name"), max_length=100, null=True)
    #: What the provider charges by itself for, by its name.
    agreement = models.CharField(_("agreement"), max_length=100, default="", db_index=True)
    #: Minor units of the currency, with tax, and how much of it is tax.
    amount = models.PositiveBigIntegerField(_("amount"))
    tax = models.PositiveBigIntegerField(_("tax"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    coupon = models.CharField(_("coupon"), max_length=32, default="")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    #: What people write on a bank transfer, so that it is known whose it is.
    reference = models.CharField(_("reference"), max_length=16, null=True, unique=True)
    #: The subscription while its payment is under way: there is one such charge at a time.
    open_key = models.CharField(_("under way"), max_length=120, null=True, unique=True)
    #: What the provider says is paid for; empty where the plan's interval says it.
    period_end = models.DateTimeField(_("paid until"), null=True)
    #: When the price of a change to this plan was told; empty for what is no change.
    quoted_at = models.DateTimeField(_("quoted at"), null=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    paid_at = models.DateTimeField(_("paid at"), null=True)
    #: When the subscription got what it pays for, and when that was taken back.
    granted_at = models.DateTimeField(_("granted at"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    #: Why it was refused, or why it gives nobody anything, in words.
    reason = models.CharField(_("reason"), max_length=500, default="")

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "external_id"], name="one_charge_a_payment")
        ]
        indexes = [models.Index(fields=["state", "id"], name="charge_state")]

    def __str__(self) -> str:
        return f"{self.plan_name}: {self.amount} {self.currency} ({self.state})"


class Refund(models.Model):
    """Money that goes back to who paid."""

    State = RefundState

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(_("gateway"), max_length=16)
    external_id = models.CharField(_("provider's name"), max_length=100, null=True)
    #: The payment as the provider calls it, which may be told before the payment itself.
    payment = models.CharField(_("payment"), max_length=100, db_index=True)
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="refunds")
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(
        _("state"), max_length=16, choices=REFUNDS, default=RefundState.PENDING.value
    )
    reason = models.CharField(_("reason"), max_length=500, default="")
    #: An e-mail address; empty where the provider told of it.
    by = models.CharField(_("by"), max_length=254, default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "external_id"], name="one_row_a_refund")
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.state})"


class Dispute(models.Model):
    """A payment that its payer wants back from the bank."""

    gateway = models.CharField(_("gateway"), max_length=16)
    external_id = models.CharField(_("provider's name"), max_length=100)
    payment = models.CharField(_("payment"), max_length=100, db_index=True)
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="disputes")
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=16, choices=DISPUTES)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "external_id"], name="one_row_a_dispute")
        ]

    def __str__(self) -> str:
        return f"{self.external_id} ({self.state})"


class Customer(models.Model):
    """Who a user is to a provider."""

    gateway = models.CharField(_("gateway"), max_length=16)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="customers")
    external_id = models.CharField(_("provider's name"), max_length=100)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "user"], name="one_customer_a_user")
        ]

    def __str__(self) -> str:
        return self.external_id


class Agreement(models.Model):
    """A provider charges for a plan by itself, period after period."""

    gateway = models.CharField(_("gateway"), max_length=16)
    external_id = models.CharField(_("provider's name"), max_length=100)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="agreements"
    )
    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="agreements")
    subscription = models.ForeignKey(
        Subscription, models.SET_NULL, null=True, related_name="agreements"
    )
    state = models.CharField(_("state"), max_length=16, choices=AGREEMENTS)
    period_end = models.DateTimeField(_("paid until"), null=True)
    ends_with_period = models.BooleanField(_("ends with its period"), default=False)
    #: Whether the subscription was made to end because the provider said that this does.
    followed_end = models.BooleanField(_("end was followed"), default=False, db_default=False)
    #: When the provider said so, and in which event: what it said before is old.
    told_at = models.DateTimeField(_("told at"))
    told_by = models.CharField(_("told by"), max_length=100)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "external_id"], name="one_row_an_agreement")
        ]

    def __str__(self) -> str:
        return f"{self.external_id} ({self.state})"


class ProviderEvent(models.Model):
    """What a provider told, as it told it: stored first, applied once."""

    class Via(models.TextChoices):
        """How it came here."""

        DOOR = "door", _("the provider sent it")
        FOUND = "found", _("it was found in the provider's list")

    gateway = models.CharField(_("gateway"), max_length=16)
    event_id = models.CharField(_("provider's name"), max_length=100)
    type = models.CharField(_("type"), max_length=100)
    happened_at = models.DateTimeField(_("happened at"))
    body = models.JSONField(_("content"))
    via = models.CharField(_("came by"), max_length=8, choices=Via.choices)
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    applied_at = models.DateTimeField(_("applied at"), null=True)

    class Meta:
        verbose_name = _("event of a provider")
        verbose_name_plural = _("events of providers")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="one_row_an_event")
        ]
        indexes = [models.Index(fields=["received_at"], name="provider_event_received")]

    def __str__(self) -> str:
        return f"{self.event_id} ({self.type})"


class Turn(models.Model):
    """A gateway's row to lock: what it tells is applied by one at a time."""

    gateway = models.CharField(_("gateway"), max_length=16, unique=True)
    #: Until when the provider's list was compared with what is stored.
    compared_until = models.DateTimeField(_("compared until"), null=True)

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")

    def __str__(self) -> str:
        return self.gateway


class PaymentName(models.Model):
    """Another name that a provider has for a payment."""

    gateway = models.CharField(_("gateway"), max_length=16)
    alias = models.CharField(_("other name"), max_length=100)
    payment = models.CharField(_("payment"), max_length=100, db_index=True)

    class Meta:
        verbose_name = _("name of a payment")
        verbose_name_plural = _("names of payments")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "alias"], name="one_payment_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.alias} = {self.payment}"


class Proof(models.Model):
    """A file that shows a bank transfer. It lies in the home, see `proofs`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    charge = models.ForeignKey(Charge, models.CASCADE, related_name="proofs")
    #: `pdf`, or `webp` for every picture.
    kind = models.CharField(_("kind"), max_length=8)
    #: As its owner called it, for people.
    name = models.CharField(_("name"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    #: Of the picture's variants, widest first, separated by spaces; empty for others.
    widths = models.CharField(_("widths"), max_length=40, default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("proof of a payment")
        verbose_name_plural = _("proofs of payments")

    def __str__(self) -> str:
        return self.name


class InvoiceSeries(models.Model):
    """The numbers of a year's invoices: a row to lock, so that none is left out."""

    name = models.CharField(_("name"), max_length=8, unique=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of invoices")
        verbose_name_plural = _("series of invoices")

    def __str__(self) -> str:
        return self.name


class Invoice(WriteOnce):
    """What was paid, or went back, as it is written to who paid. Complete in itself."""

    Kind = InvoiceKind

    #: As in `2026-000001`, without gaps within a year.
    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    #: What it is about, so that there is one of each.
    key = models.CharField(_("key"), max_length=100, unique=True)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="invoices")
    seller = models.TextField(_("seller"))
    buyer = models.TextField(_("buyer"))
    #: The reader's, as in "de".
    language = models.CharField(_("language"), max_length=8)
    words = models.CharField(_("for"), max_length=200)
    #: Minor units of the currency, with tax, and the tax in it.
    amount = models.PositiveBigIntegerField(_("amount"))
    tax = models.PositiveBigIntegerField(_("tax"))
    currency = models.CharField(_("currency"), max_length=3)
    tax_name = models.CharField(_("name of the tax"), max_length=40)
    #: Of a hundred; empty where a provider told the tax.
    tax_rate = models.CharField(_("rate of the tax"), max_length=10)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta(WriteOnce.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")

    def __str__(self) -> str:
        return self.number
