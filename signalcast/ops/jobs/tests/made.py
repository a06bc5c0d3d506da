"""Jobs and people for the tests of their pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from signalcast.ops.jobs.find import find
from signalcast.ops.jobs.query import read_query
from signalcast.portal.tests.cast import signed_in, staff
from signalcast.work.models import Job, JobAttempt

AGO = timedelta(seconds=5)


def browser_of(role: str) -> Client:
    """Somebody of that role, signed in."""
    return signed_in(staff(role, role))


def job(state: str = "waiting", name: str = "announce", **fields: Any) -> Job:
    """A job that stands like that."""
    moment = timezone.now() - AGO
    columns: dict[str, Any] = {"due": None}
    match state:
        case "waiting":
            columns = {"due": moment}
        case "failing":
            columns = {"due": moment, "tries": 1, "error": "ValueError: no"}
        case "later":
            columns = {"due": moment + timedelta(days=1)}
        case "in-hand":
            columns |= {"leased_until": moment + timedelta(days=1), "claimed_by": "h:1"}
        case "parked":
            columns |= {
                "parked_at": moment,
                "parked_reason": "It failed 3 times: OSError: time out",
            }
        case _:
            columns |= {"state": state, "finished_at": moment}
    return Job.objects.create(name=name, **{**columns, **fields})


def tried(row: Job, outcome: str = "failed", **fields: Any) -> JobAttempt:
    """An attempt of a job."""
    return JobAttempt.objects.create(
        job=row, generation=row.generation, process="h:1", outcome=outcome, **fields
    )


def found(text: str) -> list[int]:
    """The numbers of the jobs that a line means, on its first page."""
    return find(read_query(text)).ids
