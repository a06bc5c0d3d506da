"""How a machine's memory and connections are shared out. The rule is in docs/operate/databases.md.

Memory: a part for the system, as much for each process as one takes, the broker's most; what is
left is the database's, whose server divides it further. Connections: as many as the processes of
all machines can open at once, and some for people and backups.
"""

from __future__ import annotations

import msgspec

from signalcast.deploy.environment import processes, settings
from signalcast.deploy.host import Host

#: Bytes. Memory is told in GB as hardware is sold, servers take MiB.
GB, MIB = 10**9, 2**20
#: For the system and its own services.
SYSTEM = GB // 2
#: What one process takes once it has worked for a while. A web process has as many below it as it
#: has workers, and one that watches them.
PROCESS = 160 * MIB
#: The part of the memory that a database gets however many processes there are.
LEAST_PART = 0.25
#: The most that the broker keeps: some 200,000 bells that nobody hears, and the cache.
BROKER = 256 * MIB
#: Connections of one process to the database: each thread that asks has one.
CONNECTIONS = {"worker": 3, "sender": 3, "scheduler": 4, "telegram": 2}
#: The same of each worker of the web server: threads for pages, the doors' writer, streams, beats.
WEB_CONNECTIONS = 8
#: For people, backups, migrations and checks.
RESERVED_CONNECTIONS = 20


def database_memory(host: Host) -> int:
    """Bytes that the database of HOST may take, with what the system caches for it."""
    whole = int(host.machine.memory * GB)
    broker = BROKER if host.has("broker") else 0
    left = whole - SYSTEM - broker - PROCESS * _running(host)
    return max(left, int(whole * LEAST_PART))


def connections(host: Host) -> int:
    """The most that are open at once: of this machine, and as many of each network of peers."""
    machines = 1 + len(host.peers)
    return machines * _connections_of_one(host) + RESERVED_CONNECTIONS


def _connections_of_one(host: Host) -> int:
    # Containers run the whole table, and a machine that only serves the database is asked by
    # others whose table is as this one's.
    everything = processes(host) if host.runs_code else processes(_with_code(host))
    return sum(
        max(one.count, one.most) * CONNECTIONS.get(one.name, 0)
        + (_web_workers(host) * WEB_CONNECTIONS if one.name in ("web", "intake") else 0)
        for one in everything
    )


def _with_code(host: Host) -> Host:
    return msgspec.structs.replace(host, roles=("web", "workers", "senders", "scheduler"))


def _running(host: Host) -> int:
    return sum(
        max(one.count, one.most) + (_web_workers(host) if one.name in ("web", "intake") else 0)
        for one in processes(host)
    )


def _web_workers(host: Host) -> int:
    return settings(host).web_workers or host.machine.cores
