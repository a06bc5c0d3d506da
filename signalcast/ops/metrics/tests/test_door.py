"""Who may read /metrics, and what a scrape costs the database."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.core.env import environment, process_environment
from signalcast.core.forwarded import believe
from signalcast.ops.metrics.door import MetricsDoor, may_ask
from signalcast.ops.metrics.scrape import Scrape

TOKEN = "metrics-token-1"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    environment.cache_clear()


def with_settings(patch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        patch.setenv(f"SIGNALCAST_{name}", value)
    environment.cache_clear()


def scope(peer: str = "127.0.0.1", method: str = "GET", **headers: str) -> dict[str, Any]:
    named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": "/metrics", "headers": named,
            "client": (peer, 1)}  # fmt: skip


def status(asked: dict[str, Any]) -> int:
    """What the door answers to somebody who does not get as far as a scrape."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        door = MetricsDoor()
        await door(asked, send)
        door.close()

    asyncio.run(ask())
    return int(sent[0]["status"])


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_ask_without_a_token(peer: str) -> None:
    assert may_ask(scope(peer), "")
    assert may_ask(scope(peer), TOKEN)


@pytest.mark.parametrize("peer", ["10.0.0.5", "203.0.113.9", "2001:db8::1", "", "::ffff:10.0.0.5"])
def test_nobody_else_may(peer: str) -> None:
    assert not may_ask(scope(peer), "")
    assert not may_ask(scope(peer), TOKEN)
    assert may_ask(scope(peer, **BEARER), TOKEN)


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto", "X-Forwarded-Host"],
)
def test_a_proxy_on_this_machine_does_not_open_it(header: str) -> None:
    behind = {header: "203.0.113.9"}
    assert not may_ask(scope(**behind), "")
    assert may_ask(scope(**behind, **BEARER), TOKEN)


def test_a_trusted_proxy_does_not_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_settings(monkeypatch, TRUSTED_PROXIES="127.0.0.1")
    assert not may_ask(scope(), "")
    assert may_ask(scope("::1"), "")


@pytest.mark.parametrize(("behind", "may"), [("127.0.0.1", True), ("203.0.113.9", False)])
def test_a_trusted_proxy_that_tells_for_whom_it_asks_is_believed(
    monkeypatch: pytest.MonkeyPatch, behind: str, may: bool
) -> None:
    with_settings(monkeypatch, TRUSTED_PROXIES="127.0.0.1")
    asked = scope(**{"X-Forwarded-For": behind})
    believe(asked)
    assert may_ask(asked, "") is may


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_a_wrong_token_is_none(shown: str) -> None:
    assert not may_ask(scope("10.0.0.5", Authorization=shown), TOKEN)


def test_no_token_set_is_not_the_empty_token() -> None:
    assert not may_ask(scope("10.0.0.5", Authorization="Bearer "), "")


def test_strangers_learn_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(scope("10.0.0.5")) == 404
    with_settings(monkeypatch, METRICS_TOKEN=TOKEN)
    assert status(scope("10.0.0.5")) == 401
    assert status(scope(method="POST")) == 405


@pytest.mark.parametrize("switch", ["METRICS", "OBSERVE"])
def test_what_is_switched_off_is_not_there(monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    with_settings(monkeypatch, **{switch: "off"})
    assert status(scope()) == 404


@pytest.mark.django_db
def test_scrapes_within_seconds_ask_the_database_once() -> None:
    scrape = Scrape()
    with CaptureQueriesContext(
        connection,
    ) as first:
        scrape.gauges()
    with CaptureQueriesContext(connection) as second:
        scrape.gauges()

    assert 0 < len(first) <= 10
    assert len(second) == 0


def test_a_database_that_is_away_is_told_with_everything_that_was_counted(tmp_path: Path) -> None:
    code = (
        "from signalcast.core.measure import Count, set_up; set_up()\n"
        "Count('signalcast_meals_total', 'Meals.').add()\n"
        "from signalcast.core import env; env.use_settings()\n"
        "import django; django.setup()\n"
        "from signalcast.ops.metrics.scrape import Scrape, render\n"
        "print(render(Scrape().gauges()).decode())"
    )
    away = {"SIGNALCAST_HOME": str(tmp_path), "DATABASE_URL": "postgresql://127.0.0.1:9/none"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=process_environment() | away,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "signalcast_database_up 0.0" in done.stdout
    assert "signalcast_meals_total 1.0" in done.stdout
    assert "metrics.without_database" in done.stderr
