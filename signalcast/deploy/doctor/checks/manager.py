"""The process manager runs, and so does everything that it should run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from signalcast.core.env import environment
from signalcast.core.manager import NoManager, processes
from signalcast.core.process import host_name
from signalcast.deploy.doctor.finding import Check, Finding, ok, problem, skipped, warning
from signalcast.deploy.doctor.scene import Scene, ask
from signalcast.deploy.environment import processes as processes_of
from signalcast.deploy.targets.systemd import instances
from signalcast.ops.health.beats import beats
from signalcast.pipeline import LOST_AFTER, table

#: Processes that tell that they live; the others are asked by checks of their own.
BEATING = ("web", "intake", "worker", "sender", "scheduler")


def _manager(scene: Scene) -> Iterator[Finding]:
    if scene.host and not scene.host.runs_code:
        yield skipped("No process of ours is to run on this machine.")
        return
    if scene.host and scene.host.manager == "systemd":
        yield _unit("signalcast.target")
        return
    try:
        states = processes()
    except NoManager:
        yield _unit("signalcast.service")
        return
    yield ok(f"The process manager answers, and knows {len(states)} processes.")


def _unit(name: str) -> Finding:
    answer = ask(["systemctl", "is-active", name])
    if answer is not None and answer.output == "active":
        return ok(f"{name} is active.")
    return problem(
        "The process manager does not run",
        "Nothing is received or delivered, and nobody starts what ends.",
        f"systemctl enable --now {name}",
    )


def by_manager(scene: Scene, act: str, process: str) -> str:
    """The command that has the process manager ACT on all of PROCESS."""
    manager = scene.host.manager if scene.host else "supervisor"
    if manager == "systemd":
        units = [name for one in processes_of(scene.host) if one.name == process
                 for name in instances(one)] if scene.host else []  # fmt: skip
        return f"systemctl {act} {' '.join(units) or 'signalcast.target'}"
    if manager == "containers":
        return f"docker compose {act} {process}"
    if manager == "platform":
        return f"{act.capitalize()} {process} in the platform's console"
    return f"supervisorctl -c {scene.home}/run/supervisord.conf {act} '{process}:*'"


def _processes(scene: Scene) -> Iterator[Finding]:
    expected = processes_of(scene.host) if scene.host else table(environment(), os.cpu_count() or 1)
    living = Counter(
        beat.role for beat, age in beats() if age <= LOST_AFTER and beat.host == host_name()
    )
    for process in expected:
        if process.name not in BEATING:
            continue
        there = living[process.name]
        words = f"{process.name}: {there} of {process.count} live"
        why = f"What it is for ({process.meaning}) waits, and everything behind it."
        mend = by_manager(scene, "start", process.name)
        # One server answers for all that it starts; of the others each is counted.
        if not there:
            yield problem(words, why, mend)
        elif there < process.count:
            yield warning(words, why, mend)
        else:
            yield ok(words)


CHECKS = {
    "manager": Check("services", "The process manager runs.", _manager, of_running_system=True),
    "beats": Check("installation", "As many processes live on this machine as the table names.",
                   _processes, of_running_system=True),
}  # fmt: skip
