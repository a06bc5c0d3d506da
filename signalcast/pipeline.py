"""The one table of queues, bells, stages, processes, limits, retries and budgets.

Celery's routes, the supervisor file and the reference page are rendered from it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from signalcast.core.env import Environment, WrongSetting, environment, pairs, variable
from signalcast.core.wake import Bell


class Queue(IntEnum):
    """Queues in the order they are served, strictly, everywhere. The number is what rows store."""

    HIGH = 0
    DEFAULT = 1
    NOTIFICATIONS = 2

    @property
    def label(self) -> str:
        """The name people and Celery use."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that runs by the clock: its name, where its function is, seconds between two runs."""

    job: str
    function: str
    every: int


SCHEDULES = (
    Schedule("prune_idempotency_keys", "signalcast.intake.prune:prune_idempotency_keys", 3_600),
    Schedule("prune_work", "signalcast.work.prune:prune_work", 3_600),
    Schedule("prune_check_notes", "signalcast.ops.health.prune:prune_check_notes", 3_600),
    Schedule("collect_bounces", "signalcast.channels.email.collect_bounces:collect_bounces", 600),
    Schedule("prune_queue_history", "signalcast.ops.queues.prune:prune_queue_history", 3_600),
    Schedule("move_subscriptions", "signalcast.plans.move_subscriptions:move_subscriptions", 60),
    Schedule("remind", "signalcast.plans.remind:remind", 900),
    Schedule("settle_agreements", "signalcast.payments.settle_agreements:settle_agreements", 300),
    Schedule("reconcile_payments", "signalcast.payments.reconcile:reconcile", 86_400),
    Schedule("prune_alerts", "signalcast.ops.alerts.prune:prune_alerts", 86_400),
    Schedule("prune_stored_answers", "signalcast.api.prune:prune_stored_answers", 3_600),
    Schedule("prune_events", "signalcast.payments.prune:prune_events", 86_400),
    Schedule("prune_exports", "signalcast.accounts.prune:prune_exports", 86_400),
    Schedule("prune_unproven", "signalcast.portal.entrance.prune:prune_unproven", 86_400),
)

#: Jobs that are asked for: what their rows call them, and where their functions are.
JOBS = {
    "account_mail": "signalcast.portal.entrance.mail:hand_in",
    "erase_account": "signalcast.portal.entrance.close_account:erase_account",
    "export_account": "signalcast.portal.entrance.export:export_account",
    "announce": "signalcast.delivery.announce:fan_out_announcement",
    "act_on_jobs": "signalcast.ops.jobs.act_on_all:act_on_jobs",
    "redrive_parked": "signalcast.ops.jobs.parked:redrive_parked",
    "send_reminder": "signalcast.plans.remind:send_reminder",
    "send_refund": "signalcast.payments.refund:send_refund",
    "apply_provider_event": "signalcast.payments.apply_event:apply_event",
    "ticket_mail": "signalcast.support.tell:send_ticket_mail",
    "telegram_start": "signalcast.channels.telegram.answer_start:answer_start",
    **pairs("own_jobs"),
}

#: Seconds that a job may take, and those that may take longer: an announcement to a million, or
#: what is done to a million rows.
JOB_LIMIT = 600.0
LONG_JOBS = {"announce": 3_600.0, "act_on_jobs": 3_600.0, "redrive_parked": 3_600.0}
#: Seconds that a job has to come to its end once its time is up; then its process ends.
JOB_GRACE = 30.0
#: Jobs that give way to a stop between two steps, and go on from there in another process.
GIVE_WAY = frozenset(("announce", "act_on_jobs", "redrive_parked"))


def job_limits(settings: Environment) -> dict[str, float]:
    """Seconds by job, with what the operator changed. Raises WrongSetting."""
    try:
        changed = {name: float(told) for name, told in pairs("job_limits", settings).items()}
    except ValueError:
        changed = {"": 0.0}
    if not all(0 < seconds < math.inf for seconds in changed.values()):
        raise WrongSetting(
            f"{variable('job_limits')} takes seconds over 0, as in announce=7200. Correct it."
        )
    return LONG_JOBS | changed


JOB_LIMITS = job_limits(environment())


def longest_job(limits: Mapping[str, float] = JOB_LIMITS) -> float:
    """Seconds that a process may have to wait for its job when it is to stop."""
    own = (seconds for name, seconds in limits.items() if name not in GIVE_WAY)
    return max(JOB_LIMIT, *own, 0.0) + JOB_GRACE


#: Ages of the oldest due row, in seconds, past which a queue is late.
WAIT_BUDGET = {Queue.HIGH: 2.0, Queue.DEFAULT: 60.0, Queue.NOTIFICATIONS: 600.0}
#: Seconds from a request to its subscribers that 95 of 100 messages keep.
ARRIVAL_BUDGET = 1.0

PUBLISH = Bell("publish", task="delivery.publish", queue=Queue.HIGH.label)
RUN_JOBS = Bell("run_jobs", task="work.run_jobs", queue=Queue.DEFAULT.label)
SEND = Bell("send")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the pipeline: which rows it works off, who does it, and when it is late."""

    name: str
    row: str
    process: str
    bell: Bell
    meaning: str


STAGES = (
    Stage("receive", "", "web", PUBLISH, "store the raw request as a Receipt, then answer"),
    Stage("publish", "intake.Receipt", "worker", PUBLISH, "decide, revise, post and fan out"),
    Stage("send", "delivery.Delivery", "sender", SEND, "speak to each destination"),
    Stage("run_jobs", "work.Job", "worker", RUN_JOBS, "everything else"),
)


@dataclass(frozen=True, slots=True)
class Process:
    """A kind of process under the process manager, started and stopped in the table's order."""

    name: str
    command: str
    count: int
    #: Seconds that stopping may take: longer than the longest piece of work in hand.
    stop_within: int
    meaning: str
    #: How many there may be while rows wait too long; 0 where their number is fixed.
    most: int = 0


def processes() -> tuple[Process, ...]:
    """What `signalcast up` runs on this machine, in starting order."""
    return table(environment(), os.cpu_count() or 1)


def table(settings: Environment, cores: int) -> tuple[Process, ...]:
    """What an installation with these settings runs on a machine of so many cores."""
    usual = 4 if cores > 1 else 2
    patient = _stops_within(settings)
    fetches = settings.telegram_polling or not settings.public_url
    found = (
        Process("valkey", "valkey", 0 if settings.redis_url else 1, 10, "broker and cache"),
        *_web(settings),
        _elastic("worker", settings.workers or usual, settings.workers_max, patient, settings),
        _elastic("sender", settings.senders or usual, settings.senders_max, 30, settings),
        # It runs jobs in person while the broker is away.
        Process("scheduler", "scheduler", 1, patient, "schedules and rescue"),
        Process("telegram", "telegram", int(fetches), 20, "fetch from bots"),
    )
    return tuple(process for process in found if process.count)


#: The processes that answer HTTP: they claim no rows, and reload where others restart.
SERVERS = ("web", "intake")


def _web(settings: Environment) -> tuple[Process, ...]:
    if not settings.apart:
        return (Process("web", "web", 1, 20, "pages, API and the doors"),)
    return (
        Process("intake", "web --serve doors", 1, 20, "the doors, live streams and probes"),
        Process("web", "web --serve pages", 1, 20, "pages and API"),
    )


def _elastic(name: str, count: int, most: int, stop_within: int, settings: Environment) -> Process:
    meaning = {"worker": "decide, fan out, run jobs", "sender": "claim and send deliveries"}[name]
    elastic = settings.scaling == "budget"
    return Process(name, name, count, stop_within, meaning, (most or 2 * count) if elastic else 0)


def worker_stops_within() -> int:
    """Seconds until the process manager kills a worker that it told to stop."""
    return _stops_within(environment())


def _stops_within(settings: Environment) -> int:
    return settings.stop_within or math.ceil(longest_job(job_limits(settings))) + 10


#: Seconds a claimed row stays with its process without a renewal, and between renewals.
LEASE = environment().lease
LEASE_RENEWAL = environment().lease_renewal
#: Seconds within which what a killed process had in hand is with another one.
TAKEN_OVER_WITHIN = 30.0
#: Seconds between two beats of a process, and without one until it counts as lost.
BEAT_EVERY = 10.0
LOST_AFTER = 30.0
#: Days that finished jobs are kept.
JOBS_KEPT_DAYS = 30
#: Seconds between two looks of the rescuer, and of an idle sender.
RESCUE_EVERY = 5.0
LOOK_EVERY = 1.0
#: A row that took its process down this often is parked.
CRASHES_TO_PARK = 3

#: Seconds between attempts: at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
#: Ten attempts over 76 hours, the schedule that Standard Webhooks 1.0 recommends.
RETRY_DELAYS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
#: Each delay is stretched or shortened by up to this part, so that receivers are not hit in step.
RETRY_JITTER = 0.2

#: Days an accepted id is remembered, and seconds an identical body without one is.
ID_REMEMBERED_DAYS = 7
BODY_REMEMBERED_SECONDS = 60

#: Destinations that the first statement of a fan-out covers, and that each later one does. On
#: SQLite as many as 20 ms of its one lock allow. Elsewhere few at first, which are looked up one by
#: one, so that their deliveries start after a tenth of a second; then many, because each statement
#: looks at all subscriptions again: two of 60,000 take a fifth longer for 100,000.
FAN_OUT_CHUNKS = {
    "sqlite": (2_000, 2_000),
    "postgresql": (5_000, 200_000),
    "mysql": (5_000, 60_000),
}
#: Receipts a worker, and deliveries a sender, claims at a time.
CLAIM_RECEIPTS = 20
CLAIM_DELIVERIES = 400
