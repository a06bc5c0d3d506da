"""What the checks said: last, and over the past weeks."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.ops.health.finding import State


class CheckState(models.Model):
    """The last word of one check, of one host or of all, and when its next run is due."""

    #: The check's file name.
    name = models.CharField(_("name"), max_length=64)
    #: The host it is about; empty when all hosts have the same answer.
    host = models.CharField(_("host"), max_length=48, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.SKIPPED)
    words = models.TextField(_("finding"), default="")
    figure = models.FloatField(_("figure"), null=True)
    unit = models.CharField(_("unit"), max_length=16, default="")
    parts = models.JSONField(_("parts"), default=dict)
    #: Since when it is in this state.
    since = models.DateTimeField(_("since"), db_default=Now())
    #: Empty until its first run.
    checked_at = models.DateTimeField(_("checked at"), null=True)
    #: Milliseconds that the last run took.
    duration = models.PositiveIntegerField(_("duration"), default=0)
    due = models.DateTimeField(_("due"), db_default=Now())
    #: Which scheduler took the last run, so that no other one does.
    claim = models.CharField(_("claim"), max_length=36, default="", db_default="")
    paused_until = models.DateTimeField(_("paused until"), null=True)
    #: When the history got its last entry.
    noted_at = models.DateTimeField(_("noted at"), null=True)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        constraints = [models.UniqueConstraint(fields=["name", "host"], name="one_state_a_check")]

    def __str__(self) -> str:
        return f"{self.name} {self.host}".rstrip()


class CheckNote(models.Model):
    """What a check said at one moment: at every change, and every few minutes between."""

    check_state = models.ForeignKey(
        CheckState, models.CASCADE, related_name="notes", db_index=False
    )
    at = models.DateTimeField(_("at"), db_default=Now())
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    figure = models.FloatField(_("figure"), null=True)

    class Meta:
        verbose_name = _("note of a check")
        verbose_name_plural = _("notes of checks")
        indexes = [
            models.Index(fields=["check_state", "at"], name="checknote_state"),
            models.Index(fields=["at"], name="checknote_at"),
        ]

    def __str__(self) -> str:
        return f"{self.check_state_id}: {self.state}"
