"""Moments of the database, of its arithmetic and of Python are the same when they are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now

from signalcast.core.sqlite.moment import as_sqlite_writes_it
from signalcast.work.models import Job

ROUND = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def a_job(**fields: object) -> Job:
    return Job.objects.create(name="test", **fields)


@pytest.mark.storage
@pytest.mark.django_db
class TestAStoredMoment:
    def test_is_found_by_what_was_read(self) -> None:
        job = a_job()
        Job.objects.update(due=Now())
        job.refresh_from_db()

        assert Job.objects.filter(due=job.due).exists()
        assert not Job.objects.filter(due__lt=job.due).exists()

    def test_is_the_same_a_second_later_less_a_second(self) -> None:
        a_job()
        Job.objects.update(due=Now())
        second = timedelta(seconds=1)
        again = ExpressionWrapper(F("due") + second - second, DateTimeField())

        assert Job.objects.filter(due=again).exists()

    @pytest.mark.parametrize("microseconds", [0, 1, 1_000, 123_000, 123_456, 999_999])
    def test_keeps_what_python_gave(self, microseconds: int) -> None:
        moment = ROUND.replace(microsecond=microseconds)
        a_job(due=moment)

        assert Job.objects.get(due=moment).due == moment
        assert Job.objects.filter(due__lt=moment + timedelta(microseconds=1)).exists()
        assert not Job.objects.filter(due__lt=moment).exists()


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "10 days, 0:00:00", "0:00:00.123000", "2026-03-01 12:00:00.123", "1000", ""],
)
def test_what_is_no_moment_of_python_stays_as_it_is(text: str) -> None:
    assert as_sqlite_writes_it(text) == text
