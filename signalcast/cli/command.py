"""What all commands of ours have in common: how they explain themselves and how they fail."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

import signalcast
from signalcast.cli.database import away
from signalcast.core.env import environment, variable
from signalcast.core.log_file import print_to
from signalcast.work.check_settings import check_settings

#: The exit code when the database does not answer.
UNREACHABLE = 3


class _Formatter(DjangoHelpFormatter):
    """Lines that begin with two spaces are examples, and stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill = super()._fill_text
        return "\n".join(
            line if line.startswith("  ") else fill(line, width, indent)
            for line in text.split("\n")
        )


def _print_to_file() -> None:
    path = environment().log_file
    try:
        if path:
            print_to(Path(path))
    except OSError as error:
        raise CommandError(
            _("%(variable)s=%(path)s cannot be written: %(problem)s. Correct or remove it.")
            % {"variable": variable("log_file"), "path": path, "problem": error.strerror}
        ) from None


class Command(BaseCommand):
    """A command. `help` is for people: what it does, its exit codes, a blank line, an example."""

    requires_system_checks = ()
    #: Whether it stays until it is told to end: then its settings must be safe to work under.
    stays = False
    #: Whether what it prints belongs into the log although it does not work for us itself.
    writes_log = False
    # They are there, as in every Django command, and of no use to an operator.
    suppressed_base_arguments = {
        *("-v", "--version", "--settings", "--pythonpath"),
        *("--traceback", "--no-color", "--force-color"),
    }

    def get_version(self) -> str:
        """Ours, not Django's."""
        return signalcast.__version__

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser, which also explains `--home`, although that is taken off earlier."""
        kwargs.setdefault("formatter_class", _Formatter)
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument(
            "--home", metavar="DIR", help=_("directory of the installation (SIGNALCAST_HOME)")
        )
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run. Who called it from a shell reads a problem as the sentence that it is."""
        if self.stays:
            check_settings()
        try:
            if self.stays or self.writes_log:
                _print_to_file()
            return super().execute(*args, **options)
        except CommandError as problem:
            if options.get("traceback") or not self._called_from_command_line:  # type: ignore[attr-defined]
                raise
            self.stderr.write(str(problem))
            sys.exit(problem.returncode)
        except (OperationalError, InterfaceError) as error:
            # What stays is looked after by its manager and tells its log all there is to know.
            if self.stays or not self._called_from_command_line:  # type: ignore[attr-defined]
                raise
            self.stderr.write(away(error))
            sys.exit(UNREACHABLE)
