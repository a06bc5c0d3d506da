"""`signalcast alerts`: what is wrong, who is told, and silence for a while."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command

BY = "shell"


class Command(command.Command):
    """List alerts, acknowledge them, and say who is told."""

    help = (
        "List what is wrong, acknowledge it, keep silence for a while, say who is told. Listing "
        "exits with 1 when anything is wrong.\n\n"
        "  signalcast alerts\n"
        "  signalcast alerts ack 12\n"
        "  signalcast alerts silence --minutes 30 --reason update\n"
        "  signalcast alerts receive email ops@example.org --account main"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with what."""
        parser.add_argument("--json", action="store_true", help="print the list as JSON")
        acts = parser.add_subparsers(dest="act", metavar="ACT")
        listed = acts.add_parser("list", help="what is wrong now (this is done without an ACT)")
        listed.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        acknowledge = acts.add_parser("ack", help="no reminders of this one any more")
        acknowledge.add_argument("alert", type=int, help="its number in the list")
        silence = acts.add_parser("silence", help="tell nobody while something is worked on")
        silence.add_argument("--minutes", type=int, default=30, help="1 to 10080 (30)")
        silence.add_argument(
            "--in", dest="begins_in", type=int, default=0, help="minutes until it begins (0)"
        )
        silence.add_argument("--rule", default="", help="only this rule; all otherwise")
        silence.add_argument("--reason", default="")
        acts.add_parser("resume", help="end every silence")
        receive = acts.add_parser("receive", help="tell somebody more")
        receive.add_argument("channel", help="email, telegram, webhook, apprise, discord")
        receive.add_argument("address")
        receive.add_argument("--account", default="", help="what it is sent through, by its name")
        receivers = acts.add_parser("receivers", help="who is told")
        receivers.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        test = acts.add_parser("test", help="send a receiver a test")
        test.add_argument("receiver", type=int, help="its number in the list of receivers")

    def handle(self, *, act: str | None, **options: Any) -> None:
        """Do what is asked for."""
        getattr(self, f"_{act or 'list'}")(**options)

    def _list(self, **options: Any) -> None:
        from signalcast.ops.alerts.models import Alert

        rows = list(Alert.objects.filter(resolved_at__isnull=True).order_by("since"))
        if options["json"]:
            self.stdout.write(json.dumps([_described(row) for row in rows], indent=2))
        for row in [] if options["json"] else rows:
            seen = f" (seen by {row.acknowledged_by})" if row.acknowledged_at else ""
            since = f"{row.since:%Y-%m-%d %H:%M:%S}"
            self.stdout.write(f"{row.pk:>5} {since} {row.key} {row.words}{seen}")
        if not rows and not options["json"]:
            self.stdout.write("Nothing is wrong.")
        if rows:
            sys.exit(1)

    def _ack(self, *, alert: int, **_options: Any) -> None:
        from signalcast.ops.alerts.acknowledge import acknowledge

        if not acknowledge(alert, by=BY):
            raise CommandError(f"No alert {alert} waits for that. See: signalcast alerts")
        self.stdout.write(f"Alert {alert} is acknowledged.")

    def _silence(
        self, *, minutes: int, begins_in: int, rule: str, reason: str, **_options: Any
    ) -> None:
        from signalcast.ops.alerts.registry import rules
        from signalcast.ops.alerts.silence import LONGEST, silence

        if not 1 <= minutes <= LONGEST:
            raise CommandError(f"--minutes must be between 1 and {LONGEST}.")
        if not 0 <= begins_in <= LONGEST:
            raise CommandError(f"--in must be between 0 and {LONGEST}.")
        if rule and rule not in rules():
            raise CommandError(f"There is no rule {rule!r}. There are: {', '.join(rules())}.")
        made = silence(minutes, begins_in=begins_in, rule=rule, reason=reason, by=BY)
        since = f"from {made.starts_at:%Y-%m-%d %H:%M:%S} " if begins_in else ""
        self.stdout.write(f"Nobody is told {since}until {made.ends_at:%Y-%m-%d %H:%M:%S} UTC.")

    def _resume(self, **_options: Any) -> None:
        from signalcast.ops.alerts.silence import end_silence

        end_silence(by=BY)
        self.stdout.write("Alerts are told again.")

    def _receive(self, *, channel: str, address: str, account: str, **_options: Any) -> None:
        from signalcast.channels.base import AddressError
        from signalcast.ops.alerts.add_receiver import add_receiver

        try:
            made = add_receiver(channel, address, account=account, by=BY)
        except AddressError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Receiver {made.pk} is told. Try it: signalcast alerts test {made.pk}")

    def _receivers(self, **options: Any) -> None:
        from signalcast.ops.alerts.models import Receiver

        rows = Receiver.objects.order_by("pk")
        if options["json"]:
            fields = ("id", "kind", "address", "is_on", "last_error")
            self.stdout.write(json.dumps(list(rows.values(*fields)), indent=2))
            return
        for row in rows:
            state = row.last_error or ("on" if row.is_on else "off")
            self.stdout.write(f"{row.pk:>5} {row.kind:<10} {row.address} {state}")

    def _test(self, *, receiver: int, **_options: Any) -> None:
        from signalcast.ops.alerts.models import Receiver
        from signalcast.ops.alerts.try_receiver import try_receiver

        row = Receiver.objects.filter(pk=receiver).first()
        if row is None:
            raise CommandError(f"There is no receiver {receiver}. See: signalcast alerts receivers")
        if problem := try_receiver(row, by=BY):
            raise CommandError(problem)
        self.stdout.write("It got there.")


def _described(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "rule": row.rule,
        "subject": row.subject,
        "words": row.words,
        "figure": row.figure,
        "since": row.since.isoformat(),
        "told_at": row.told_at.isoformat() if row.told_at else None,
        "acknowledged_by": row.acknowledged_by,
    }
