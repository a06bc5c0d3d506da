"""A machine without a scheduler process looks at schedules once a minute."""

from __future__ import annotations

import pytest

from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import host
from signalcast.deploy.render import render, targets


def described(*roles: str) -> Host:
    return host(
        {
            "name": "test",
            "domain": "signals.example.com",
            "roles": roles,
            "database": {"engine": "postgresql", "address": "10.0.0.5"},
            "broker": {"kind": "valkey", "address": "10.0.0.5"},
            "tls": {"kind": "certbot", "email": "owner@example.com"},
        }
    )


def test_cron_does_what_a_scheduler_would_as_the_installations_user() -> None:
    (text,) = render("cron", described("web", "workers", "senders")).values()

    (line,) = [line for line in text.splitlines() if line.startswith("*")]
    when, user, command = line[:9], *line[10:].split(maxsplit=1)
    assert (when, user) == ("* * * * *", "signalcast")
    assert "signalcast.cli scheduler --once" in command
    assert "%" not in command  # cron would take it for the end of the line


def test_where_a_scheduler_runs_cron_has_nothing_to_do() -> None:
    found = described("scheduler")

    assert "cron" not in targets(found)
    with pytest.raises(WrongHost, match="without the role scheduler"):
        render("cron", found)
