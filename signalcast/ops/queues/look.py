"""All that the queues and their processes are at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signalcast.ops.health.beats import beats
from signalcast.ops.queues.count_rows import Backlog
from signalcast.ops.queues.kept import Kept
from signalcast.ops.queues.recent import MINUTES, recent
from signalcast.ops.queues.snapshot import forget_snapshot, snapshot
from signalcast.ops.queues.sums import Sums
from signalcast.pipeline import LOST_AFTER, SERVERS, STAGES, WAIT_BUDGET, Queue
from signalcast.work.models import Pause, ProcessBeat
from signalcast.work.unpaused import in_force

#: The roles that work rows off.
WORKING = frozenset(stage.process for stage in STAGES if stage.row)

_recent = Kept(recent)


class Status(StrEnum):
    """How the whole is, the best first: a command exits with the place in this list."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue, over all kinds of rows."""

    queue: Queue
    pause: Pause | None
    #: Seconds of the oldest due row, and how many it may be.
    wait: float
    budget: float

    @property
    def late(self) -> bool:
        """Whether its rows wait longer than they may."""
        return self.wait > self.budget


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One queue of one kind of row: what waits, and what was done in the last minutes."""

    backlog: Backlog
    sums: Sums

    @property
    def late(self) -> bool:
        """Whether its rows wait longer than they may."""
        return self.backlog.wait > WAIT_BUDGET[self.backlog.queue]

    @property
    def nothing(self) -> bool:
        """Whether there is no row and was none: phones leave it out."""
        one = self.backlog
        return not (one.ready or one.later or one.in_hand or one.parked or self.a_minute)

    @property
    def a_minute(self) -> float:
        """Rows worked off in a minute."""
        return self.sums.measured.handled / MINUTES


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """One process, and what it did in the last minutes."""

    beat: ProcessBeat
    #: Seconds since its last beat.
    silent: float
    sums: Sums

    @property
    def serves(self) -> bool:
        """Whether it answers HTTP: the only order to follow is then to restart."""
        return self.beat.role in SERVERS

    @property
    def lost(self) -> bool:
        """Whether it has been silent for too long."""
        return self.silent > LOST_AFTER

    @property
    def a_minute(self) -> float:
        """Rows worked off in a minute."""
        return self.sums.measured.handled / MINUTES


@dataclass(frozen=True, slots=True)
class Look:
    """Everything."""

    queues: list[QueueLine]
    work: list[WorkLine]
    processes: list[ProcessLine]

    @property
    def hosts(self) -> list[str]:
        """The machines that they run on."""
        return sorted({one.beat.host for one in self.processes})

    @property
    def missing(self) -> list[str]:
        """The roles that work rows off and of which no process is alive."""
        return sorted(WORKING - {one.beat.role for one in self.processes if not one.lost})

    @property
    def status(self) -> Status:
        """Some work stands still; somebody or something rests; or all is running."""
        if self.missing:
            return Status.STOPPED
        living = [one.beat for one in self.processes if not one.lost]
        resting = any(beat.state != ProcessBeat.State.RUNNING for beat in living)
        if resting or any(line.pause for line in self.queues):
            return Status.PAUSED
        return Status.RUNNING


def look() -> Look:
    """Four statements at most; two for everybody else who looks within two seconds."""
    backlogs, done = snapshot(), _recent.get()
    pauses: Mapping[int | None, Pause] = {
        pause.queue: pause for pause in in_force().filter(queue__isnull=False)
    }
    queues = [
        QueueLine(
            queue,
            pauses.get(queue.value),
            max(backlog.wait for backlog in backlogs if backlog.queue == queue),
            WAIT_BUDGET[queue],
        )
        for queue in Queue
    ]
    work = [WorkLine(backlog, done.places.get(backlog.place, Sums())) for backlog in backlogs]
    return Look(queues, sorted(work, key=lambda line: line.backlog.queue), process_lines())


def process_lines() -> list[ProcessLine]:
    """The processes of all hosts, by role and name. Two statements at most."""
    done = _recent.get().processes
    lines = [
        ProcessLine(beat, silent, done.get((beat.host, beat.name), Sums()))
        for beat, silent in beats()
    ]
    return sorted(lines, key=lambda line: (line.beat.role, line.beat.host, line.beat.name))


def forget_look() -> None:
    """Count anew the next time."""
    forget_snapshot()
    _recent.forget()
