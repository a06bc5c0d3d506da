"""MariaDB's settings for the machine."""

from __future__ import annotations

from signalcast.deploy.host import Host
from signalcast.deploy.sizes import MIB, connections, database_memory


def files(host: Host) -> dict[str, str]:
    """Settings that are read after the package's own."""
    return {"etc/mysql/mariadb.conf.d/90-signalcast.cnf": _settings(host)}


def _settings(host: Host) -> str:
    memory = database_memory(host) // MIB
    pool = memory // 2
    return f"""\
# Rendered by `signalcast deploy render mariadb`. Changes here are lost.
[mariadbd]
bind-address = {"*" if host.peers else "127.0.0.1"}
skip-name-resolve = ON
max_connections = {connections(host)}
local_infile = OFF
symbolic-links = OFF

# {memory} MiB are for the database: half its pool, the rest its connections and what the system
# caches for it.
innodb_buffer_pool_size = {pool}M
innodb_log_file_size = {min(2_048, max(96, pool // 4))}M
innodb_flush_method = O_DIRECT
innodb_file_per_table = ON
tmp_table_size = 32M
max_heap_table_size = 32M
query_cache_type = OFF
query_cache_size = 0

# What was answered with "accepted" is on the disk.
innodb_flush_log_at_trx_commit = 1
innodb_doublewrite = ON
sync_binlog = 1

# As every connection of ours asks for: others wait for nobody's gaps.
transaction-isolation = READ-COMMITTED
binlog_format = ROW
innodb_lock_wait_timeout = 10
sql_mode = STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION

character-set-server = utf8mb4
collation-server = utf8mb4_bin
default-time-zone = +00:00
max_allowed_packet = 64M
slow_query_log = ON
long_query_time = 1
"""
