"""One try of a job: its row, its lease, its time limit, what it logs and how far it is."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from django.db import Error, connection, transaction
from django.db.models.functions import Now

from signalcast.core import clock, events
from signalcast.core.process import process_name
from signalcast.pipeline import JOB_GRACE, LEASE_RENEWAL
from signalcast.work.claim import Claimed
from signalcast.work.interrupt import Cancelled, Interrupted, Interruptible, Lost, TimedOut
from signalcast.work.life import life
from signalcast.work.measures import measure_job
from signalcast.work.models import Job, JobAttempt
from signalcast.work.renew import renew

#: EX_SOFTWARE of sysexits.h.
EXIT_CODE = 70
#: Characters of the log that are kept: its end.
LONGEST_LOG = 64_000
#: Seconds between two writings of how far a job is.
WRITE_EVERY = 1.0

_thread = threading.local()


def current() -> Attempt | None:
    """The attempt that this thread is in."""
    return getattr(_thread, "attempt", None)


class Attempt:
    """The time from a job's claim to its end. A thread keeps the lease: a job may take hours.

    Raises one of `Interrupted` within the block when the time is up, when somebody cancelled the
    job, or when it was lost.
    """

    def __init__(self, job: Job, claimed: Claimed, *, limit: float) -> None:
        self.job, self.claimed, self.limit = job, claimed, limit
        self.row = JobAttempt.objects.create(
            job=job, generation=claimed.generation, process=process_name()
        )
        self._ended = threading.Event()
        self._keeper = threading.Thread(
            target=self._keep, name=f"lease of job {job.pk}", daemon=True
        )
        self._interruptible = Interruptible()
        self._log: list[str] = []
        self._progress: dict[str, Any] = {}
        self._written = 0.0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        _thread.attempt = self
        self._stack.enter_context(events.heard_by(self._hear))
        self._keeper.start()
        life.in_job = True
        self._stack.enter_context(self._interruptible)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
        _thread.attempt = None
        self._ended.set()
        self._keeper.join()
        life.in_job = False
        life.show()
        if isinstance(error, Interrupted) and not connection.in_atomic_block:
            connection.close()  # whatever it was in the middle of
        self._write_progress()

    def progress(self, done: int, total: int, words: str) -> None:
        """Note how far it is. Written once a second at most."""
        self._progress = {
            "progress_done": max(done, 0),
            "progress_total": max(total, 0),
            "progress_words": words[:200],
        }
        if time.monotonic() - self._written > WRITE_EVERY:
            self._write_progress()

    def end(self, outcome: JobAttempt.Outcome, error: str = "") -> None:
        """Write down how it ended. Nothing is overwritten that somebody else wrote meanwhile."""
        measure_job(self.job.name, outcome.value, time.monotonic() - self._began)
        mine = JobAttempt.objects.filter(pk=self.row.pk, outcome=JobAttempt.Outcome.RUNNING)
        mine.update(outcome=outcome, error=error, log=self._text(), finished_at=Now())

    def _hear(self, event: str, fields: dict[str, Any]) -> None:
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        self._log.append(f"{clock.now():%H:%M:%S} {event} {told}".rstrip())

    def _text(self) -> str:
        return "\n".join(self._log)[-LONGEST_LOG:]

    def _write_progress(self) -> None:
        told, self._progress = self._progress, {}
        self._written = time.monotonic()
        if told:
            Job.objects.filter(pk=self.job.pk, generation=self.claimed.generation).update(**told)

    def _keep(self) -> None:
        heard, told = 0, False
        while not self._ended.wait(self._until_next_look()):
            over = time.monotonic() - self._began - self.limit
            if over >= 0 and not told:
                told = self._interruptible.interrupt(TimedOut(f"It took over {self.limit:g} s."))
            if over > JOB_GRACE:
                self._give_up()
            try:
                self._look()
                if heard < len(self._log):
                    heard = len(self._log)
                    JobAttempt.objects.filter(pk=self.row.pk).update(log=self._text())
            except Error as error:  # the next renewal may be in time
                events.warn("job.not_renewed", id=self.job.pk, error=str(error))
                connection.close()
        connection.close()

    def _until_next_look(self) -> float:
        left = self._began + self.limit - time.monotonic()
        return min(LEASE_RENEWAL, left) if left > 0 else LEASE_RENEWAL

    def _look(self) -> None:
        if not renew(Job, [self.claimed]):
            self._interruptible.interrupt(Lost("Somebody else has it."))
        elif Job.objects.filter(pk=self.job.pk, cancel_asked_at__isnull=False).exists():
            self._interruptible.interrupt(Cancelled("It was cancelled."))

    def _give_up(self) -> None:
        """End this process: nothing else stops what hangs. The row comes due again by itself."""
        try:
            with transaction.atomic():
                self.end(JobAttempt.Outcome.TIMED_OUT, f"It did not end after {self.limit:g} s.")
        finally:
            events.warn("job.hangs", id=self.job.pk, job=self.job.name, seconds=self.limit)
            os._exit(EXIT_CODE)
