"""`signalcast jobs`, as a person at a shell and a script meet it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from signalcast.accounts.models import AuditEntry
from signalcast.cli.management.commands.jobs import Command
from signalcast.ops.jobs.acts import BATCH
from signalcast.ops.jobs.tests.made import job, tried
from signalcast.ops.jobs.watch import watch
from signalcast.pipeline import SCHEDULES
from signalcast.work.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def ran(*arguments: str) -> str:
    """What the command says."""
    out = io.StringIO()
    call_command("jobs", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def refused(*arguments: str, code: int = 2) -> str:
    with pytest.raises(CommandError) as problem:
        ran(*arguments)
    assert problem.value.returncode == code
    return str(problem.value)


def nothing(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        ran(*arguments)
    assert ended.value.code == 1


def told(*arguments: str) -> Any:
    return json.loads(ran(*arguments, "--json"))


def test_jobs_are_listed_by_the_line_of_the_page() -> None:
    row = job("parked", arguments={"post": 17})
    job("done", "prune_work")
    said = ran("list", "state:parked", "arg.post:17")
    assert f"{row.pk:>9}" in said
    assert "parked" in said
    assert "time out" in said
    assert "prune_work" not in said
    assert [one["id"] for one in told("list", "state:parked")["jobs"]] == [row.pk]
    assert "prune_work" in ran()
    assert len(told()["jobs"]) == 2
    nothing("list", "name:none")
    nothing("list", "tag:\udcff")
    assert "There is no state x." in refused("list", "state:x")
    assert "There is no such page." in refused("list", "--after", "x")


def test_a_condition_with_a_minus_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    row = job("parked", tags="x")
    job("parked", "prune_work")

    def at_a_shell(*arguments: str) -> str:
        Command().run_from_argv(["signalcast", "jobs", *arguments])
        return capsys.readouterr().out

    for line in (["-name:prune*"], ["state:parked", "-name:prune*", '-error:"no way"']):
        listed = json.loads(at_a_shell("list", *line, "--json"))
        assert [one["id"] for one in listed["jobs"]] == [row.pk]
    assert "1 job(s) changed" in at_a_shell("discard", "--where", "-tag:x", "--yes")
    assert Job.objects.get(state="discarded").name == "prune_work"
    with pytest.raises(SystemExit) as ended:
        at_a_shell("list", "-class:x")
    assert ended.value.code == 2
    assert "There is no qualifier class:." in capsys.readouterr().err


def test_watched_searches_are_told_with_their_numbers() -> None:
    assert "No search is watched." in ran("watched")
    assert told("watched") == []
    job("parked")
    watch("loud ones", "-name:prune* state:parked", by="olga@example.org")

    assert "      1 loud ones: -name:prune* state:parked" in ran("watched")
    assert told("watched") == [
        {"name": "loud ones", "query": "-name:prune* state:parked", "count": 1, "exact": True}
    ]


def test_one_job_is_shown_with_its_attempts_and_without_secrets() -> None:
    row = job("parked", arguments={"post": 17, "password": "tell-nobody"})
    tried(row, error="OSError: time out", log="12:00:00 gate.opened")
    said = ran("show", str(row.pk))
    for part in ("announce", "It failed 3 times", "gate.opened", '"post": 17', "failed"):
        assert part in said
    one = told("show", str(row.pk))
    assert one["attempts"][0]["error"] == "OSError: time out"
    assert "tell-nobody" not in said + json.dumps(one)
    assert "There is no job 999." in refused("show", "999", code=1)
    assert "x is no job's number." in refused("show", "x")


def test_jobs_are_changed_by_number_or_by_query_on_record() -> None:
    rows = [job("parked", "prune_work") for _ in range(BATCH + 3)]
    assert told("redrive", str(rows[0].pk), "--yes") == {"count": 1}
    assert "2 job(s) changed" in ran("discard", str(rows[1].pk), str(rows[2].pk), "--yes")
    assert told("cancel", "--where", "state:parked name:prune*", "--yes") == {"count": BATCH}

    assert Job.objects.filter(state="cancelled").count() == BATCH
    assert list(AuditEntry.objects.order_by("pk").values_list("by", "action", "count")) == [
        ("shell", "jobs.redriven", 1),
        ("shell", "jobs.discarded", 2),
        ("shell", "jobs.cancelled", BATCH),
    ]


def test_what_changes_nothing_says_so_and_fails() -> None:
    row = job("done")
    nothing("redrive", str(row.pk), "--yes")
    nothing("redrive", "--where", "name:none", "--yes")
    assert "Name jobs by their numbers" in refused("redrive")
    assert "Name jobs by their numbers" in refused("redrive", "1", "--where", "x")
    assert "There is no qualifier" in refused("cancel", "--where", "class:x", "--yes")
    many = [str(number) for number in range(1, BATCH + 2)]
    assert "use --where" in refused("cancel", *many, "--yes")


def test_without_somebody_to_answer_it_wants_yes_and_names_the_count() -> None:
    for _ in range(3):
        job("parked")
    said = refused("discard", "--where", "state:parked")
    assert "discard 3 job(s) that match 'state:parked'?" in said
    assert "add --yes" in said
    assert Job.objects.filter(parked_at__isnull=False).count() == 3


def test_schedules_are_listed_run_paused_and_resumed() -> None:
    assert {one["name"] for one in told("schedules")} == {planned.job for planned in SCHEDULES}
    made = told("run", "prune_work")["job"]
    assert Job.objects.get().pk == made
    assert f"as job {made}" in refused("run", "prune_work", code=1)
    assert "There are: prune_idempotency_keys" in refused("run", "none")

    ran("pause", "prune_work", "--minutes", "5", "--reason", "update")
    assert "paused" in ran("schedules")
    ran("resume", "prune_work")
    assert "is not paused" in refused("resume", "prune_work", code=1)
    assert "There is no schedule 'none'" in refused("pause", "none")
    assert "--minutes must be" in refused("pause", "prune_work", "--minutes", "0")
    assert AuditEntry.objects.filter(by="shell").count() == 3
