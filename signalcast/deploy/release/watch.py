"""Whether what was switched to serves as it should, for a while."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from signalcast.core.env import environment
from signalcast.core.ports import reachable
from signalcast.core.process import is_alive
from signalcast.deploy.release.problems import NotServing
from signalcast.deploy.release.restart import processes_here
from signalcast.pipeline import SERVERS
from signalcast.work.living import living

#: Without one of each nothing is decided on or delivered.
NEEDED = frozenset(("worker", "sender", "scheduler"))
#: Looks in a row that may find something missing: a process may be replaced meanwhile.
PATIENCE = 5
LOOK_EVERY = 1.0
ANSWER_WITHIN = 2.0


def watch(version: str, seconds: float, *, web: bool) -> None:
    """Look once a second for SECONDS. Raises NotServing when something is missing for long.

    Pages and doors must be ready, and what told of itself must go on doing so: a process that
    ends again and again is no success. WEB tells whether there are servers to ask.
    """
    pids = {row.name: row.pid for row in processes_here() if row.role not in SERVERS}
    began, missed = time.monotonic(), 0
    pause = threading.Event()
    while True:
        problem = (_unready() if web else "") or _missing_role() or _unstable(pids, version)
        missed = missed + 1 if problem else 0
        if missed > PATIENCE:
            raise NotServing(problem)
        if time.monotonic() - began >= seconds and not missed:
            return
        pause.wait(LOOK_EVERY)


def _unready() -> str:
    """What the probes say against it, or ""."""
    settings = environment()
    asked = {settings.port: "/livez" if settings.apart else "/readyz"}
    if settings.apart:
        asked[settings.intake_port] = "/readyz"
    host = reachable(settings.host)
    for port, path in asked.items():
        try:
            with closing(HTTPConnection(host, port, timeout=ANSWER_WITHIN)) as connection:
                connection.request("GET", path)
                answer = connection.getresponse()
                told = answer.read(400).decode(errors="replace")
        except (OSError, HTTPException) as error:
            return f"port {port} does not answer {path} ({error})"
        if answer.status != 200:
            return f"port {port} answers {path} with {answer.status}: {told}"
    return ""


def _missing_role() -> str:
    """What no machine of the installation does, or "". Who never came up tells nothing."""
    missing = sorted(NEEDED - set(living().values_list("role", flat=True)))
    return f"no {missing[0]} tells that it is alive" if missing else ""


def _unstable(pids: dict[str, int], version: str) -> str:
    """Which process ended again, or ""."""
    now = {row.name: row for row in processes_here()}
    for name, pid in pids.items():
        row = now.get(name)
        if row is None or row.pid != pid or not is_alive(pid):
            return f"{name} ended again"
        if row.version != version[:100]:
            return f"{name} runs {row.version or 'an unknown release'}"
    return ""
