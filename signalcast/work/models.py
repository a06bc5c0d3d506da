"""Rows are the queue. The columns that every kind of work shares, and the Job."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.core.indexes import SparseIndex
from signalcast.pipeline import Queue

QUEUES = [(queue.value, queue.label) for queue in Queue]


class Work(models.Model):
    """A row that somebody has to work off.

    `due` set: waits until then. `leased_until` set: in hand. Both empty: finished or parked.
    """

    queue = models.PositiveSmallIntegerField(_("queue"), choices=QUEUES, default=Queue.HIGH)
    due = models.DateTimeField(_("due"), null=True, db_default=Now())
    leased_until = models.DateTimeField(_("leased until"), null=True)
    #: Who has it in hand, as host:process id, for people.
    claimed_by = models.CharField(_("claimed by"), max_length=64, default="", db_default="")
    #: Counts claims, so that a process that lost its lease can't complete somebody else's.
    generation = models.PositiveIntegerField(_("generation"), default=0, db_default=0)
    #: Crashes of a process over this row. Failures of the outside world are not counted here.
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, db_default=0)
    parked_at = models.DateTimeField(_("parked at"), null=True)
    parked_reason = models.TextField(_("parked reason"), default="", db_default="")

    class Meta:
        abstract = True
        indexes = [
            SparseIndex(fields=["queue", "due"], name="%(class)s_due"),
            SparseIndex(fields=["leased_until"], name="%(class)s_lease"),
            SparseIndex(fields=["parked_at"], name="%(class)s_parked"),
        ]


class Job(Work):
    """Any work that is neither a receipt nor a delivery: prunes, exports, reminders."""

    name = models.CharField(_("name"), max_length=100)
    arguments = models.JSONField(_("arguments"), default=dict)
    state = models.CharField(_("state"), max_length=16, default="waiting")
    error = models.TextField(_("last error"), default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    #: The schedule and minute this run stands for, or what else there is only one job of; empty
    #: for the others that were asked for.
    schedule_run = models.CharField(_("schedule run"), max_length=120, null=True, unique=True)

    class Meta(Work.Meta):
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"
