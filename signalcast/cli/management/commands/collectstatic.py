"""`signalcast collectstatic`: the files that browsers get, ready to be served."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from signalcast.cli import command
from signalcast.core.collect_static import CannotCollect, collect_static


class Command(command.Command):
    """Takes the place of Django's, which would publish plain files too."""

    help = (
        "Make the static files that browsers get. They are minified, named after their content "
        "and compressed, in `static` of the home; those of earlier releases stay for 30 "
        "days. `signalcast up` does it at each start; a release does it before it is switched to. "
        "Exits 1 when a file cannot be made.\n\n"
        "  signalcast collectstatic --home /srv/signalcast/home"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How to answer."""
        parser.add_argument("--json", action="store_true", help=_("print what was done as JSON"))
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_true",
            help=_("taken for the sake of scripts: nothing is ever asked"),
        )

    def handle(self, **options: Any) -> None:
        """Collect, and say what was done."""
        try:
            done = collect_static()
        except (CannotCollect, OSError) as problem:
            raise CommandError(str(problem)) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        told = (
            _("%(files)d files are new in %(directory)s.")
            if done.made
            else _("%(files)d files are there already, in %(directory)s.")
        )
        self.stdout.write(told % asdict(done))
        if done.removed:
            self.stdout.write(_("%(removed)d files of old releases are removed.") % asdict(done))
