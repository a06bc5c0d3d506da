"""What is rendered for hosts of several kinds. Real programs read it in tests/acceptance."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from signalcast.deploy.host import Broker, Database, Host, Ssh, Tls, WrongHost
from signalcast.deploy.render import render, render_all, targets

SMALL = Host(name="small", domain="signals.example.com", tls=Tls(email="owner@example.com"))
CLASSIC = msgspec.structs.replace(
    SMALL, web_server="apache", system="ubuntu-24.04", trusted_proxies=("10.0.0.0/24",)
)
DATABASE = Host(
    name="database", domain="signals.example.com", roles=("database",), peers=("10.1.0.0/24",),
    database=Database(engine="postgresql"), broker=Broker(kind="valkey"), manager="systemd",
)  # fmt: skip


def only(target: str, host: Host) -> str:
    """The one file of a target that has one."""
    [text] = render(target, host).values()
    return text


def site(host: Host) -> str:
    """The web server's file of the site."""
    name = {"nginx": "etc/nginx/conf.d", "apache": "etc/apache2/conf-enabled"}[host.web_server]
    return render(host.web_server, host)[f"{name}/signalcast.conf"]


def changed(host: Host, **changes: Any) -> Host:
    return msgspec.structs.replace(host, **changes)


@pytest.mark.parametrize("host", [SMALL, CLASSIC, DATABASE], ids=lambda host: host.name)
def test_the_same_description_makes_the_same_texts_that_say_where_they_come_from(
    host: Host,
) -> None:
    found = render_all(host)

    assert found == render_all(host)
    for files in found.values():
        for path, text in files.items():
            assert not path.startswith("/")
            assert "@@" not in text
            if not path.endswith((".html", ".json", ".env", "supervisord.conf")):
                assert "Rendered by `signalcast deploy render" in text


def test_a_host_has_the_web_server_that_it_names_and_no_other() -> None:
    assert {"nginx", "apache"} & set(targets(SMALL)) == {"nginx"}
    assert {"nginx", "apache"} & set(targets(CLASSIC)) == {"apache"}
    assert not {"nginx", "apache", "apparmor", "logrotate"} & set(targets(DATABASE))
    with pytest.raises(WrongHost, match="web_server: apache"):
        render("apache", SMALL)


@pytest.mark.parametrize("host", [SMALL, CLASSIC], ids=["nginx", "apache"])
def test_a_web_server_believes_those_load_balancers_that_are_named(host: Host) -> None:
    nobody = site(changed(host, trusted_proxies=()))
    somebody = site(changed(host, trusted_proxies=("10.7.0.0/16", "2001:db8::/32")))

    for network in ("10.7.0.0/16", "2001:db8::/32"):
        assert network in somebody
    assert "real_ip_header" not in nobody
    assert "RemoteIP" not in nobody


@pytest.mark.parametrize("host", [SMALL, CLASSIC], ids=["nginx", "apache"])
def test_a_certificate_of_ones_own_is_served_from_where_it_is(host: Host) -> None:
    own = Tls(kind="files", certificate="/etc/own/chain.pem", key="/etc/own/key.pem")
    hook = "etc/letsencrypt/renewal-hooks/deploy/signalcast"

    assert "/etc/own/chain.pem" in site(changed(host, tls=own))
    assert hook not in render(host.web_server, changed(host, tls=own))
    assert "/etc/signalcast/tls/chain.pem" in site(host)
    assert render(host.web_server, host)[hook].startswith("#!/bin/sh")


def test_what_a_source_may_post_follows_from_the_settings() -> None:
    text = site(changed(SMALL, settings={"intake_max_body": 4_096, "intake_rate": 10,
                                         "intake_burst": 30}))  # fmt: skip

    assert "client_max_body_size 4096;" in text
    assert "zone=signalcast_intake:5m rate=50r/s" in text
    assert "zone=signalcast_intake burst=150 nodelay" in text


def test_logs_are_turned_over_by_whom_writes_them() -> None:
    assert "kill -USR2" in only("logrotate", SMALL)
    assert "kill" not in only("logrotate", changed(SMALL, manager="systemd"))
    for line in ("daily", "rotate 14", "compress", "delaycompress", "create 0640"):
        assert line in only("logrotate", SMALL)


def test_the_firewall_opens_what_the_roles_need() -> None:
    opened = re.findall(r"^(?:allow|limit) .*$", only("ufw", SMALL), re.MULTILINE)
    restricted = changed(DATABASE, ssh=Ssh(networks=("203.0.113.0/24",)))
    behind = changed(SMALL, web_server="none", trusted_proxies=("10.0.0.0/24",))

    assert opened == ["limit 22/tcp", "allow 80,443/tcp"]
    assert re.findall(r"^allow .*$", only("ufw", restricted), re.MULTILINE) == [
        "allow from 203.0.113.0/24 to any port 22 proto tcp",
        "allow from 10.1.0.0/24 to any port 5432 proto tcp",
    ]
    assert "allow from 10.0.0.0/24 to any port 8001 proto tcp" in only("ufw", behind)
    assert "443" not in only("ufw", behind)


def test_load_balancers_and_administrators_are_never_shut_out() -> None:
    host = changed(CLASSIC, ssh=Ssh(networks=("203.0.113.0/24",)))
    jails = render("fail2ban", host)["etc/fail2ban/jail.d/signalcast.local"]

    assert "ignoreip = 127.0.0.1/8 ::1 10.0.0.0/24 203.0.113.0/24" in jails
    assert set(render("fail2ban", DATABASE)) == {"etc/fail2ban/jail.d/signalcast.local"}


def test_another_port_of_ssh_is_told_to_whatever_listens_there() -> None:
    plain = render("sshd", changed(SMALL, ssh=Ssh(port=2_222)))
    by_socket = render("sshd", changed(CLASSIC, ssh=Ssh(port=2_222)))

    assert "Port 2222" in plain["etc/ssh/sshd_config.d/00-signalcast.conf"]
    assert "ListenStream=2222" in by_socket["etc/systemd/system/ssh.socket.d/signalcast.conf"]
    assert len(plain) == 1


def test_updates_come_from_the_security_archive_of_the_system() -> None:
    assert "Debian-Security" in only("unattended", SMALL)
    assert "Ubuntu" in only("unattended", CLASSIC)
