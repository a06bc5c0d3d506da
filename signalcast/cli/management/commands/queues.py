"""`signalcast queues`: what waits, what is done, who does it, and to let it rest."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error
from django.utils.translation import gettext as _

from signalcast.cli import command

BY = "shell"
#: Decisions that are listed when no number is given.
USUAL = 20
#: The exit code when nobody can tell how it is.
UNKNOWN = 3


class Command(command.Command):
    """Look at queues and processes, and act on them."""

    help = (
        "Show what waits, what was done and by whom; pause queues, drain and restart processes. "
        "The overview shows the last minutes, and exits with 0 when all is running, 1 "
        "when a queue or a process rests, 2 when no worker or no sender is alive, 3 when the "
        "database does not answer.\n\n"
        "  signalcast queues\n"
        "  signalcast queues history --step 5m --range 24h --kind delivery\n"
        "  signalcast queues pause notifications --for 1h --reason 'mail server moves'\n"
        "  signalcast queues resume notifications\n"
        "  signalcast queues restart --role sender"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with what."""
        parser.add_argument("--json", action="store_true", help=_("print data as JSON"))
        acts = parser.add_subparsers(dest="act", metavar="ACT")
        over_time = acts.add_parser("history", help=_("what was done, step by step"))
        over_time.add_argument("--step", default="1m", help="1m, 5m, 1h (1m)")
        over_time.add_argument("--range", default="1h", help="1h, 6h, 24h, 7d, 30d (1h)")
        over_time.add_argument("--kind", default="", help="receipt, delivery, job")
        over_time.add_argument("--queue", default="", help="high, default, notifications")
        over_time.add_argument("--until", default="", metavar="TIME", help=_("now otherwise"))
        processes = acts.add_parser("processes", help=_("every process of every host"))
        decisions = acts.add_parser("decisions", help=_("how many processes run, and why"))
        decisions.add_argument("-n", "--lines", type=int, default=USUAL, help=_("the newest (20)"))
        for one in (over_time, processes, decisions):
            one.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        pause = acts.add_parser("pause", help=_("let a queue rest on all machines"))
        pause.add_argument("queue", help="high, default, notifications")
        pause.add_argument(
            "--for", dest="span", default="", metavar="SPAN", help=_("15m, 1h, 4h; else for good")
        )
        pause.add_argument("--reason", default="")
        resume = acts.add_parser("resume", help=_("let a queue or drained processes go on"))
        resume.add_argument("queue", nargs="?", default="", help="high, default, notifications")
        _add_whom(resume)
        for name, told in (
            ("drain", _("finish what is in hand, then rest")),
            ("restart", _("finish what is in hand, then start anew")),
            ("retire", _("finish what is in hand, then end for good")),
        ):
            _add_whom(acts.add_parser(name, help=told))
        mark = acts.add_parser("mark", help=_("note in the history that a version runs"))
        mark.add_argument("version", nargs="?", default="", help=_("this program's otherwise"))

    def handle(self, *, act: str | None, **options: Any) -> None:
        """Do what is asked for."""
        try:
            getattr(self, f"_{act or 'overview'}")(**options)
        except Error as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(
                _("The database does not answer: %(reason)s") % {"reason": reason},
                returncode=UNKNOWN,
            ) from None

    def _overview(self, **options: Any) -> None:
        from signalcast.ops.queues.document import overview_document, percentiles
        from signalcast.ops.queues.look import Status, look
        from signalcast.ops.queues.words import lasting, rate

        found = look()
        if options["json"]:
            self.stdout.write(json.dumps(overview_document(found), indent=2))
        else:
            without = f": no {' and no '.join(found.missing)} is alive" if found.missing else ""
            self.stdout.write(f"{found.status.value}{without}\n")
            for line in found.queues:
                state = "late" if line.late else "in time"
                if line.pause:
                    until = line.pause.until
                    end = f"until {until:%Y-%m-%d %H:%M:%S} UTC" if until else "until resumed"
                    state = f"paused {end} by {line.pause.by} {line.pause.reason}".rstrip()
                self.stdout.write(
                    f"{line.queue.label:<14} {lasting(line.wait):>8} of"
                    f" {lasting(line.budget):<7} {state}"
                )
            self.stdout.write("")
            heads = ["rows", "queue", "due", "later", "in hand", "parked", "oldest", "a minute"]
            rows = [
                [
                    line.backlog.kind,
                    line.backlog.queue.label,
                    *map(str, (line.backlog.ready, line.backlog.later)),
                    *map(str, (line.backlog.in_hand, line.backlog.parked)),
                    lasting(line.backlog.wait),
                    rate(line.a_minute),
                    str(line.sums.measured.failed),
                    _spread(percentiles(line.sums.measured.waits)),
                    _spread(percentiles(line.sums.measured.runtimes)),
                ]
                for line in found.work
            ]
            self._table([*heads, "failed", "waited p50/p95/p99/max", "took"], rows)
        if code := list(Status).index(found.status):
            sys.exit(code)

    def _history(self, **options: Any) -> None:
        from signalcast.ops.queues.choose import WrongChoice, choose
        from signalcast.ops.queues.document import history_document, marks_document, percentiles
        from signalcast.ops.queues.history import deploy_marks, history
        from signalcast.ops.queues.words import lasting, rate

        try:
            choice = choose({name: str(value) for name, value in options.items()})
        except WrongChoice as wrong:
            raise CommandError(str(wrong)) from None
        since, until = choice.times()
        points = history(
            choice.seconds, since=since, until=until, kind=choice.kind, queue=choice.queue
        )
        marks = deploy_marks(since=since, until=until)
        if options["json"]:
            told = {"points": history_document(points), "deploys": marks_document(marks)}
            self.stdout.write(json.dumps({"step_seconds": choice.seconds, **told}, indent=2))
            return
        rows = [
            [
                f"{point.at:%Y-%m-%d %H:%M}",
                rate(point.sums.measured.handled / point.minutes),
                str(point.sums.measured.failed),
                str(point.sums.ready),
                lasting(point.sums.oldest),
                _spread(percentiles(point.sums.measured.waits)),
                _spread(percentiles(point.sums.measured.runtimes)),
            ]
            for point in points
        ]
        rows += [[f"{mark.at:%Y-%m-%d %H:%M}", f"version {mark.version}"] for mark in marks]
        heads = ["at (UTC)", "a minute", "failed", "due", "oldest", "waited p50/p95/p99/max"]
        self._table([*heads, "took"], sorted(rows))

    def _processes(self, **options: Any) -> None:
        from signalcast.ops.queues.document import processes_document
        from signalcast.ops.queues.look import process_lines
        from signalcast.ops.queues.words import rate, size

        lines = process_lines()
        if options["json"]:
            self.stdout.write(json.dumps(processes_document(lines), indent=2))
            return
        rows = [
            [
                line.beat.host,
                line.beat.name,
                line.beat.role,
                "lost" if line.lost else line.beat.state,
                line.beat.order,
                size(line.beat.rss),
                str(line.beat.handled),
                rate(line.a_minute),
                f"{line.beat.started_at:%Y-%m-%d %H:%M:%S}",
                line.beat.doing,
            ]
            for line in lines
        ]
        heads = ["host", "process", "role", "state", "told", "memory", "handled", "a minute"]
        self._table([*heads, "since (UTC)", "doing"], rows)

    def _decisions(self, *, lines: int, **options: Any) -> None:
        from signalcast.ops.queues.document import decisions_document
        from signalcast.work.models import ScalingDecision

        if not 1 <= lines <= 10_000:
            raise CommandError(_("--lines must be between 1 and 10000."))
        found = ScalingDecision.objects.order_by("-at")[:lines]
        if options["json"]:
            self.stdout.write(json.dumps(decisions_document(found), indent=2))
            return
        rows = [
            [
                f"{row.at:%Y-%m-%d %H:%M:%S}",
                row.host,
                row.role,
                f"{row.before} -> {row.after}",
                row.reason,
            ]
            for row in found
        ]
        self._table(["at (UTC)", "host", "role", "number", "reason"], rows)

    def _pause(self, *, queue: str, span: str, reason: str, **_options: Any) -> None:
        from signalcast.ops.queues.pause_queue import pause_queue
        from signalcast.ops.queues.span_of import WrongSpan, span_of

        try:
            seconds = span_of(span)
        except WrongSpan as wrong:
            raise CommandError(str(wrong)) from None
        pause_queue(_known(queue), by=BY, seconds=seconds, reason=reason)
        end = _("for %(span)s") % {"span": span} if span else _("until it is resumed")
        self.stdout.write(_("%(queue)s rests %(end)s.") % {"queue": queue, "end": end})

    def _resume(self, *, queue: str, **options: Any) -> None:
        from signalcast.ops.queues.resume_queue import resume_queue

        if not queue:
            return self._tell("resume", **options)
        if not resume_queue(_known(queue), by=BY):
            raise CommandError(_("%(queue)s was not paused.") % {"queue": queue})
        self.stdout.write(_("%(queue)s goes on.") % {"queue": queue})
        return None

    def _drain(self, **options: Any) -> None:
        self._tell("drain", **options)

    def _restart(self, **options: Any) -> None:
        self._tell("restart", **options)

    def _retire(self, **options: Any) -> None:
        self._tell("retire", **options)

    def _tell(self, what: str, *, process: str, role: str, host: str, **options: Any) -> None:
        from signalcast.ops.queues.tell_processes import Order, Whom, tell_processes

        if not (process or role or host or options["all"]):
            raise CommandError(
                _("Say whom to %(order)s: --process NAME, --role ROLE, --host HOST or --all.")
                % {"order": what}
            )
        count = tell_processes(Order(what), Whom(host, role, process), by=BY)
        if not count:
            raise CommandError(
                _("No such process is alive that could. See: signalcast queues processes")
            )
        told = _("%(count)d told to %(order)s; they hear it within ten seconds.")
        self.stdout.write(told % {"count": count, "order": what})

    def _mark(self, *, version: str, **_options: Any) -> None:
        from signalcast.core.version import running_version
        from signalcast.ops.queues.mark_deploy import mark_deploy

        version = version or running_version()
        told = _("%(version)s is marked.")
        if not mark_deploy(version, BY):
            told = _("%(version)s was running already.")
        self.stdout.write(told % {"version": version})

    def _table(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        lines = [heads, *rows]
        widths = [
            max((len(line[at]) for line in lines if at < len(line)), default=0)
            for at in range(len(heads))
        ]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=False))
            self.stdout.write("  ".join(cells).rstrip())


def _add_whom(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--process", default="", metavar="NAME", help=_("as in worker-0"))
    parser.add_argument("--role", default="", help="worker, sender, scheduler, web")
    parser.add_argument("--host", default="")
    parser.add_argument("--all", action="store_true", help=_("the whole fleet"))


def _known(label: str) -> str:
    from signalcast.pipeline import Queue

    labels = [queue.label for queue in Queue]
    if label not in labels:
        raise CommandError(
            _("There is no queue %(label)r. There are: %(labels)s.")
            % {"label": label, "labels": ", ".join(labels)}
        )
    return label


def _spread(found: dict[str, float | None]) -> str:
    from signalcast.ops.queues.words import DASH, lasting

    known = [lasting(seconds) for seconds in found.values() if seconds is not None]
    return " / ".join(known) or DASH
