"""`signalcast jobs`: find jobs, look at one, try again, end them; and what runs by the clock."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from signalcast.cli import command

if TYPE_CHECKING:
    from signalcast.ops.jobs.acts import Act
    from signalcast.ops.jobs.query import Query

#: Who the audit log names.
BY = "shell"
#: Nothing fits, or nothing was changed.
NOTHING = 1
#: The beginning of a condition with a minus.
TURNED = re.compile(r"-[a-z][\w.-]*:")


class Command(command.Command):
    """What the pages of jobs do, in a terminal."""

    help = (
        "Find jobs and act on them, with the same line as at /ops/queues/jobs/. Exits with 1 when "
        "nothing fits or nothing was changed, with 2 when something could not be understood.\n\n"
        "  signalcast jobs list 'state:parked name:announce error:\"time out\"'\n"
        "  signalcast jobs list '-name:prune* -state:done'\n"
        "  signalcast jobs show 17\n"
        "  signalcast jobs redrive --where 'state:parked after:2d'\n"
        "  signalcast jobs cancel 17 18 --yes\n"
        "  signalcast jobs run prune_work"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which jobs."""
        parser.add_argument("--json", action="store_true", help="print JSON")
        acts = parser.add_subparsers(dest="act", metavar="ACT")
        listed = acts.add_parser("list", help="jobs, newest first (all of them without an ACT)")
        listed.add_argument("query", nargs="*", help="qualifiers and words; all jobs otherwise")
        listed.add_argument("--after", default="", help="go on below this job's number")
        _json(listed)
        shown = acts.add_parser("show", help="one job with every attempt")
        shown.add_argument("job", help="its number")
        _json(shown)
        for name, told in (
            ("redrive", "give parked jobs another chance"),
            ("cancel", "end jobs that wait or are in hand"),
            ("discard", "put parked jobs away for good"),
        ):
            act = acts.add_parser(name, help=told)
            act.add_argument("jobs", nargs="*", metavar="JOB", help="their numbers")
            act.add_argument("--where", metavar="QUERY", help="all that match instead")
            act.add_argument("--yes", action="store_true", help="without asking")
            _json(act)
        _json(acts.add_parser("watched", help="searches that are kept in view, and their numbers"))
        _json(acts.add_parser("schedules", help="what runs by the clock"))
        run = acts.add_parser("run", help="run a schedule's job now")
        run.add_argument("name", help="the schedule")
        _json(run)
        for name, told in (("pause", "leave a schedule's runs out"), ("resume", "end that")):
            act = acts.add_parser(name, help=told)
            act.add_argument("name", help="the schedule")
            if name == "pause":
                act.add_argument("--minutes", type=int, help="for so long; until resumed otherwise")
                act.add_argument("--reason", default="")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run. What is a condition like `-name:prune*` is not taken for an option."""
        # Nothing that begins with a space is one, and a search does not mind spaces.
        super().run_from_argv([f" {part}" if TURNED.match(part) else part for part in argv])

    def handle(self, *, act: str | None, **options: Any) -> None:
        """Do what is asked for."""
        if act is None:
            self._list(query=[], after="", **options)
        elif act in ("redrive", "cancel", "discard"):
            self._act(act, **options)
        else:
            getattr(self, f"_{act}")(**options)

    def _list(self, *, query: list[str], after: str, **options: Any) -> None:
        from signalcast.ops.jobs.find import find
        from signalcast.ops.jobs.query import WrongQuery
        from signalcast.ops.jobs.rows import document, rows

        asked = _query(" ".join(query))
        try:
            found = find(asked, after, seconds=30.0)
        except WrongQuery as problem:
            raise CommandError(str(problem), returncode=2) from None
        listed = rows(found.ids)
        if options["json"]:
            documents = [document(row) for row in listed]
            self._print({"jobs": documents, "after": found.after or None})
        else:
            for row in listed:
                made = f"{row['created_at']:%Y-%m-%d %H:%M:%S}"
                state = row["standing"].state
                why = f"  {row['why']}" if row["why"] else ""
                line = f"{row['id']:>9} {made} {state:<9} {row['queue_label']:<13} {row['name']}"
                self.stdout.write(line + why)
            if found.after:
                self.stdout.write(f"There may be more: --after {found.after}")
        if not listed:
            if not options["json"]:
                self.stderr.write("No job fits.")
            sys.exit(NOTHING)

    def _watched(self, **options: Any) -> None:
        from signalcast.ops.jobs.watched import watched

        searches = watched()
        if options["json"]:
            names = ("name", "query", "count", "exact")
            self._print([{name: getattr(one, name) for name in names} for one in searches])
            return
        for one in searches:
            count = "?" if one.count is None else f"{one.count}{'' if one.exact else '+'}"
            self.stdout.write(f"{count:>7} {one.name}: {one.query}")
        if not searches:
            self.stderr.write("No search is watched. Operators add some at /ops/queues/jobs/.")

    def _show(self, *, job: str, **options: Any) -> None:
        from signalcast.ops.jobs.rows import standing
        from signalcast.ops.jobs.show import show
        from signalcast.work.models import Job

        pk = _ids([job])[0]
        row = Job.objects.filter(pk=pk).first()
        if row is None:
            raise CommandError(f"There is no job {pk}. See: signalcast jobs list")
        shown = show(row)
        if options["json"]:
            self._print(_document(row, shown))
            return
        self.stdout.write(f"{row.name} {pk}: {standing(row).state}, queue {shown.queue}")
        if row.progress_done or row.progress_total:
            done = f"{row.progress_done} of {row.progress_total or '?'} {row.progress_words}"
            self.stdout.write(f"progress: {done.rstrip()}")
        for label, at in shown.timeline:
            self.stdout.write(f"  {at:%Y-%m-%d %H:%M:%S} {label}")
        if why := row.parked_reason or row.error:
            self.stdout.write(why)
        self.stdout.write(f"arguments: {shown.arguments}")
        for tried in reversed(shown.attempts):
            said = f"attempt {tried.row.generation} by {tried.row.process}: {tried.row.outcome}"
            self.stdout.write(f"{said} after {tried.took.total_seconds():.1f} s")
            for text in (tried.row.error, tried.log):
                if text:
                    self.stdout.write("  " + text.strip().replace("\n", "\n  "))

    def _act(self, name: str, *, jobs: list[str], where: str | None, **options: Any) -> None:
        from signalcast.ops.jobs.acts import ACTS, BATCH, act_on

        act = ACTS[name]
        if bool(jobs) == (where is not None):
            raise CommandError("Name jobs by their numbers, or all with --where.", returncode=2)
        if where is not None:
            count = self._all(act, _query(where), options)
        else:
            ids = _ids(jobs)
            if len(ids) > BATCH:
                raise CommandError(f"Name {BATCH} jobs at most, or use --where.", returncode=2)
            self._ask(f"{name} {len(ids)} job(s)?", options)
            count = act_on(act, ids, by=BY)
            if len(ids) == 1 and not count:
                self.stderr.write(_became(ids[0]))
        if options["json"]:
            self._print({"count": count})
        else:
            self.stdout.write(f"{name}: {count} job(s) changed.")
        if not count:
            sys.exit(NOTHING)

    def _all(self, act: Act, query: Query, options: dict[str, Any]) -> int:
        from signalcast.ops.jobs.act_on_all import act_on_each
        from signalcast.ops.jobs.matching import count_matching

        counted = count_matching(query, act)
        if not counted.count:
            return 0
        many = str(counted.count) if counted.exact else f"more than {counted.count}"
        self._ask(f"{act.name} {many} job(s) that match {query.text!r}?", options)
        told = self._tell if sys.stderr.isatty() else None
        return act_on_each(act, query, upto=counted.upto, by=BY, told=told)

    def _tell(self, count: int) -> None:
        self.stderr.write(f"\r{count}", ending="")

    def _ask(self, question: str, options: dict[str, Any]) -> None:
        if options["yes"]:
            return
        if not sys.stdin.isatty():
            raise CommandError(f"{question} Nobody can answer here: add --yes.", returncode=2)
        if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")

    def _schedules(self, **options: Any) -> None:
        from signalcast.ops.jobs.api import schedule_document
        from signalcast.ops.jobs.schedules import schedules

        lines = schedules()
        if options["json"]:
            self._print([schedule_document(line) for line in lines])
            return
        for line in lines:
            last = f"{line.last.created_at:%Y-%m-%d %H:%M:%S}" if line.last else "never"
            rests = " paused" if line.pause else ""
            missed = f" missed {len(line.missed)}" if line.missed else ""
            next_run = f"{line.next:%Y-%m-%d %H:%M:%S}"
            self.stdout.write(f"{line.name:<24} next {next_run} last {last}{missed}{rests}")

    def _run(self, *, name: str, **options: Any) -> None:
        from signalcast.ops.jobs.change_schedule import Unfinished, run_schedule

        try:
            job = run_schedule(name, by=BY)
        except Unfinished as unfinished:
            waits = f"It waits or runs already, as job {unfinished.args[0].pk}."
            raise CommandError(waits) from None
        except LookupError:
            raise CommandError(_no_schedule(name), returncode=2) from None
        if options["json"]:
            self._print({"job": job.pk})
        else:
            self.stdout.write(f"Job {job.pk} is due. See: signalcast jobs show {job.pk}")

    def _pause(self, *, name: str, minutes: int | None, reason: str, **_options: Any) -> None:
        from signalcast.ops.jobs.change_schedule import LONGEST, pause_schedule

        if minutes is not None and not 1 <= minutes <= LONGEST:
            raise CommandError(f"--minutes must be between 1 and {LONGEST}.", returncode=2)
        try:
            pause_schedule(name, by=BY, minutes=minutes, reason=reason)
        except LookupError:
            raise CommandError(_no_schedule(name), returncode=2) from None
        self.stdout.write(f"{name} rests. End that with: signalcast jobs resume {name}")

    def _resume(self, *, name: str, **_options: Any) -> None:
        from signalcast.ops.jobs.change_schedule import resume_schedule

        if not resume_schedule(name, by=BY):
            raise CommandError(f"{name} is not paused. See: signalcast jobs schedules")
        self.stdout.write(f"{name} runs by the clock again.")

    def _print(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, indent=2, cls=DjangoJSONEncoder))


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")


def _query(text: str) -> Query:
    from signalcast.ops.jobs.query import WrongQuery, read_query

    try:
        return read_query(text)
    except WrongQuery as problem:
        raise CommandError(str(problem), returncode=2) from None


def _ids(texts: list[str]) -> list[int]:
    from signalcast.ops.jobs.query import WrongQuery, read_id

    try:
        return [read_id(text) for text in texts]
    except WrongQuery as problem:
        raise CommandError(str(problem), returncode=2) from None


def _became(pk: int) -> str:
    from signalcast.ops.jobs.told import told
    from signalcast.work.models import Job

    job = Job.objects.filter(pk=pk).defer("arguments").first()
    return told(job) if job else f"There is no job {pk}."


def _no_schedule(name: str) -> str:
    from signalcast.pipeline import SCHEDULES

    known = ", ".join(planned.job for planned in SCHEDULES)
    return f"There is no schedule {name!r}. There are: {known}."


def _document(row: Any, shown: Any) -> dict[str, Any]:
    from signalcast.core.redact import whole
    from signalcast.ops.jobs.rows import document, rows

    attempts = [
        {
            "claim": tried.row.generation,
            "process": tried.row.process,
            "started_at": tried.row.started_at,
            "seconds": tried.took.total_seconds(),
            "outcome": tried.row.outcome,
            "error": tried.row.error,
            "log": tried.log,
        }
        for tried in reversed(shown.attempts)
    ]
    described = document(rows([row.pk])[0])
    return {**described, "arguments": whole(row.arguments), "attempts": attempts}
