"""What a process of ours knows about itself."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
from functools import cache

PR_SET_PDEATHSIG = 1


@cache
def _host() -> str:
    return socket.gethostname()[:48]


def process_name() -> str:
    """host:process id, for people who look at who has a row in hand."""
    return f"{_host()}:{os.getpid()}"


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends, however that ends.

    Survives exec. Only Linux knows it; elsewhere this does nothing.
    """
    parent = os.getppid()
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:  # it ended before the kernel knew
        os.kill(os.getpid(), number)


def raise_descriptor_limit() -> None:
    """Allow as many open files and connections as the system lets this user have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
