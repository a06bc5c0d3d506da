"""Signals and their published revisions. A revision never changes; a change is a new revision."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.core.ids import new_id
from signalcast.core.prices import PriceField
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.signals.states import OrderType, RevisionKind, Side, SignalState


class Signal(models.Model):
    """One call to trade, from its first revision to its close."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(Feed, models.PROTECT, related_name="signals", db_index=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="signals", db_index=False)
    #: The source's own id, empty when it gave none.
    source_ref = models.CharField(_("source's id"), max_length=128, default="")
    symbol = models.CharField(_("instrument"), max_length=32)
    state = models.CharField(
        _("state"), max_length=12, choices=SignalState.choices, default=SignalState.OPEN
    )
    #: Number of the newest revision, counted from 1.
    revision = models.PositiveIntegerField(_("revision"), default=1)
    created_at = models.DateTimeField(_("published at"), auto_now_add=True)

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        indexes = [
            models.Index(fields=["source", "source_ref"], name="signal_source_ref"),
            models.Index(fields=["source", "symbol", "state"], name="signal_open"),
            models.Index(fields=["feed", "created_at"], name="signal_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.id}"


class Revision(models.Model):
    """The whole content of a signal after one published change."""

    signal = models.ForeignKey(Signal, models.PROTECT, related_name="revisions", db_index=False)
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=8, choices=RevisionKind.choices)
    #: A receipt can make two revisions (a reversal closes one signal and opens another).
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="revisions")
    side = models.CharField(_("side"), max_length=4, choices=Side.choices)
    order_type = models.CharField(_("order type"), max_length=8, choices=OrderType.choices)
    #: Prices as decimal strings, in the order they were posted.
    entries = models.JSONField(_("entries"), default=list)
    stop_loss = PriceField(_("stop loss"), null=True)
    leverage = PriceField(_("leverage"), null=True)
    timeframe = models.CharField(_("timeframe"), max_length=16, default="")
    #: Price at which it was closed, when the source said so.
    exit_price = PriceField(_("exit price"), null=True)
    comment = models.TextField(_("comment"), default="")
    valid_until = models.DateTimeField(_("valid until"), null=True)
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            models.UniqueConstraint(fields=["signal", "number"], name="one_revision_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.signal_id} #{self.number}"


class Target(models.Model):
    """A take-profit level of a revision."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="targets", db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    price = PriceField(_("price"))
    #: Part of the position to close there, at most 1.
    share = PriceField(_("share"), null=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(fields=["revision", "position"], name="one_target_a_position")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.price}"
