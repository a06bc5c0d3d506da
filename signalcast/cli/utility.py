"""The list of commands that `signalcast help` shows."""

from __future__ import annotations

import gc
import textwrap

from django.core.management import ManagementUtility, get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from signalcast.cli.command import Command

#: Commands of Django that an operator has a use for.
USEFUL = ("migrate", "showmigrations", "changepassword", "dbshell", "shell", "check")


class Utility(ManagementUtility):
    """Runs commands by their names. Ours come first in its help, each with a sentence."""

    def main_help_text(self, commands_only: bool = False) -> str:
        """All commands of ours, and the names of others."""
        if commands_only:
            return super().main_help_text(commands_only)
        ours = commands()
        lines = [
            _("usage: %(program)s <command> [--home DIR] [options]") % {"program": self.prog_name},
            "",
            *(f"  {name:<12}{summary(command)}" for name, command in ours.items()),
            "",
            textwrap.fill(
                _("Of Django: %(names)s.") % {"names": ", ".join(USEFUL)}, subsequent_indent="  "
            ),
            "",
            _("`%(program)s help <command>` tells more about one.") % {"program": self.prog_name},
        ]
        return "\n".join(lines)

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """The command of that name, with everything imported. From now on there may be garbage."""
        found = super().fetch_command(subcommand)
        gc.freeze()
        gc.enable()
        return found


def commands() -> dict[str, BaseCommand]:
    """The commands of this product, by their names, in order."""
    found = {
        name: load_command_class(app, name)
        for name, app in sorted(get_commands().items())
        if app.startswith("signalcast.")
    }
    return {name: command for name, command in found.items() if isinstance(command, Command)}


def summary(command: BaseCommand) -> str:
    """The first sentence of a command's help, without its full stop."""
    return command.help.partition("\n")[0].partition(". ")[0].rstrip(".")
