"""Look at the whole pipeline: a fixed number of cheap statements, whatever there is."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from signalcast.core.clock import from_now, read_moment, sql_now
from signalcast.delivery.models import Post
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.ops.alerts.lasting import lasting
from signalcast.ops.alerts.models import Alert
from signalcast.ops.console.flow import AHEAD, SAMPLE, WINDOW, age, flow
from signalcast.ops.console.glance import Flow, Glance, Process, Rest, Tile, Wrong
from signalcast.ops.console.speak import Spoken, speak
from signalcast.ops.health.beats import beats
from signalcast.ops.health.waits import KINDS, Place, waits
from signalcast.pipeline import LOST_AFTER, STAGES, WAIT_BUDGET, Queue, Stage
from signalcast.work.models import JobAttempt, ProcessBeat
from signalcast.work.unpaused import in_force

#: Rows that are counted at most, and lines of each list.
COUNTED, LISTED = 1_000, 20
#: What has to live besides the web server, which shows the page.
NEEDED = ("worker", "sender", "scheduler")
ENDED_BADLY = (JobAttempt.Outcome.FAILED, JobAttempt.Outcome.TIMED_OUT, JobAttempt.Outcome.LOST)


def look() -> Glance:
    """How it is at this moment, by the database's clock. Ten statements."""
    now, parked, review = _set_aside()
    known, ages, spoken = beats(), waits(), speak(now)
    living = [beat for beat, silence in known if silence <= LOST_AFTER]
    lost = [beat for beat, silence in known if silence > LOST_AFTER]
    alive = {beat.role for beat in living}
    last_seen = {beat.role: beat.seen_at for beat in sorted(lost, key=lambda beat: beat.seen_at)}
    return Glance(
        at=now,
        tiles=[_tile(stage, now, living, ages, parked, spoken) for stage in STAGES],
        channels=spoken.channels,
        arrivals=spoken.arrivals,
        last=spoken.last,
        absent={role: last_seen.get(role) for role in NEEDED if role not in alive},
        lost=[Process(beat.host, beat.name, beat.role, beat.seen_at) for beat in lost][:LISTED],
        alerts=_alerts(),
        pauses=[
            Rest(row.what, row.until, row.by, row.reason)
            for row in in_force().order_by("what")[:LISTED]
        ],
        maintenances=[
            Rest(row.rule, row.ends_at, row.by, row.reason)
            for row in lasting().order_by("ends_at")[:LISTED]
        ],
        review=review,
    )


def _tile(
    stage: Stage,
    now: datetime,
    living: list[ProcessBeat],
    ages: dict[Place, float],
    parked: dict[str, int],
    spoken: Spoken,
) -> Tile:
    passed, failed, ended = _passed(stage, now, spoken)
    wait, budget = _wait(stage, ages)
    mine = [beat for beat in living if beat.role == stage.process]
    return Tile(
        stage=stage.name,
        process=stage.process,
        flow=passed,
        living=len(mine),
        resting=sum(beat.state != ProcessBeat.State.RUNNING for beat in mine),
        wait=wait,
        budget=budget,
        failed=failed,
        ended=ended,
        parked=parked.get(stage.row, 0),
    )


def _set_aside() -> tuple[datetime, dict[str, int], int]:
    """The database's now, the parked rows of each kind, and the receipts in review."""
    quote = connection.ops.quote_name
    models = {model._meta.label: model for model in KINDS.values()}
    wanted = [(model, "parked_at IS NOT NULL") for model in models.values()]
    wanted.append((Receipt, f"state = '{ReceiptState.REVIEW.value}'"))
    counts = (
        f"(SELECT COUNT(*) FROM (SELECT 1 AS found FROM {quote(model._meta.db_table)}"  # noqa: S608 - our own names
        f" WHERE {condition} LIMIT {COUNTED}) AS counted)"
        for model, condition in wanted
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql_now()}, {', '.join(counts)}")
        now, *found, review = cursor.fetchone()
    return read_moment(now), dict(zip(models, found, strict=True)), review


def _passed(stage: Stage, now: datetime, spoken: Spoken) -> tuple[Flow, int, int]:
    """The flow through a stage, and of what ended lately, how much badly."""
    until = from_now(AHEAD)
    match stage.name:
        case "receive":
            rows = Receipt.objects.filter(received_at__lte=until).order_by("-pk")
            times = list(rows.values_list("received_at", flat=True)[:SAMPLE])
        case "publish":
            posts = Post.objects.filter(created_at__lte=until).order_by("-pk")
            times = list(posts.values_list("created_at", flat=True)[:SAMPLE])
        case "send":
            times = [one.at for one in spoken.tries]
            ended = sum(one.ended for one in spoken.channels)
            accepted = sum(one.accepted for one in spoken.channels)
            return flow(times, now, cut=spoken.cut), ended - accepted, ended
        case _:
            return _jobs(now)
    return flow(times, now, cut=len(times) == SAMPLE), 0, 0


def _jobs(now: datetime) -> tuple[Flow, int, int]:
    rows = list(JobAttempt.objects.order_by("-pk").values_list("finished_at", "outcome")[:SAMPLE])
    ended = [(at, outcome) for at, outcome in rows if at is not None]
    lately = [
        outcome for at, outcome in ended if (past := age(at, now)) is not None and past <= WINDOW
    ]
    failed = sum(outcome in ENDED_BADLY for outcome in lately)
    return flow([at for at, _outcome in ended], now, cut=len(rows) == SAMPLE), failed, len(lately)


def _wait(stage: Stage, ages: dict[Place, float]) -> tuple[float, float]:
    """The wait that is worst for its queue's budget, and that budget."""
    mine = [
        (seconds, WAIT_BUDGET[place.queue])
        for place, seconds in ages.items()
        if KINDS[place.kind]._meta.label == stage.row
    ]
    labels = {queue.label: queue for queue in Queue}
    usual = WAIT_BUDGET[labels.get(stage.bell.queue, Queue.HIGH)] if stage.row else 0.0
    return max(mine, key=lambda one: one[0] / one[1], default=(0.0, usual))


def _alerts() -> list[Wrong]:
    rows = Alert.objects.filter(open_key__isnull=False).order_by("since")[:LISTED]
    return [Wrong(row.rule, row.subject, row.words, row.since, row.acknowledged_by) for row in rows]
