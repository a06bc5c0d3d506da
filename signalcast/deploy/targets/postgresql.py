"""PostgreSQL's settings for the machine, and who may come in."""

from __future__ import annotations

from signalcast.deploy.host import SYSTEM_POSTGRESQL, Host
from signalcast.deploy.sizes import MIB, connections, database_memory

#: The map from the system's account to ours, in pg_ident.conf.
MAP = "signalcast"
HEAD = "# Rendered by `signalcast deploy render postgresql`. Changes here are lost.\n"


def files(host: Host) -> dict[str, str]:
    """Settings beside the package's own, and the lists of who may come in, in its place."""
    directory = f"etc/postgresql/{SYSTEM_POSTGRESQL[host.system]}/main"
    return {
        f"{directory}/conf.d/signalcast.conf": server_settings(host),
        f"{directory}/pg_hba.conf": _who_may(host),
        f"{directory}/pg_ident.conf": f"{HEAD}{MAP} {host.user} {host.database.user}\n",
    }


def server_settings(host: Host) -> str:
    """The file of settings."""
    memory, most = database_memory(host) // MIB, connections(host)
    # A container is reached by others alone, over a network of their own.
    listens = "*" if host.peers or host.manager == "containers" else "localhost"
    buffers = memory // 4
    # A statement may sort in several places at once, and few do at the same time.
    work = max(4, memory // 4 // most)
    return f"""\
{HEAD}
listen_addresses = '{listens}'
max_connections = {most}
password_encryption = scram-sha-256

# {memory} MiB are for the database: a quarter its own, the rest what the system caches for it.
shared_buffers = {buffers}MB
effective_cache_size = {memory * 3 // 4}MB
work_mem = {work}MB
maintenance_work_mem = {min(1_024, max(64, memory // 16))}MB

# What was answered with "accepted" is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
min_wal_size = 256MB
max_wal_size = {min(8_192, max(1_024, memory))}MB
checkpoint_completion_target = 0.9

# Rows that are queues change often: they are cleaned up early and in small steps.
autovacuum_naptime = 20s
autovacuum_vacuum_scale_factor = 0.02
autovacuum_analyze_scale_factor = 0.02
autovacuum_vacuum_cost_limit = 1000
idle_in_transaction_session_timeout = 60s

timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 1s
log_lock_waits = on
log_autovacuum_min_duration = 10s
random_page_cost = 1.1
"""


def _who_may(host: Host) -> str:
    name, user = host.database.name, host.database.user
    lines = [
        ("local", "all", "postgres", "", "peer"),
        ("local", name, user, "", f"peer map={MAP}"),
        *(("host", name, user, network, "scram-sha-256") for network in host.peers),
    ]
    listed = "".join(f"{' '.join(filter(None, line))}\n" for line in lines)
    return f"{HEAD}# Who is not listed is refused.\n{listed}"
