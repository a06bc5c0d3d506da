"""Jobs and processes in the back office; they are acted on in the console."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.work.models import Job, JobAttempt, Pause, ProcessBeat, ScalingDecision


@listed(Job)
class JobAdmin(BackOffice):
    """Also at /ops/jobs/, with a search. Arguments may be sealed, and are shown there."""

    list_display = ("created_at", "name", "queue", "state", "due", "finished_at")
    hidden = ("arguments",)
    by_key = True


@listed(JobAttempt)
class JobAttemptAdmin(BackOffice):
    """Every try of a job."""

    list_display = ("started_at", "job", "outcome", "process", "finished_at")
    by_key = True


@listed(Pause)
class PauseAdmin(BackOffice):
    """What rests, and why."""

    list_display = ("what", "until", "since", "by", "reason")
    editable = ("reason",)


@listed(ProcessBeat)
class ProcessBeatAdmin(BackOffice):
    """Processes that are alive."""

    list_display = ("host", "role", "name", "pid", "version", "state", "seen_at")
    list_filter = ("role", "state")


@listed(ScalingDecision)
class ScalingDecisionAdmin(BackOffice):
    """Why there are as many processes as there are."""

    list_display = ("at", "host", "role", "before", "after", "reason")
    list_filter = ("role",)
