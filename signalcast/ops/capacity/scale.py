"""Start and retire the processes of this host as its queues need it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from signalcast.core import events, manager
from signalcast.core.env import environment, managed, supervised
from signalcast.core.process import host_name
from signalcast.ops.capacity.decide import Situation, decide, has_to_wait
from signalcast.ops.capacity.patience import Patience
from signalcast.ops.health.waits import Place, waits
from signalcast.pipeline import STAGES, WAIT_BUDGET, Process, processes
from signalcast.work.models import ProcessBeat, ScalingDecision
from signalcast.work.order import order


class Scaler:
    """Looks after the processes that our own manager runs on this host."""

    def __init__(self) -> None:
        wanted = environment().scaling == "budget"
        on = supervised() and wanted
        if wanted and managed() and not on:
            events.warn("capacity.no_manager", error="only supervisor starts more processes")
        self._roles = [one for one in processes() if on and one.most > one.count]
        self._kinds = {
            stage.process: {other.row for other in STAGES if other.process == stage.process}
            for stage in STAGES
        }
        started = time.monotonic()
        self._idle_since = dict.fromkeys((one.name for one in self._roles), started)
        self._changed_at = dict.fromkeys((one.name for one in self._roles), started)
        self._patience = {one.name: Patience() for one in self._roles}
        #: Told to end when they are done, and not ended yet.
        self._retiring: set[str] = set()

    def scale(self) -> None:
        """Change a role's number by one where it needs that. One statement, none when it is off."""
        if not self._roles:
            return
        ages = waits()
        try:
            up = {name for name, is_up in manager.processes().items() if is_up}
            self._retiring &= up
            for role in self._roles:
                self._scale(role, up - self._retiring, ages)
        except manager.NoManager as error:
            events.warn("capacity.no_manager", error=str(error))

    def _scale(self, role: Process, up: set[str], ages: Mapping[Place, float]) -> None:
        names = [f"{role.name}-{number}" for number in range(role.most)]
        running = [name for name in names if name in up]
        situation = self._situation(role, len(running), ages)
        wanted, reason = decide(situation)
        if wanted > len(running):
            for name in [name for name in names if name not in up | self._retiring]:
                manager.start(name)
                break
            else:
                return  # all that could be started are about to end
        elif wanted < len(running):
            self._retire(running[-1])
        else:
            return
        self._changed_at[role.name] = time.monotonic()
        self._patience[role.name].changed(more=wanted > len(running), at=time.monotonic())
        ScalingDecision.objects.create(
            host=host_name(),
            role=role.name,
            before=len(running),
            after=wanted,
            reason=reason[:200],
        )
        events.emit("capacity.changed", role=role.name, before=len(running), after=wanted)

    def _retire(self, name: str) -> None:
        mine = ProcessBeat.objects.filter(host=host_name(), name=name)
        if order(ProcessBeat.Order.RETIRE, mine, by="scheduler"):
            self._retiring.add(name)

    def _situation(self, role: Process, running: int, ages: Mapping[Place, float]) -> Situation:
        now = time.monotonic()
        rows = {row.rpartition(".")[2].lower() for row in self._kinds[role.name]}
        mine = {place: age for place, age in ages.items() if place.kind in rows}
        if any(has_to_wait(age, WAIT_BUDGET[place.queue]) for place, age in mine.items()):
            self._idle_since[role.name] = now
        worst = max(mine, key=lambda place: mine[place] / WAIT_BUDGET[place.queue], default=None)
        return Situation(
            running=running,
            least=role.count,
            most=role.most,
            queue=worst.queue.label if worst else "",
            wait=mine[worst] if worst else 0.0,
            budget=WAIT_BUDGET[worst.queue] if worst else 0.0,
            idle_for=now - self._idle_since[role.name],
            changed_ago=now - self._changed_at[role.name],
            patience=self._patience[role.name].seconds,
        )
