"""Have the processes of this host run another release, without a pause."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.db.models import QuerySet

from signalcast.core.env import environment
from signalcast.core.process import host_name, is_alive
from signalcast.deploy.release.install import command_of, environment_of_release
from signalcast.deploy.release.problems import NotServing
from signalcast.ops.queues.tell_processes import Whom, tell_processes
from signalcast.pipeline import SERVERS, worker_stops_within
from signalcast.work.living import living
from signalcast.work.models import ProcessBeat

#: Seconds that a process has from its end until its successor tells of itself.
BACK_WITHIN = 40.0
#: Seconds until every process has heard what it was told: one beat, and a bit.
HEARD_WITHIN = 15.0
RELOAD_WITHIN = 150.0
LOOK_EVERY = 0.5
BY = "signalcast deploy"


def reload_web(release: Path) -> bool:
    """Have the web servers of this home serve it. Returns whether there are any.

    Raises NotServing; what served before goes on then.
    """
    try:
        ran = subprocess.run(
            command_of(release, "web", "reload", "--json"),
            cwd=release,
            env=environment_of_release(),
            capture_output=True,
            text=True,
            timeout=RELOAD_WITHIN,
            check=False,
        )
        answers = json.loads(ran.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise NotServing("the web server does not answer a reload") from None
    for answer in answers:
        if not answer["reloaded"]:
            raise NotServing(f"the web server on port {answer['port']}: {answer['why']}")
        if Path(answer["release"]).name != release.name:
            raise NotServing(
                f"the web server on port {answer['port']} was started from {answer['release']} "
                "and not through the link `current`: start it as the rendered files do"
            )
    return bool(answers)


def restart(version: str, say: Callable[[str], object]) -> None:
    """Workers, senders and the rest, one of each kind first, then the others in turns.

    Each finishes what it has in hand. Raises NotServing when one doesn't come back as VERSION;
    those that were not told yet go on as they are.
    """
    names = sorted(_older(version).values_list("role", "name"))
    first = list(dict(reversed(names)).values())
    rest = [name for _role, name in names if name not in first]
    for some in filter(None, (first, rest)):
        say(f"restarting {', '.join(some)}")
        for name in some:
            tell_processes(ProcessBeat.Order.RESTART, Whom(host=host_name(), name=name), by=BY)
        _wait_until_back(some, version)


def processes_here() -> QuerySet[ProcessBeat]:
    """Those of this host that tell of themselves."""
    return living().filter(host=host_name())


def _older(version: str) -> QuerySet[ProcessBeat]:
    return processes_here().exclude(role__in=SERVERS).exclude(version=version[:100])


def _here() -> QuerySet[ProcessBeat]:
    return ProcessBeat.objects.filter(host=host_name()).exclude(role__in=SERVERS)


def _wait_until_back(names: list[str], version: str) -> None:
    """Until a successor of each tells that it is VERSION. Raises NotServing."""
    pause = threading.Event()
    waiting = dict.fromkeys(names, time.monotonic())
    # They take turns, and each may have a job in hand.
    deadline = time.monotonic() + HEARD_WITHIN + len(names) * (worker_stops_within() + BACK_WITHIN)
    while waiting:
        now = time.monotonic()
        for row in _here().filter(name__in=list(waiting)):
            if row.version == version[:100]:
                del waiting[row.name]
            elif is_alive(row.pid):
                waiting[row.name] = now
        for name, seen_at in waiting.items():
            if now - seen_at > BACK_WITHIN or now > deadline:
                raise NotServing(f"{name} did not come back: see its log in {environment().home}")
        pause.wait(LOOK_EVERY)
