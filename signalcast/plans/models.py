"""What is sold, and who has bought it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.feeds.models import Feed


class Plan(models.Model):
    """Feeds and channels for a price."""

    class Interval(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        YEAR = "year", _("year")
        LIFETIME = "lifetime", _("lifetime")

    slug = models.SlugField(_("slug"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    #: In the currency's minor units.
    price = models.PositiveBigIntegerField(_("price"))
    currency = models.CharField(_("currency"), max_length=3)
    interval = models.CharField(_("interval"), max_length=8, choices=Interval.choices)
    feeds = models.ManyToManyField(Feed, related_name="plans")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return self.name


class PlanChannel(models.Model):
    """One channel that a plan allows."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="channels")
    kind = models.CharField(_("channel"), max_length=16)

    class Meta:
        verbose_name = _("channel of a plan")
        verbose_name_plural = _("channels of plans")
        constraints = [models.UniqueConstraint(fields=["plan", "kind"], name="one_row_a_channel")]

    def __str__(self) -> str:
        return f"{self.plan}: {self.kind}"


class Subscription(models.Model):
    """A user's right to a plan, from a moment to a moment."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        CANCELLED = "cancelled", _("cancelled")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscriptions")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.ACTIVE)
    starts_at = models.DateTimeField(_("starts at"))
    #: Empty means without end.
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [models.UniqueConstraint(fields=["user", "plan"], name="one_row_a_plan")]

    def __str__(self) -> str:
        return f"{self.user}: {self.plan}"
