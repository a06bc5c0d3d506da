"""The page of the queues: what it shows, what it costs, and who may act on it."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.accounts.models import AuditEntry
from signalcast.core.clock import from_now
from signalcast.ops.queues.look import Status, forget_look, look
from signalcast.ops.queues.mark_deploy import mark_deploy
from signalcast.ops.queues.models import FIVE_MINUTES, HOUR, MINUTE, QueueStep
from signalcast.ops.queues.sums import moment_of
from signalcast.ops.queues.tests.rows import put, random_rows
from signalcast.pipeline import Queue
from signalcast.portal.tests.cast import signed_in, staff, text
from signalcast.work.claim import claim
from signalcast.work.histogram import Histogram
from signalcast.work.meter import meter
from signalcast.work.models import Job, Pause, ProcessBeat, ScalingDecision

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]
PAGE, API = "/ops/queues/", "/ops/api/queues"
Order = ProcessBeat.Order


@pytest.fixture
def olga() -> Client:
    return signed_in(staff("olga", "owner"))


@pytest.fixture
def otto() -> Client:
    return signed_in(staff("otto", "operator"))


@pytest.fixture
def sue() -> Client:
    return signed_in(staff("sue", "support"))


def process(name: str, *, host: str = "one", silent: float = 0, **fields: object) -> ProcessBeat:
    """A process that was last heard of so many seconds ago."""
    about = {"host": host, "role": name.partition("-")[0], "name": name, "pid": 7}
    return ProcessBeat.objects.create(**about, seen_at=from_now(-silent), **fields)


def told(client: Client, path: str, **fields: str) -> str:
    """What the page says after a form was sent."""
    return client.post(f"{PAGE}{path}", fields, follow=True).content.decode()


def orders() -> dict[str, str]:
    return dict(ProcessBeat.objects.values_list("name", "order"))


def test_the_page_and_the_api_tell_the_numbers_of_the_rows(otto: Client) -> None:
    counts, _oldest = random_rows(random.Random(7), 40)
    process("worker-0", rss=123_000_000, doing="prune_work (4)")
    page = text(otto, PAGE)
    work = otto.get(API).json()["work"]

    assert "prune_work (4)" in page
    assert "123 MB" in page
    for line in work:
        for name in ("ready", "later", "in_hand", "parked"):
            wanted = sum(
                count
                for (place, state), count in counts.items()
                if (place.kind, place.queue.label, state) == (line["kind"], line["queue"], name)
            )
            assert line[name] == wanted, line
    cells = re.findall(r'data-label="Due" class="number">(\d+)<', page)
    assert [int(cell) for cell in cells] == [line["ready"] for line in work]


def test_a_browser_that_is_left_open_costs_few_statements(sue: Client) -> None:
    process("worker-0")
    text(sue, f"{PAGE}?part=now")
    forget_look()
    with CaptureQueriesContext(connection) as first:
        text(sue, f"{PAGE}?part=now")
    with CaptureQueriesContext(connection) as again:
        text(sue, f"{PAGE}?part=now")

    # Session, user and roles; counts, figures, pauses, processes, decisions.
    assert len(first) == 8
    assert len(again) == 6
    with CaptureQueriesContext(connection) as charts:
        text(sue, f"{PAGE}?part=charts")
    assert len(charts) == 5


def test_how_the_whole_is_follows_from_who_lives_and_what_rests() -> None:
    assert look().status == Status.STOPPED
    process("scheduler-0")
    process("worker-0", silent=100)
    assert look().status == Status.STOPPED
    process("worker-1")
    # A signal that is decided and reaches nobody is no running installation.
    assert (look().status, look().missing) == (Status.STOPPED, ["sender"])
    process("sender-1")
    assert (look().status, look().missing) == (Status.RUNNING, [])
    pause = Pause.objects.create(what="queue:high", queue=Queue.HIGH)
    assert look().status == Status.PAUSED
    Pause.objects.filter(pk=pause.pk).update(until=from_now(-1))
    assert look().status == Status.RUNNING
    process("sender-0", state=ProcessBeat.State.DRAINING)
    assert look().status == Status.PAUSED


def test_a_queue_is_paused_for_a_time_everywhere_and_goes_on(otto: Client) -> None:
    Job.objects.create(name="a", queue=Queue.HIGH, due=from_now(-1))
    said = told(otto, "pause/high/", **{"for": "15m", "reason": "moving <it>"})
    assert "high rests until" in said
    assert "moving &lt;it&gt;" in said
    pause = Pause.objects.get()
    assert pause.by == "otto@example.org"
    assert pause.until is not None
    assert abs(pause.until - timezone.now() - timedelta(minutes=15)) < timedelta(seconds=30)
    # Whoever asks the same database, after whatever restart.
    assert claim(Job, 1) == []

    assert "high goes on." in told(otto, "pause/high/", act="resume")
    assert len(claim(Job, 1)) == 1
    done = AuditEntry.objects.order_by("pk").values_list("action", "by", "target")
    assert list(done) == [
        ("queue.paused", "otto@example.org", "high"),
        ("queue.resumed", "otto@example.org", "high"),
    ]


def test_two_operators_at_one_queue_do_not_get_in_each_others_way(
    otto: Client, olga: Client
) -> None:
    told(otto, "pause/default/", **{"for": "15m"})
    assert "rests until it is resumed" in told(olga, "pause/default/", **{"for": ""})
    assert Pause.objects.get().until is None
    assert "goes on" in told(otto, "pause/default/", act="resume")
    assert "was not paused any more" in told(olga, "pause/default/", act="resume")
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("span", ["?", "99y", "-1", "1h\0"])
def test_a_pause_of_a_length_that_nobody_offers_is_refused(otto: Client, span: str) -> None:
    assert "Nothing was paused" in told(otto, "pause/high/", **{"for": span})
    assert "Nothing was paused" in told(otto, "pause/moon/", **{"for": "1h"})
    assert not Pause.objects.exists()
    assert not AuditEntry.objects.exists()


def test_processes_are_told_one_by_one_by_role_by_host_and_all(otto: Client) -> None:
    for name, host in (("worker-0", "one"), ("sender-0", "one"), ("worker-1", "two")):
        process(name, host=host)
    process("web-0")
    process("worker-9", silent=100)

    asked = text(otto, f"{PAGE}order/?order=drain&role=worker")
    assert "Tell 2 processes to drain?" in asked
    assert "worker-9" not in asked
    told(otto, "order/give/", order="drain", role="worker")
    assert {name for name, order in orders().items() if order} == {"worker-0", "worker-1"}
    told(otto, "order/give/", order="restart", host="one", name="worker-0")
    assert orders()["worker-0"] == Order.RESTART
    told(otto, "order/give/", order="retire", host="one")
    assert orders()["sender-0"] == Order.RETIRE
    assert orders()["web-0"] == ""
    told(otto, "order/give/", order="restart")
    assert {name for name, order in orders().items() if order != "restart"} == {"worker-9"}

    done = AuditEntry.objects.order_by("pk").values_list("action", "target", "count")
    assert list(done) == [
        ("processes.drained", "role=worker", 2),
        ("processes.restarted", "host=one process=worker-0", 1),
        ("processes.retired", "host=one", 2),
        ("processes.restarted", "fleet", 4),
    ]


def test_an_order_to_a_process_that_is_gone_says_so(otto: Client, olga: Client) -> None:
    row = process("worker-0")
    assert "1 process was told to drain" in told(otto, "order/give/", order="drain", name=row.name)
    assert "told:" in text(olga, PAGE)
    row.delete()
    said = told(olga, "order/give/", order="restart", name=row.name)
    assert "no such process is alive" in said
    assert "Nobody was told anything" in told(olga, "order/give/", order="dance")
    assert "Nobody to tell" in text(olga, f"{PAGE}order/?order=dance")
    assert AuditEntry.objects.count() == 1


def test_support_sees_everything_and_can_do_nothing(sue: Client) -> None:
    process("worker-0")
    page = text(sue, PAGE)
    assert "worker-0" in page
    assert '<form method="post" action="/ops/queues/' not in page
    assert text(sue, f"{PAGE}decisions/")
    for path in ("", "/processes", "/history", "/decisions"):
        assert sue.get(f"{API}{path}").status_code == 200
    text(sue, f"{PAGE}order/?order=drain", 403)
    for path in ("pause/high/", "order/give/"):
        assert sue.post(f"{PAGE}{path}", {"for": "15m", "order": "drain"}).status_code == 403
    for path in ("/high/pause", "/high/resume", "/processes/order"):
        assert sue.post(f"{API}{path}", {"order": "drain"}).status_code == 403
    assert not Pause.objects.exists()
    assert orders() == {"worker-0": ""}


def test_nobody_else_gets_in() -> None:
    analyst, stranger = signed_in(staff("ann", "analyst")), Client()
    for path in (PAGE, f"{PAGE}decisions/", API, f"{API}/processes"):
        text(analyst, path, 403)
        assert stranger.get(path).status_code == 302
    assert analyst.post(f"{PAGE}pause/high/").status_code == 403


def test_programs_act_too_and_hear_what_is_wrong(otto: Client) -> None:
    process("worker-0")
    assert otto.post(f"{API}/high/pause", {"for": "2h", "reason": "x\0"}).json()["until"]
    assert otto.get(API).json()["queues"][0]["pause"]["by"] == "otto@example.org"
    assert otto.post(f"{API}/high/resume").json() == {"resumed": "high", "was_paused": True}
    assert otto.post(f"{API}/high/resume").json()["was_paused"] is False
    assert otto.post(f"{API}/processes/order", {"order": "drain"}).json()["told"] == 1
    assert otto.post(f"{API}/processes/order", {"order": "drain", "host": "\0"}).json()["told"]
    long = {"for": "1h", "reason": "x" * 100_000}
    assert otto.post(f"{API}/default/pause", long).status_code == 200
    assert len(AuditEntry.objects.latest("pk").details["reason"]) == 200
    for path, fields, status in (
        ("/high/pause", {"for": "soon"}, 422),
        ("/high/pause", {"for": "31d"}, 422),
        ("/moon/pause", {"for": "1h"}, 404),
        ("/processes/order", {"order": "dance"}, 422),
    ):
        answer = otto.post(f"{API}{path}", fields)
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]


def history_of(*, minutes: int, step: int = MINUTE) -> None:
    """A step so many minutes ago in which ten rows were worked off, one in vain."""
    histogram = Histogram()
    histogram.add([0.25] * 10)
    seconds = (meter.minute() - minutes) * 60
    QueueStep.objects.create(
        step=step,
        at=moment_of(seconds // step * step // 60),
        kind="delivery",
        queue=Queue.HIGH,
        handled=10,
        failed=1,
        runtimes=histogram.text(),
        waits=histogram.text(),
        ready=4,
        oldest=3.5,
    )


def test_history_is_drawn_with_the_versions_that_began_to_run(sue: Client) -> None:
    assert "Nothing was worked off in that time" in text(sue, PAGE)
    for minutes in (5, 6, 20):
        history_of(minutes=minutes)
    mark_deploy("1.2+<b>", "signalcast up")
    page = text(sue, f"{PAGE}?step=1m&range=6h&kind=delivery&queue=high")

    assert page.count("<svg") == 6
    assert 'class="deploy"' in page
    assert "1.2+&lt;b&gt;" in page
    assert "The most: p50 250 ms, p95 250 ms" in page
    assert "Nothing was worked off" in text(sue, f"{PAGE}?part=charts&kind=job")
    points = sue.get(f"{API}/history?kind=delivery").json()["points"]
    assert [point["handled_rows"] for point in points] == [10, 10, 10]
    assert points[0]["runtime_seconds"]["max"] == 0.25
    assert points[0]["a_minute"] == 10


def test_longer_steps_are_drawn_where_short_ones_would_be_too_many(sue: Client) -> None:
    for step in (HOUR, FIVE_MINUTES):
        history_of(minutes=60 * 24 * 6, step=step)
    page = text(sue, f"{PAGE}?step=1m&range=7d")
    assert "choose a longer step" in page
    assert page.count("<svg") == 6
    assert sue.get(f"{API}/history?step=1m&range=7d").status_code == 422
    old = (timezone.now() - timedelta(days=5, hours=23)).isoformat()
    answer = sue.get(f"{API}/history", {"step": "5m", "range": "6h", "until": old})
    assert len(answer.json()["points"]) == 1


@pytest.mark.parametrize(
    "asked",
    [
        "step=2m",
        "range=1y",
        "kind=moon",
        "queue=9",
        "until=yesterday",
        "until=9999-12-31T23:59Z",
        "until=0001-01-01",
        "step=%00",
        "kind=" + "x" * 5_000,
    ],
)
def test_what_cannot_be_shown_is_said(sue: Client, asked: str) -> None:
    answer = sue.get(f"{API}/history?{asked}")
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert answer.json()["detail"]
        assert "warned" in text(sue, f"{PAGE}?{asked}")
    else:
        assert json.loads(answer.content)["points"] == []


def test_decisions_are_shown_with_their_reasons(sue: Client) -> None:
    ScalingDecision.objects.create(
        host="one", role="sender", before=4, after=5, reason="it waits for 2 s", at=Now()
    )
    assert "it waits for 2 s" in text(sue, PAGE)
    assert "4 → 5" in text(sue, f"{PAGE}decisions/")
    assert sue.get(f"{API}/decisions").json()["decisions"][0]["after"] == 5


def test_a_late_queue_is_marked_until_it_is_worked_off(sue: Client) -> None:
    row = Job.objects.create(name="a", queue=Queue.HIGH)
    put(row, "ready", 60)
    assert ">late<" in text(sue, PAGE)
    put(row, "finished", 0)
    forget_look()
    assert ">late<" not in text(sue, PAGE)
