"""What processes count of their own work, and how it adds up."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from signalcast.core.clock import from_now
from signalcast.pipeline import Queue
from signalcast.work.claim import claim
from signalcast.work.histogram import GROWTH, Histogram, from_text
from signalcast.work.meter import MOST, Measured, Meter, Minute, meter
from signalcast.work.models import Job, JobAttempt
from signalcast.work.run_jobs import run_jobs

#: What is read from a bucket may be wrong by so much.
EXACT = (GROWTH - 1) / (GROWTH + 1) + 1e-9
PARTS = (0.5, 0.95, 0.99)


@pytest.fixture
def _counting() -> Iterator[None]:
    meter.take()
    meter.on = True
    yield
    meter.on = False
    meter.take()


def spread(samples: list[float]) -> Histogram:
    histogram = Histogram()
    histogram.add(samples)
    return histogram


@pytest.mark.parametrize("seed", range(20))
def test_percentiles_over_many_processes_are_those_of_all_samples_together(seed: int) -> None:
    chance = random.Random(seed)
    processes = [
        [chance.lognormvariate(chance.uniform(-6, 4), 2) for _ in range(chance.randint(0, 300))]
        for _ in range(8)
    ]
    everything = sorted(sample for samples in processes for sample in samples)
    merged = Histogram()
    for samples in processes:
        merged.merge(from_text(spread(samples).text()))

    assert merged.count == len(everything)
    assert merged.most == pytest.approx(everything[-1], abs=1e-6)
    for part in PARTS:
        exact = max(everything[math.ceil(part * len(everything)) - 1], 0.0001)
        assert merged.percentile(part) == pytest.approx(exact, rel=EXACT)


def test_the_order_in_which_histograms_are_merged_does_not_matter() -> None:
    parts = [spread([0.1 * number, 3.0]) for number in range(5)]
    one, other = Histogram(), Histogram()
    for part in parts:
        one.merge(part)
    for part in reversed(parts):
        other.merge(part)

    assert one == other


def test_the_ends_of_the_scale_hold_whatever_is_measured() -> None:
    histogram = spread([-5.0, 0.0, 1e-9, 1e12])

    assert histogram.count == 4
    assert histogram.most == 1e12
    assert (histogram.percentile(0.5) or 1) < 0.001
    assert Histogram().percentile(0.5) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "x", "[1", '["a"]', "[1.5]", "[1.5, 3]"])
def test_a_text_that_nobody_wrote_counts_nothing(text: str) -> None:
    assert from_text(text).count == 0


def test_what_cannot_be_written_is_kept_up_to_a_bound() -> None:
    mine = Meter()
    mine.on = True
    old = {Minute(number, "job", 0): Measured(handled=1) for number in range(MOST + 50)}

    mine.put_back(old)
    mine.put_back({Minute(MOST, "job", 0): Measured(handled=2)})
    kept = mine.take()

    assert len(kept) == MOST
    assert min(kept).minute == 50
    assert kept[Minute(MOST, "job", 0)].handled == 3
    assert mine.take() == {}


def test_nothing_is_counted_where_nobody_would_take_it() -> None:
    mine = Meter()
    mine.ran("job", 0, [1.0])
    mine.waited("job", 0, [1.0])
    mine.failed("job", 0)

    assert mine.take() == {}


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_counting")
def test_a_wait_is_the_time_from_due_to_the_claim() -> None:
    Job.objects.create(name="a", queue=Queue.DEFAULT, due=from_now(-120))
    Job.objects.create(name="b", queue=Queue.DEFAULT, due=from_now(-60))
    claim(Job, 10)

    [(key, measured)] = meter.take().items()

    assert (key.kind, key.queue) == ("job", Queue.DEFAULT)
    assert measured.waits.count == 2
    assert 120 <= measured.waits.most < 150
    assert measured.waits.percentile(0.5) == pytest.approx(60, rel=0.3)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_counting")
def test_jobs_and_their_failures_are_counted_as_their_attempts_are() -> None:
    for _ in range(3):
        Job.objects.create(name="prune_work", queue=Queue.HIGH, due=Now())
    Job.objects.create(name="unknown", queue=Queue.HIGH, due=Now())
    run_jobs()

    [measured] = meter.take().values()

    attempts = JobAttempt.objects.all()
    assert measured.handled == measured.runtimes.count == attempts.count() == 4
    assert measured.failed == attempts.exclude(outcome=JobAttempt.Outcome.DONE).count() == 1
