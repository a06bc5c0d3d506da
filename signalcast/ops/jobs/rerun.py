"""Do a finished job once more."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.core.wake import ring_after_commit
from signalcast.ops.jobs.acts import target_of
from signalcast.pipeline import RUN_JOBS
from signalcast.work.models import Job
from signalcast.work.run_jobs import function_of

#: The tag that leads from a job to the one it repeats.
TAG = "rerun-of:"
LONGEST_TAGS = 200


class NotFinished(ValueError):
    """The job is still to be done."""


def rerun(job: Job, *, by: str) -> Job:
    """A new job like JOB, due now. Raises NotFinished, and LookupError when nothing does it."""
    if job.finished_at is None:
        raise NotFinished
    function_of(job.name)
    kept = [tag for tag in job.tags.split() if not tag.startswith(TAG)]
    tags = " ".join([f"{TAG}{job.pk}", *kept])[:LONGEST_TAGS]
    with transaction.atomic():
        made = Job.objects.create(
            name=job.name, queue=job.queue, arguments=_arguments(job, by), tags=tags
        )
        audit("jobs.rerun", by=by, target=target_of([job.pk]), count=1, new=made.pk)
        ring_after_commit(RUN_JOBS)
    return made


def _arguments(job: Job, by: str) -> Any:
    """The same; where they say on whose behalf, it is who asks for it now."""
    if isinstance(job.arguments, dict) and "by" in job.arguments:
        return {**job.arguments, "by": by}
    return job.arguments


def original(tags: str) -> int | None:
    """The job that one with TAGS repeats."""
    for tag in tags.split():
        number = tag.removeprefix(TAG)
        if tag.startswith(TAG) and number.isdecimal() and len(number) < 19:
            return int(number)
    return None
