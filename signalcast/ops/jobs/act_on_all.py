"""Do something to all jobs that a query means."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.core.wake import ring_after_commit
from signalcast.ops.jobs.acts import ACTS, BATCH, Act, act_on
from signalcast.ops.jobs.carry_out import Told, carry_out
from signalcast.ops.jobs.matching import count_matching, matching
from signalcast.ops.jobs.query import Query, read_query
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.work.models import Job

#: What the job is called that does it to many.
JOB = "act_on_jobs"


def act_on_all(act: Act, query: Query, *, upto: int, by: str) -> tuple[int, Job | None]:
    """Do ACT to all jobs that QUERY means, up to the id UPTO; later ones were not counted.

    Few are done at once: returns how many. More are left to a job: returns it, with 0.
    """
    counted = count_matching(query, act, upto=upto)
    if counted.exact and counted.count <= BATCH:
        ids = [pk for batch in matching(query, act, upto=upto) for pk in batch]
        return (act_on(act, ids, by=by) if ids else 0), None
    with transaction.atomic():
        job = Job.objects.create(
            name=JOB,
            queue=Queue.DEFAULT,
            tags="by-hand",
            arguments={"act": act.name, "query": query.text, "upto": upto, "by": by},
            progress_total=counted.count,
        )
        audit(f"{act.done}_asked", by=by, target=query.text, count=counted.count, job=job.pk)
        ring_after_commit(RUN_JOBS)
    return 0, job


def act_on_jobs(act: str, query: str, upto: int, by: str) -> None:
    """The job."""
    act_on_each(ACTS[act], read_query(query), upto=upto, by=by)


def act_on_each(act: Act, query: Query, *, upto: int, by: str, told: Told | None = None) -> int:
    """Do it here and now, however long it takes. Returns how many jobs were changed."""
    return carry_out(
        matching(query, act, upto=upto),
        lambda ids: act.carry_out(ids, by),
        action=act.done,
        by=by,
        target=query.text,
        total=count_matching(query, act, upto=upto).count,
        told=told,
    )
