"""What the library may do in the helper's process: speak to public addresses, and read its files.

Enforced by an audit hook, that is: by the interpreter, on what is done and not on what an address
looks like. So DNS answers that change, redirects and options of 130 services make no difference.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import sysconfig
import threading
from contextlib import suppress
from typing import Any

from signalcast.core.addresses import is_public

#: Starting programs: what services of the desktop are made of.
FORBIDDEN = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"}
    | {"pty.spawn", "subprocess.Popen"}
)
CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
READABLE = tuple(
    os.path.realpath(path) + suffix
    for path, suffix in (
        *((path, os.sep) for path in sysconfig.get_paths().values()),
        *((path, "") for path in ssl.get_default_verify_paths() if path),
        *((path, "") for path in ("/etc/hosts", "/etc/resolv.conf", "/etc/mime.types")),
        *((path, "") for path in ("/etc/localtime", "/dev/null", "/dev/urandom")),
        ("/usr/share/zoneinfo", os.sep),
    )
)


class NotAllowed(PermissionError):
    """Something that no service needs to do on this machine."""


class ClosedAddress(ConnectionError):
    """An address that is not one of the public Internet."""


class Leash:
    """What one thread may do and has open. Threads without one may speak to the public only."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        #: The last address that was refused.
        self.closed = ""
        self._lines: list[socket.socket] = []
        self._cut = False

    def connects(self, line: socket.socket, address: Any) -> None:
        """Judge a connection that is about to be made, and keep hold of it."""
        if self._cut:
            raise ConnectionAbortedError("it took too long")
        try:
            _check_address(line, address, allow_private=self.allow_private)
        except ClosedAddress:
            self.closed = str(address[0])
            raise
        # The library goes on with the descriptor under another name once TLS begins.
        self._lines.append(line.dup())

    def cut(self) -> None:
        """Break all connections, so that the thread comes to its end."""
        self._cut = True
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of everything. To be called when the thread is done."""
        while self._lines:
            self._lines.pop().close()


_own = threading.local()


def put_on(leash: Leash) -> None:
    """Have LEASH count for what this thread does from now on."""
    _own.leash = leash


def enforce() -> None:
    """Watch this process from now on. There is no way back."""
    sys.dont_write_bytecode = True
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        _check_file(*arguments)
    elif event in CONNECTS:
        line, address = arguments
        leash: Leash | None = getattr(_own, "leash", None)
        if leash is None:
            _check_address(line, address, allow_private=False)
        elif event == "socket.connect":
            leash.connects(line, address)
        else:
            _check_address(line, address, allow_private=leash.allow_private)
    elif event in FORBIDDEN:
        raise NotAllowed(event)


def _check_address(line: socket.socket, address: Any, *, allow_private: bool) -> None:
    if address is None:  # the socket is connected already
        return
    if line.family not in (socket.AF_INET, socket.AF_INET6):
        raise NotAllowed("not a network socket")
    # A name is looked up first everywhere that matters; what still is one is not public.
    if not allow_private and not is_public(str(address[0])):
        raise ClosedAddress(str(address[0]))


def _check_file(path: Any, mode: str | None, flags: int) -> None:
    if isinstance(path, int):
        return
    real = os.path.realpath(os.fsdecode(path))
    writes = set(mode or "") & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes and real != os.devnull) or not real.startswith(READABLE):
        raise NotAllowed(real)
