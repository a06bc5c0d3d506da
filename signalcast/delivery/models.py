"""Posts, their deliveries, and every attempt made."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.channels.models import Destination
from signalcast.delivery.states import DeliveryState, Outcome
from signalcast.feeds.models import Feed
from signalcast.signals.models import Revision, Signal
from signalcast.work.models import Work


class Post(models.Model):
    """Something to deliver: to everybody who is entitled to its feed, or who is in its segment."""

    #: Empty for what goes to a segment: whoever asks what a feed brought does not find it.
    feed = models.ForeignKey(Feed, models.PROTECT, null=True, related_name="posts")
    #: See `segment`. Never part of what receivers get.
    segment = models.JSONField(_("segment"), null=True)
    revision = models.OneToOneField(Revision, models.PROTECT, null=True, related_name="post")
    signal = models.ForeignKey(Signal, models.PROTECT, null=True, related_name="posts")
    #: The revision's number; 0 for what is no signal.
    number = models.PositiveIntegerField(_("revision"), default=0)
    #: `signal.published`, `signal.updated`, `signal.closed`, `signal.cancelled`.
    type = models.CharField(_("type"), max_length=32)
    #: The neutral content, as every channel gets it: feed, signal, revision.
    data = models.JSONField(_("data"))
    created_at = models.DateTimeField(_("posted at"), db_default=Now())
    #: Not sent for the first time after this moment; empty means it never expires.
    valid_until = models.DateTimeField(_("valid until"), null=True)
    #: Fan-out goes by ascending destination; this is the last one it reached.
    fanned_out_to = models.BigIntegerField(_("fanned out to"), default=0)
    fanned_out_at = models.DateTimeField(_("fanned out at"), null=True)
    recipients = models.PositiveIntegerField(_("recipients"), default=0)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Delivery(Work):
    """One post for one destination."""

    # No foreign key in the database: it halves the rate of fan-out, and every row comes from a
    # SELECT over destinations in the transaction that made or locked the post.
    post = models.ForeignKey(
        Post, models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    destination = models.ForeignKey(
        Destination,
        models.CASCADE,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
    )
    # The post's and the number too, repeated here for those that have a delivery and no post. To
    # look deliveries up by it, go by the posts about it: they are few, and each has its index.
    signal = models.ForeignKey(
        Signal, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField(_("revision"), default=0)
    state = models.CharField(
        _("state"), max_length=12, choices=DeliveryState.choices, default=DeliveryState.DUE
    )
    #: Why it was set aside or given up, in words.
    reason = models.TextField(_("reason"), default="", db_default="")
    #: Attempts used up, of those the retry table allows.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    #: An attempt may have reached the receiver without our knowing.
    maybe_received = models.BooleanField(_("maybe received"), default=False, db_default=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta(Work.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["post", "destination"], name="one_delivery_each")
        ]
        indexes = [
            *Work.Meta.indexes,
            models.Index(fields=["destination"], name="delivery_destination"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} -> {self.destination_id}"


class Attempt(models.Model):
    """One try at a delivery, and what came of it."""

    delivery = models.ForeignKey(
        Delivery, models.CASCADE, related_name="tried", db_index=True, db_constraint=False
    )
    started_at = models.DateTimeField(_("started at"))
    #: Milliseconds from the first byte out to the answer.
    duration = models.PositiveIntegerField(_("duration"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    #: The protocol's status code; 0 when there was no answer.
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    #: What happened and what to do, in words.
    detail = models.TextField(_("detail"), default="")

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.outcome} {self.status}"
