"""Checks run side by side, each once for all schedulers, and none of them can do harm."""

from __future__ import annotations

import io
import json
import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from signalcast.ops.health.examine import Examiner
from signalcast.ops.health.finding import Check, Finding, State, ok
from signalcast.ops.health.models import CheckNote, CheckState
from signalcast.ops.health.pause import pause
from signalcast.ops.health.prune import prune_check_notes
from signalcast.ops.health.run_checks import Runner
from signalcast.portal.tests.cast import signed_in, staff, text

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


class Scripted:
    """A check that says what it is told to."""

    def __init__(self) -> None:
        self.says: Finding | Exception = ok("Well.", 1.0)
        self.runs = 0

    def __call__(self) -> Finding:
        self.runs += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def check(run: Scripted, **fields: object) -> Check:
    return Check(title="Disk", meaning="Looks.", run=run, **fields)  # type: ignore[arg-type]


class Unprintable(Exception):
    """An error that breaks whoever looks at it."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_a_check_that_hangs_holds_up_no_other_and_costs_one_thread_at_most() -> None:
    free, began = threading.Event(), []
    runner = Runner(at_once=1)

    def hang() -> Finding:
        began.append(threading.current_thread())
        free.wait(20)
        return ok("")

    hanging = Check(title="", meaning="", run=hang, within=0.1)
    at = time.monotonic()
    found = runner.run_checks({"hangs": hanging, "other": check(Scripted())})
    assert time.monotonic() - at < 5

    assert found["hangs"].finding.state == State.CRASHED
    assert "no answer within 0.1 s" in found["hangs"].finding.words
    assert found["other"].finding.state == State.OK
    again = runner.run_checks({"hangs": hanging})["hangs"].finding
    assert "hangs, so it is not begun again" in again.words
    assert len(began) == 1

    free.set()
    began[0].join(0.2)  # it goes back to its runner, which may use it for the next
    assert runner.run_checks({"other": check(Scripted())})["other"].finding.state == State.OK
    runner.close()
    assert not began[0].is_alive()


@pytest.mark.parametrize("error", [ValueError("wrong"), Unprintable()])
def test_a_check_that_breaks_says_so(error: Exception) -> None:
    run = Scripted()
    run.says = error
    runner = Runner()

    finding = runner.run_checks({"breaks": check(run)})["breaks"].finding
    runner.close()

    assert finding.state == State.CRASHED
    assert type(error).__name__ in finding.words


def test_of_several_schedulers_one_runs_a_check_in_each_interval() -> None:
    run = Scripted()
    known = {"disk": check(run)}
    examiners = [Examiner(known) for _ in range(3)]

    assert [examiner.examine() for examiner in examiners] == [1, 0, 0]
    CheckState.objects.update(due=timezone.now() - timedelta(seconds=1))
    later = Examiner(known)
    assert later.examine() == 1
    assert run.runs == 2
    for examiner in [*examiners, later]:
        examiner.close()


def test_each_host_has_its_own_answer_where_hosts_differ() -> None:
    known = {"disk": check(Scripted(), on_each_host=True), "database": check(Scripted())}
    for host in ("one", "two"):
        examiner = Examiner(known, host=host)
        examiner.examine()
        examiner.close()

    rows = CheckState.objects.exclude(checked_at=None).values_list("name", "host")
    assert sorted(rows) == [("database", ""), ("disk", "one"), ("disk", "two")]


def test_an_idle_examiner_costs_no_statement(django_assert_num_queries: object) -> None:
    examiner = Examiner({"disk": check(Scripted())})
    examiner.examine()

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert examiner.examine() == 0
    examiner.close()


def look_again(known: dict[str, Check]) -> CheckState:
    CheckState.objects.update(due=timezone.now() - timedelta(seconds=1))
    examiner = Examiner(known)
    examiner.examine()
    examiner.close()
    return CheckState.objects.get()


def test_the_history_has_each_change_and_little_between() -> None:
    run = Scripted()
    known = {"disk": check(run)}
    since = look_again(known).since
    assert look_again(known).since == since
    run.says = Finding(State.FAILED, "Full.", 99.0, "%")
    failed = look_again(known)

    assert failed.since > since
    assert list(CheckNote.objects.order_by("at").values_list("state", "figure")) == [
        ("ok", 1.0),
        ("failed", 99.0),
    ]
    CheckNote.objects.filter(state="ok").update(at=timezone.now() - timedelta(days=31))
    assert prune_check_notes() == 1
    assert CheckNote.objects.get().state == "failed"


def test_a_paused_check_is_left_out_and_taken_up_again() -> None:
    run = Scripted()
    known = {"disk": check(run)}
    look_again(known)

    pause("disk", 60, by="olga")
    look_again(known)
    assert run.runs == 1
    pause("disk", 0, by="olga")
    look_again(known)
    assert run.runs == 2


def test_the_page_tells_operators_what_is_wrong_and_others_nothing() -> None:
    operator, analyst = signed_in(staff("otto", "operator")), signed_in(staff("ann", "analyst"))
    assert "Nobody has looked yet" in text(operator, "/ops/health/")
    run = Scripted()
    run.says = Finding(State.FAILED, "It is <full>.", 99.0, "%")
    look_again({"disk": check(run)})

    page = text(operator, "/ops/health/")
    assert "1 check failed." in page
    assert "It is &lt;full&gt;." in page
    answer = operator.get("/ops/api/health")
    assert answer.status_code == 503
    assert answer.json()["checks"][0]["words"] == "It is <full>."
    text(analyst, "/ops/health/", 403)
    text(analyst, "/ops/api/health", 403)
    assert analyst.post("/ops/health/disk/pause/", {"minutes": "60"}).status_code == 403


def test_a_check_is_paused_from_the_page() -> None:
    operator = signed_in(staff("otto", "operator"))
    run = Scripted()
    run.says = Finding(State.FAILED, "Full.")
    look_again({"disk": check(run)})

    for wrong in ("", "-1", "99999", "1e3", "\0"):
        operator.post("/ops/health/disk/pause/", {"minutes": wrong})
        assert CheckState.objects.get().paused_until is None
    operator.post("/ops/health/nothing/pause/", {"minutes": "60"})
    operator.post("/ops/health/disk/pause/", {"minutes": "60"})

    assert CheckState.objects.get().paused_until is not None
    assert operator.get("/ops/api/health").status_code == 200
    assert "Paused until" in text(operator, "/ops/health/")


def test_a_last_word_that_is_long_ago_counts_as_unknown() -> None:
    look_again({"disk": check(Scripted())})
    CheckState.objects.update(checked_at=timezone.now() - timedelta(minutes=10))
    operator = signed_in(staff("otto", "operator"))

    assert operator.get("/ops/api/health").json()["status"] == "crashed"
    assert "is the scheduler running?" in text(operator, "/ops/health/")


def test_the_command_runs_what_it_is_asked_for_and_its_code_says_the_worst() -> None:
    out = io.StringIO()
    call_command("health", "database", "debug", "--json", stdout=out)
    document = json.loads(out.getvalue())
    assert document["status"] == "ok"
    assert set(document["checks"]) == {"database", "debug"}

    with pytest.raises(SystemExit) as ended:
        call_command("health", "settings", stdout=io.StringIO())
    assert ended.value.code == 1
    with pytest.raises(SystemExit) as ended:
        call_command("health", "broker", "settings", stdout=io.StringIO())
    assert ended.value.code == 2
    with pytest.raises(CommandError, match="There is no check 'moon'"):
        call_command("health", "moon")
    with pytest.raises(CommandError, match="between 1 and 1440"):
        call_command("health", "--pause", "disk", "--minutes", "0")
