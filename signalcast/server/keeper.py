"""What stays of `signalcast web`: it holds the listening socket, and one generation behind it.

A generation is a process of a release with its workers. A reload starts another one from the
interpreter and directory as they were named, which may lead to another release by now; only when
all of its workers are ready is the old one told to leave. Connections that come meanwhile wait in
the kernel, so that none is refused.

Runs by itself with the standard library alone, because it lives as long as the service and memory
is dear on a small server. Its one argument is a JSON object: `command` of a generation,
`directory` to start it in, `listener` and `control` (descriptors of listening sockets), `path` of
the second, `about` (what status tells beside), `texts` (sentences to say).

A generation may be of a later release than the keeper, so what they tell each other stays as it
is: the options --listener, --keeper and --number, and lines of JSON. A generation says
{"ready": {...}} once and answers each line "status". It is told "retire" when another one serves,
and {"not_reloaded": "why"} when that did not come; SIGTERM ends it sooner.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

#: Connections that the kernel holds while the workers are busy.
BACKLOG = 4_096
#: Seconds that a generation has until all of its workers are ready, to leave when another one
#: serves, and when all is to end.
READY_WITHIN = 60.0
RETIRE_WITHIN = 30.0
LEAVE_WITHIN = 18.0
#: The last after our own parent died: whoever starts anew must not find leftovers.
ORPHAN_WITHIN = 6.5
#: Seconds that a generation has to answer a question.
ANSWER_WITHIN = 2.0
#: Seconds between two looks at what is late.
LOOK_EVERY = 0.5
STOPPING = (signal.SIGTERM, signal.SIGINT)
SIGNALS = (*STOPPING, signal.SIGHUP, signal.SIGCHLD)


@dataclass(eq=False)
class Generation:
    """A process of a release that serves, is about to, or leaves."""

    number: int
    pid: int
    line: socket.socket
    began: float = field(default_factory=time.monotonic)
    since: float = field(default_factory=time.time)
    #: What it said of itself when it was ready.
    told: dict[str, Any] = field(default_factory=dict)
    #: When it is killed, by the monotonic clock.
    until: float = math.inf
    heard: bytes = b""

    def say(self, text: str) -> None:
        """Tell it a line. It may be gone already, which its end tells."""
        with suppress(OSError):
            self.line.sendall(text.encode() + b"\n")

    def end(self, number: int = signal.SIGTERM) -> None:
        """Tell it to end."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Keeper:
    """Runs until it is told to stop, or until no generation can serve."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told, self.texts = told, told["texts"]
        self.parent = os.getppid()
        self.listener = socket.socket(fileno=told["listener"])
        self.control = socket.socket(fileno=told["control"])
        self.count = 0
        self.serving: Generation | None = None
        self.coming: Generation | None = None
        self.leaving: list[Generation] = []
        #: Who waits for the reload that is under way, and for the one after it if one is wanted.
        self.waiting: list[socket.socket] = []
        self.later: list[socket.socket] | None = None
        #: Who waits for an answer of the generation, and until when.
        self.asking: list[tuple[float, socket.socket]] = []
        self.stopping = False
        self.code: int | None = None
        self.looked = selectors.DefaultSelector()

    def run(self) -> int:
        """Keep going. Returns the exit code."""
        self._hear_signals()
        self.control.setblocking(False)
        self.looked.register(self.control, selectors.EVENT_READ, self._admit)
        self.coming = self._start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        while self.code is None:
            for key, _events in self.looked.select(LOOK_EVERY):
                key.data(key.fileobj)
            self._look()
        return self.code

    def _hear_signals(self) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        for number in SIGNALS:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._wakened = theirs
        self.looked.register(ours, selectors.EVENT_READ, self._obey)

    def _obey(self, ours: socket.socket) -> None:
        told = set(ours.recv(4_096))
        if told & set(STOPPING):
            self._stop()
        elif signal.SIGHUP in told:
            self._reload(None)
        if signal.SIGCHLD in told:
            self._reap()

    # ------------------------------------------------------------------------------ generations

    def _start(self) -> Generation:
        """Start the release that is there now."""
        self.count += 1
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            self._become_generation(theirs)
        theirs.close()
        self.looked.register(ours, selectors.EVENT_READ, self._listen)
        return Generation(self.count, pid, ours)

    def _become_generation(self, line: socket.socket) -> None:
        command = self.told["command"]
        try:
            # A Ctrl-C of the terminal is for the keeper alone.
            os.setsid()
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.chdir(self.told["directory"])
            for descriptor in (line.fileno(), self.listener.fileno()):
                os.set_inheritable(descriptor, True)
            fds = ("--listener", str(self.listener.fileno()), "--keeper", str(line.fileno()))
            os.execv(command[0], [*command, *fds, "--number", str(self.count)])
        except OSError as error:
            say(str(error))
        finally:
            os._exit(1)

    def _listen(self, line: socket.socket) -> None:
        """Hear what a generation says."""
        one = next(one for one in self._all() if one.line is line)
        try:
            found = line.recv(65_536)
        except OSError:
            found = b""
        if not found:
            self.looked.unregister(line)
            return
        *lines, one.heard = (one.heard + found).split(b"\n")
        for text in lines:
            message = json.loads(text)
            if "ready" in message:
                one.told = message["ready"]
                self._hand_over(one)
            elif one is self.serving:
                self._answer_status(message)

    def _all(self) -> list[Generation]:
        return [one for one in (self.serving, self.coming, *self.leaving) if one]

    def _hand_over(self, new: Generation) -> None:
        """Have the new generation serve, and the old one leave."""
        if new is not self.coming:
            return
        if self.serving:
            self.serving.say("retire")
            self.serving.until = time.monotonic() + RETIRE_WITHIN
            self.leaving.append(self.serving)
        self.serving, self.coming = new, None
        self._tell_reloaded({"reloaded": True, **self._about()})
        self._reload_again()

    def _reload(self, asker: socket.socket | None) -> None:
        """Start another generation; the one that comes already may be of what was there before."""
        if self.coming:
            self.later = [*(self.later or []), *([asker] if asker else [])]
            return
        self.waiting = [asker] if asker else []
        self.coming = self._start()

    def _reload_again(self) -> None:
        wanted, self.later = self.later, None
        if wanted is None or self.stopping:
            return
        self.waiting = wanted
        self.coming = self._start()

    def _fail(self, why: str) -> None:
        """The generation that should have come did not."""
        self.coming = None
        if self.stopping:
            return
        say(self.texts["failed"] % {"why": why})
        self._tell_reloaded({"reloaded": False, "why": why, **self._about()})
        if not self.serving:  # whoever started us may try again
            self.code = 1
            return
        self.serving.say(json.dumps({"not_reloaded": why}))
        self._reload_again()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            for one in self._all():
                if one.pid == pid:
                    self._lose(one, os.waitstatus_to_exitcode(status))

    def _lose(self, one: Generation, code: int) -> None:
        """A generation ended."""
        with suppress(KeyError, ValueError):
            self.looked.unregister(one.line)
        one.line.close()
        if one in self.leaving:
            self.leaving.remove(one)
        elif one is self.coming:
            self._fail(self.texts["ended"] % {"code": code})
        elif one is self.serving:
            self.serving = None
            if not self.stopping:
                say(self.texts["lost"] % {"code": code})
                self.coming = self.coming or self._start()

    # ------------------------------------------------------------------------------ the clock

    def _look(self) -> None:
        """See what is late, and whether all is over."""
        now = time.monotonic()
        if self.coming and now - self.coming.began > READY_WITHIN:
            late = self.coming
            late.end(signal.SIGKILL)
            self.leaving.append(late)
            self._fail(self.texts["late"] % {"seconds": READY_WITHIN})
        for one in self._all():
            if now > one.until:
                one.end(signal.SIGKILL)
        if self.asking and now > self.asking[0][0]:
            self._answer_status({})
        if self.stopping and not self._all():
            self.code = 0

    def _stop(self) -> None:
        """Leave nobody waiting: what is under way is finished, and nothing new is taken."""
        if self.stopping:
            return
        self.stopping = True
        with suppress(OSError):
            os.unlink(self.told["path"])
        self.looked.unregister(self.control)
        self.control.close()
        self.listener.close()
        patience = LEAVE_WITHIN if os.getppid() == self.parent else ORPHAN_WITHIN
        for one in self._all():
            one.until = time.monotonic() + patience
            one.end()

    # ------------------------------------------------------------------------------ questions

    def _admit(self, control: socket.socket) -> None:
        """Hear what somebody of this machine wants."""
        try:
            asker, _address = control.accept()
        except OSError:
            return
        asker.setblocking(False)
        self.looked.register(asker, selectors.EVENT_READ, self._hear)

    def _hear(self, asker: socket.socket) -> None:
        self.looked.unregister(asker)
        try:
            wish = asker.recv(64)
        except OSError:
            wish = b""
        if wish == b"reload\n":
            self._reload(asker)
        elif wish == b"status\n" and self.serving:
            self.asking.append((time.monotonic() + ANSWER_WITHIN, asker))
            self.serving.say("status")
        elif wish == b"status\n":
            reply(asker, self._about())
        else:
            asker.close()

    def _answer_status(self, message: dict[str, Any]) -> None:
        for _until, asker in self.asking:
            reply(asker, {**self._about(), **message})
        self.asking.clear()

    def _tell_reloaded(self, answer: dict[str, Any]) -> None:
        for asker in self.waiting:
            reply(asker, answer)
        self.waiting.clear()

    def _about(self) -> dict[str, Any]:
        found = {**self.told["about"], "keeper": os.getpid(), "reloading": bool(self.coming)}
        one = self.serving
        if one:
            found |= {"generation": one.number, "pid": one.pid, "since": one.since, **one.told}
        return found


def reply(asker: socket.socket, answer: dict[str, Any]) -> None:
    """Answer somebody, who may be gone."""
    with suppress(OSError):
        asker.settimeout(1.0)
        asker.sendall(json.dumps(answer).encode())
    asker.close()


def say(text: str) -> None:
    """Write a line for whoever reads the log."""
    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(Keeper(json.loads(sys.argv[1])).run())
