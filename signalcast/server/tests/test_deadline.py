"""A page that takes too long: its client is told, and its worker is due."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pytest

from signalcast.server.deadline import Deadline
from signalcast.server.recycle import Figures, Limits, due
from signalcast.server.worker import STUCK, Worker
from tests.waiting import wait_for

REQUEST = {"REQUEST_METHOD": "GET", "PATH_INFO": "/report/"}
NEVER = Limits(0, 0, 0)


class Site:
    """Pages that stand still until they are let go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        if environ.get("QUERY_STRING") == "slow":
            self.go_on.wait(20)
        if environ.get("QUERY_STRING") == "broken":
            raise ValueError("broken")
        start_response("200 OK", [("content-type", "text/plain")])
        return [b"made ", b"in time"]


def ask(deadline: Deadline, query: str = "", **more: str) -> tuple[str, dict[str, str], bytes]:
    """What a client gets: status, headers, body."""
    started: list[Any] = []
    body = deadline(
        {**REQUEST, "QUERY_STRING": query, **more}, lambda *start: started.append(start)
    )
    [(status, headers)] = started
    return status, dict(headers), b"".join(body)


def made(site: Site, threads: int = 1) -> tuple[Deadline, Worker]:
    worker = Worker()
    return Deadline(site, seconds=0.2, threads=threads, worker=worker), worker


def test_a_page_that_is_made_in_time_is_passed_on() -> None:
    deadline, worker = made(Site())

    assert ask(deadline) == ("200 OK", {"content-type": "text/plain"}, b"made in time")
    assert worker.cell[STUCK] == 0


def test_an_error_of_a_page_is_passed_on() -> None:
    with pytest.raises(ValueError, match="broken"):
        ask(made(Site())[0], "broken")


def test_a_client_of_a_late_page_is_told_in_its_own_form_and_others_are_served() -> None:
    site = Site()
    deadline, worker = made(site)

    status, headers, body = ask(deadline, "slow")
    assert status == "504 Gateway Timeout"
    assert headers["content-type"] == "application/problem+json"
    assert b"This took too long." in body
    assert worker.cell[STUCK] == 1

    status, headers, body = ask(deadline, "slow", HTTP_ACCEPT="text/html")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert b"This took too long" in body
    assert worker.cell[STUCK] == 2

    assert ask(deadline)[0] == "200 OK"
    site.go_on.set()
    wait_for(lambda: worker.cell[STUCK] == 0, within=10, message="none is stuck any more")
    assert ask(deadline)[0] == "200 OK"


def test_a_worker_is_due_by_requests_age_memory_or_a_page_that_is_stuck() -> None:
    calm = Figures(requests=100, age=100.0, memory=100, stuck=0.0)

    assert due(calm, NEVER) == ""
    assert due(calm, Limits(101, 101, 101)) == ""
    assert due(calm, Limits(100, 0, 0)) == "requests"
    assert due(calm, Limits(0, 100, 0)) == "lifetime"
    assert due(calm, Limits(0, 0, 100)) == "memory"
    assert due(Figures(0, 0.0, 0, stuck=4.9), NEVER) == ""
    assert due(Figures(0, 0.0, 0, stuck=5.0), NEVER) == "stuck"
