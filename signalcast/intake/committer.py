"""Group commit: concurrent requests share one transaction.

A thread takes everything that waits, stores it in one transaction, and answers each caller once
its own rows are committed. While one batch commits, the next gathers.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter
from uuid import UUID

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.db import connection as database

from signalcast.core import events
from signalcast.core.error_text import error_text
from signalcast.core.ids import new_id
from signalcast.intake.database_file import DatabaseFile
from signalcast.intake.measures import COMMIT, FAILED, RECEIPTS
from signalcast.intake.new_receipt import NewReceipt, Outcome, Status
from signalcast.intake.ringer import Ringer
from signalcast.intake.store import store
from signalcast.pipeline import PUBLISH

#: Of one transaction: what keeps SQLite's lock below 20 ms, and memory bounded.
MOST_ROWS = 400
MOST_BYTES = 4_194_304
#: Seconds that a caller waits for its commit, and between two looks for those who waited so long.
PATIENCE = 0.9
LOOK = 0.05
#: While so many requests come in at a time, the loop keeps still for a commit, for so many seconds
#: at most: two threads that fight for the interpreter take longer than one after the other.
CROWD = 8
HELD = 0.003


class Unavailable(Exception):
    """The database can't be reached, or did not commit in time. Whether it will is not known."""


class Backlogged(Exception):
    """Too much waits for its commit already. Nothing was stored."""


class _Submission:
    """The receipts of one request, and what became of them."""

    __slots__ = (
        "abandoned", "deadline", "failed", "future", "left", "outcomes", "receipts", "request",
    )  # fmt: skip

    def __init__(
        self, receipts: Sequence[NewReceipt], future: asyncio.Future[list[Outcome]], deadline: float
    ) -> None:
        self.receipts = receipts
        self.request: str = events.ids().get("request", "")
        self.future = future
        self.deadline = deadline
        self.outcomes: dict[UUID, Outcome] = {}
        self.left = len(receipts)
        self.failed = False
        self.abandoned = False


_Waiting = tuple[_Submission, NewReceipt]


class Committer:
    """Stores receipts for callers in one event loop. One for each web process."""

    def __init__(self, *, backlog: int) -> None:
        self.backlog = backlog
        self._queue: SimpleQueue[_Submission | None] = SimpleQueue()
        self._fresh: list[_Submission] = []
        self._committed = threading.Event()
        self._rest: deque[_Waiting] = deque()
        self._pending: deque[_Submission] = deque()
        self._rows = 0
        self._looking = False
        self._stopping = False
        self._file = DatabaseFile()
        self._ringer = Ringer(PUBLISH)
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin. LOOP is where the callers live."""
        self._loop = loop
        self._thread.start()
        self._ringer.start()

    def stop(self, within: float) -> bool:
        """Commit what waits, then end. Blocks for so many seconds at most; False if that was short.

        Must be called from another thread than the loop's, which has callers to answer.
        """
        self._stopping = True
        # Behind what the loop has yet to hand over.
        self._loop.call_soon_threadsafe(self._queue.put, None)
        self._thread.join(within)
        self._ringer.stop(within=1.0)
        return not self._thread.is_alive()

    async def accept(
        self, receipts: Sequence[NewReceipt], *, within: float = PATIENCE
    ) -> list[Outcome]:
        """Store RECEIPTS; returns once all of them are committed, with what became of each.

        Raises Backlogged, and Unavailable after `within` seconds at the latest.
        """
        if self._stopping:
            raise Unavailable
        if self._rows + len(receipts) > self.backlog and self._rows:
            raise Backlogged
        submission = _Submission(receipts, self._loop.create_future(), monotonic() + within)
        self._rows += len(receipts)
        self._pending.append(submission)
        self._fresh.append(submission)
        if len(self._fresh) == 1:
            self._loop.call_soon(self._hand_over)
        if not self._looking:
            self._looking = True
            self._loop.call_later(LOOK, self._look)
        return await submission.future

    # In the loop's thread.

    def _hand_over(self) -> None:
        """Give the committer all that came in during one turn of the loop."""
        fresh, self._fresh = self._fresh, []
        self._committed.clear()
        for submission in fresh:
            self._queue.put(submission)
        if len(fresh) >= CROWD:
            self._committed.wait(HELD)

    def _look(self) -> None:
        """Give up on what waits too long: an answer that is late is worth less than a 503."""
        now = monotonic()
        still = deque(waiting for waiting in self._pending if not waiting.future.done())
        for submission in still:
            if submission.deadline <= now:
                submission.abandoned = True
                submission.future.set_exception(Unavailable())
        self._pending = still
        self._looking = bool(still)
        if still:
            self._loop.call_later(LOOK, self._look)

    def _answer(self, submissions: list[_Submission]) -> None:
        for submission in submissions:
            self._rows -= len(submission.receipts)
            if submission.future.done():
                continue
            if submission.failed:
                submission.future.set_exception(Unavailable())
            else:
                submission.future.set_result(
                    [submission.outcomes[receipt.id] for receipt in submission.receipts]
                )

    # In the committer's thread.

    def _run(self) -> None:
        while batch := self._gather():
            began = perf_counter()
            stored = 0
            try:
                stored = self._commit(batch)
            except Exception as error:
                events.warn("intake.failed", error=error_text(error), rows=len(batch))
                self._settle(batch, None)
            self._committed.set()
            if stored:
                self._ringer.ring()
            _tell(batch, stored, perf_counter() - began)
        database.close()

    def _gather(self) -> list[_Waiting]:
        """Everything that waits, within bounds. Blocks until there is something; [] at the end."""
        batch: list[_Waiting] = []
        size = 0
        while True:
            while self._rest:
                receipt = self._rest[0][1]
                if batch and (len(batch) >= MOST_ROWS or size + len(receipt.body) > MOST_BYTES):
                    return batch
                batch.append(self._rest.popleft())
                size += len(receipt.body)
            try:
                submission = self._queue.get(block=not batch)
            except Empty:
                return batch
            if submission is None:
                self._queue.put(None)
                return batch
            if submission.abandoned:
                self._loop.call_soon_threadsafe(self._answer, [submission])
                continue
            self._rest.extend((submission, receipt) for receipt in submission.receipts)

    def _commit(self, batch: list[_Waiting], *, again: bool = True) -> int:
        """Store a batch and settle all of it. Returns how many of its rows are stored."""
        try:
            self._file.check()
            outcomes = store([receipt for _, receipt in batch])
        except (DataError, IntegrityError, ValueError, TypeError, OverflowError) as error:
            return self._part(batch, error)
        except (DatabaseError, InterfaceError, OSError) as error:
            database.close()
            alive = [waiting for waiting in batch if not waiting[0].abandoned]
            events.warn("intake.database_failed", error=str(error), rows=len(batch), again=again)
            if again and len(alive) == len(batch):
                return self._commit(_renamed(batch), again=False)
            self._settle(batch, None)
            return 0
        self._settle(batch, outcomes)
        return sum(outcome.status is Status.ACCEPTED for outcome in outcomes)

    def _part(self, batch: list[_Waiting], error: Exception) -> int:
        """One of the rows is poison. Halve until it is alone: it fails its own caller only."""
        if len(batch) > 1:
            half = len(batch) // 2
            return self._commit(batch[:half]) + self._commit(batch[half:])
        receipt = batch[0][1]
        events.warn("receipt.refused", source=receipt.source_id, error=str(error))
        self._settle(batch, [Outcome(receipt.id, Status.REFUSED)])
        return 0

    def _settle(self, batch: list[_Waiting], outcomes: Sequence[Outcome] | None) -> None:
        """Tell the callers whose last row this was; without outcomes, that it failed."""
        done: list[_Submission] = []
        for at, (submission, receipt) in enumerate(batch):
            if outcomes is None:
                submission.failed = True
            else:
                submission.outcomes[receipt.id] = outcomes[at]
            submission.left -= 1
            if not submission.left:
                done.append(submission)
        if done:
            self._loop.call_soon_threadsafe(self._answer, done)
        _count(batch, outcomes)


def _count(batch: list[_Waiting], outcomes: Sequence[Outcome] | None) -> None:
    statuses = [outcome.status.value for outcome in outcomes] if outcomes else [FAILED] * len(batch)
    doors = [receipt.door.value for _, receipt in batch]
    for (door, status), count in Counter(zip(doors, statuses, strict=True)).items():
        RECEIPTS.add(door, status, by=count)


def _tell(batch: list[_Waiting], stored: int, seconds: float) -> None:
    """One line for all: a line for each request would take a tenth of the rate."""
    COMMIT.note(seconds=seconds)
    events.emit(
        "intake.committed",
        rows=stored,
        seconds=round(seconds, 4),
        # As one text each, which is looked through for secrets faster than a list.
        requests=" ".join(dict.fromkeys(submission.request for submission, _ in batch)),
        receipts=" ".join([str(receipt.id) for _, receipt in batch]),
    )


def _renamed(batch: list[_Waiting]) -> list[_Waiting]:
    """The same rows with other ids. Whether the first commit took place is not known: if it did,
    its rows are found as the first of their keys, and not taken for those that are written now."""
    for _, receipt in batch:
        receipt.id = new_id()
    return batch
