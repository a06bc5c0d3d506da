"""What is wrong and was, who is told, and what the owner changed about it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.channels.models import Account
from signalcast.core.indexes import SparseIndex
from signalcast.core.secrets import EncryptedTextField


class RuleSetting(models.Model):
    """What the owner changed about a rule. Rules without a row are as the code has them."""

    rule = models.CharField(_("rule"), max_length=64, unique=True)
    is_on = models.BooleanField(_("on"), default=True)
    #: In the rule's own unit; empty means the usual one.
    threshold = models.FloatField(_("threshold"), null=True)
    #: Seconds between two notices about the same; empty means as usual.
    throttle = models.PositiveIntegerField(_("throttle"), null=True)

    class Meta:
        verbose_name = _("setting of a rule")
        verbose_name_plural = _("settings of rules")

    def __str__(self) -> str:
        return self.rule


class Receiver(models.Model):
    """Who is told, and how."""

    #: The channel's folder name.
    kind = models.CharField(_("channel"), max_length=16)
    address = models.CharField(_("address"), max_length=500)
    #: What signs messages, or the whole address where that is a secret.
    secret = EncryptedTextField(_("secret"), blank=True, default="")
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="alert_receivers"
    )
    is_on = models.BooleanField(_("on"), default=True)
    #: Why the last notice did not get there, in words.
    last_error = models.TextField(_("last error"), blank=True, default="")
    last_sent_at = models.DateTimeField(_("last told"), null=True)

    class Meta:
        verbose_name = _("receiver of alerts")
        verbose_name_plural = _("receivers of alerts")
        constraints = [
            models.UniqueConstraint(fields=["kind", "address"], name="one_receiver_an_address")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.address}"


class Alert(models.Model):
    """Something that is wrong, from when it was noticed until it was well again."""

    #: Rule and subject, as in `delivery_success:telegram`.
    key = models.CharField(_("key"), max_length=200)
    #: The same while it lasts: no two at the same time, whoever notices.
    open_key = models.CharField(_("open key"), max_length=200, null=True, unique=True)
    rule = models.CharField(_("rule"), max_length=64)
    subject = models.CharField(_("about"), max_length=120, default="")
    words = models.TextField(_("what is wrong"))
    figure = models.FloatField(_("figure"), null=True)
    since = models.DateTimeField(_("since"), db_default=Now())
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    #: When somebody was last told; empty while a maintenance or a throttle holds it back.
    told_at = models.DateTimeField(_("told"), null=True)
    #: How often, so that of several processes one tells.
    times_told = models.PositiveIntegerField(_("times told"), default=0)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.CharField(_("by"), max_length=254, default="")

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(fields=["since"], name="alert_since"),
            models.Index(fields=["key", "told_at"], name="alert_told"),
        ]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """One message about an alert to one receiver, kept until it got there."""

    class About(models.TextChoices):
        FIRED = "fired", _("fired")
        REMINDER = "reminder", _("reminder")
        RESOLVED = "resolved", _("resolved")

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notices")
    receiver = models.ForeignKey(Receiver, models.CASCADE, related_name="notices")
    about = models.CharField(_("about"), max_length=8, choices=About.choices)
    #: When it is tried next; empty once it got there or was given up.
    due = models.DateTimeField(_("due"), null=True, db_default=Now())
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.TextField(_("error"), default="")

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [SparseIndex(fields=["due"], name="notice_due")]

    def __str__(self) -> str:
        return f"{self.alert_id} -> {self.receiver_id}"


class Maintenance(models.Model):
    """A time in which nobody is told: something is being worked on."""

    starts_at = models.DateTimeField(_("from"), db_default=Now())
    ends_at = models.DateTimeField(_("until"))
    #: The one rule that is silent; empty means all of them.
    rule = models.CharField(_("rule"), max_length=64, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    by = models.CharField(_("by"), max_length=254, default="")

    class Meta:
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenances")
        indexes = [models.Index(fields=["ends_at"], name="maintenance_ends")]

    def __str__(self) -> str:
        return f"{self.rule or '*'} {self.ends_at}"
