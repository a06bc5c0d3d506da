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

    class State(models.TextChoices):
        """How it ended, or that it did not yet; in hand, due and parked say the other columns."""

        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        DISCARDED = "discarded", _("discarded")

    name = models.CharField(_("name"), max_length=100)
    arguments = models.JSONField(_("arguments"), default=dict)
    #: What people look for it by, separated by spaces.
    tags = models.CharField(_("tags"), max_length=200, default="", db_default="")
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.WAITING
    )
    error = models.TextField(_("last error"), default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    #: How far it is: so many of so many, and what it is at in words. A total of 0 is unknown.
    progress_done = models.PositiveIntegerField(_("done"), default=0, db_default=0)
    progress_total = models.PositiveIntegerField(_("of"), default=0, db_default=0)
    progress_words = models.CharField(_("at"), max_length=200, default="", db_default="")
    #: When a person wanted it to end although it was in hand.
    cancel_asked_at = models.DateTimeField(_("cancelling since"), null=True)
    #: The schedule and minute this run stands for, or what else there is only one job of; empty
    #: for the others that were asked for.
    schedule_run = models.CharField(_("schedule run"), max_length=120, null=True, unique=True)

    class Meta(Work.Meta):
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            *Work.Meta.indexes,
            models.Index(fields=["name", "id"], name="job_name"),
            models.Index(fields=["state", "id"], name="job_state"),
            models.Index(fields=["finished_at"], name="job_finished"),
            # For lists, which go by id: each finds its page without sorting what else there is.
            models.Index(fields=["name", "state", "id"], name="job_name_state"),
            models.Index(fields=["queue", "id"], name="job_queue"),
            SparseIndex(fields=["id", "due"], name="job_due_id"),
            SparseIndex(fields=["id", "leased_until"], name="job_lease_id"),
            SparseIndex(fields=["id", "parked_at"], name="job_parked_id"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class JobAttempt(models.Model):
    """One try of a job, written when it begins."""

    class Outcome(models.TextChoices):
        """How it ended."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        TIMED_OUT = "timed_out", _("took too long")
        CANCELLED = "cancelled", _("cancelled")
        LOST = "lost", _("its process died")
        GAVE_WAY = "gave_way", _("gave way to a stop")

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    #: The claim that it was, as the row's generation counts them.
    generation = models.PositiveIntegerField(_("claim"))
    process = models.CharField(_("process"), max_length=64)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    finished_at = models.DateTimeField(_("finished at"), null=True)
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome.choices, default=Outcome.RUNNING
    )
    error = models.TextField(_("error"), default="")
    #: What was logged meanwhile, its end if it was much.
    log = models.TextField(_("log"), default="")

    class Meta:
        verbose_name = _("attempt of a job")
        verbose_name_plural = _("attempts of jobs")

    def __str__(self) -> str:
        return f"{self.job_id}/{self.generation} ({self.outcome})"


class Pause(models.Model):
    """Something that shall rest on all machines: a queue, or a schedule."""

    #: `queue:high` or `schedule:prune_jobs`.
    what = models.CharField(_("what"), max_length=120, unique=True)
    #: The queue that it is, empty for schedules.
    queue = models.PositiveSmallIntegerField(_("queue"), choices=QUEUES, null=True)
    #: Empty means until somebody resumes it.
    until = models.DateTimeField(_("until"), null=True)
    since = models.DateTimeField(_("since"), db_default=Now())
    by = models.CharField(_("by"), max_length=254, default="")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")

    def __str__(self) -> str:
        return self.what


class ProcessBeat(models.Model):
    """A process of any machine and when it was last alive."""

    class State(models.TextChoices):
        """What it does."""

        RUNNING = "running", _("running")
        DRAINING = "draining", _("draining")
        RESTING = "resting", _("resting")

    class Order(models.TextChoices):
        """What it was told to do, at its next beat."""

        NONE = "", _("nothing")
        DRAIN = "drain", _("finish what is in hand and claim nothing more")
        RESUME = "resume", _("claim again")
        RESTART = "restart", _("finish what is in hand and start anew")
        RETIRE = "retire", _("finish what is in hand and end")

    host = models.CharField(_("host"), max_length=64)
    role = models.CharField(_("role"), max_length=16)
    #: The process manager's name for it, the same after a restart.
    name = models.CharField(_("name"), max_length=64)
    pid = models.PositiveIntegerField(_("process id"))
    #: The release that it runs. With a default of the database's, for those that tell none yet.
    version = models.CharField(_("version"), max_length=100, blank=True, db_default="", default="")
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    seen_at = models.DateTimeField(_("seen at"), db_default=Now())
    #: Seconds its host's clock is ahead of the database's.
    clock_offset = models.FloatField(_("clock offset"), default=0.0)
    #: Bytes of memory.
    rss = models.PositiveBigIntegerField(_("memory"), default=0)
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.RUNNING
    )
    #: Rows it worked off so far, and what it has in hand, in words.
    handled = models.PositiveBigIntegerField(_("handled"), default=0)
    doing = models.CharField(_("doing"), max_length=120, blank=True, default="")
    order = models.CharField(
        _("order"), max_length=16, choices=Order.choices, blank=True, default=Order.NONE
    )

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        indexes = [models.Index(fields=["seen_at"], name="process_seen")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid} ({self.role})"


class ScalingDecision(models.Model):
    """A change of how many processes of a role a host runs, and why."""

    host = models.CharField(_("host"), max_length=64)
    role = models.CharField(_("role"), max_length=16)
    before = models.PositiveSmallIntegerField(_("before"))
    after = models.PositiveSmallIntegerField(_("after"))
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("scaling decision")
        verbose_name_plural = _("scaling decisions")
        indexes = [models.Index(fields=["at"], name="scaling_at")]

    def __str__(self) -> str:
        return f"{self.role}: {self.before} -> {self.after}"
