"""What everybody may know, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from signalcast.core.env import environment
from signalcast.ops.alerts.models import Alert
from signalcast.ops.status.board import Board, Condition, Part

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _public(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_STATUS_PAGE", "1")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


def alert(key: str, *, minutes: int, ended: int | None = None) -> Alert:
    """One that began so many minutes ago, and ended so many minutes ago."""
    moment = timezone.now()
    return Alert.objects.create(
        key=key,
        open_key=key if ended is None else None,
        rule=key.partition(":")[0],
        words="Secret of the inside.",
        since=moment - timedelta(minutes=minutes),
        resolved_at=None if ended is None else moment - timedelta(minutes=ended),
    )


def test_there_is_no_such_page_unless_the_owner_wants_it() -> None:
    assert Client().get("/status/").status_code == 404


@pytest.mark.usefixtures("_public")
def test_anybody_reads_how_it_is_and_nothing_of_the_inside() -> None:
    alert("stalled:delivery", minutes=5)
    answer = Client().get("/status/")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "Something is wrong, and it is known." in page
    assert "Signals are delivered" in page
    assert "Secret" not in page
    assert not answer.cookies


def test_each_alert_is_about_the_part_that_outsiders_notice() -> None:
    assert Board().status().is_well
    alert("delivery_success:telegram", minutes=5)
    alert("disk:one", minutes=5)

    parts = Board().status().parts
    assert [part for part, state in parts.items() if state != Condition.OK] == [Part.DELIVERING]


def test_what_overlaps_is_one_incident_and_old_ones_are_not_told() -> None:
    alert("queue_wait_high:", minutes=60, ended=30)
    alert("stalled:delivery", minutes=50, ended=20)
    alert("latency:", minutes=10, ended=5)
    alert("stalled:receipt", minutes=15, ended=12)
    alert("latency:", minutes=60 * 24 * 31, ended=60 * 24 * 31 - 5)

    incidents = Board().status().incidents
    assert [one.part for one in incidents] == [Part.DELIVERING, Part.DECIDING, Part.DELIVERING]
    longest = incidents[-1]
    assert longest.until is not None
    assert (longest.until - longest.since).total_seconds() == pytest.approx(40 * 60, abs=5)


def test_a_crowd_of_visitors_costs_one_statement(django_assert_num_queries: object) -> None:
    board = Board()
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(20):
            board.status()
