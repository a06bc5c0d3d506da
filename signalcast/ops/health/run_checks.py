"""Run checks side by side, each no longer than it may take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from django.db import Error, connection
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.core.printable import printable
from signalcast.ops.health.finding import Check, Finding, State

#: Checks that run at the same time, and so the most connections to the database that they hold.
AT_ONCE = 4
#: Characters of an error that are kept.
SHOWN = 300


@dataclass(frozen=True, slots=True)
class Ran:
    """A finding, and how long it took to come by, in milliseconds."""

    finding: Finding
    duration: int


@dataclass(slots=True)
class _Task:
    name: str
    check: Check
    began: float = 0.0
    given_up: bool = False


class Runner:
    """Runs checks on threads that it keeps. Used from one thread.

    A check that hangs loses its turn and keeps its thread; it is not begun again while it hangs,
    so that no more threads are lost than there are checks.
    """

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._idle: list[_Thread] = []
        self._hanging: dict[str, _Task] = {}
        self._done: SimpleQueue[tuple[_Thread, _Task, Finding]] = SimpleQueue()

    def run_checks(self, checks: Mapping[str, Check]) -> dict[str, Ran]:
        """Run them all. Returns what each found once the last has ended or was given up."""
        found: dict[str, Ran] = {}
        self._collect(found, wait=0.0, running={})
        waiting = deque(_Task(name, check) for name, check in checks.items())
        running: dict[str, _Task] = {}
        while waiting or running:
            while waiting and len(running) < self._at_once:
                task = waiting.popleft()
                if task.name in self._hanging:
                    found[task.name] = Ran(_still_hanging(), 0)
                    continue
                running[task.name] = task
                self._begin(task)
            if running:
                deadline = min(task.began + task.check.within for task in running.values())
                self._collect(found, wait=deadline - time.monotonic(), running=running)
                self._give_up(found, running)
        return found

    def close(self) -> None:
        """End the threads that are idle, with their connections."""
        while self._idle:
            thread = self._idle.pop()
            thread.tasks.put(None)
            thread.join()

    def _begin(self, task: _Task) -> None:
        task.began = time.monotonic()
        thread = self._idle.pop() if self._idle else _Thread(self._done)
        thread.tasks.put(task)

    def _collect(self, found: dict[str, Ran], *, wait: float, running: dict[str, _Task]) -> None:
        """Take in what has ended; wait at most so many seconds for the first."""
        while True:
            try:
                thread, task, finding = self._done.get(timeout=max(wait, 0.001))
            except Empty:
                return
            wait = 0.0
            self._idle.append(thread)
            if task.given_up:
                self._hanging.pop(task.name, None)
                continue
            running.pop(task.name, None)
            found[task.name] = Ran(finding, int((time.monotonic() - task.began) * 1_000))

    def _give_up(self, found: dict[str, Ran], running: dict[str, _Task]) -> None:
        now = time.monotonic()
        for name, task in list(running.items()):
            if now < task.began + task.check.within:
                continue
            task.given_up = True
            self._hanging[name] = running.pop(name)
            words = _("It gave no answer within %(seconds)g s.") % {"seconds": task.check.within}
            found[name] = Ran(Finding(State.CRASHED, words), int(task.check.within * 1_000))


class _Thread(Thread):
    """Runs one check after the other on a connection of its own."""

    def __init__(self, done: SimpleQueue[tuple[_Thread, _Task, Finding]]) -> None:
        super().__init__(name="check", daemon=True)
        self.tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._done = done
        self.start()

    def run(self) -> None:
        """Until told to end."""
        while (task := self.tasks.get()) is not None:
            self._done.put((self, task, _found(task)))
        connection.close()


def _found(task: _Task) -> Finding:
    try:
        return task.check.run()
    except Error:
        # The database may have been restarted since the last run: once more, from the start.
        connection.close()
    except Exception as error:
        return _crashed(task.name, error)
    try:
        return task.check.run()
    except Exception as error:
        return _crashed(task.name, error)


def _crashed(name: str, error: Exception) -> Finding:
    try:
        said = printable(str(error), SHOWN)
    except Exception:  # an error may have no words, and its text may be one more
        said = ""
    events.warn("check.crashed", check=name, kind=type(error).__name__, error=said)
    words = _("The check broke: %(kind)s: %(said)s") % {"kind": type(error).__name__, "said": said}
    return Finding(State.CRASHED, words.rstrip(": "))


def _still_hanging() -> Finding:
    return Finding(State.CRASHED, _("An earlier run of it hangs, so it is not begun again."))
