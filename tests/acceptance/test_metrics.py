"""A real installation, scraped: what it tells is what its rows say, and all of it is there."""

from __future__ import annotations

import http.client
import re
from collections import defaultdict
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import TOKEN, Poster, request
from tests.acceptance.receivers import Receivers
from tests.promtool import needs_promtool, promtool
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

DEPLOY = Path(__file__).parents[2] / "deploy"
POSTED = 8


def ask(made: Installation, **headers: str) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", made.port, timeout=20)
    line.request("GET", "/metrics", headers=headers)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def scrape(made: Installation) -> str:
    status, text = ask(made)
    assert status == 200
    return text


def sums(text: str, *labels: str) -> dict[tuple[str, ...], float]:
    """The samples, added up over all labels but those that are named."""
    found: dict[tuple[str, ...], float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[(sample.name, *(sample.labels.get(one, "") for one in labels))] += sample.value
    return dict(found)


def named_in_deploy() -> set[str]:
    text = (DEPLOY / "prometheus" / "alerts.yml").read_text()
    text += (DEPLOY / "grafana" / "signalcast.json").read_text()
    return set(re.findall(r"\bsignalcast_[a-z_]+\b", text))


def attempts(made: Installation) -> dict[str, int]:
    """Rows of attempts by outcome."""
    return dict(made.query("list(Attempt.objects.values_list('outcome').annotate(Count('pk')))"))


@needs_promtool
def test_a_scrape_says_what_the_rows_say_and_everything_that_is_asked_for(
    directory: Path, targets: Receivers
) -> None:
    targets.behaviour["bob"].then = 500
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice", "bob"]))
        made.start_all()
        poster = Poster(made.url)
        for number in range(POSTED):
            poster.insist(f"signal-{number}")
        # Everything that the dashboard shows has to happen once: a doubled signal, a refused one,
        # pages, a breaker that opens (so that something is put off), jobs, a crash.
        door = f"{made.url}/in/v1/signals"
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        assert request(door, "POST", b"{}", headers).status == 422
        assert request(door, "POST", b"{}", headers | {"Authorization": "Bearer x"}).status == 401
        assert request(f"{made.url}/plans-of-nobody/").status == 404
        wait_for(lambda: len(targets.accepted("alice")) == POSTED, within=60, message="all arrived")
        kill(made.started("worker")[0])

        def told() -> bool:
            text = scrape(made)
            names = {name for name, *_ in sums(text)}
            return named_in_deploy() <= names and attempts(made) == by_outcome(text)

        wait_for(told, within=90, every=1, message="the scrape says what the rows say")

        text = scrape(made)
        promtool("check", "metrics", text=text)
        by_door = sums(text, "door", "outcome")
        assert by_door["signalcast_intake_receipts_total", "typed", "accepted"] == made.query(
            "Receipt.objects.count()"
        )
        refused = sums(text, "reason")
        assert refused["signalcast_intake_refused_total", "token"] == 1
        assert refused["signalcast_intake_refused_total", "invalid"] == 1
        assert sums(text, "route")["signalcast_http_requests_total", "none"] == 1
        arrived = sums(text, "channel")["signalcast_delivery_arrival_seconds_count", "webhook"]
        assert arrived == POSTED
        jobs = made.query("JobAttempt.objects.exclude(outcome='running').count()")
        assert sums(text)["signalcast_job_attempts_total",] == jobs


def by_outcome(text: str) -> dict[str, int]:
    return {
        outcome: int(value)
        for (name, outcome), value in sums(text, "outcome").items()
        if name == "signalcast_delivery_attempts_total"
    }


def test_only_this_machine_and_who_has_the_token_may_ask(
    directory: Path, targets: Receivers
) -> None:
    token = {"SIGNALCAST_METRICS_TOKEN": "metrics-token-1"}
    with installation(directory, Database(), **token) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("web", "--workers", "2")
        made.wait_ready()

        assert ask(made)[0] == 200
        behind = {"X-Forwarded-For": "203.0.113.9"}
        assert ask(made, **behind)[0] == 401
        assert ask(made, **behind, Authorization="Bearer wrong")[0] == 401
        assert ask(made, **behind, Authorization="Bearer metrics-token-1")[0] == 200
        # Whichever of the two web processes answers tells what both have counted.
        for _ in range(6):
            assert request(f"{made.url}/nothing-here/").status == 404
        for _ in range(4):
            text = scrape(made)
            assert sums(text, "route")["signalcast_http_requests_total", "none"] == 6
            assert sums(text, "route")["signalcast_http_request_seconds_count", "none"] == 6
