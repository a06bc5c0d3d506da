"""What the queues did over the past weeks, when which version began to run, what is watched."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.work.models import QUEUES

#: Lengths of the history's steps in seconds.
MINUTE, FIVE_MINUTES, HOUR = 60, 300, 3_600
STEPS = {MINUTE: _("1 minute"), FIVE_MINUTES: _("5 minutes"), HOUR: _("1 hour")}
#: Characters of the name of a search.
LONGEST_NAME = 40


class Figures(models.Model):
    """What was done in one queue of one kind of row within a span of time."""

    #: When the span begins.
    at = models.DateTimeField(_("at"))
    #: `receipt`, `delivery` or `job`.
    kind = models.CharField(_("kind"), max_length=16)
    queue = models.PositiveSmallIntegerField(_("queue"), choices=QUEUES)
    handled = models.PositiveIntegerField(_("handled"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    #: Histograms of seconds, as `Histogram.text` writes them.
    runtimes = models.TextField(_("runtimes"), default="")
    waits = models.TextField(_("waits"), default="")
    #: Bytes of memory of the largest process that worked on it.
    memory = models.PositiveBigIntegerField(_("memory"), default=0)

    class Meta:
        abstract = True


class ProcessMinute(Figures):
    """What one process did, as it tells once a minute. Kept for hours, and added to the steps."""

    host = models.CharField(_("host"), max_length=64)
    role = models.CharField(_("role"), max_length=16)
    name = models.CharField(_("name"), max_length=64)
    #: Set until it was added to the steps.
    fresh = models.BooleanField(_("fresh"), null=True, default=True)

    class Meta:
        verbose_name = _("minute of a process")
        verbose_name_plural = _("minutes of processes")
        indexes = [
            models.Index(fields=["at"], name="processminute_at"),
            models.Index(fields=["fresh", "id"], name="processminute_fresh"),
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.name} {self.at:%H:%M}"


class QueueStep(Figures):
    """What all processes did together, and the most that waited meanwhile."""

    step = models.PositiveSmallIntegerField(_("step"), choices=list(STEPS.items()))
    ready = models.PositiveIntegerField(_("due"), default=0)
    later = models.PositiveIntegerField(_("due later"), default=0)
    in_hand = models.PositiveIntegerField(_("in hand"), default=0)
    parked = models.PositiveIntegerField(_("parked"), default=0)
    #: Seconds that the oldest due row had waited, at its worst.
    oldest = models.FloatField(_("oldest"), default=0.0)

    class Meta:
        verbose_name = _("step of a queue's history")
        verbose_name_plural = _("steps of queues' history")
        constraints = [
            models.UniqueConstraint(fields=["step", "at", "kind", "queue"], name="one_step_each")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_queue_display()} {self.at:%Y-%m-%d %H:%M}"


class DeployMark(models.Model):
    """A version that began to run."""

    version = models.CharField(_("version"), max_length=100)
    at = models.DateTimeField(_("at"), db_default=Now())
    by = models.CharField(_("by"), max_length=254, default="")

    class Meta:
        verbose_name = _("deploy mark")
        verbose_name_plural = _("deploy marks")
        indexes = [models.Index(fields=["at"], name="deploymark_at")]

    def __str__(self) -> str:
        return self.version


class WatchedSearch(models.Model):
    """A search for jobs that operators keep in view, with the number of what it finds."""

    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    #: The line as it is written in the search.
    query = models.CharField(_("search"), max_length=500)
    by = models.CharField(_("by"), max_length=254, default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("watched search")
        verbose_name_plural = _("watched searches")

    def __str__(self) -> str:
        return self.name
