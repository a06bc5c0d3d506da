"""The database, ready for a command that needs its tables."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from signalcast.core.home import home


def migrate(say: Callable[[str], object]) -> None:
    """Bring the database up to date, and SAY so first. Raises CommandError when it is away."""
    say(_("Preparing the database in %(home)s ...") % {"home": home()})
    try:
        call_command("migrate", verbosity=0)
    except DatabaseError as error:
        raise CommandError(away(error)) from None


def ready_database(say: Callable[[str], object]) -> None:
    """Make the tables of a new database, so that commands may come before the first `up`.

    Raises CommandError when the database does not answer, or is older than this program: that
    is for `up` or `migrate`, at a moment that the operator chooses.
    """
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(away(error)) from None
    if not missing:
        return
    if executor.loader.applied_migrations:
        raise CommandError(
            _("The database is older than this program. Run `signalcast migrate` first.")
        )
    migrate(say)


def away(error: Error) -> str:
    """A sentence on a database that does not do what it is asked for."""
    reason = str(error).partition("\n")[0].rstrip(".")
    return _("The database does not answer: %(reason)s.") % {"reason": reason}
