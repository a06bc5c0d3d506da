"""What a process of ours knows about itself."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import socket
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from signalcast.core.env import supervised
from signalcast.core.home import subdirectory

PR_SET_PDEATHSIG = 1
#: A process that leaves with this code was told to retire: its manager starts no other.
RETIRED = 77
#: What tells a web process to end its live streams, shortly before it is told to stop.
END_STREAMS = signal.SIGUSR1


@cache
def host_name() -> str:
    """The name of this machine."""
    return socket.gethostname()[:48]


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has that id now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def memory(pid: int) -> int:
    """Bytes of memory of a process and its children; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize() + sum(memory(int(child)) for child in children)


def process_name() -> str:
    """host:process id, for people who look at who has a row in hand."""
    return f"{host_name()}:{os.getpid()}"


#: Seconds a process may take to finish what it has in hand after its parent died.
DRAIN_AFTER_DEATH = 7.0


def die_with_parent(
    number: int = signal.SIGTERM, *, drain: float | None = DRAIN_AFTER_DEATH
) -> None:
    """Have the kernel send this process a signal when its parent ends, however that ends.

    Survives exec. After DRAIN seconds more it ends for good; None leaves that to the program that
    is about to take this process over. Only Linux knows it; elsewhere this does nothing.
    """
    parent = os.getppid()
    _ask_for_death_signal(number)
    if os.getppid() != parent:  # it ended before the kernel knew
        os.kill(os.getpid(), number)
    if drain is not None:
        threading.Thread(target=_leave_after, args=(parent, drain), daemon=True).start()


def stay_with_manager() -> None:
    """End with the process manager of this home, from the first moment of this process on.

    The manager may be dead before this process could ask for its death: then the id in its file
    is not the parent's, or the file is gone, which the manager takes along when it ends.
    """
    if not supervised():
        return
    _ask_for_death_signal(signal.SIGTERM)
    try:
        manager = int((subdirectory("run") / "supervisord.pid").read_text())
    except FileNotFoundError:
        manager = 0
    except (OSError, ValueError):
        return
    if os.getppid() != manager:
        os._exit(1)


def _ask_for_death_signal(number: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def _leave_after(parent: int, drain: float) -> None:
    """End this process once its parent has been gone for DRAIN seconds."""
    try:
        ended = os.pidfd_open(parent)
    except OSError:  # it is gone already, or the kernel is older than that
        if os.getppid() == parent:
            return
    else:
        select.select([ended], [], [])
        os.close(ended)
    threading.Event().wait(drain)
    os._exit(1)


def raise_descriptor_limit() -> None:
    """Allow as many open files and connections as the system lets this user have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
