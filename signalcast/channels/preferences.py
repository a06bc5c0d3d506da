"""What subscribers want of their destinations: feeds they turned off, quiet hours, fallbacks.

A row is only there where somebody wants something else than the usual: all that the plan has, at
any time, everywhere at once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.feeds.models import Feed

#: Every day of the week, Monday first, as `QuietHours.days` has them.
EVERY_DAY = "0123456"


class DestinationMute(models.Model):
    """A feed that its owner turned off for one destination."""

    destination = models.ForeignKey("channels.Destination", models.CASCADE, related_name="mutes")
    feed = models.ForeignKey(Feed, models.CASCADE, related_name="mutes")

    class Meta:
        verbose_name = _("feed turned off")
        verbose_name_plural = _("feeds turned off")
        constraints = [
            models.UniqueConstraint(fields=["destination", "feed"], name="one_mute_each")
        ]

    def __str__(self) -> str:
        return f"{self.feed} -/-> {self.destination}"


class QuietHours(models.Model):
    """When somebody does not want to be woken, by the clock on the wall of a time zone."""

    class Passes(models.TextChoices):
        """What is sent all the same."""

        NOTHING = "nothing", _("Hold everything")
        REST = "rest", _("Let through what belongs to signals I have: updates, closes, cancels")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="quiet_hours"
    )
    #: As in "Europe/Berlin". What the time zone database of this host doesn't know holds nothing.
    zone = models.CharField(_("time zone"), max_length=64)
    #: Minutes after midnight. An end before the beginning is on the next day.
    begins = models.PositiveSmallIntegerField(_("from"))
    ends = models.PositiveSmallIntegerField(_("to"))
    #: The days they begin on, Monday is 0.
    days = models.CharField(_("days"), max_length=7, default=EVERY_DAY)
    passes = models.CharField(
        _("what is sent all the same"), max_length=8, choices=Passes.choices, default=Passes.REST
    )

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")

    def __str__(self) -> str:
        return f"{self.begins // 60:02}:{self.begins % 60:02} {self.zone}"


class QuietChoice(models.Model):
    """Whether the quiet hours are for a destination, where its owner chose other than usual."""

    destination = models.OneToOneField(
        "channels.Destination", models.CASCADE, related_name="quiet_choice"
    )
    applies = models.BooleanField(_("applies"))

    class Meta:
        verbose_name = _("choice about quiet hours")
        verbose_name_plural = _("choices about quiet hours")

    def __str__(self) -> str:
        return f"{self.destination}: {self.applies}"


class FallbackStep(models.Model):
    """A destination's place in its owner's list: each is for what did not arrive before it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="fallback_steps"
    )
    destination = models.OneToOneField(
        "channels.Destination", models.CASCADE, related_name="fallback_step"
    )
    #: From 0, which waits for nobody.
    position = models.PositiveSmallIntegerField(_("place"))
    #: Seconds that the one before it has, counted from when that one's turn came.
    after = models.PositiveSmallIntegerField(_("after"))

    class Meta:
        verbose_name = _("place in a fallback list")
        verbose_name_plural = _("places in fallback lists")
        constraints = [
            models.UniqueConstraint(fields=["user", "position"], name="one_destination_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.destination}"


def quiet_by_default(kind: str) -> bool:
    """Whether quiet hours are for destinations of a channel whose owner chose nothing.

    Programs don't sleep.
    """
    return kind != "webhook"
