"""The probes are three different questions, cheap, and honest without a database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from signalcast.delivery.tests.world import make_world
from signalcast.ops.health.probes import Probes
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

LATE = {"high": "late", "default": "ok", "notifications": "ok"}


def asked(*paths: str) -> list[tuple[int, Any]]:
    """What each path answers, all of them asked at the same time by one monitor."""

    async def ask(probes: Probes, path: str) -> tuple[int, Any]:
        said: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        await probes(path, send)
        start, body = said
        return start["status"], msgspec.json.decode(body["body"])

    async def all_at_once() -> list[tuple[int, Any]]:
        probes = Probes()
        try:
            answers = await asyncio.gather(*(ask(probes, path) for path in paths))
            await probes._ask(lambda: connection.close())
            return answers
        finally:
            probes.close()

    return asyncio.run(all_at_once())


@contextmanager
def no_database() -> Iterator[None]:
    """Whoever connects while the block lasts finds nobody."""
    known = dict(connections.settings["default"])
    connections.settings["default"].update(NAME="/nowhere/none.sqlite3", HOST="/nowhere")
    try:
        yield
    finally:
        connections.settings["default"].clear()
        connections.settings["default"].update(known)


def test_all_is_well() -> None:
    live, ready, health = asked("/livez", "/readyz", "/health")

    assert live == (200, {"status": "ok"})
    assert ready == (200, {"status": "ready"})
    assert health[0] == 200
    assert health[1]["status"] == "ok"


def test_a_queue_that_is_late_is_told_and_takes_nobody_out_of_service() -> None:
    make_world().receive({"id": "tv-1"}, due=timezone.now() - timedelta(seconds=60))
    live, ready, health = asked("/livez", "/readyz", "/health")

    assert (live[0], ready[0]) == (200, 200)
    assert health == (200, {"status": "degraded", "database": "ok", "queue": LATE})


def test_without_a_database_a_process_lives_and_is_not_ready() -> None:
    assert settings.DATABASES  # what is taken away below is Django's copy of it
    with no_database():
        live, ready, health = asked("/livez", "/readyz", "/health")

    assert live == (200, {"status": "ok"})
    assert ready == (503, {"status": "not ready"})
    assert health == (503, {"status": "degraded", "database": "down", "queue": {}})


def test_however_many_ask_at_once_they_are_told_the_same_and_nothing_of_the_inside() -> None:
    Job.objects.create(name="secret-name", due=timezone.now() - timedelta(hours=1))
    answers = asked(*["/health"] * 50)

    assert all(answer == answers[0] for answer in answers)
    assert set(answers[0][1]) == {"status", "database", "queue"}
    assert "secret-name" not in str(answers)
