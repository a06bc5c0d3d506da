"""The process that Apprise runs in, from our side: start it, ask it, give up on it, replace it.

A library of 130 services is a guest: in a process of its own it can neither stall the sender's
loop nor take its memory, it sees no keys of ours, and whatever hangs in it ends with it.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from typing import Any

from signalcast.channels.apprise.load import Load
from signalcast.core import events
from signalcast.core.env import outside_environment

#: Seconds until the helper has to have begun with what it was asked.
BEGIN_WITHIN = 6.0
#: Bytes that wait in the pipe to the helper.
PIPE = 512 * 1_024

Answer = dict[str, Any]


class NoHelper(Exception):
    """The helper did not begin: nothing was sent."""


class NoAnswer(Exception):
    """The helper began and did not come to an end: something may have been sent."""


class Asked:
    """One question on its way."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.begun: Future[None] = _future()
        self.answer: Future[Answer] = _future()

    def hear(self, answer: Answer) -> None:
        """Take in what the helper says."""
        if not self.begun.done():
            self.begun.set_result(None)
        if "begun" not in answer:
            self.answer.set_result(answer)

    def lose(self) -> None:
        """The helper is gone."""
        if not self.begun.done():
            self.begun.set_exception(NoHelper())
        if not self.answer.done():
            self.answer.set_exception(NoAnswer())


class Helper:
    """One helper for this process, started at the first question and after it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._asked: dict[int, Asked] = {}
        self.load = Load()

    def check(self, url: str, *, private: bool) -> Answer:
        """Whether and how an address can be used. Raises NoHelper."""
        asked = self._ask({"do": "check", "url": url, "private": private})
        try:
            return asked.answer.result(BEGIN_WITHIN)
        except (TimeoutError, NoAnswer):
            raise NoHelper from None

    async def say(self, question: Mapping[str, Any], *, server: str, within: float) -> Answer:
        """Have a message sent. Raises NoHelper, NoAnswer, and what `Load.begin` raises."""
        if self.load.only_hanging():
            self.stop()
        load = self.load
        ticket = load.begin(question["url"].partition("://")[0], server)
        try:
            asked = self._ask({"do": "say", "within": within, **question})
        except NoHelper:
            load.end(ticket)
            raise
        asked.answer.add_done_callback(lambda _: load.end(ticket))
        try:
            await asyncio.wait_for(asyncio.wrap_future(asked.begun), BEGIN_WITHIN)
            return await asyncio.wait_for(asyncio.wrap_future(asked.answer), within)
        except TimeoutError:
            load.abandon(ticket)
            with suppress(NoHelper):
                self._write(json.dumps({"id": asked.number, "do": "drop"}))
            raise (NoAnswer if asked.begun.done() else NoHelper) from None

    def stop(self) -> None:
        """End the helper. What it was doing is lost; the next question starts a new one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            _bury(process)

    def _ask(self, question: Mapping[str, Any]) -> Asked:
        """Hand over a question. A helper that ends at this moment is replaced once."""
        try:
            return self._hand_over(question)
        except NoHelper:
            return self._hand_over(question)

    def _hand_over(self, question: Mapping[str, Any]) -> Asked:
        asked = Asked(next(self._numbers))
        line = json.dumps({"id": asked.number, **question})
        with self._lock:
            self._ensure()
            waiting = self._asked
            waiting[asked.number] = asked
        try:
            self._write(line)
        except NoHelper:
            waiting.pop(asked.number, None)
            raise
        return asked

    def _write(self, line: str) -> None:
        with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                raise NoHelper
            try:
                process.stdin.write(line.encode() + b"\n")
                process.stdin.flush()
            except OSError as error:
                # It is ending, and has ended when it is asked for again.
                process.kill()
                process.wait()
                raise NoHelper from error

    def _ensure(self) -> None:
        """Start the helper unless it runs. A fork of us does not share ours."""
        mine = self._owner == os.getpid()
        if mine and self._process is not None and self._process.poll() is None:
            return
        if mine and self._process is not None:
            _bury(self._process)
        if not mine:
            self.load = Load()
            atexit.register(self.stop)
        try:
            # -P: a folder named like the library must not stand in for it.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "signalcast.channels.apprise.speak"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**outside_environment(), "MALLOC_ARENA_MAX": "2"},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise NoHelper from error
        # All that may be asked at a time fits in, so that asking never has to wait.
        with suppress(OSError):
            fcntl.fcntl(process.stdin or -1, fcntl.F_SETPIPE_SZ, PIPE)
        self._process, self._owner = process, os.getpid()
        self._asked = {}
        reader = threading.Thread(target=_read, args=(process, self._asked), daemon=True)
        reader.start()
        events.emit("apprise.started", process=process.pid)


def _bury(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):  # what was not written yet
            process.stdin.close()


def _read(process: subprocess.Popen[bytes], waiting: dict[int, Asked]) -> None:
    """Pass on what one helper answers, until it ends."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    with suppress(ValueError):
        for line in process.stdout:
            answer = json.loads(line)
            asked = waiting.get(answer["id"])
            if asked is None:
                continue
            if "begun" not in answer:
                waiting.pop(asked.number, None)
            asked.hear(answer)
    # Its pipes close a moment before it has ended: who hears of its end must not ask it again.
    process.kill()
    process.wait()
    while waiting:
        with suppress(KeyError):
            waiting.popitem()[1].lose()
    process.stdout.close()


def _future() -> Future[Any]:
    """One that nobody can cancel: who stops waiting for it must not stop it from being told."""
    made: Future[Any] = Future()
    made.set_running_or_notify_cancel()
    return made
