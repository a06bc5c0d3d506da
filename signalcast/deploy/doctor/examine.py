"""Look at everything side by side, each check no longer than it may take."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread

from django.db import Error, connection

from signalcast.core.printable import printable
from signalcast.deploy.doctor.finding import Check, Finding, skipped, unknown
from signalcast.deploy.doctor.scene import Scene

#: Characters of an error that are shown.
SHOWN = 200
#: Seconds between two calls of whoever shows progress.
TICK = 0.25

Found = dict[str, list[Finding]]


def examine(
    checks: Mapping[str, Check],
    scene: Scene,
    tell: Callable[[list[str]], None] = lambda waited_for: None,
) -> Found:
    """What each check found, in the order of CHECKS.

    TELL is called again and again with the names of those that have not ended. A check that hangs
    keeps its thread, which ends with this process.
    """
    done: SimpleQueue[tuple[str, list[Finding]]] = SimpleQueue()
    began = time.monotonic()
    for name, check in checks.items():
        Thread(target=_run, args=(name, check, scene, done), name=name, daemon=True).start()
    found: Found = {}
    while missing := [name for name in checks if name not in found]:
        tell(missing)
        try:
            name, findings = done.get(timeout=TICK)
            found.setdefault(name, findings)
        except Empty:
            pass
        for name in missing:
            if time.monotonic() - began > checks[name].within:
                words = f"It gave no answer within {checks[name].within:g} s."
                found.setdefault(name, [unknown(words)])
    return {name: found[name] for name in checks}


def _run(
    name: str, check: Check, scene: Scene, done: SimpleQueue[tuple[str, list[Finding]]]
) -> None:
    done.put((name, _findings(check, scene)))
    connection.close()


def _findings(check: Check, scene: Scene) -> list[Finding]:
    if check.of_running_system and not scene.runs:
        return [skipped(f"{scene.root} is a tree of files, not a system that runs.")]
    try:
        return list(check.run(scene))
    except Error as error:
        return [unknown(f"The database gives no answer to this: {said(error)}.")]
    except subprocess.TimeoutExpired as late:
        words = f"{late.cmd[0]} gave no answer within {late.timeout:g} s."
        return [unknown(words)]
    except PermissionError as error:
        words = f"{error.filename or 'Something'} is not for this user to see."
        return [unknown(words, "sudo signalcast doctor")]
    except Exception as error:  # a check that fails is a finding, and the others go on
        return [unknown(f"The check broke: {type(error).__name__}: {said(error)}.")]


def said(error: Exception) -> str:
    """What an error says, on one line that is not too long."""
    return printable(" ".join(str(error).split()), SHOWN).rstrip(".")
