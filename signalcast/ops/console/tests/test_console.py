"""The first page: whether signals flow, at one glance."""

from __future__ import annotations

import html
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from signalcast.core.clock import from_now
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.states import Outcome
from signalcast.intake.models import Receipt
from signalcast.ops.alerts.models import Alert
from signalcast.ops.alerts.silence import silence
from signalcast.ops.console.flow import SAMPLE, SPANS
from signalcast.ops.console.look import look
from signalcast.ops.console.tests.scene import deliver, live
from signalcast.ops.console.verdict import verdict
from signalcast.portal.tests.cast import NEW, Cast, make_cast, signed_in, staff, text
from signalcast.work.claim import claim
from signalcast.work.models import Job, JobAttempt, ProcessBeat
from signalcast.work.park import park
from signalcast.work.pause import pause

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    """An installation with a published signal whose delivery is not due yet."""
    made = make_cast()
    Delivery.objects.update(due=from_now(3_600))
    return made


def sentence() -> str:
    return verdict(look()).plain()


def state() -> str:
    return verdict(look()).state


@pytest.mark.storage
@pytest.mark.usefixtures("cast")
def test_a_signal_that_arrived_is_told_with_its_time_and_its_subscribers() -> None:
    live()
    assert sentence() == "Signals can flow: all that they need is alive."
    deliver(took=0.25)

    assert re.match(r"Signals flow. The last one took 0.2\d s to 1 subscriber, at ", sentence())
    found = look()
    assert found.arrivals is not None
    assert 0.2 < found.arrivals.slow < 0.3
    send = {tile.stage: tile for tile in found.tiles}["send"]
    assert (send.flow.per_minute, sum(send.flow.spans), send.failed) == (1.0, 1, 0)
    assert [(one.kind, one.accepted, one.ended) for one in found.channels] == [("webhook", 1, 1)]


@pytest.mark.storage
@pytest.mark.usefixtures("cast")
def test_no_sender_is_told_with_the_moment_since_when() -> None:
    live("worker", "scheduler", "web")
    assert sentence() == "Signals do not flow: no sender is alive."
    live("sender", seen=-120)

    seen = ProcessBeat.objects.get(role="sender").seen_at
    said = f"Signals do not flow: no sender is alive since {seen:%Y-%m-%d %H:%M:%S} UTC."
    assert sentence() == said
    assert [one.name for one in look().lost] == ["sender-0"]


def test_without_a_scheduler_signals_flow_with_a_warning() -> None:
    live("worker", "sender")

    assert sentence().startswith("Signals flow, but no scheduler is alive")
    assert state() == "warning"


def test_senders_that_were_told_to_rest_send_nothing() -> None:
    live()
    ProcessBeat.objects.filter(role="sender").update(state=ProcessBeat.State.RESTING)

    assert sentence() == "Signals do not flow: every sender was told to rest."


def test_a_wait_past_the_budget_is_late_and_past_ten_of_them_a_standstill(cast: Cast) -> None:
    live()
    receipt = cast.world.receive(NEW | {"id": "late"}, due=from_now(-5))
    assert re.match(r"Signals flow, but late: what is due has waited \d", sentence())
    Receipt.objects.filter(pk=receipt.pk).update(due=from_now(-40))

    assert re.match(r"Signals do not flow: what is due has waited 4\d s for a worker", sentence())
    publish = {tile.stage: tile for tile in look().tiles}["publish"]
    assert (publish.wait > 39, publish.budget) == (True, 2.0)


def test_a_paused_queue_says_who_paused_it_and_waits_for_nobody(cast: Cast) -> None:
    live()
    cast.world.receive(NEW | {"id": "late"}, due=from_now(-500))
    pause("queue:high", by="olga@example.org", seconds=600)

    assert sentence().startswith("Signals wait: olga@example.org paused them until 20")
    assert state() == "warning"


@pytest.mark.usefixtures("cast")
def test_a_channel_that_refuses_is_named_although_others_accept() -> None:
    live()
    for _number in range(10):
        deliver(outcome=Outcome.REFUSED)

    assert sentence() == "Signals flow, but not by webhook: 0 of 10 attempts got there."


@pytest.mark.usefixtures("cast")
def test_slower_than_the_budget_is_told() -> None:
    live()
    deliver(took=7.0)

    said = "Signals flow, but slowly: 95 of 100 arrive within 7 s, and the budget is 1 s."
    assert re.sub(r"7\.0\d", "7", sentence()) == said


def test_what_a_person_approved_later_says_nothing_about_speed(cast: Cast) -> None:
    live()
    deliver(took=4_000)
    Receipt.objects.update(approved_by=staff("otto", "operator"))

    assert look().arrivals is None
    assert state() == "ok"


@pytest.mark.usefixtures("cast")
def test_the_page_shows_alerts_lost_processes_pauses_maintenance_and_parked_rows() -> None:
    live()
    live("sender", seen=-300)
    Alert.objects.create(key="latency:", open_key="latency:", rule="latency", words="It <took> 9 s")
    pause("queue:notifications", by="otto@example.org", reason="a quiet night")
    silence(30, by="otto@example.org", reason="update")
    Job.objects.create(name="prune_work", due=from_now(-1))
    park(Job, claim(Job, 1), reason="It took three processes down.")

    page = text(signed_in(staff("sue", "support")), "/ops/")

    assert "It &lt;took&gt; 9 s" in page
    assert "last seen" in page
    assert "a quiet night" in page
    assert "Nobody is told of alerts" in page
    assert "1 parked" in page
    assert "signalcast overview" in page


@pytest.mark.usefixtures("cast")
def test_a_maintenance_that_is_planned_silences_nobody_yet() -> None:
    silence(30, begins_in=90, by="otto@example.org")
    assert look().maintenances == []

    silence(30, by="otto@example.org")
    assert len(look().maintenances) == 1


def test_failed_jobs_are_counted(cast: Cast) -> None:
    job = Job.objects.create(name="prune_work", due=None)
    for number, outcome in enumerate(("failed", "done", "lost", "running")):
        finished = None if outcome == "running" else from_now(-3)
        JobAttempt.objects.create(
            job=job, generation=number, process="p", outcome=outcome, finished_at=finished
        )

    jobs = {tile.stage: tile for tile in look().tiles}["run_jobs"]
    assert (jobs.failed, jobs.ended, jobs.flow.per_minute) == (2, 3, 3.0)
    assert cast.signal is not None


def test_a_busy_minute_is_counted_out_from_the_newest_rows(cast: Cast) -> None:
    now = look().at
    row = Receipt.objects.first()
    assert row is not None
    Receipt.objects.bulk_create(
        Receipt(source=cast.world.source, door="hook", body=b"", due=None, received_at=now)
        for _number in range(SAMPLE + 50)
    )
    Receipt.objects.update(received_at=from_now(-6))

    receive = look().tiles[0]
    assert SAMPLE * 60 / 8 < receive.flow.per_minute <= SAMPLE * 60 / 6
    assert receive.flow.covers < 60
    assert (len(receive.flow.spans), sum(receive.flow.spans)) == (SPANS, SAMPLE)


@pytest.mark.storage
def test_a_look_takes_ten_statements_whatever_there_is(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            look()
        return len(queries)

    assert statements() == 10
    live()
    for number in range(30):
        cast.world.receive(NEW | {"id": f"more-{number}"})
        Job.objects.create(name="prune_work")
        Alert.objects.create(key=f"k{number}", open_key=f"k{number}", rule="latency", words="-")
    deliver()
    assert statements() == 10
    assert len(look().alerts) == 20


def test_what_flows_is_read_from_the_newest_end_of_each_table(cast: Cast) -> None:
    deliver()
    with CaptureQueriesContext(connection) as queries:
        look()

    tables = ("intake_receipt", "delivery_post", "delivery_attempt", "work_jobattempt")
    assert cast.signal is not None
    for table in tables:
        [sql] = [
            one["sql"]
            for one in queries.captured_queries
            if f'FROM "{table}"' in one["sql"]
            and "LIMIT 1000" in one["sql"]
            and one["sql"].startswith('SELECT "')
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [str(row[3]) for row in cursor.fetchall()]
        assert "TEMP B-TREE" not in " ".join(plan), plan
        # One table is walked from its end; all others are looked up by their keys.
        assert [line.split()[0] for line in plan].count("SCAN") == 1, plan


def test_a_viewer_costs_the_installation_a_session_and_nothing_else(cast: Cast) -> None:
    headers = {"HX-Request": "true"}
    cast.olga.get("/ops/", headers=headers)

    with CaptureQueriesContext(connection) as queries:
        part = cast.olga.get("/ops/", headers=headers).content.decode()

    # Session, user, roles; the look itself was a moment ago.
    assert len(queries) == 3
    assert "<html" not in part
    assert "data-verdict" in part


def test_the_command_tells_the_same_and_exits_by_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("overview")
    assert ended.value.code == 2
    assert "Signals do not flow: no worker is alive." in capsys.readouterr().out
    live()

    call_command("overview", "--json")
    assert '"state": "ok"' in capsys.readouterr().out


def test_a_page_whose_session_ended_goes_to_the_entrance_and_back() -> None:
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/ops/?x=1"}
    answer = Client().get("/ops/", headers=here)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in/?next=%2Fops%2F%3Fx%3D1"

    assert Client().get("/ops/").headers["Location"] == "/sign-in/?next=/ops/"
    elsewhere = here | {"HX-Current-URL": "https://elsewhere.test//evil.test/"}
    answer = Client().get("/ops/", headers=elsewhere)
    entrance = Client().get(answer.headers["HX-Redirect"]).content.decode()
    assert "elsewhere" not in entrance


def test_every_text_of_a_row_is_escaped() -> None:
    live()
    live("sender", seen=-99)
    ProcessBeat.objects.filter(seen_at__lt=from_now(-30)).update(name="<b>x</b>")
    pause("queue:high", by="<i>@example.org")

    page = text(signed_in(staff("olga", "owner")), "/ops/")

    assert "<b>x" not in page
    assert "<i>@" not in page
    assert html.escape("<i>@example.org") in page


def test_attempts_of_a_deleted_destination_break_nothing(cast: Cast) -> None:
    deliver()
    cast.world.alice.delete()

    assert not Attempt.objects.exists()
    assert look().channels == []
