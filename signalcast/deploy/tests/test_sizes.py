"""A database's size follows from the machine, and its connections from the table of processes."""

from __future__ import annotations

import pytest

from signalcast.deploy.host import Host
from signalcast.deploy.read import host
from signalcast.deploy.render import render
from signalcast.deploy.sizes import RESERVED_CONNECTIONS, connections, database_memory


def described(**parts: object) -> Host:
    usual = {
        "name": "test",
        "domain": "signals.example.com",
        "database": {"engine": "postgresql"},
        "broker": {"kind": "valkey"},
        "tls": {"kind": "certbot", "email": "owner@example.com"},
    }
    return host(usual | parts)


def test_more_processes_leave_less_memory_and_want_more_connections() -> None:
    few, many = (described(settings={"workers": count}) for count in (2, 8))

    assert database_memory(many) < database_memory(few)
    assert connections(many) > connections(few)


def test_a_machine_for_the_database_alone_gives_it_nearly_all() -> None:
    alone = described(roles=["database"], peers=["10.0.0.0/24"], machine={"memory": 16})

    assert 14e9 < database_memory(alone) < 16e9
    # Its peers open as many as this machine would with the same processes, and more machines more.
    more = described(roles=["database"], peers=["10.0.0.0/24", "10.0.1.0/24"])
    assert connections(more) > connections(alone) > RESERVED_CONNECTIONS


def test_however_small_the_machine_a_quarter_is_left_to_the_database() -> None:
    tiny = described(machine={"memory": 1}, settings={"workers": 16})

    assert database_memory(tiny) == 250_000_000


@pytest.mark.parametrize(
    ("peers", "listens", "lists"), [([], "localhost", 2), (["10.1.0.0/16"], "*", 3)]
)
def test_the_network_is_listened_to_where_there_are_peers_alone(
    peers: list[str], listens: str, lists: int
) -> None:
    texts = render("postgresql", described(peers=peers))
    settings, allowed, _map = texts.values()

    assert f"listen_addresses = '{listens}'" in settings
    lines = [line for line in allowed.splitlines() if not line.startswith("#")]
    assert len(lines) == lists
    assert all(line.endswith("scram-sha-256") for line in lines[2:])


def test_debian_gets_redis_where_ubuntu_gets_valkey() -> None:
    assert list(render("valkey", described())) == ["etc/redis/redis.conf"]
    ubuntu = described(system="ubuntu-24.04")
    assert list(render("valkey", ubuntu)) == ["etc/valkey/valkey.conf"]
