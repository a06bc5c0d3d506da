"""What stays of `signalcast up` while the installation runs: it waits, and passes signals on.

Runs by itself with the standard library alone, because it lives as long as the installation and
memory is dear on a small server. Its one argument is a JSON object: `command` of the process
manager, `manager` and `broker` (their sockets, no broker when empty), `spares` (processes that
need not run), `web` (host and port),
`hello` (what to say when all is ready), `logs` (their directory), `texts` (sentences to say).
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

READY_WITHIN = 30.0
#: Seconds between two looks whether all is ready, and that each question has for its answer.
LOOK_EVERY = 0.2
ANSWER_WITHIN = 2.0
#: What asks for an orderly end: Ctrl-C, a service manager, a terminal that is closed.
ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
PR_SET_PDEATHSIG = 1
RUNNING = "RUNNING"
QUESTION = b"<methodCall><methodName>supervisor.getAllProcessInfo</methodName></methodCall>"


def main(told: dict[str, Any]) -> int:
    """Run the process manager until it ends or somebody says stop. Returns the exit code.

    Starts with ENDINGS blocked, so that none comes before there is somebody to pass it on to.
    """
    stopping = threading.Event()
    manager = _start(told["command"])

    def stop(*_: object) -> None:
        if not stopping.is_set():
            stopping.set()
            say(told["texts"]["stopping"])
            manager.terminate()

    for number in ENDINGS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup leaves SIGHUP
            signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    threading.Thread(target=_announce, args=(told, manager, stopping), daemon=True).start()
    code = manager.wait()
    if stopping.is_set():
        say(told["texts"]["stopped"])
        return 0
    say(told["texts"]["ended"] % {"code": code, "logs": told["logs"]})
    return 1


def say(text: str) -> None:
    """Write a line for the person at the terminal, who may have closed it."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the rest of this process


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start the process manager, which does not outlive this process."""
    parent = os.getpid()

    def end_with_parent() -> None:
        # SIGKILL: all that the manager runs then ends at once and by itself, within seconds.
        # Stopping in order could take a minute, in which nobody holds the home's lock.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)

    return subprocess.Popen(
        command,
        # A Ctrl-C of the terminal is for this process, which then stops the others in order.
        start_new_session=True,
        preexec_fn=end_with_parent,
        stdout=subprocess.DEVNULL,
    )


def _announce(
    told: dict[str, Any], manager: subprocess.Popen[bytes], stopping: threading.Event
) -> None:
    """Say where to look once everything answers, and meanwhile what is in the way."""
    deadline, warned = time.monotonic() + READY_WITHIN, False
    while not stopping.wait(LOOK_EVERY) and manager.poll() is None:
        missing = list(_missing(told))
        if not missing:
            say(told["hello"])
            return
        if time.monotonic() > deadline and not warned:
            warned = True
            say(told["texts"]["late"] % {"missing": ", ".join(missing)})
            say(_newest_lines(Path(told["logs"])))


def _missing(told: dict[str, Any]) -> Iterator[str]:
    """What does not work yet, in words."""
    answer = _ask(
        told["manager"],
        b"POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b"
        % (len(QUESTION), QUESTION),
    )
    states = _members(answer, "statename")
    if not states:
        yield told["texts"]["manager"]
    for name, state in zip(_members(answer, "name"), states, strict=False):
        if state != RUNNING and name not in told["spares"]:
            yield f"{name} ({state.lower()})"
    host, port = told["web"]
    if b" 200 " not in _ask((host, port), b"GET /readyz HTTP/1.0\r\n\r\n")[:16]:
        yield told["texts"]["web"] % {"host": host, "port": port}
    if told["broker"] and not _ask(told["broker"], b"PING\r\nQUIT\r\n").startswith(b"+PONG"):
        yield told["texts"]["broker"]


def _ask(where: str | tuple[str, int], question: bytes) -> bytes:
    """All that comes back from an address or a unix socket; nothing when nobody answers."""
    try:
        with _connect(where) as line:
            line.sendall(question)
            return b"".join(iter(lambda: line.recv(65_536), b""))
    except OSError:
        return b""


def _connect(where: str | tuple[str, int]) -> socket.socket:
    if isinstance(where, tuple):
        return socket.create_connection(where, timeout=ANSWER_WITHIN)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(ANSWER_WITHIN)
    try:
        line.connect(where)
    except OSError:
        line.close()
        raise
    return line


def _members(answer: bytes, name: str) -> list[str]:
    """The texts of one member in all structures of an XML-RPC answer."""
    pattern = rf"<name>{name}</name>\s*<value><string>([^<]*)</string>"
    return re.findall(pattern, answer.decode(errors="replace"))


def _newest_lines(logs: Path) -> str:
    files = sorted(logs.glob("*.log"), key=os.path.getmtime)[-3:]
    return "\n".join(
        f"  {path.name}: {line}"
        for path in files
        for line in path.read_text(errors="replace").splitlines()[-5:]
    )


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
