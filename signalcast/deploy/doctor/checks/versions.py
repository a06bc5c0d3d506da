"""Versions of what runs, asked of the running servers, against the oldest that are supported."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator

from django.db import connection

from signalcast.core.broker import broker
from signalcast.core.printable import printable
from signalcast.deploy.doctor.finding import Check, Finding, ok, problem, skipped, unknown
from signalcast.deploy.doctor.scene import Scene, ask

Version = tuple[int, ...]
#: The oldest of each that is supported, and its package.
OLDEST: dict[str, tuple[Version, str]] = {
    "Python": ((3, 11), "python3"),
    "PostgreSQL": ((14,), "postgresql"),
    "MariaDB": ((10, 6), "mariadb-server"),
    "MySQL": ((8, 0), "mysql-server"),
    "SQLite": ((3, 35), "libsqlite3-0"),
    "Valkey": ((6, 0), "valkey"),
    "Redis": ((6, 0), "redis-server"),
    "nginx": ((1, 18), "nginx"),
    "Apache": ((2, 4), "apache2"),
}
#: How the web servers tell their versions.
WEB_SERVERS = {"nginx": (("nginx", "-v"), "nginx"), "apache": (("apache2", "-v"), "Apache")}
ENGINES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


def compared(name: str, told: str) -> Finding:
    """Whether TOLD, a version in words, is new enough of NAME."""
    oldest, package = OLDEST[name]
    number = re.search(r"\d+(\.\d+)*", told)
    if number is None:
        return unknown(f"{name} does not say its version.")
    version = tuple(map(int, number[0].split(".")))
    if version >= oldest:
        return ok(f"{name} {number[0]}")
    return problem(
        f"{name} {number[0]}, and {'.'.join(map(str, oldest))} is the oldest that is supported",
        "The product uses what older ones cannot do, or do wrong.",
        f"apt-get install {package}   # from a newer release of the system",
    )


def _python(_scene: Scene) -> Iterator[Finding]:
    yield compared("Python", platform.python_version())


def _database(scene: Scene) -> Iterator[Finding]:
    name, version = database_version()
    yield compared(name, version)
    expected = ENGINES[scene.host.database.engine] if scene.host else name
    if name != expected:
        yield problem(
            f"The installation uses {name}; the description says {expected}",
            "Signals are stored elsewhere than whoever set the machine up believes.",
            "Set DATABASE_URL in $SIGNALCAST_HOME/.env, or `database` of the description",
        )


def database_version() -> tuple[str, str]:
    """Which server answers, and its version, as the server itself says. Raises django.db.Error."""
    question = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}
    with connection.cursor() as cursor:
        cursor.execute(question.get(connection.vendor, "SELECT VERSION()"))
        told = str(cursor.fetchone()[0])
    # Old MariaDB servers put a number before their own, for replication with old MySQL.
    return connection.display_name, told.removeprefix("5.5.5-")


def _broker(_scene: Scene) -> Iterator[Finding]:
    from redis import RedisError

    try:
        told = broker().info("server")
    except RedisError as error:
        yield unknown(f"The broker does not answer: {printable(str(error), 120).rstrip('.')}.")
        return
    if "valkey_version" in told:
        yield compared("Valkey", str(told["valkey_version"]))
    else:
        yield compared("Redis", str(told["redis_version"]))


def _web_server(scene: Scene) -> Iterator[Finding]:
    wanted = scene.host.web_server if scene.host else ""
    if wanted == "none" or (scene.host and not scene.host.has("web")):
        yield skipped("No web server is to run on this machine.")
        return
    found = False
    for kind, (words, name) in WEB_SERVERS.items():
        if wanted and kind != wanted:
            continue
        answer = ask(words)
        if answer is not None:
            found = True
            yield compared(name, answer.output.partition("/")[2])
        elif wanted:
            found = True
            yield problem(f"{name} is not installed", "Nobody reaches the site without it.",
                          f"apt-get install {OLDEST[name][1]}")  # fmt: skip
    if not found:
        yield skipped("Neither nginx nor Apache is installed.")


CHECKS = {
    "python": Check("machine", "Python is new enough.", _python, of_running_system=True),
    "database-version": Check("services", "The database server is new enough, as it says itself.",
                              _database, of_running_system=True),
    "broker-version": Check("services", "Valkey or Redis is new enough, as it says itself.",
                            _broker, of_running_system=True),
    "web-server": Check("services", "nginx or Apache is there and new enough.", _web_server,
                        of_running_system=True),
}  # fmt: skip
