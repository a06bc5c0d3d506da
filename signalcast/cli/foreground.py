"""What stays of `signalcast up` while the installation runs: it waits, and passes signals on.

Runs by itself with the standard library alone, because it lives as long as the installation and
memory is dear on a small server. Its one argument is a JSON object: the command of the process
manager, the address that tells when all is ready, what to say then, and where the logs are.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

READY_WITHIN = 30.0
PR_SET_PDEATHSIG = 1


def main(told: dict[str, Any]) -> int:
    """Run the process manager until it ends or somebody says stop. Returns the exit code."""
    stopping = threading.Event()
    manager = subprocess.Popen(
        told["command"],
        # A Ctrl-C of the terminal is for this process, which then stops the others in order.
        start_new_session=True,
        preexec_fn=_end_with_parent,
        stdout=subprocess.DEVNULL,
    )

    def stop(*_: object) -> None:
        if not stopping.is_set():
            stopping.set()
            say("Stopping: what is under way is finished first.")
            manager.terminate()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=_announce, args=(told, manager, stopping), daemon=True).start()
    code = manager.wait()
    if stopping.is_set():
        say("Stopped.")
        return 0
    say(f"The process manager ended by itself ({code}). Look into {told['logs']}.")
    return 1


def say(text: str) -> None:
    """Write a line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    except (OSError, AttributeError):
        return


def _announce(
    told: dict[str, Any], manager: subprocess.Popen[bytes], stopping: threading.Event
) -> None:
    """Say where to look once everything answers, or what is in the way."""
    waited = 0.0
    while not stopping.wait(0.1) and manager.poll() is None:
        if _ready(told["ready"]):
            say(told["hello"])
            return
        waited += 0.1
        if waited > READY_WITHIN:
            say(f"Not ready after {READY_WITHIN:.0f} s. The newest lines of the logs:")
            say(_newest_lines(Path(told["logs"])))
            return


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _newest_lines(logs: Path) -> str:
    files = sorted(logs.glob("*.log"), key=os.path.getmtime)[-3:]
    return "\n".join(
        f"  {path.name}: {line}"
        for path in files
        for line in path.read_text(errors="replace").splitlines()[-5:]
    )


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
